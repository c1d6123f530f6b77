import { isPersonName } from '../../domain/accounts/policy.ts';

const MAX_LENGTH = 80;

/** Characters that turn the text around them about (Unicode Technical Report 36, section 2.5): a name needs none. */
const TURNING = /[\u202A-\u202E\u2066-\u2069]/u;

/** What is wrong with what somebody wants to call a factor of theirs: one line, something to see in it. */
export function factorNameError(name: string): 'missing' | 'invalid' | undefined {
  if (name === '') return 'missing';
  return name.length <= MAX_LENGTH && isPersonName(name) && !TURNING.test(name) ? undefined : 'invalid';
}

/** The name of a factor for a view's model; an imported one has none. */
export const nameOf = (name: string | undefined) => (name === undefined ? {} : { name });
