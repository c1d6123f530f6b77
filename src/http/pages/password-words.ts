import type { ExplainedRule } from '../../domain/passwords/explanation.ts';
import type { Translator } from './i18n.ts';

/** What pages say about the rules for a new password, and about one that was refused. */
export interface PasswordWords {
  rule(rule: ExplainedRule): string;
  /** Why the password was refused; a code without words reads as `invalid`. */
  problem(code: string, rules: readonly ExplainedRule[]): string;
}

export const passwordWords = ({ t, has }: Pick<Translator, 't' | 'has'>): PasswordWords => ({
  rule(rule) {
    if (rule.code === 'length') return t('password.rule.length', { min: rule.min, max: rule.max });
    if (rule.code === 'history') return t('password.rule.history', { count: rule.count });
    return t(`password.rule.${rule.code === 'characters' ? `characters_${rule.kind}` : rule.code}`);
  },

  problem(code, rules) {
    const key = `password.problem.${code}`;
    const known = /^\w+$/.test(code) && has(key);
    const length = rules.find((rule) => rule.code === 'length');
    return t(known ? key : 'password.problem.invalid', { min: length?.min ?? 0, max: length?.max ?? 0 });
  },
});
