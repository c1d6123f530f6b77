import { expect } from 'chai';
import { tellReport } from '../../src/domain/audit/bundle/tell.ts';
import { REPORT_WORDS_EN } from '../../src/domain/audit/bundle/words.en.ts';
import { createAuditLog } from '../../src/domain/audit/store.ts';
import type { VerifierKey } from '../../src/domain/audit/tree/note.ts';
import { systemRandomness } from '../../src/kernel/ids.ts';
import { TEST_MAC } from '../support/audit-stamp.ts';
import { told } from '../support/audit-trail.ts';
import { useEvidence } from '../support/evidence.ts';

/** Tables of the trail, all of which a superuser may rewrite. */
const TABLES = [
  'audit_events',
  'audit_leaves',
  'audit_nodes',
  'audit_checkpoints',
  'audit_sealing',
  'audit_keys',
];

describe('line 75: tampering with the audit trail as a superuser', function () {
  this.timeout(60_000);
  const evidence = useEvidence();
  const { here } = evidence;
  let keys: VerifierKey[];
  let anchor: string;
  beforeEach(async () => {
    await evidence.sealed(12);
    await evidence.sealed(300);
    keys = await evidence.keys();
    anchor = await evidence.anchor();
  });

  const eventAt = async (index: number) =>
    (await here.owner.query('select event from audit_leaves where index = $1', [index])).rows[0]
      .event as string;

  /** The same by whoever checks the database, and by whoever has a bundle of it. */
  async function both(expected: readonly string[], anchors: readonly string[] = []): Promise<void> {
    expect(told(await evidence.check({ keys, anchors })), 'check').to.deep.equal(expected);
    expect(told(await evidence.audit({ keys, anchors })), 'bundle').to.deep.equal(expected);
  }

  it('is not found where nobody did', async () => {
    await both([], [anchor]);
    expect(told(await evidence.audit({ keys, anchors: [anchor] }, 'csv'))).to.deep.equal([]);
    await evidence.sealed(3);
    const report = await evidence.check({ keys, anchors: [anchor] });
    expect(report.newest?.size).to.be.greaterThan(report.anchored?.size ?? 0);
    expect(tellReport(report, REPORT_WORDS_EN).at(-1)).to.match(/^Anchored: \d+ events, signed 20/);
  });

  it('names a field that was edited', async () => {
    const id = await eventAt(17);
    await here.tamper(`update audit_events set account = 'somebody' where id = $1`, [id]);
    await both(['altered 17']);
    const [finding] = (await evidence.audit({ keys })).findings;
    expect(finding).to.include({ event: id, type: 'key.retired' });
  });

  it('names an event whose time was edited, which another partition may hold', async () => {
    await here.tamper(`update audit_events set at = at - interval '40 days' where id = $1`, [
      await eventAt(30),
    ]);
    await both(['altered 30']);
  });

  it('names two that were swapped', async () => {
    const [one, other] = [await eventAt(20), await eventAt(25)];
    // An event has one place: by way of an id of nobody's.
    const steps = [
      ['00000000-0000-4000-8000-000000000000', 20],
      [one, 25],
      [other, 20],
    ] as const;
    for (const [event, index] of steps)
      await here.tamper('update audit_leaves set event = $1 where index = $2', [event, index]);
    await both(['reordered 20', 'reordered 25']);
  });

  it('names one that was deleted, with its leaf or without', async () => {
    await here.tamper('delete from audit_events where id = $1', [await eventAt(9)]);
    await both(['removed 9']);
    await here.tamper('delete from audit_leaves where index = 9');
    expect(told(await evidence.audit({ keys }))[0]).to.match(/^(removed|rewritten) /);
    expect((await evidence.check({ keys })).tampered).to.equal(true);
  });

  it('names the newest hundred that were deleted', async () => {
    const size = (await here.leaves()).length;
    await here.tamper(
      'delete from audit_events where id in (select event from audit_leaves where index >= $1)',
      [size - 100],
    );
    await both([`removed ${size - 100}`]);
    await here.tamper('delete from audit_leaves where index >= $1', [size - 100]);
    expect(told(await evidence.check({ keys }))[0]).to.equal(`cut_off ${size - 100}`);
  });

  it('names a forged event: sealed without a MAC, or put in behind the sealer', async () => {
    await here.tamper(
      `insert into audit_events (id, at, type, outcome, details)
       values ('01934f2e-0000-7000-8000-00000000f001', now(), 'session.ended', 'success', '{}')`,
    );
    await here.sealAll();
    const forged = (await here.leaves()).find(({ type }) => type === 'session.ended');
    expect(forged?.mac).to.not.equal('valid');
    await here.tamper(
      `insert into audit_events (id, at, type, outcome, details, xid)
       values ('01934f2e-0000-7000-8000-00000000f002', now(), 'session.started', 'success', '{}', '5')`,
    );
    const report = await evidence.check({ keys });
    expect(told(report).at(-1)).to.equal('never_sealed');
    expect(report.findings.at(-1)).to.include({ event: '01934f2e-0000-7000-8000-00000000f002' });
  });

  it('names an event that was edited before it was sealed', async () => {
    await here.events(['late']);
    await here.tamper(`update audit_events set account = 'somebody' where details ->> 'kid' = 'late'`);
    expect(told(await evidence.check({ keys }))).to.deep.equal(['unsealed_forged']);
    await here.sealAll();
    const late = (await here.leaves()).find(({ kid }) => kid === 'late');
    await both([`forged ${late?.index}`]);
  });

  it('names a tree that was rewritten with another key, and a node that was changed', async () => {
    await here.tamper(`update audit_nodes set hash = sha256(hash) where level = 8 and index = 0`);
    expect(told(await evidence.check({ keys }))).to.deep.equal(['node 0']);
    for (const table of ['audit_leaves', 'audit_nodes', 'audit_checkpoints', 'audit_keys'])
      await here.tamper(`delete from ${table}`);
    await here.tamper(`update audit_sealing set size = 0, frontier = '[]', xid = '0',
      event = '00000000-0000-0000-0000-000000000000', before_done = false, before_at = null, before_event = null,
      signed_size = null`);
    await here.tamper(`delete from audit_events where details ->> 'kid' = 'e7'`);
    await here.sealing.openKey();
    await here.sealAll();
    await both(['unknown_key']);
    expect(told(await evidence.check({ anchors: [anchor] }))).to.deep.equal(['foreign_key']);
  });

  it('names a roll back to an old backup by an anchor, and states the window without one', async () => {
    for (const table of TABLES)
      await here.owner.query(`create table backup_${table} as select * from ${table}`);
    await evidence.sealed(40);
    const newer = await evidence.anchor();
    for (const table of TABLES) {
      await here.tamper(`delete from ${table}`);
      const overriding = table === 'audit_checkpoints' ? 'overriding system value' : '';
      await here.tamper(`insert into ${table} ${overriding} select * from backup_${table}`);
    }
    const size = (await here.leaves()).length;
    const unanchored = await evidence.audit({ keys });
    expect(unanchored.tampered).to.equal(false);
    expect(tellReport(unanchored, REPORT_WORDS_EN).at(-1)).to.match(/^No anchor was compared/);
    const [finding] = (await evidence.audit({ keys, anchors: [anchor, newer] })).findings;
    expect(finding).to.include({ kind: 'rolled_back', size });
    // It goes on as if nothing had happened, and is longer than the anchor in the end.
    await evidence.sealed(60);
    expect((await evidence.check({ keys, anchors: [newer] })).findings[0]).to.include({
      kind: 'rolled_back',
    });
  });

  it('is not hidden by an event that says that all of it is archived', async () => {
    await here.tamper(`update audit_events set account = 'somebody' where id = $1`, [await eventAt(17)]);
    await here.tamper(
      `insert into audit_events (id, at, type, outcome, details)
       values ('01934f2e-0000-7000-8000-00000000f003', now(), 'audit.archived', 'success', '{"last": 250}')`,
    );
    await here.sealAll();
    expect(told(await evidence.check({ keys }))[0]).to.equal('altered 17');
    await here.tamper(`update audit_leaves set mac = 'valid' where mac <> 'valid'`);
    const report = await evidence.check({ keys });
    expect(report.tampered).to.equal(true);
  });

  it('tells of a clock that was moved', async () => {
    const clock = { now: () => new Date(Date.now() - 3_600_000) };
    const log = createAuditLog({ clock, random: systemRandomness, mac: TEST_MAC, toleranceSeconds: 300 });
    await log.record(here.database, {
      type: 'key.retired',
      outcome: 'success',
      actor: { kind: 'system' },
      details: { kid: 'moved' },
    });
    await here.sealAll();
    const report = await evidence.check({ keys });
    expect(told(report)).to.deep.equal([]);
    expect(report.remarks[0]).to.include({ kind: 'clock', count: 1 });
  });
});
