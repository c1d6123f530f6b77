import { accountActive } from './account-active.ts';
import { admitted } from './admitted.ts';
import type { Check } from './check.ts';
import { passwordMatches } from './password-matches.ts';

/** Every check that a submitted password passes, in this order. The first refusal ends the walk. */
export const CHECKS: readonly Check[] = [admitted, passwordMatches, accountActive];
