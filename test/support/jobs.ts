import { createEndSessions } from '../../src/jobs/end-sessions.ts';
import type { Job } from '../../src/jobs/runner.ts';
import { createSweepArtifacts } from '../../src/jobs/sweep-artifacts.ts';
import type { App } from '../../src/wire.ts';

/** The job that ends sessions that have run out, on this node. */
export const endSessionsOn = ({ database, clock, metrics, sessions }: App): Job =>
  createEndSessions({
    database,
    clock,
    meters: metrics.meters,
    sessionStore: sessions.store,
    terminations: sessions.terminations,
  });

/** The job that removes what is past its time, on this node. */
export const sweepArtifactsOn = ({ accounts, clock, factors, metrics, sessions, signIn, tokens }: App): Job =>
  createSweepArtifacts({
    ...factors,
    clock,
    meters: metrics.meters,
    links: accounts.links,
    attempts: signIn.attempts,
    artifacts: tokens.artifacts,
    statuses: tokens.statuses,
    sessionStore: sessions.store,
  });
