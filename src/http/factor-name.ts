import { isPersonName } from '../domain/accounts/policy.ts';

const MAX_LENGTH = 80;

/** What is wrong with what somebody wants to call a factor of theirs: one line, something to see in it. */
export function factorNameError(name: string): 'missing' | 'invalid' | undefined {
  if (name === '') return 'missing';
  return name.length <= MAX_LENGTH && isPersonName(name) ? undefined : 'invalid';
}
