import { expect } from 'chai';
import {
  addPendingEvent,
  createAuditGroup,
  PENDING_EVENTS,
  PendingEvents,
} from '../../../src/domain/audit/pending-events.ts';
import { type AuditRow, auditRows } from '../../../src/domain/audit/row-store.ts';
import type { Database } from '../../../src/storage/database.ts';
import { UnitOfWork } from '../../../src/storage/unit-of-work.ts';
import { testStamp } from '../../support/audit-stamp.ts';

const row = (id: number): AuditRow => ({ id });
const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('the group commit of audit events', () => {
  it('inserts what came while the last insert was under way, in one', async () => {
    const inserts: { rows: AuditRow[]; done: () => void }[] = [];
    const group = createAuditGroup((rows) => new Promise((done) => inserts.push({ rows, done })));
    const answered: number[] = [];
    const append = (id: number) => group.append([row(id)]).then(() => answered.push(id));
    const all = [append(0), append(1), append(2)];
    await tick();
    expect(inserts.map(({ rows }) => rows.length)).to.deep.equal([1]);
    expect(answered, 'before it is committed nobody is answered').to.deep.equal([]);
    inserts[0]?.done();
    await tick();
    expect(answered).to.deep.equal([0]);
    expect(inserts.map(({ rows }) => rows.map(({ id }) => id))).to.deep.equal([[0], [1, 2]]);
    inserts[1]?.done();
    await Promise.all(all);
    expect(answered).to.deep.equal([0, 1, 2]);
  });

  it('tells everybody of a batch when it fails, and goes on with the next', async () => {
    let calls = 0;
    const group = createAuditGroup(async () => {
      calls += 1;
      if (calls === 1) throw new Error('disk full');
    });
    const outcome = (promise: Promise<void>) =>
      promise.then(
        () => 'kept',
        () => 'lost',
      );
    const first = outcome(group.append([row(0)]));
    const others = [outcome(group.append([row(1)])), outcome(group.append([row(2)]))];
    expect([await first, ...(await Promise.all(others))]).to.deep.equal(['lost', 'kept', 'kept']);
    expect(await outcome(group.append([row(3)]))).to.equal('kept');
  });

  it('bounds one insert', async () => {
    const sizes: number[] = [];
    const group = createAuditGroup(async (rows) => {
      sizes.push(rows.length);
    });
    await Promise.all(Array.from({ length: 2500 }, (_, id) => group.append([row(id)])));
    expect(Math.max(...sizes)).to.be.at.most(1000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).to.equal(2500);
  });
});

describe('events noted in a unit', () => {
  const event = { type: 'sign_in.cancelled', outcome: 'failure', details: {} } as const;

  function setup() {
    const statements: unknown[][] = [];
    const grouped: AuditRow[][] = [];
    const onRecorded: string[] = [];
    const broken = { is: false };
    const database = {
      query: async (_statement: unknown, values: unknown[]) => {
        if (broken.is) throw new Error('away');
        statements.push(values);
        return [];
      },
    } as unknown as Database;
    const unit = new UnitOfWork(database);
    const group = { append: async (rows: AuditRow[]) => void grouped.push(rows) };
    unit.attach(
      PENDING_EVENTS,
      new PendingEvents({ ip: '192.0.2.1', requestId: 'r' }, group, testStamp(), ({ type }) =>
        onRecorded.push(type),
      ),
    );
    return { unit, statements, grouped, onRecorded, broken };
  }

  it('go with the unit’s changes in one statement', async () => {
    const { unit, statements, grouped } = setup();
    addPendingEvent(unit, event);
    unit.add({ sql: (parameter) => `select ${parameter('change')}` });
    await unit.commit();
    expect(grouped).to.have.length(0);
    expect(statements).to.have.length(1);
    expect(JSON.stringify(statements[0])).to.include('sign_in.cancelled').and.include('change');
  });

  it('join the group when there is no change, and are written once', async () => {
    const { unit, statements, grouped } = setup();
    addPendingEvent(unit, event);
    addPendingEvent(unit, event);
    await unit.commit();
    await unit.commit();
    expect(statements).to.have.length(0);
    expect(grouped.map((rows) => rows.length)).to.deep.equal([2]);
    expect(grouped[0]?.[0]).to.include({ type: 'sign_in.cancelled', ip: '192.0.2.1', request_id: 'r' });
  });

  it('are heard of when they are committed, once, and not before', async () => {
    const { unit, onRecorded, broken } = setup();
    addPendingEvent(unit, event);
    unit.add({ sql: () => 'select 1' });
    broken.is = true;
    expect(await unit.commit().catch(() => 'failed')).to.equal('failed');
    expect(onRecorded).to.deep.equal([]);
    broken.is = false;
    await unit.commit();
    await unit.commit();
    expect(onRecorded).to.deep.equal([event.type]);
    addPendingEvent(unit, event);
    await unit.commit();
    expect(onRecorded, 'by the group, too').to.have.length(2);
  });

  it('are forgotten with the unit', async () => {
    const { unit, statements, grouped } = setup();
    addPendingEvent(unit, event);
    unit.discard();
    await unit.commit();
    expect([...statements, ...grouped]).to.have.length(0);
    addPendingEvent(unit, event);
    await unit.commit();
    expect(grouped).to.have.length(1);
  });

  it('cannot be noted outside a unit', () => {
    expect(() => addPendingEvent(undefined, event)).to.throw('outside a unit');
  });

  it('keep their order, and cut what a client made too long', () => {
    const rows = auditRows(
      Array.from({ length: 50 }, () => ({ ...event, origin: { userAgent: 'x'.repeat(10_000) } })),
      testStamp(),
    );
    const ids = rows.map(({ id }) => String(id));
    expect(ids.toSorted()).to.deep.equal(ids);
    expect(new Set(ids).size).to.equal(50);
    expect(String(rows[0]?.user_agent)).to.have.length(512);
  });

  it('keep the order in which they were written one by one, within a millisecond and after it', () => {
    let now = new Date(0);
    const clock = { now: () => now };
    const write = () => String(auditRows([event], testStamp(clock))[0]?.id);
    const ids = Array.from({ length: 50 }, write);
    now = new Date(1);
    ids.push(...Array.from({ length: 50 }, write));
    expect(ids.toSorted()).to.deep.equal(ids);
  });
});
