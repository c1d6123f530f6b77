import { expect } from 'chai';
import { createSealAudit } from '../../../src/jobs/seal-audit.ts';

interface Ground {
  readonly batches?: number;
  readonly lag?: number;
  readonly fails?: boolean;
  readonly holder?: object;
}

/** A sealer that has so many batches, and what the log was told. */
function ground({ batches = 0, lag = 0, fails = false, holder }: Ground = {}) {
  const told: [level: string, fields: object, text: string][] = [];
  const left = { batches, lag };
  const tell = (level: string) => (fields: object, text: string) => void told.push([level, fields, text]);
  const job = createSealAudit({
    sealer: {
      async seal() {
        if (fails) throw new Error('the tree does not fit');
        left.batches -= 1;
        return { sealed: 1, more: left.batches > 0, before: false };
      },
    },
    sealingStanding: {
      unsealedSeconds: async () => left.lag,
      holder: async () => holder as never,
    },
    log: { warn: tell('warn'), error: tell('error') } as never,
  });
  return { job, told, left };
}

describe('the job that seals the audit trail', () => {
  it('looks every two seconds, and sooner where more is left, but rests as long as it works', async () => {
    const { job } = ground({ batches: 2 });
    expect(await job.round()).to.be.below(100);
    expect(await job.round()).to.equal(2_000);
  });

  it('says what holds it up after a minute, once a minute', async () => {
    const holder = { pid: 4711, application: 'import', prepared: undefined };
    const { job, told, left } = ground({ lag: 59.9, holder });
    await job.round();
    expect(told).to.deep.equal([]);
    left.lag = 61.3;
    await job.round();
    await job.round();
    expect(told).to.have.length(1);
    expect(told[0]?.slice(0, 2)).to.deep.equal(['warn', { seconds: 61, ...holder }]);
  });

  it('says so too where nobody holds it up', async () => {
    const { job, told } = ground({ lag: 90 });
    await job.round();
    expect(told).to.deep.equal([['warn', { seconds: 90 }, 'the sealing of the audit trail is behind']]);
  });

  it('fails its round where the tree does not fit, and not the end of the server', async () => {
    const { job, told } = ground({ fails: true });
    expect(await job.round().catch((error) => error)).to.include({ message: 'the tree does not fit' });
    await job.last?.(1_000);
    expect(told.map(([level]) => level)).to.deep.equal(['error']);
  });

  it('seals at the end what is left, for as long as it may', async () => {
    const { job, left } = ground({ batches: 5 });
    await job.last?.(10_000);
    expect(left.batches).to.equal(0);
    const cut = ground({ batches: 1_000_000 });
    await cut.job.last?.(20);
    expect(cut.left.batches).to.be.within(1, 999_999);
  });
});
