import { expect } from 'chai';
import type { SinkLine } from '../../../src/domain/audit/sinks/sink.ts';
import { createAuditSinkStore } from '../../../src/domain/audit/sinks/sink-store.ts';
import { createEmitAudit } from '../../../src/jobs/emit-audit.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openTestDatabase } from '../../support/audit-database.ts';
import { addEvents, addLeaves } from '../../support/given-events.ts';

describe('the emitter of an audit sink', () => {
  let database: Database;
  let close: () => Promise<void>;
  const store = () => createAuditSinkStore(database);

  before(async () => {
    ({ database, close } = await openTestDatabase());
  });
  after(() => close());

  /** A node with one sink, which notes what it takes, or does what `then` does. */
  function node(name: string, then?: (count: number) => Promise<void> | void, atOnce?: number) {
    const taken: number[] = [];
    const send = async (lines: readonly SinkLine[]) => {
      await then?.(lines.length);
      taken.push(...lines.map(({ json }) => JSON.parse(json).event.sequence as number));
    };
    const [job] = createEmitAudit({
      auditSinks: [{ name, label: 'file', sink: { send, ...(atOnce === undefined ? {} : { atOnce }) } }],
      auditSinkStore: store(),
      auditSender: { host: 'id.example.org', organization: 'Example' },
      random: systemRandomness,
    });
    if (job === undefined) throw new Error('no job');
    const round = () => job.round();
    return { taken, round, finish: () => job.finish?.(100) };
  }

  async function seal(count: number): Promise<number[]> {
    const events = await addEvents(
      database,
      Array.from({ length: count }, () => ({})),
    );
    const first = await addLeaves(database, events);
    return events.map((_, index) => first + index);
  }
  const release = (name: string) =>
    database.query(`update audit_sinks set retry_at = null, lease_until = null where name = $1`, [name]);
  const standing = (name: string) => store().standing(name, 'nobody');

  it('gives a new sink what is sealed from then on, in order and once', async () => {
    await seal(3);
    const { round, taken } = node('new');
    await round();
    const sealed = await seal(5);
    await round();
    await round();
    expect(taken).to.deep.equal(sealed);
    expect(await standing('new')).to.include({ waiting: 0, lagSeconds: 0 });
  });

  it('goes on at once while there is more, and looks again later where there is none', async () => {
    const { round, taken } = node('much');
    await round();
    const sealed = await seal(1_001);
    expect(await round()).to.equal(0);
    expect(await round()).to.equal(1_000);
    expect(taken).to.deep.equal(sealed);
  });

  it('is one at a time over all nodes, and another goes on where one has ended', async () => {
    const [one, other] = [node('shared'), node('shared')];
    await one.round();
    const sealed = await seal(4);
    await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : other).round()));
    const both = [...one.taken, ...other.taken];
    expect([...new Set(both)].sort((a, b) => a - b)).to.deep.equal(sealed);
    expect(
      [one.taken, other.taken].filter(({ length }) => length > 0),
      'one node has sent',
    ).to.have.length(1);
    const [holder, waiting] = one.taken.length > 0 ? [one, other] : [other, one];
    const more = await seal(2);
    await waiting.round();
    expect(waiting.taken).to.deep.equal([]);
    await holder.finish();
    await waiting.round();
    expect(waiting.taken).to.deep.equal(more);
  });

  it('sends a batch again that was on its way when its node died: at least once, and none is missing', async () => {
    const died = node('killed', () => Promise.reject(new Error('killed')));
    await died.round();
    const sealed = await seal(3);
    // What a node that is killed leaves behind: the lease, and the cursor as it was.
    const position = await store().take('killed', 'dead', 60);
    expect(position).to.equal(sealed[0]);
    const next = node('killed');
    await next.round();
    expect(next.taken).to.deep.equal([]);
    await release('killed');
    await next.round();
    expect(next.taken).to.deep.equal(sealed);
    // The dead one comes back to life, and has nothing to say any more.
    await store().sent('killed', 'dead', Number(sealed[0]));
    expect(await standing('killed')).to.include({ waiting: 0 });
  });

  it('tries a sink that is away again, later each time, and loses nothing', async () => {
    let away = true;
    const { round, taken } = node('away', () => {
      if (away) throw new Error('no route\nto it');
    });
    await round();
    const sealed = await seal(2);
    const refused = async () => round().catch((error) => error.code);
    expect(await refused()).to.equal('audit_sink_failed');
    const first = await standing('away');
    expect(first).to.include({ failures: 1, problem: 'no route to it', waiting: 2 });
    expect(first?.retrySeconds).to.be.within(3, 6.1);
    expect(await refused(), 'not before its time').to.equal(1_000);
    for (let failures = 2; failures <= 8; failures += 1) {
      await release('away');
      await refused();
    }
    expect((await standing('away'))?.retrySeconds).to.be.within(47, 73);
    away = false;
    await release('away');
    await round();
    expect(taken).to.deep.equal(sealed);
    expect(await standing('away')).to.include({ failures: 0, waiting: 0, problem: undefined });
  });

  it('gives a sink that is too slow for a batch fewer and fewer, and never the same from the beginning', async () => {
    const tried: number[] = [];
    const slow = (count: number) => {
      tried.push(count);
      if (count > 20) throw new Error('it took too long');
    };
    const { round, taken } = node('slow', slow, 100);
    await round();
    const sealed = await seal(150);
    for (let turn = 0; taken.length < sealed.length && turn < 100; turn += 1) {
      await round().catch(() => undefined);
      await release('slow');
    }
    expect(taken).to.deep.equal(sealed);
    expect(tried.slice(0, 5)).to.deep.equal([100, 50, 25, 12, 100]);
  });

  it('tells of an event that is sealed and was taken away', async () => {
    const lines: string[] = [];
    const [job] = createEmitAudit({
      auditSinks: [
        {
          name: 'gone',
          label: 'file',
          sink: { send: async (all) => void lines.push(...all.map(({ json }) => json)) },
        },
      ],
      auditSinkStore: store(),
      auditSender: { host: 'id.example.org', organization: 'Example' },
      random: systemRandomness,
    });
    await job?.round();
    await addLeaves(database, [systemRandomness.uuid()]);
    await job?.round();
    expect(JSON.parse(lines[0] ?? '').gatehouse.missing).to.equal(true);
  });
});
