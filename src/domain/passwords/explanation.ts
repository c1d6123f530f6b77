import { CHARACTERS, type CharacterKind, type PasswordPolicy, type PasswordProblem } from './policy.ts';

/** The rules for a new password as they are told to people, before they choose one and when one is refused. */
export type ExplainedRule = (
  | { readonly code: 'length'; readonly min: number; readonly max: number }
  | { readonly code: 'characters'; readonly kind: CharacterKind; readonly pattern: string }
  | { readonly code: 'identity' }
  | { readonly code: 'blocklist' }
  | { readonly code: 'strength' }
  | { readonly code: 'repetition' }
  | { readonly code: 'history'; readonly count: number }
) & {
  /** Whether the password that was refused meets it; undefined where nothing was checked yet. */
  readonly met?: boolean;
};

/** What each rule is broken by. */
const BROKEN_BY: Record<ExplainedRule['code'], readonly PasswordProblem[]> = {
  length: ['too_short', 'too_long'],
  characters: ['lower_missing', 'upper_missing', 'digit_missing', 'symbol_missing'],
  identity: ['contains_identity'],
  blocklist: ['blocklisted'],
  strength: ['too_weak', 'single_character'],
  repetition: ['single_character'],
  history: ['reused'],
};

/** Looked at only when everything else is well: without a refusal by them, nothing is known. */
const LATE: readonly ExplainedRule['code'][] = ['strength', 'history'];

/**
 * The rules of a policy, and with the problems of a refused password which of them it met. `hasHistory` for somebody who
 * has, or may have, had a password before.
 */
export function explainRules(
  policy: PasswordPolicy,
  { hasHistory, problems }: { hasHistory: boolean; problems?: readonly PasswordProblem[] | undefined },
): ExplainedRule[] {
  const rules: ExplainedRule[] = [
    { code: 'length', min: policy.minLength, max: policy.maxLength },
    ...policy.requiredCharacters.map((kind) => charactersRule(kind)),
    { code: 'identity' },
    { code: 'blocklist' },
    { code: policy.minScore > 0 ? 'strength' : 'repetition' },
    ...(hasHistory && policy.history > 0 ? [{ code: 'history', count: policy.history } as const] : []),
  ];
  if (problems === undefined || problems.includes('malformed')) return rules;
  return rules.map((rule) => {
    const broken = isBroken(rule, problems);
    if (!broken && isUnknown(rule, problems)) return rule;
    return { ...rule, met: !broken };
  });
}

/** `pattern`: of a regular expression with the flag `u`, for browsers, which judge by it while somebody types. */
const charactersRule = (kind: CharacterKind) =>
  ({ code: 'characters', kind, pattern: CHARACTERS[kind].source }) as const;

function isBroken(rule: ExplainedRule, problems: readonly PasswordProblem[]): boolean {
  if (rule.code === 'characters') return problems.includes(`${rule.kind}_missing`);
  return BROKEN_BY[rule.code].some((problem) => problems.includes(problem));
}

/** A password that is too long is not looked at any further; the late rules are looked at in their order. */
function isUnknown({ code }: ExplainedRule, problems: readonly PasswordProblem[]): boolean {
  if (problems.includes('too_long')) return true;
  const reached = problems.every((problem) => LATE.some((late) => BROKEN_BY[late].includes(problem)));
  if (code === 'strength') return !reached;
  return code === 'history' && problems.length > 0;
}
