/**
 * When a file of tests is run. `npm test` runs the fast ones; what needs processes, proxies, races, a whole development
 * server, or simply long, is named `*.slow.test.ts` and run by `npm run test:slow`. `.ci/run` runs all tiers.
 */
export const TIERS = ['fast', 'slow'] as const;
export type Tier = (typeof TIERS)[number];

export const isTier = (word: string): word is Tier => TIERS.some((tier) => tier === word);

export const tierOf = (file: string): Tier => (file.endsWith('.slow.test.ts') ? 'slow' : 'fast');
