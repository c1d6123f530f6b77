import { expect } from 'chai';
import { serveSamples } from '../../../../support/admin-samples.ts';

type Samples = Awaited<ReturnType<typeof serveSamples>>;

describe('Idempotency-Key', () => {
  let samples: Samples;
  beforeEach(async () => {
    samples = await serveSamples();
  });
  afterEach(() => samples[Symbol.asyncDispose]());

  const create = (key: string, name = 'Dolly', more = {}) =>
    samples.ask('POST', '/sheep', { name }, { 'idempotency-key': key, ...more });

  it('has a change happen once; repeated, the answer is the same without its secrets, which it names', async () => {
    const first = await create('k1');
    expect([first.status, first.body]).to.deep.equal([201, { id: 's1', bell: 'ding' }]);
    expect(first.headers.get('idempotency-replayed')).to.equal(null);
    for (const key of ['k1', '"k1"']) {
      const again = await create(key);
      expect([again.status, again.body]).to.deep.equal([201, { id: 's1', omitted: ['/bell'] }]);
      expect(again.headers.get('idempotency-replayed')).to.equal('true');
    }
    expect(samples.calls).to.have.length(1);
  });

  it('is of one act and one caller, and of one content', async () => {
    await create('k1');
    await samples.ask('DELETE', '/sheep/s1', undefined, { 'idempotency-key': 'k1' });
    expect(samples.calls).to.have.length(2);
    const other = await create('k1', 'Molly');
    expect([other.status, other.body.error]).to.deep.equal([422, 'idempotency_key_reused']);
    const elsewhere = await samples.ask('DELETE', '/sheep/s2', undefined, { 'idempotency-key': 'k1' });
    expect(elsewhere.status).to.equal(422);
    expect(samples.calls).to.have.length(2);
  });

  it('does not depend on the order of members', async () => {
    const send = (body: string) => samples.ask('POST', '/sheep', body, { 'idempotency-key': 'k1' });
    await send('{"name":"a","tags":["x","y"]}');
    expect((await send('{"tags":["x","y"],"name":"a"}')).status).to.equal(201);
    expect((await send('{"tags":["y","x"],"name":"a"}')).status).to.equal(422);
  });

  it('keeps nothing of what failed', async () => {
    const refused = await create('k1', '');
    expect(refused.status).to.equal(400);
    expect((await create('k1')).status).to.equal(201);
  });

  it('counts for nothing where nothing is changed', async () => {
    for (const text of ['a', 'b']) {
      const answer = await samples.ask('POST', '/sheep/search', { text }, { 'idempotency-key': 'k1' });
      expect(answer.status).to.equal(200);
    }
  });

  it('is refused where it is malformed, or cannot be kept', async () => {
    for (const key of ['x'.repeat(256), '""', '\tk\t1', '', '  ']) {
      const { status, body } = await create(key);
      expect([status, body.error], key).to.deep.equal([400, 'invalid_idempotency_key']);
    }
    const { body } = await samples.ask('POST', '/sheep/shear-all', {}, { 'idempotency-key': 'k1' });
    expect(body.error).to.equal('invalid_idempotency_key');
    expect(samples.calls).to.deep.equal([]);
    expect((await create('x'.repeat(255))).status).to.equal(201);
  });
});
