import { expect } from 'chai';
import { tellReport } from '../../src/domain/audit/bundle/tell.ts';
import { REPORT_WORDS_EN } from '../../src/domain/audit/bundle/words.en.ts';
import type { VerifierKey } from '../../src/domain/audit/tree/note.ts';
import { told } from '../support/audit-trail.ts';
import { useEvidence } from '../support/evidence.ts';

describe('hiding an event from the sealer, as a superuser', function () {
  this.timeout(60_000);
  const evidence = useEvidence();
  const { here } = evidence;
  let keys: VerifierKey[];
  beforeEach(async () => {
    await evidence.sealed(20);
    keys = await evidence.keys();
  });

  const found = async () => told(await evidence.check({ keys }));
  const change = (columns: string) =>
    here.tamper(`update audit_events set ${columns} where details ->> 'kid' = 'late'`);

  for (const [name, columns] of [
    ['of a transaction that the sealer has passed', `xid = '5'`],
    ['the same, of a cluster of which there is none', `xid = '5', cluster = 'elsewhere'`],
    ['of a transaction that has not begun', `xid = '9000000000000000'`],
    ['of before, when those are all sealed', `xid = null`],
  ] as const) {
    it(`is named, where it says that it is ${name}`, async () => {
      await here.events(['late']);
      await change(columns);
      await here.sealing.sealer.seal();
      expect(await found()).to.deep.equal(['never_sealed']);
    });
  }

  it('is named, where the place was moved from which the sealer goes on', async () => {
    await here.events(['late']);
    await here.tamper(`update audit_sealing set xid = '8000000000000000'`);
    expect(await found()).to.deep.equal(['never_sealed']);
  });

  it('is named, where a leaf says that it is sealed', async () => {
    await here.events(['late']);
    await here.tamper(
      `insert into audit_leaves (index, event, at, mac, hash)
       select 1000000, id, at, 'valid', sha256('') from audit_events where details ->> 'kid' = 'late'`,
    );
    await here.sealing.sealer.seal();
    expect(await found()).to.include('inserted 1000000');
  });

  it('is named, where the newest checkpoints were taken away with it', async () => {
    await evidence.sealed(1);
    await here.tamper('delete from audit_checkpoints where size = (select max(size) from audit_checkpoints)');
    await here.tamper('update audit_sealing set signed_size = null');
    await here.tamper(
      'delete from audit_events where id = (select event from audit_leaves order by index desc limit 1)',
    );
    expect(await found()).to.deep.equal(['sealing_state']);
  });

  it('is not said of what waits to be sealed', async () => {
    await here.events(['late']);
    await change('xid = null, mac = null');
    await here.tamper('update audit_sealing set before_done = false');
    expect(await found()).to.deep.equal([]);
  });

  it('is named, where told_at was set so that its time could be moved', async () => {
    await here.events(['late']);
    await change(`told_at = at, at = at - interval '4 minutes'`);
    expect(await found()).to.deep.equal(['unsealed_forged']);
    await here.sealAll();
    expect(await found())
      .to.have.length(1)
      .and.match(/^time_moved \d+$/);
  });

  it('is told, where a time does not fit the times around it', async () => {
    for (const moved of [`- interval '2 days'`, `+ interval '2 days'`]) {
      await here.events(['late']);
      await change(`told_at = at, at = at ${moved}`);
      await here.sealAll();
      const report = await evidence.check({ keys });
      const kinds = report.remarks.map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'time_unlikely')).to.have.length(moved.startsWith('-') ? 1 : 2);
      expect(tellReport(report, REPORT_WORDS_EN).join('\n')).to.match(/Time in question: event \d+ /);
      await here.tamper(
        `update audit_events set details = '{"kid":"done"}' where details ->> 'kid' = 'late'`,
      );
    }
  });
});

describe('what an event says that is archived', function () {
  this.timeout(60_000);
  const evidence = useEvidence();
  const { here } = evidence;
  let keys: VerifierKey[];
  let anchor: string;
  beforeEach(async () => {
    await evidence.sealed(12);
    anchor = await evidence.anchor();
    await evidence.sealed(300);
    keys = await evidence.keys();
  });

  const found = async () => told(await evidence.check({ keys, anchors: [anchor] }));
  const archive = async (last: number) => {
    const details = { month: '2020-01', first: 0, last, events: last + 1, file: 'x.zip', sha256: '0' };
    await here.sealing.log.record(here.database, {
      type: 'audit.archived',
      outcome: 'success',
      actor: { kind: 'system' },
      details: details as never,
    });
    await here.sealAll();
  };

  it('counts only where it is in the tree that is signed', async () => {
    await here.tamper(`update audit_events set account = 'somebody' where details ->> 'kid' = 'e17'`);
    const id = '01934f2e-0000-7000-8000-00000000f003';
    await here.tamper(
      `insert into audit_events (id, at, type, outcome, details)
       values ($1, now(), 'audit.archived', 'success', '{"last": 310}')`,
      [id],
    );
    await here.tamper(
      `insert into audit_leaves (index, event, at, mac, hash)
       select 1000000, id, at, 'valid', sha256('') from audit_events where id = $1`,
      [id],
    );
    expect(await found())
      .to.include('inserted 1000000')
      .and.to.satisfy((all: string[]) => all[0]?.startsWith('altered '));
  });

  it('does not keep an anchor from being compared', async () => {
    await archive(250);
    const report = await evidence.check({ keys, anchors: [anchor] });
    expect(told(report)).to.deep.equal([]);
    expect(report.anchored?.size).to.equal(Number(anchor.split('\n')[1]));
    expect(report.remarks.map(({ kind }) => kind)).to.deep.equal(['archived']);
    await here.tamper(`update audit_leaves set hash = sha256(hash) where index = 3`);
    expect((await found())[0]).to.match(/^rolled_back /);
  });

  it('does not hide an event that was put in the place of an archived one', async () => {
    await archive(250);
    await here.tamper(`update audit_events set account = 'somebody'
      where id = (select event from audit_leaves where index = 100)`);
    expect(await found()).to.deep.equal(['altered 100']);
  });
});
