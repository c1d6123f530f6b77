import { createStrengthEstimator, type StrengthEstimator } from '../../src/domain/passwords/strength.ts';

const LONG_MS = 60 * 60_000;
let shared: StrengthEstimator | undefined;

/**
 * The estimator of all servers under test in this process: the real one, whose thread is started once and not by each server, which
 * would take a second of computing each. It remembers nothing of what it was asked, and keeps no process alive.
 */
export function sharedStrength(): StrengthEstimator {
  shared ??= createStrengthEstimator(LONG_MS);
  const { score } = shared;
  return { score, close: async () => undefined };
}
