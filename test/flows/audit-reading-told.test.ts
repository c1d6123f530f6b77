import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { z } from 'zod';
import { audit } from '../../src/administration/audit/index.ts';
import { people } from '../../src/administration/people/index.ts';
import { act } from '../support/administration.ts';
import { addEvents, addLeaves } from '../support/given-events.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

type Query = z.input<typeof audit.list.input>;

const code = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing was refused',
    (error) => error.code,
  );

describe('what is told of events of the audit trail', () => {
  let server: TestServer;
  const database = () => server.app.database;
  const list = (query: Query) => act(server.app, audit.list, query);

  before(async () => {
    server = await startTestServer();
    await server.app.jobs.stop(1_000);
  });
  after(() => server.stop());

  it('has today’s names of people and clients beside their ids, and finds who was deleted by the id', async () => {
    const person = await server.addAccount({ name: 'Nadia Names' });
    const { client_id: client } = await server.addClient({
      client_name: 'Ward board',
      redirect_uris: ['https://ward.example.org/cb'],
    });
    await addEvents(database(), [
      {
        type: 'account.enabled',
        account: person.id,
        actor_kind: 'client',
        actor: String(client),
        client: String(client),
      },
    ]);
    const query = { person: person.id, action: 'account.enabled' };
    const label = { name: 'Nadia Names', email: person.email };
    expect((await list(query)).items[0]?.labels).to.deep.equal({
      account: label,
      actor: { name: 'Ward board' },
      client: { name: 'Ward board' },
    });
    expect((await list({ ...query, person: person.email.toUpperCase() })).items).to.have.length(1);
    await act(server.app, people.delete, { person: person.id });
    const [gone] = (await list(query)).items;
    expect(gone).to.include({ account: person.id });
    expect(gone?.labels).not.to.have.property('account');
    expect(await code(list({ person: person.email }))).to.equal('account_unknown');
  });

  it('shows personal values that match what was sealed, and tells of erased and of changed ones', async () => {
    const salt = randomBytes(16);
    const digest = (value: string) => ({
      sha256: createHash('sha256').update(salt).update(value).digest('base64url'),
    });
    const details = {
      before: { email: digest('old@example.org'), 'a/b': digest('x') },
      after: { email: digest('new@example.org') },
    };
    const [event = ''] = await addEvents(database(), [{ type: 'address.changed', details }]);
    for (const [path, value] of [
      ['/before/email', 'old@example.org'],
      ['/after/email', 'mallory@example.org'],
    ])
      await database().query(
        'insert into audit_personal (event, path, salt, value) values ($1, $2, $3, $4)',
        [event, path, salt, value],
      );
    const shown = await act(server.app, audit.show, { event });
    expect(shown.event.personal).to.deep.equal({
      '/before/email': { state: 'known', value: 'old@example.org' },
      '/before/a~1b': { state: 'erased' },
      '/after/email': { state: 'wrong', value: 'mallory@example.org' },
    });
    expect(shown.event.details).to.deep.equal(details);
  });

  it('shows one event by its id or its leaf, and whether it is proven', async () => {
    const events = await addEvents(database(), [{}, {}, {}, {}]);
    const proof = async (event: string) => (await act(server.app, audit.show, { event })).event.proof;
    const index = await addLeaves(database(), events.slice(0, 1));
    await addLeaves(database(), events.slice(1, 2), 'none');
    await addLeaves(database(), events.slice(2, 3), 'invalid');
    expect(await Promise.all(events.map(proof))).to.deep.equal([
      { state: 'sealed', index },
      { state: 'unproven', index: index + 1 },
      { state: 'invalid', index: index + 2 },
      { state: 'unsealed', index: null },
    ]);
    expect((await act(server.app, audit.show, { event: `#${index + 1}` })).event.id).to.equal(events[1]);
    for (const nothing of ['', '#', '#x', '-1', '999999999999999', 'x'.repeat(64), randomUUID()])
      expect(await code(act(server.app, audit.show, { event: nothing })), nothing).to.equal('event_unknown');
  });

  it('refuses what no event can be like, and says what there is', async () => {
    const refused: [Query | object, string][] = [
      [{ action: 'client.creatd' }, 'action_unknown'],
      [{ action: 'nothing.' }, 'action_unknown'],
      [{ action: '' }, 'input_invalid'],
      [{ ip: '10.0.0.0/8' }, 'input_invalid'],
      [{ from: new Date(2), to: new Date(2) }, 'times_crossed'],
      [{ person: 'nobody@example.org' }, 'account_unknown'],
      [{ actor: 'nobody@example.org' }, 'account_unknown'],
      [{ limit: 201 }, 'input_invalid'],
      [{ limit: 0 }, 'input_invalid'],
      [{ person: ['a'] }, 'input_invalid'],
      [{ account: 'a' }, 'input_invalid'],
      [{ outcome: 'maybe' }, 'input_invalid'],
    ];
    for (const [query, expected] of refused)
      expect(await code(list(query)), JSON.stringify(query)).to.equal(expected);
    const error = await list({ action: 'client.creatd' }).catch((caught: Error) => caught);
    expect((error as Error).message).to.include('client.created');
    for (const hostile of [`'; drop table audit_events; --`, '%', '\u0000', `a' or '1'='1`])
      expect(
        await code(list({ client: hostile.replace('\0', 'x'), session: `x${hostile.replace('\0', 'x')}` })),
      ).to.equal('nothing was refused');
    expect(await code(list({ client: 'a\0b' }))).to.equal('input_invalid');
  });

  it('is told of rows that somebody has written by hand, however they look, and of those behind them', async () => {
    const client = `forged-${randomUUID()}`;
    const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
    for (const details of ['null', '[1]', '"x"', '1', deep])
      await database().query(
        `insert into audit_events (id, at, type, outcome, client, details)
         values (gen_random_uuid(), 'infinity', 'client.created', 'success', $1, $2::text::jsonb)`,
        [client, details],
      );
    await addEvents(database(), [{ id: randomUUID(), client, at: '-infinity' }, { client }]);
    const times: string[] = [];
    for (let cursor: string | undefined, pages = 0; pages === 0 || cursor !== undefined; pages += 1) {
      const page = await list({ client, limit: 1, ...(cursor === undefined ? {} : { cursor }) });
      times.push(...page.items.map(({ at }) => at));
      cursor = page.next ?? undefined;
    }
    expect(times.filter((at) => at === 'infinity')).to.have.length(5);
    expect(times).to.have.length(7);
    expect(times.at(-1)).to.equal('-infinity');
  });
});
