import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ArchivesAudit } from '../../../src/administration/audit/archive.ts';
import { audit } from '../../../src/administration/audit/index.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { sha256OfFile } from '../../../src/domain/audit/retention/archive-file.ts';
import { createAuditArchives } from '../../../src/domain/audit/retention/archive-store.ts';
import { openOwner } from '../../../src/wire/owner.ts';
import { type App, openApp } from '../../../src/wire.ts';
import { act, OPERATOR } from '../../support/administration.ts';
import { asOwner, makeOldMonths, OLD_MONTHS } from '../../support/audit-months.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { cheapHasher, testEnvironment } from '../../support/server.ts';
import { NOBODY } from '../administration/fakes.ts';

const PERSON = '01935b3c-0000-7000-8000-00000000aaaa';

describe('archiving the audit trail', () => {
  let test: TestDatabase;
  let app: App;
  let folder: string;
  let asked: { first: number; last: number; file: string }[];

  const sql = <T extends object = Record<string, unknown>>(text: string) =>
    asOwner(test, async (client) => (await client.query<T>(text)).rows);
  const config = (more = {}) => loadConfig({ env: testEnvironment(test, 1, more), configFile: false });

  beforeEach(async () => {
    test = await createTestDatabase();
    app = await openApp(config(), { hasher: await cheapHasher() });
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-archive-'));
    asked = [];
    await makeOldMonths(test);
    await sql(
      `create table if not exists audit_anchors (target text primary key, since timestamptz not null, size bigint)`,
    );
    await sql(`insert into audit_anchors (target, since, size) values ('a', now(), 7)`);
    await sql(`
      insert into audit_events (id, at, type, outcome, account, details)
      select ('00000000-0000-7000-8000-00000000000' || n)::uuid, '2017-12-30Z'::timestamptz + n * interval '15 days', 'x', 'success',
        case n when 2 then '${PERSON}' end, '{}' from generate_series(0, 4) as n`);
    await sql(`
      insert into audit_leaves (index, event, at, mac, hash)
      select row_number() over (order by at) + 1, id, at, 'none', '\\x00' from audit_events where at < '2019-01-01'`);
    await sql(`insert into audit_personal (event, path, account, salt, value)
      select id, '/email', account, '\\x00', 'amara@example.org' from audit_events where account is not null`);
  });
  afterEach(async () => {
    await app.close();
    await test.drop();
    await rm(folder, { recursive: true });
  });

  const archive = (input: object = {}, more: Partial<ArchivesAudit> = {}) =>
    audit.archive.perform(
      {
        database: app.database,
        audit: app.audit.log,
        auditArchives: createAuditArchives(),
        auditHolds: app.audit.holds,
        auditRetentionYears: 7,
        exportAuditMonth: async ({ first, last }, file) => {
          asked.push({ first, last, file });
          await writeFile(file, `${first} to ${last}`, { flag: 'wx' });
          return sha256OfFile(file);
        },
        openOwner: () => openOwner(config()),
        clock: app.clock,
        rights: NOBODY.rights,
        fourEyes: NOBODY.fourEyes,
        alarms: NOBODY.alarms,
        ...more,
      },
      OPERATOR,
      { before: '2018-03', folder, ...input },
    );
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
  const partitions = async () =>
    (
      await sql<{ name: string }>(
        `select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
         where inhparent = 'audit_events'::regclass order by 1`,
      )
    ).map(({ name }) => name);
  const told = () =>
    sql<{ type: string; details: Record<string, unknown> }>(
      `select type, details from audit_events where type like 'audit.%' order by id`,
    );

  it('exports months, the oldest first, takes them out, and says so in the trail', async () => {
    const { archived, dropped, kept } = await archive();
    expect(
      archived.map(({ partition, events, first, last }) => [partition, events, first, last]),
    ).to.deep.equal([
      ['audit_events_before', 1, 0, 2],
      ['audit_events_2018_01', 2, 3, 4],
      ['audit_events_2018_02', 2, 5, 6],
    ]);
    expect([dropped, kept]).to.deep.equal([[], null]);
    expect(asked.map(({ first, last }) => [first, last])).to.deep.equal([
      [0, 2],
      [3, 4],
      [5, 6],
    ]);
    const left = await partitions();
    expect(OLD_MONTHS.filter((name) => left.includes(name))).to.deep.equal([]);
    expect(left).to.include('audit_events_since');
    const [first, second] = await told();
    expect(first?.type).to.equal('audit.archived');
    expect(second?.details).to.deep.include({
      partition: 'audit_events_2018_01',
      to: '2018-02-01T00:00:00.000Z',
      events: 2,
      first: 3,
      last: 4,
      file: 'audit_events_2018_01.zip',
      sha256: await sha256OfFile(join(folder, 'audit_events_2018_01.zip')),
    });
    expect(
      await sql('select partition, first, last, events from audit_archives order by to_at'),
    ).to.have.length(3);
    expect(await sql('select 1 from audit_events_2018_01'), 'its table is there').to.have.length(2);
    expect(await sql('select 1 from audit_personal')).to.have.length(1);
    expect((await archive()).archived, 'nothing is left to do').to.deep.equal([]);
  });

  it('removes tables where that is asked for, of an earlier time too, as long as the files are there', async () => {
    await archive({ before: '2018-02' });
    await rm(join(folder, 'audit_events_before.zip'));
    expect(await refusal(archive({ drop: true }))).to.equal('archive_missing');
    await writeFile(join(folder, 'audit_events_before.zip'), '0 to 1');
    expect(await refusal(archive({ drop: true }))).to.equal('archive_missing');
    expect(await sql('select 1 from audit_events_before')).to.have.length(1);
    await writeFile(join(folder, 'audit_events_before.zip'), '0 to 2');
    const { dropped } = await archive({ drop: true });
    expect(dropped.map(({ partition }) => partition)).to.deep.equal([...OLD_MONTHS]);
    expect(await sql(`select 1 from pg_class where relname like 'audit_events_2018%'`)).to.deep.equal([]);
    expect(await sql('select 1 from audit_personal')).to.deep.equal([]);
    expect(await sql('select 1 from audit_archives where dropped_at is null')).to.deep.equal([]);
    expect((await told()).filter(({ type }) => type === 'audit.archive_dropped')).to.have.length(3);
  });

  it('removes nothing younger than the retention, whatever the clock of the machine says', async () => {
    const ahead = { now: () => new Date('2099-01-01') };
    for (const more of [{}, { clock: ahead }]) {
      const before = `${new Date().getUTCFullYear() - 6}-12`;
      expect(await refusal(archive({ before }, more))).to.equal('retention_not_over');
    }
    expect(await refusal(archive({ before: '2018-03' }, { auditRetentionYears: 100 }))).to.equal(
      'retention_not_over',
    );
    for (const before of ['2018', '2018-13', '', `2018-03'; drop table audit_events; --`])
      expect(await refusal(archive({ before }))).to.equal('input_invalid');
    expect(() => config({ AUDIT_RETENTION_YEARS: '0' })).to.throw(/AUDIT_RETENTION_YEARS/);
    expect(await partitions()).to.include.members([...OLD_MONTHS]);
  });

  it('stops at what no anchor covers, and at what is not sealed', async () => {
    await sql('update audit_anchors set size = 6');
    const { archived, kept } = await archive({ drop: true });
    expect(archived.map(({ partition }) => partition)).to.deep.equal(OLD_MONTHS.slice(0, 2));
    expect(kept).to.deep.equal({ partition: 'audit_events_2018_02', because: 'not_anchored', hold: null });
    await sql('update audit_anchors set size = 7');
    await sql(`insert into audit_events (id, at, type, outcome, details)
      values (gen_random_uuid(), '2018-02-03Z', 'x', 'success', '{}')`);
    expect((await archive()).kept?.because).to.equal('unsealed');
    expect(await partitions()).to.include('audit_events_2018_02');
  });

  it('stops at a hold: on everybody, and on somebody who is in the month', async () => {
    const everybody = await act(app, audit.placeHold, { reason: 'court order 7' });
    expect((await archive()).kept).to.deep.equal({
      partition: 'audit_events_before',
      because: 'held',
      hold: everybody.hold,
    });
    await act(app, audit.liftHold, { hold: everybody.hold });
    const { hold } = await act(app, audit.placeHold, { person: PERSON, reason: 'court order 8' });
    const { archived, kept } = await archive();
    expect(archived.map(({ partition }) => partition)).to.deep.equal(['audit_events_before']);
    expect(kept).to.deep.include({ partition: 'audit_events_2018_01', because: 'held', hold });
    await act(app, audit.liftHold, { hold });
    await archive();
    await act(app, audit.placeHold, { person: PERSON, reason: 'court order 9' });
    const later = await archive({ drop: true });
    expect(
      later.dropped.map(({ partition }) => partition),
      'what it covers stays',
    ).to.deep.equal(['audit_events_before', 'audit_events_2018_02']);
  });

  it('changes nothing where the export fails, the file is there, or the month changes meanwhile', async () => {
    const failing = () => Promise.reject(new Error('disk full'));
    expect(await refusal(archive({}, { exportAuditMonth: failing }))).to.equal(undefined);
    await writeFile(join(folder, 'audit_events_before.zip'), 'an archive of before');
    expect(await refusal(archive())).to.equal('file_exists');
    expect(await refusal(archive({ folder: join(folder, 'nowhere') }))).to.equal('folder_unusable');
    await rm(join(folder, 'audit_events_before.zip'));
    const slipped: ArchivesAudit['exportAuditMonth'] = async () => {
      await sql(`insert into audit_events (id, at, type, outcome, details)
        values (gen_random_uuid(), '2017-01-01Z', 'x', 'success', '{}')`);
      return 'digest';
    };
    expect(await refusal(archive({}, { exportAuditMonth: slipped }))).to.equal('month_changed');
    expect(await partitions()).to.include.members([...OLD_MONTHS]);
    expect(await told()).to.deep.equal([]);
    expect(await sql('select 1 from audit_archives')).to.deep.equal([]);
  });

  it('goes on where it was killed: before a month was out of the trail, and behind that', async () => {
    const first = join(folder, 'audit_events_before.zip');
    await writeFile(`${first}.part`, 'half of it');
    const { archived } = await archive();
    expect(archived.map(({ partition }) => partition)).to.deep.equal([...OLD_MONTHS]);
    const whole = await readFile(first, 'utf8');
    expect(whole).to.match(/^\d+ to \d+$/);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).to.deep.equal([]);

    await rename(first, `${first}.part`);
    const second = join(folder, 'audit_events_2018_01.zip');
    await writeFile(`${second}.part`, 'of somebody else');
    await archive({ drop: true });
    expect(await readFile(first, 'utf8')).to.equal(whole);
    expect(await readFile(`${second}.part`, 'utf8')).to.equal('of somebody else');
    expect(await readFile(second, 'utf8')).to.match(/^\d+ to \d+$/);
  });

  it('is done by one at a time', async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    const slow: ArchivesAudit['exportAuditMonth'] = async () => {
      begin();
      await over;
      throw new Error('disk full');
    };
    const one = refusal(archive({}, { exportAuditMonth: slow }));
    await begun;
    expect(await refusal(archive())).to.equal('archive_under_way');
    end();
    await one;
    expect((await archive()).archived).to.have.length(3);
  });

  it('needs the owner of the tables', async () => {
    const server = await openApp(config(), { hasher: await cheapHasher() });
    expect(await refusal(archive({}, { openOwner: async () => server.database }))).to.equal('owner_needed');
    await server.close();
  });
});
