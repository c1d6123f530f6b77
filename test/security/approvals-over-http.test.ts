import { expect } from 'chai';
import { type AdminClient, type Asks, adminClient } from '../support/admin-client.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** What waits for a second person, asked for with an `Idempotency-Key`. */
describe('an approval over HTTP with an Idempotency-Key', function approving() {
  this.timeout(60_000);
  let server: TestServer;
  let api: AdminClient;
  let asker: Asks;
  let second: Asks;
  let target: string;

  before(async () => {
    server = await startTestServer({ settings: { FOUR_EYES: 'factors.reset' } });
    api = await adminClient(server);
    [asker, second] = [(await api.person()).ask, (await api.person()).ask];
  });
  beforeEach(async () => {
    target = (await server.addAccount()).id;
  });
  after(() => server.stop());

  const key = () => ({ 'idempotency-key': target });
  const ask = () => asker('POST', `/people/${target}/reset-factors`, { reason: 'ticket 7' }, key());
  const waiting = async () => {
    const { body } = await second('GET', '/approvals?waiting=true');
    return (body.items as { id: string; account: string }[]).filter(({ account }) => account === target);
  };

  it('says each time that nothing was done yet, and has one request wait', async () => {
    const details: unknown[] = [];
    for (const _ of [1, 2]) {
      const { status, body } = await ask();
      expect(status).to.equal(202);
      details.push(body.approval);
    }
    expect(details[0]).to.equal(details[1]);
    const [one, ...more] = await waiting();
    expect(more).to.deep.equal([]);
    expect(details[0]).to.equal(one?.id);
  });

  it('never tells whoever approves what the act has answered', async () => {
    await ask();
    const [{ id = '' } = {}] = await waiting();
    for (const replayed of [null, 'true']) {
      const answer = await second('POST', `/approvals/${id}/approve`, {}, key());
      expect([answer.status, answer.body]).to.deep.equal([200, { id, act: 'factors.reset', state: 'done' }]);
      expect(answer.headers.get('idempotency-replayed')).to.equal(replayed);
    }
    const taken = await asker('POST', `/approvals/${id}/result`, {}, key());
    expect(taken.body).to.have.nested.property('result.issued.code');
    const again = await asker('POST', `/approvals/${id}/result`, {}, key());
    expect(again.body).to.deep.equal({ id, act: 'factors.reset', omitted: ['/result'] });
  });
});
