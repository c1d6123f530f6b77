import type { Sealer } from '../domain/audit/sealing/sealer.ts';
import type { SealingStandingStore } from '../domain/audit/sealing/standing-store.ts';
import type { Logger } from '../log.ts';
import type { Job } from './runner.ts';

export const SEAL_AUDIT = 'seal-audit';

/** How long an event waits at most until somebody looks. */
const INTERVAL_MS = 2_000;

/** How long events may wait before the log says what holds them up, and how often it says so. */
const LAG_SECONDS = 60;
const TELL_EVERY_MS = 60_000;

export interface SealAuditDependencies {
  readonly sealer: Sealer;
  readonly sealingStanding: Pick<SealingStandingStore, 'unsealedSeconds' | 'holder'>;
  readonly log: Pick<Logger, 'warn' | 'error'>;
}

/**
 * Seals the audit trail and signs what it has sealed, every two seconds and at the end of the server, after its last request. Where
 * there is much to seal it rests as long as it works, so that requests have the processor at least half of the time.
 */
export function createSealAudit({ sealer, sealingStanding, log }: SealAuditDependencies): Job {
  let toldAt = Number.NEGATIVE_INFINITY;

  async function tellLag(): Promise<void> {
    if (performance.now() - toldAt < TELL_EVERY_MS) return;
    const seconds = Math.floor(await sealingStanding.unsealedSeconds());
    if (seconds < LAG_SECONDS) return;
    toldAt = performance.now();
    const holder = await sealingStanding.holder();
    if (holder === undefined) log.warn({ seconds }, 'the sealing of the audit trail is behind');
    else
      log.warn(
        { seconds, ...holder },
        'audit events wait to be sealed for a transaction that began before them: end the process with this pid',
      );
  }

  return {
    name: SEAL_AUDIT,
    async round() {
      const began = performance.now();
      const { more } = await sealer.seal();
      await tellLag();
      return more ? Math.min(performance.now() - began, INTERVAL_MS) : INTERVAL_MS;
    },
    async last(milliseconds) {
      const until = performance.now() + milliseconds;
      try {
        while ((await sealer.seal()).more && performance.now() < until);
      } catch (error) {
        log.error({ err: error, job: SEAL_AUDIT }, 'the last events of the audit trail are not sealed yet');
      }
    },
  };
}
