import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { Command } from 'commander';
import pg from 'pg';
import { registerAuditList } from '../../src/commands/audit-list.ts';
import { addEvents, addLeaves } from '../support/given-events.ts';
import { eventually } from '../support/processes.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Outcome, runCommand } from '../unit/commands/terminal.ts';

describe('gatehouse audit list and show', () => {
  let server: TestServer;
  const audit = (program: Command) => program.command('audit');
  const run = (...words: string[]): Promise<Outcome> =>
    runCommand(
      (program, terminal) => registerAuditList(audit(program), (work) => work(server.app), terminal),
      ...words,
    );
  const list = (...words: string[]) => run('audit', 'list', '--time-zone', 'UTC', ...words);

  before(async () => {
    server = await startTestServer();
    await server.app.jobs.stop(1_000);
  });
  const followers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of followers.splice(0)) await stop();
  });
  after(() => server.stop());

  /** Runs it until it is told to stop, with what it has printed so far. */
  function followed(...words: string[]) {
    const lines: string[] = [];
    const over = new AbortController();
    const program = new Command('gatehouse').exitOverride();
    const print = (text: string) => void lines.push(...text.split('\n'));
    const terminal = { print, warn: () => undefined, fail: () => undefined };
    registerAuditList(audit(program), (work) => work(server.app), terminal, {
      pauseMs: 20,
      until: () => over.signal,
    });
    const ended = program.parseAsync(['audit', 'list', '--follow', ...words], { from: 'user' });
    const stop = async () => {
      over.abort();
      await ended;
    };
    const ids = () => lines.map((line) => JSON.parse(line).id as string);
    const has = async (expected: readonly unknown[]) => {
      await eventually(`${expected.length} events are told`, async () => ids().length >= expected.length);
      expect(ids()).to.deep.equal(expected);
    };
    followers.push(stop);
    return { has, ids };
  }

  it('prints a table with names beside ids, in the zone that was asked for', async () => {
    const person = await server.addAccount({ email: 'table@example.org' });
    const [event] = await addEvents(server.app.database, [
      {
        at: '2026-07-01T22:30:00.5Z',
        type: 'account.disabled',
        account: person.id,
        actor_kind: 'command',
        command: 'gatehouse users disable',
        operator: 'robin',
        reason: 'has left',
      },
    ]);
    const { printed } = await run(
      'audit',
      'list',
      '--person',
      'table@example.org',
      '--time-zone',
      'Europe/Lisbon',
    );
    const [head, row] = printed.split('\n');
    expect(head).to.match(/^TIME +EVENT +OUTCOME +PERSON +BY +CLIENT +ADDRESS +REASON +REF$/u);
    expect(row?.split(/ {2,}/u)).to.deep.equal([
      '2026-07-01 23:30:00.500 +01:00',
      'account.disabled',
      'success',
      `table@example.org (${person.id})`,
      'gatehouse users disable by robin',
      '-',
      '-',
      'has left',
      event,
    ]);
  });

  it('prints one JSON object a line for programs, details as they were written', async () => {
    const client = `json-${randomUUID()}`;
    const details = { grantType: 'code', nested: { camelCase: 1 } };
    const [one, two] = await addEvents(server.app.database, [
      { client, details, at: new Date(2), user_agent: 'Browser\u009b2J' },
      { client, details, at: new Date(1) },
    ]);
    const { printed } = await list('--client', client, '--json');
    expect(printed).not.to.match(/[\u007f-\u009f]/u);
    const lines = printed.split('\n').map((line) => JSON.parse(line));
    expect(lines.map(({ id }) => id)).to.deep.equal([one, two]);
    expect(lines[0]).to.deep.include({ details, userAgent: 'Browser\u009b2J', requestId: null });
    expect(lines[0].proof).to.deep.equal({ state: 'unsealed', index: null });
  });

  it('never gives a terminal what a stranger has written as it is', async () => {
    const evil = '\u001b]0;owned\u0007\u001b[31m\r\nfake line\u202e\u009b';
    const [event = ''] = await addEvents(server.app.database, [
      {
        client: 'evil',
        account: evil,
        session: evil,
        ip: evil,
        user_agent: evil,
        actor_kind: 'client',
        actor: evil,
        reason: evil,
        details: { reason: evil, [evil]: evil, list: [evil], before: { [evil]: evil }, after: {} },
      },
    ]);
    for (const words of [
      ['list', '--client', 'evil'],
      ['list', '--client', 'evil', '--json'],
      ['show', event],
      ['show', event, '--json'],
    ]) {
      const { printed } = await run('audit', ...words);
      expect(printed.replaceAll('\n', ''), words.join(' ')).to.match(/^[^\p{C}\p{Zl}\p{Zp}]*$/u);
      expect(printed).to.include('fake line');
      expect(printed.split('\n').filter((line) => line.startsWith('fake'))).to.deep.equal([]);
    }
  });

  it('shows an event whole: before and after, personal values or that they are erased, and its proof', async () => {
    const [event = ''] = await addEvents(server.app.database, [
      {
        type: 'client.updated',
        client: 'board',
        actor_kind: 'command',
        command: 'gatehouse clients update',
        operator: 'robin',
        details: {
          members: ['client_name'],
          before: { client_name: 'Board', contact: { sha256: 'x' } },
          after: { client_name: 'Ward board', token_seconds: 60 },
        },
      },
    ]);
    const index = await addLeaves(server.app.database, [event]);
    const { printed } = await run('audit', 'show', `#${index}`, '--time-zone', 'UTC');
    const lines = printed.split('\n');
    expect(lines).to.include.members([
      'event:        client.updated',
      `id:           ${event}`,
      'by:           gatehouse clients update by robin',
      `proof:        sealed; leaf ${index}`,
      '  members: ["client_name"]',
    ]);
    expect(lines.slice(lines.indexOf('changes:'))).to.deep.equal([
      'changes:',
      '  client_name',
      '    before: Board',
      '    after:  Ward board',
      '  contact',
      '    before: (erased)',
      '    after:  -',
      '  token_seconds',
      '    before: -',
      '    after:  60',
    ]);
  });

  it('lists as many as are asked for over pages, and says that there are more', async () => {
    const client = `many-${randomUUID()}`;
    await addEvents(
      server.app.database,
      Array.from({ length: 250 }, (_, index) => ({ client, at: new Date(index) })),
    );
    const lines = async (...words: string[]) => {
      const { printed, warned } = await list('--client', client, '--json', ...words);
      return [printed.split('\n').length, warned];
    };
    expect(await lines()).to.deep.equal([50, 'There are more: use a higher --limit, or --all.']);
    expect(await lines('--limit', '201')).to.deep.equal([
      201,
      'There are more: use a higher --limit, or --all.',
    ]);
    expect(await lines('--all')).to.deep.equal([250, '']);
    expect((await list('--client', 'nobody')).warned).to.equal('There are no such events.');
  });

  it('follows what comes, one event of a slow transaction included, and tells each once', async () => {
    const client = `follow-${randomUUID()}`;
    const { database } = server.app;
    const [before] = await addEvents(database, [{ client }]);
    const follower = followed('--client', client, '--json');
    await follower.has([before]);
    // It began first, ends last, and its clock is behind by an hour.
    const slow = new pg.Client({ connectionString: server.database.ownerUrl });
    await slow.connect();
    const late = randomUUID();
    await slow.query('begin');
    await slow.query(
      `insert into audit_events (id, at, type, outcome, client, details)
       values ($1, now() - interval '1 hour', 'client.created', 'success', $2, '{}')`,
      [late, client],
    );
    const [quick] = await addEvents(database, [{ client }]);
    // Long enough for several looks: what came after the slow one waits for it.
    await setTimeout(150);
    expect(follower.ids()).to.deep.equal([before]);
    await slow.query('commit');
    await slow.end();
    await follower.has([before, late, quick]);
    const told = await database.query(
      `select 1 from audit_events where type = 'audit.read' and details ->> 'query' = 'follow'`,
    );
    expect(told).to.have.length(1);
  });

  it('goes on to follow when the database is back', async () => {
    const client = `outage-${randomUUID()}`;
    const follower = followed('--client', client, '--json', '--limit', '1');
    await setTimeout(60);
    server.app.database.refuse(new Error('restarted'));
    await setTimeout(60);
    server.app.database.refuse(undefined);
    const [event] = await addEvents(server.app.database, [{ client }]);
    await follower.has([event]);
  });

  it('says what was typed wrong, as a mistake of the command line', async () => {
    const wrong: [string[], string][] = [
      [['--limit', '0'], 'limit_invalid'],
      [['--limit', '1e3'], 'limit_invalid'],
      [['--all', '--follow'], 'limit_or_all'],
      [['--from', 'yesterday'], 'time_invalid'],
      [['--time-zone', 'Nowhere'], 'time_zone_unknown'],
      [['--outcome', 'maybe'], 'commander.invalidArgument'],
      [['--action', 'x'], 'action_unknown'],
      [['--ip', 'x'], 'input_invalid'],
    ];
    for (const [words, code] of wrong)
      expect((await run('audit', 'list', ...words)).error, words.join(' ')).to.have.property('code', code);
    expect((await run('audit', 'show', 'x')).error).to.have.property('code', 'event_unknown');
  });
});
