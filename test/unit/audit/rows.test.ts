import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { versionOf } from '../../../src/domain/audit/events/versions.ts';
import type { AuditEvent } from '../../../src/domain/audit/events.ts';
import { createAuditGroup, PENDING_EVENTS, PendingEvents } from '../../../src/domain/audit/pending-events.ts';
import { type Personal, personal } from '../../../src/domain/audit/personal.ts';
import { createPersonalValues } from '../../../src/domain/audit/personal-store.ts';
import { auditRowOfEach, insertAuditRowOfEach } from '../../../src/domain/audit/row-store.ts';
import { createAuditLog } from '../../../src/domain/audit/store.ts';
import type { Database } from '../../../src/storage/database.ts';
import { commitWrites, UnitOfWork } from '../../../src/storage/unit-of-work.ts';
import { openTestDatabase } from '../../support/audit-database.ts';
import { withoutMac } from '../../support/audit-macs.ts';
import { TEST_MAC, testStamp } from '../../support/audit-stamp.ts';

const HOUR = 3_600_000;

interface Row {
  id: string;
  at: string;
  told_at: string | null;
  version: number;
  cluster: string;
  xid: string | null;
  mac: Buffer | null;
  session: string | null;
  details: Record<string, never>;
}

/** An event about somebody, with details that no type describes. */
const about = (account: string, details: Readonly<Record<string, string | Personal | object>>): AuditEvent =>
  ({ type: 'address.changed', outcome: 'success', account, details }) as unknown as AuditEvent;

describe('rows of the audit trail', () => {
  let database: Database;
  let close: () => Promise<void>;

  before(async () => {
    ({ database, close } = await openTestDatabase());
  });
  after(async () => {
    expect(await withoutMac(database, TEST_MAC)).to.deep.equal([]);
    await close();
  });

  const rowsOf = (account: string) =>
    database.query<Row>('select * from audit_events where account = $1 order by id', [account]);
  const personalOf = (account: string) =>
    database.query<{ event: string; path: string; salt: Buffer; value: string }>(
      'select * from audit_personal where account = $1 order by event, path',
      [account],
    );
  const unitOf = (stamp = testStamp()) => {
    const unit = new UnitOfWork(database);
    const group = createAuditGroup((rows) => createAuditLog(stamp).insert(database, rows));
    const pending = new PendingEvents({ ip: '192.0.2.1' }, group, stamp);
    unit.attach(PENDING_EVENTS, pending);
    return { unit, pending };
  };

  it('say their version, cluster and transaction', async () => {
    await createAuditLog(testStamp()).record(database, about('plain', { a: 'b' }));
    const [row] = await rowsOf('plain');
    const [{ cluster }] = (await database.query<{ cluster: string }>(
      `select system_identifier::text as cluster from pg_control_system()`,
    )) as [{ cluster: string }];
    expect(row).to.include({ version: versionOf('address.changed'), cluster, told_at: null });
    expect(row?.xid).to.match(/^\d+$/u);
    expect(row?.mac).to.have.length(32);
    const [{ set }] = (await database.query<{ set: string }>(
      `select current_setting('gatehouse.cluster', true) as set`,
    )) as [{ set: string }];
    expect(set).to.equal(cluster);
  });

  it('are noticed by the check of these tests, where they are changed or added by somebody else', async () => {
    const { database: other, test, close: closeOther } = await openTestDatabase();
    try {
      await createAuditLog(testStamp()).record(other, about('a', { a: 'b' }), about('b', {}));
      expect(await withoutMac(other, TEST_MAC)).to.deep.equal([]);
      await other.query(
        `insert into audit_events (id, at, type, outcome, version, account, details)
         values (gen_random_uuid(), now(), 'forged', 'success', 1, 'c', '{}')`,
      );
      expect(await withoutMac(other, TEST_MAC)).to.have.length(1);
      expect(test.serverUrl).to.be.a('string');
    } finally {
      await closeOther();
    }
  });

  it('of an older version beside this one are taken as they are, without a MAC', async () => {
    await database.query(
      `insert into audit_events
         (id, at, type, outcome, actor, account, client, session, factor, ip, user_agent, request_id, command, details)
       values (gen_random_uuid(), now(), 'sign_in.cancelled', 'failure', 'system', 'older', null, null, null, null, null, null,
         null, '{}')`,
    );
    const [row] = await rowsOf('older');
    expect(row).to.include({ version: null, mac: null, told_at: null });
    expect(row?.cluster).to.match(/^\d+$/u);
    expect(row?.xid).to.match(/^\d+$/u);
  });

  describe('from a clock that is off', () => {
    const stampOff = (offset: number) => ({
      ...testStamp({ now: () => new Date(Date.now() + offset) }),
      toleranceSeconds: 300,
    });

    for (const [name, offset, isOff] of [
      ['an hour late', -HOUR, true],
      ['an hour early', HOUR, true],
      ['four minutes', 4 * 60_000, false],
    ] as const) {
      it(`${name}: ${isOff ? 'have the time of the database, and what they were told' : 'are taken at their word'}`, async () => {
        const account = `clock ${name}`;
        const before = Date.now();
        const log = createAuditLog(stampOff(offset));
        await log.record(database, about(account, {}));
        await commitWrites(database, log.write(about(account, {})));
        const { unit, pending } = unitOf(stampOff(offset));
        unit.add(pending.writeWhere(about(account, {}), () => 'true'));
        await unit.commit();
        const rows = await rowsOf(account);
        expect(rows).to.have.length(3);
        for (const row of rows) {
          const said = new Date(row.told_at ?? row.at).getTime();
          expect(said - offset).to.be.within(before - 1_000, Date.now() + 1_000);
          expect(row.told_at !== null).to.equal(isOff);
          if (isOff) expect(new Date(row.at).getTime()).to.be.within(before - 1_000, Date.now() + 1_000);
        }
      });
    }

    it('that was replaced on purpose is believed', async () => {
      await createAuditLog(testStamp({ now: () => new Date(0) })).record(database, about('epoch', {}));
      expect((await rowsOf('epoch'))[0]).to.deep.include({ told_at: null });
    });
  });

  it('of each session that a statement has ended have a MAC of their own, also from a clock that is off', async () => {
    for (const toleranceSeconds of [undefined, 300]) {
      const stamp = { ...testStamp({ now: () => new Date(Date.now() - HOUR) }), toleranceSeconds };
      const account = `each ${toleranceSeconds}`;
      const rows = auditRowOfEach({ ...about(account, { a: '𝔘' }), reason: 'ein Grund' }, stamp);
      await commitWrites(database, [
        { name: 'ended', sql: () => `select 'uid ' || n as uid from generate_series(1, 3) as n` },
        { sql: (parameter) => insertAuditRowOfEach(parameter(JSON.stringify(rows)), 'ended') },
      ]);
      const written = await rowsOf(account);
      expect(written.map(({ session }) => session)).to.have.members(['uid 1', 'uid 2', 'uid 3']);
      expect(new Set(written.map(({ mac }) => mac?.toString('hex'))).size).to.equal(3);
      expect(written.every(({ told_at: told }) => (told !== null) === (toleranceSeconds === 300))).to.equal(
        true,
      );
    }
  });

  describe('with personal values', () => {
    const details = {
      before: { email: personal('old@example.org') },
      'a/b~c': personal('Zoë 😀'),
      plain: 'x',
    };

    async function expectKept(account: string) {
      const [row] = await rowsOf(account);
      const held = await personalOf(account);
      expect(held.map(({ path, value }) => [path, value])).to.deep.equal([
        ['/a~1b~0c', 'Zoë 😀'],
        ['/before/email', 'old@example.org'],
      ]);
      const digests = held.map(({ salt, value }) => ({
        sha256: createHash('sha256').update(salt).update(value).digest('base64url'),
      }));
      expect(held.every(({ event, salt }) => event === row?.id && salt.length === 16)).to.equal(true);
      expect(row?.details).to.deep.equal({ before: { email: digests[1] }, 'a/b~c': digests[0], plain: 'x' });
    }

    const ways: Record<string, (event: AuditEvent) => Promise<unknown>> = {
      'recorded in a transaction': (event) =>
        database.transaction((tx) => createAuditLog(testStamp()).record(tx, about('other', {}), event)),
      'as a part of a statement': (event) => commitWrites(database, createAuditLog(testStamp()).write(event)),
      'alone, in the group commit': async (event) => {
        const { unit, pending } = unitOf();
        pending.add(event);
        await unit.commit();
      },
      'with other changes of a request': async (event) => {
        const { unit, pending } = unitOf();
        pending.add(event);
        unit.add({ sql: () => 'select 1' });
        await unit.commit();
      },
    };
    for (const [way, write] of Object.entries(ways)) {
      it(`${way}: hold digests, and the values stand beside them`, async () => {
        await write(about(way, details));
        await expectKept(way);
      });
    }

    it('that are not committed leave none', async () => {
      const failed = await database
        .transaction(async (tx) => {
          await createAuditLog(testStamp()).record(tx, about('undone', details));
          throw new Error('undone');
        })
        .catch(({ message }: Error) => message);
      expect(failed).to.equal('undone');
      expect(await personalOf('undone')).to.deep.equal([]);
    });

    it('are refused where a condition decides whether they are written', () => {
      const { pending } = unitOf();
      const event = about('refused', details);
      for (const work of [
        () => pending.prepare(event),
        () => pending.prepareForEach(event),
        () => pending.writeWhere(event, () => 'true').sql(String),
      ])
        expect(work).to.throw(
          'address.changed: an event that depends on a condition cannot have personal values',
        );
    });

    it('lose them with the person, whose events keep their MAC', async () => {
      const log = createAuditLog(testStamp());
      await log.record(database, about('gone', details), about('staying', details));
      await database.transaction((tx) => createPersonalValues().erase(tx, 'gone', []));
      expect(await personalOf('gone')).to.deep.equal([]);
      expect(await personalOf('staying')).to.have.length(2);
      expect(await rowsOf('gone')).to.have.length(1);
    });
  });

  it('take no fraction, and no number that not every program reads alike', () => {
    for (const value of [0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      const { pending } = unitOf();
      expect(() => pending.prepare(about('x', { n: { deep: value } }))).to.throw('/n/deep');
    }
  });
});
