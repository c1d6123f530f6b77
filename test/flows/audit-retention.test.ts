import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import { registerAudit } from '../../src/commands/audit.ts';
import { asOwner, makeOldMonths, OLD_MONTHS } from '../support/audit-months.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { eventually } from '../support/processes.ts';
import { startServerOn, type TestServer } from '../support/server.ts';

/** Some events of each of the old months, as versions wrote them that knew no proof. */
const OLD_EVENTS = `
  insert into audit_events (id, at, type, outcome, account, details, xid, cluster)
  select gen_random_uuid(), '2017-12-01Z'::timestamptz + n * interval '36 hours', 'sign_in.succeeded', 'success', 'person ' || n,
    '{"amr": ["pwd"], "acr": "aal1"}', null, null
  from generate_series(0, 59) as n`;

describe('an audit trail that grows old', () => {
  let database: TestDatabase;
  let server: TestServer;
  let folder: string;
  let exitCode = 0;

  const sql = <T extends object = Record<string, unknown>>(text: string, values: unknown[] = []) =>
    asOwner(database, async (client) => (await client.query<T>(text, values)).rows);

  async function audit(...words: string[]): Promise<string> {
    const lines: string[] = [];
    const print = (text: string) => void lines.push(text);
    exitCode = 0;
    const fail = (code: number) => {
      exitCode = code;
    };
    const program = new Command('gatehouse').exitOverride();
    registerAudit(program, (work) => work(server.app), { print, warn: print, fail });
    await program.parseAsync(['audit', ...words], { from: 'user' });
    return lines.join('\n');
  }
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
  /** Every event is sealed, and the tree signed. */
  const sealed = () =>
    eventually('everything is sealed', async () => {
      server.app.jobs.wake('seal-audit');
      const [row] = await sql<{ done: boolean }>(
        `select not exists (select from audit_events where id not in (select event from audit_leaves))
           and (select size = signed_size from audit_sealing) as done`,
      );
      return row?.done === true;
    });
  const archive = (...more: string[]) =>
    audit('archive', '--before', '2018-03', '--output', folder, '--yes', '--reason', 'ticket 7', ...more);
  const told = (type: string) =>
    sql<{ reason: string; details: Record<string, unknown> }>(
      'select reason, details from audit_events where type = $1 order by id',
      [type],
    );

  before(async () => {
    database = await createTestDatabase();
    await makeOldMonths(database);
    await sql(OLD_EVENTS);
    server = await startServerOn(database);
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-retention-'));
    await sealed();
  });
  after(async () => {
    await server.stop();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  it('is kept until an anchor covers it, and asks before it goes', async () => {
    expect(await archive()).to.include('no anchored checkpoint covers it yet');
    expect(exitCode).to.equal(2);
    expect(await refusal(audit('archive', '--before', '2018-03', '--output', folder))).to.equal(
      'confirmation_missing',
    );
    expect(await refusal(audit('archive', '--before', '2099-01', '--output', folder, '--yes'))).to.equal(
      'retention_not_over',
    );
    await sql(`
      insert into audit_anchors (target, since, size, note)
      select 'test', now(), signed_size, signed_note from audit_sealing`);
  });

  it('is kept while a hold is in force, which commands place, list and lift', async () => {
    expect(await refusal(audit('hold', 'place'))).to.equal('commander.missingMandatoryOptionValue');
    expect(await audit('hold', 'place', '--reason', 'court order 7')).to.equal(
      'Hold 1 is in force, on everybody.',
    );
    expect(await audit('hold', 'list')).to.match(/^1 {2}everybody {2}since .* {2}court order 7$/);
    expect(await archive()).to.equal(
      'audit_events_before and what is younger stay: a hold forbids it (hold 1).',
    );
    expect(await refusal(audit('hold', 'lift', 'one', '--yes'))).to.equal('hold_invalid');
    expect(await refusal(audit('hold', 'lift', '2', '--yes'))).to.equal('hold_unknown');
    expect(await audit('hold', 'lift', '1', '--yes', '--reason', 'it is over')).to.include('is lifted');
    expect(await audit('hold', 'list')).to.equal('There is no hold.');
    expect(await audit('hold', 'list', '--all')).to.include('lifted');
    expect((await told('audit.hold_placed'))[0]).to.deep.include({
      reason: 'court order 7',
      details: { hold: 1 },
    });
    expect((await told('audit.hold_lifted'))[0]).to.deep.include({
      reason: 'it is over',
      details: { hold: 1 },
    });
  });

  it('stays where it was changed: what does not verify is no archive', async () => {
    const change = (reason: string) =>
      sql(`
      set session_replication_role = replica; update audit_events set factor = ${reason} where account = 'person 3'`);
    await change(`'forged'`);
    expect(await refusal(archive())).to.equal('archive_unverified');
    await change('null');
    expect(await sql('select 1 from audit_archives')).to.deep.equal([]);
  });

  it('is archived in bundles that an auditor can verify, and the rest still verifies', async () => {
    const lines = (await archive()).split('\n');
    expect(lines.map((line) => line.split('  ').slice(0, 3))).to.deep.equal([
      ['archived', 'audit_events_before', '21 events'],
      ['archived', 'audit_events_2018_01', '21 events'],
      ['archived', 'audit_events_2018_02', '18 events'],
    ]);
    expect(exitCode).to.equal(0);
    expect((await told('audit.archived'))[0]?.details).to.deep.include({ first: 0, last: 20, events: 21 });
    const key = join(folder, 'key.txt');
    await writeFile(key, await audit('key'));
    for (const month of OLD_MONTHS) {
      const report = await audit('verify', join(folder, `${month}.zip`), '--key', key, '--json');
      expect(JSON.parse(report), month).to.deep.include({ tampered: false, findings: [] });
      expect(exitCode, month).to.equal(0);
    }
    await sealed();
    const check = await audit('check');
    expect(check).to.include('archived');
    expect(exitCode, check).to.equal(0);
    const bundle = join(folder, 'rest.zip');
    await audit('export', '--output', bundle);
    await audit('verify', bundle, '--key', key);
    expect(exitCode, 'the rest').to.equal(0);
    expect(await archive()).to.equal('There is nothing to archive.');
  });

  it('loses its rows where that is asked for, and still verifies', async () => {
    expect(await archive('--drop')).to.match(/^dropped {2}audit_events_before {2}21 events\n/);
    expect(await sql(`select 1 from audit_events where at < '2018-03-01Z'`)).to.deep.equal([]);
    await sealed();
    await audit('check');
    expect(exitCode).to.equal(0);
    expect(await told('audit.archive_dropped')).to.have.length(3);
  });

  it('keeps personal values of somebody who is deleted under a hold, and erases them when it is lifted', async () => {
    const { app } = server;
    const person = await server.addAccount({ email: 'amara@example.org', name: 'Amara Okafor' });
    await sql(
      `insert into audit_personal (event, path, account, salt, value) values (gen_random_uuid(), '/email', $1, '\\x00', $2)`,
      [person.id, person.email],
    );
    const values = () => sql('select 1 from audit_personal where account = $1', [person.id]);
    await audit('hold', 'place', '--person', person.email, '--reason', 'court order 8');
    const by = { actor: { kind: 'system' }, origin: {} } as const;
    await app.database.transaction((tx) => app.lifecycle.deletion.remove(tx, person.id, by));
    expect(await values()).to.have.length.above(0);
    await audit('hold', 'lift', '2', '--yes');
    await eventually('they are erased', async () => {
      app.jobs.wake('erase-personal');
      return (await values()).length === 0;
    });
  });
});
