import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { z } from 'zod';
import { audit } from '../../src/administration/audit/index.ts';
import { act } from '../support/administration.ts';
import { addEvents, type GivenEvent } from '../support/given-events.ts';
import { eventually } from '../support/processes.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

type Query = z.input<typeof audit.list.input>;

const code = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing was refused',
    (error) => error.code,
  );

describe('reading the audit trail', () => {
  let server: TestServer;
  const database = () => server.app.database;
  const list = (query: Query) => act(server.app, audit.list, query);
  const ids = async (query: Query) => (await list(query)).items.map(({ id }) => id);
  /** Every page of a query, and how many there were. */
  async function allPages(query: Query) {
    const events: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await list({ ...query, ...(cursor === undefined ? {} : { cursor }) });
      events.push(...page.items.map(({ id }) => id));
      cursor = page.next ?? undefined;
      pages += 1;
    } while (cursor !== undefined);
    return { events, pages };
  }
  const reads = async () =>
    database().query<{
      account: string | null;
      details: { filters: object; shown: number; more: boolean; query: string };
    }>(`select account, details from audit_events where type = 'audit.read' order by at, id`);

  before(async () => {
    server = await startTestServer();
    await server.app.jobs.stop(1_000);
  });
  after(() => server.stop());

  describe('by one filter', () => {
    const account = randomUUID();
    const at = (minute: number) => new Date(Date.UTC(2025, 5, 1, 12, minute));
    let written: string[];

    before(async () => {
      const rows: GivenEvent[] = [
        {
          type: 'client.created',
          actor_kind: 'command',
          client: 'board',
          command: 'gatehouse clients create',
        },
        { type: 'client.updated', actor_kind: 'person', actor: account, client: 'board' },
        { type: 'client.updated', actor_kind: 'client', actor: 'robot', client: 'ward', outcome: 'failure' },
        {
          type: 'sign_in.failed',
          account,
          outcome: 'failure',
          ip: '2001:db8::1',
          details: { reason: 'locked' },
        },
        {
          type: 'session.ended',
          account,
          session: 'ses-1',
          actor_kind: 'system',
          details: { reason: 'idle' },
        },
        // Of a version before, which had no kinds.
        { type: 'session.ended', account, session: 'ses-2', actor: 'system', ip: '10.0.0.7' },
        {
          type: 'account.disabled',
          account,
          actor: 'command',
          details: { operator: { user: 'robin', reason: 'left' } },
        },
      ];
      written = await addEvents(
        database(),
        rows.map((row, minute) => ({ ...row, at: at(minute) })),
      );
    });

    const window = { from: at(0), to: at(59) };
    const cases: [name: string, query: Query, expected: number[]][] = [
      ['the time, its end excluded', { from: at(2), to: at(5) }, [4, 3, 2]],
      ['the person', { person: account, ...window }, [6, 5, 4, 3]],
      ['a person who acted', { actor: account, ...window }, [1]],
      ['the system as the actor, of any version', { actor: 'system', ...window }, [5, 4]],
      ['a command as the actor, of any version', { actor: 'command', ...window }, [6, 0]],
      ['the type', { action: 'client.updated', ...window }, [2, 1]],
      ['the beginning of types', { action: 'client.', ...window }, [2, 1, 0]],
      ['the client', { client: 'board', ...window }, [1, 0]],
      ['the session', { session: 'ses-1' }, [4]],
      ['the address', { ip: '10.0.0.7' }, [5]],
      ['an address in another spelling', { ip: '2001:0DB8:0:0::1' }, [3]],
      ['failures', { outcome: 'failure', ...window }, [3, 2]],
      ['successes', { outcome: 'success', ...window }, [6, 5, 4, 1, 0]],
      ['the reason', { reason: 'locked', ...window }, [3]],
      ['several', { person: account, action: 'session.', reason: 'idle' }, [4]],
      ['a type and an outcome', { action: 'client.updated', outcome: 'failure', ...window }, [2]],
      ['what nothing is like', { session: 'none' }, []],
    ];
    for (const [name, query, expected] of cases) {
      it(`finds events by ${name}`, async () => {
        expect(await ids(query)).to.deep.equal(expected.map((index) => written[index]));
        expect((await allPages({ ...query, limit: 1 })).events).to.deep.equal(
          expected.map((index) => written[index]),
        );
      });
    }

    it('tells who acted, and why, of rows of any version in one way', async () => {
      const { items: events } = await list({ person: account, ...window });
      expect(events[0]).to.deep.include({
        actor: { kind: 'command', id: null },
        operator: 'robin',
        reason: 'left',
        version: null,
      });
      expect(events[1]?.actor).to.deep.equal({ kind: 'system', id: null });
      expect(events[0]?.at).to.equal('2025-06-01T12:06:00.000000Z');
    });
  });

  it('goes on behind the last event, whatever has come meanwhile, and tells nothing twice', async () => {
    const client = `pages-${randomUUID()}`;
    const at = Date.UTC(2025, 6, 1);
    // Several in the same microsecond, as one statement writes them.
    const old = await addEvents(
      database(),
      Array.from({ length: 9 }, (_, index) => ({ client, at: new Date(at + Math.floor(index / 3)) })),
    );
    const first = await list({ client, limit: 4 });
    await addEvents(database(), [{ client, at: new Date(at + 99) }]);
    const second = await list({ client, limit: 4, cursor: String(first.next) });
    const third = await list({ client, limit: 4, cursor: String(second.next) });
    const told = [first, second, third].flatMap(({ items }) => items.map(({ id }) => id));
    expect(told).to.have.length(9).and.to.have.members(old);
    expect(third.next).to.equal(null);
  });

  it('looks at 2,000 rows for a page at most, and has a next one where there may be more', async () => {
    const client = `busy-${randomUUID()}`;
    const rows = (count: number, reason: string, from: number): GivenEvent[] =>
      Array.from({ length: count }, (_, index) => ({
        client,
        at: new Date(from + index),
        details: { reason },
      }));
    await addEvents(database(), rows(3, `rare_of_${client}`, Date.UTC(2025, 7, 1)));
    await addEvents(database(), rows(4_500, 'usual', Date.UTC(2025, 7, 2)));
    const first = await list({ client, outcome: 'failure' });
    expect(first.items).to.deep.equal([]);
    expect(first.next).to.be.a('string');
    expect(await allPages({ client, outcome: 'failure' })).to.deep.equal({ events: [], pages: 3 });
    expect((await allPages({ client, reason: `rare_of_${client}` })).events).to.have.length(3);
  });

  describe('its cursors', () => {
    it('are good for the same filters only, and not to be forged', async () => {
      const client = `cursor-${randomUUID()}`;
      await addEvents(database(), [{ client }, { client }, { client, outcome: 'failure' }]);
      const next = String((await list({ client, limit: 1 })).next);
      expect(next).not.to.include(client);
      const use = (cursor: unknown, more: object = {}) =>
        code(list({ client, limit: 1, cursor: cursor as string, ...more }));
      expect(await use(next)).to.equal('nothing was refused');
      expect(await use(next, { limit: 200 })).to.equal('nothing was refused');
      for (const other of [{ client: 'other' }, { outcome: 'failure' }, { from: new Date(0) }])
        expect(await use(next, other)).to.equal('cursor_invalid');
      const forged = [
        '',
        'x',
        `${next}x`,
        next.slice(0, -4),
        Buffer.from(JSON.stringify({ toward: 'older', micros: '1', id: randomUUID() })).toString('base64url'),
        'x'.repeat(100_000),
      ];
      for (const cursor of forged) expect(await use(cursor), cursor?.slice(0, 40)).to.equal('cursor_invalid');
      expect(await use(['a'])).to.equal('input_invalid');
      const following = await act(server.app, audit.follow, { client });
      expect(await use(following.next), 'one that goes the other way').to.equal('cursor_invalid');
      expect(await code(act(server.app, audit.follow, { client, cursor: next })), 'and back').to.equal(
        'cursor_invalid',
      );
    });

    it('are of whoever has asked, since only the first page is told in the trail', async () => {
      const client = `reader-${randomUUID()}`;
      await addEvents(database(), [{ client }, { client }]);
      const next = String((await list({ client, limit: 1 })).next);
      const other = { kind: 'command', command: 'gatehouse test', user: 'somebody' } as const;
      const asked = server.app.administration.perform(audit.list, other, { client, limit: 1, cursor: next });
      expect(await code(asked)).to.equal('cursor_invalid');
    });
  });

  it('is told in the trail once a query, with what was asked for and how much was shown', async () => {
    const client = `told-${randomUUID()}`;
    const person = await server.addAccount({ email: 'told@example.org' });
    await addEvents(database(), [
      { client, account: person.id },
      { client, account: person.id },
    ]);
    // Whoever follows sees what no transaction of the cluster, as of a database that is made for another test, can come before.
    await eventually('nothing comes before them', async () => {
      const [row] = await database().query<{ over: boolean }>(
        'select max(xid) < pg_snapshot_xmin(pg_current_snapshot()) as over from audit_events where client = $1',
        [client],
      );
      return row?.over === true;
    });
    const before = (await reads()).length;
    await allPages({ person: 'told@example.org', client, ip: '10.1.2.3', limit: 1 });
    const { next } = await act(server.app, audit.follow, { person: person.id, client });
    await act(server.app, audit.follow, { person: person.id, client, cursor: next });
    const [event] = await ids({ client, limit: 1 });
    await act(server.app, audit.show, { event: String(event) });
    const told = (await reads()).slice(before);
    expect(told.map(({ details: { query, shown, more } }) => [query, shown, more])).to.deep.equal([
      ['list', 0, false],
      ['follow', 2, true],
      ['list', 1, true],
      ['show', 1, false],
    ]);
    expect(told.slice(0, 2).map(({ account }) => account)).to.deep.equal([person.id, person.id]);
    expect(told[0]?.details.filters).to.have.keys('person', 'clientDigest', 'ipDigest');
    expect(told[0]?.details.filters).to.include({ person: person.id });
    expect(JSON.stringify(told)).not.to.match(/told@example\.org|10\.1\.2\.3|told-/u);
  });

  it('shows nothing where it cannot be told that somebody has looked', async () => {
    const { log } = server.app.audit;
    const { record } = log;
    log.record = () => Promise.reject(new Error('the trail is away'));
    try {
      expect((await list({}).catch((error: Error) => error)) as object).to.have.property(
        'message',
        'the trail is away',
      );
    } finally {
      log.record = record;
    }
  });
});
