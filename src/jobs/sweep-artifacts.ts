import type { OneTimeLinkStore } from '../domain/one-time-links/store.ts';
import type { PasskeyStore } from '../domain/passkeys/store.ts';
import type { SessionStore } from '../domain/sessions/store.ts';
import type { TemporaryCodeStore } from '../domain/temporary-codes/store.ts';
import type { TokenStatusStore } from '../domain/token-status/store.ts';
import type { TotpStore } from '../domain/totp/store.ts';
import type { TrustedDeviceStore } from '../domain/trusted-devices/store.ts';
import { addSeconds, type Clock } from '../kernel/clock.ts';
import type { Meters } from '../metrics/meters.ts';
import type { ArtifactStore } from '../oidc/artifact-store.ts';
import type { AttemptStore } from '../sign-in/store.ts';
import type { Job } from './runner.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Rows of one statement: short enough that nobody waits for its locks. */
const BATCH = 1_000;

/**
 * How long an artefact is kept after its end, in seconds: a person who comes back to a sign-in that was open for too
 * long is told so, and led back to the application.
 */
export const KEPT_SECONDS = 86_400;

/** What is known of a session that has ended, for so many seconds: people and administrators look back. */
const RECORDS_KEPT_SECONDS = 30 * 86_400;

export interface SweepArtifactsDependencies {
  readonly artifacts: Pick<ArtifactStore, 'sweep'>;
  readonly attempts: Pick<AttemptStore, 'sweep'>;
  readonly links: Pick<OneTimeLinkStore, 'sweep'>;
  readonly totp: Pick<TotpStore, 'sweep'>;
  readonly passkeys: Pick<PasskeyStore, 'sweep'>;
  readonly trustedDevices: Pick<TrustedDeviceStore, 'sweep'>;
  readonly temporaryCodes: Pick<TemporaryCodeStore, 'sweep'>;
  readonly statuses: Pick<TokenStatusStore, 'sweep'>;
  readonly sessionStore: Pick<SessionStore, 'sweep'>;
  readonly clock: Clock;
  readonly meters: Pick<Meters, 'cleanUp'>;
}

/**
 * Deletes what is past its time: reads do not see it any more, but anybody who opens a sign-in page leaves a row. Every
 * node does it, in small batches, each skipping what another one holds.
 */
export const createSweepArtifacts = ({
  artifacts,
  attempts,
  links,
  totp,
  passkeys,
  trustedDevices,
  temporaryCodes,
  statuses,
  sessionStore,
  clock,
  meters,
}: SweepArtifactsDependencies): Job => ({
  name: 'sweep-artifacts',
  async round() {
    const before = addSeconds(clock.now(), -KEPT_SECONDS);
    const recordsBefore = addSeconds(clock.now(), -RECORDS_KEPT_SECONDS);
    const sweeps = {
      artifacts: artifacts.sweep(before, BATCH),
      attempts: attempts.sweep(before, BATCH),
      links: links.sweep(before, BATCH),
      totp: totp.sweep(before, BATCH),
      passkeys: passkeys.sweep(before, BATCH),
      trusted_devices: trustedDevices.sweep(before, BATCH),
      temporary_codes: temporaryCodes.sweep(before, BATCH),
      token_statuses: statuses.sweep(before, BATCH),
      sessions: sessionStore.sweep(recordsBefore, BATCH),
    };
    const swept = await Promise.all(
      Object.entries(sweeps).map(async ([kind, sweep]) => {
        const count = await sweep;
        meters.cleanUp(kind, count);
        return count;
      }),
    );
    // A full batch says that more is waiting.
    return swept.some((count) => count === BATCH) ? 100 : HOUR_MS;
  },
});
