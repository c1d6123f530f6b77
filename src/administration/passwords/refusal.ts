import type { PasswordPolicy, PasswordProblem } from '../../domain/passwords/policy.ts';
import type { PasswordOwner, PasswordRules } from '../../domain/passwords/rules.ts';
import { badRequest } from '../../kernel/errors.ts';

export interface JudgesPasswords {
  readonly passwordRules: Pick<PasswordRules, 'check' | 'policyFor'>;
}

/** Throws `password_refused` (400) with everything that is wrong with the password, `hashing_busy` (503). */
export async function assertAcceptable(
  { passwordRules }: JudgesPasswords,
  password: string,
  owner: PasswordOwner,
): Promise<void> {
  const problems = await passwordRules.check(password, owner);
  if (problems.length === 0) return;
  const words = wordsFor(passwordRules.policyFor(owner));
  throw badRequest(
    'password_refused',
    `The password ${problems.map((problem) => words[problem]).join(', and ')}.`,
  );
}

const wordsFor = ({
  minLength,
  maxLength,
}: Pick<PasswordPolicy, 'minLength' | 'maxLength'>): Record<PasswordProblem, string> => ({
  too_short: `must have at least ${minLength} characters`,
  too_long: `must have at most ${maxLength} characters`,
  malformed: 'must be valid Unicode text',
  single_character: 'must not be one character again and again',
  contains_identity:
    'must not contain the name or address of the person, or the name of this service or its organisation',
  lower_missing: 'must have a small letter',
  upper_missing: 'must have a capital letter',
  digit_missing: 'must have a digit',
  symbol_missing: 'must have a character that is neither letter nor digit',
  blocklisted: 'must not be on the list of common and breached passwords',
  too_weak: 'must be harder to guess',
  reused: 'must not be one of the last ones',
});
