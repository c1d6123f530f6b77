import type { Blocklist } from './blocklist.ts';
import { type ChangeReason, requiredChange } from './expiry.ts';
import type { PasswordHasher } from './hasher.ts';
import { guessableWords, type PasswordSubject } from './identity.ts';
import { checkNewPassword, normalisePassword, type PasswordPolicy, type PasswordProblem } from './policy.ts';
import { lifetimesOf, type Policies, policyOf } from './role-policies.ts';
import type { StrengthEstimator } from './strength.ts';

/** The person whose password it is, or is to be. */
export interface PasswordOwner {
  /** None while there is no account yet. */
  readonly id?: string;
  readonly email: string;
  readonly name: string;
  readonly username?: string;
  readonly roles: readonly string[];
  readonly passwordHash?: string;
}

/** An account as far as it decides whether its password may stay. */
export interface HeldPassword {
  readonly roles: readonly string[];
  readonly passwordChangedAt?: Date;
  readonly passwordMustChange: boolean;
  readonly passwordCompromised: boolean;
  readonly createdAt: Date;
}

/** The one place where a new password is judged, whoever sets it and by whichever way (OWASP ASVS 6.3.4). */
export interface PasswordRules {
  policyFor(owner: Pick<PasswordOwner, 'roles'>): PasswordPolicy;
  /** Every number of days after which somebody's password may expire; none = no password does. */
  lifetimes(): number[];
  /**
   * Every reason to refuse the password for this person; none = it will do. What takes long is looked at only when nothing
   * else is wrong: its strength, and at the same time the earlier passwords, which take up to as many hashes as the
   * history is long, in the queue with everybody else’s. Throws `hashing_busy` (503): a check that
   * cannot be made is not passed.
   */
  check(password: string, owner: PasswordOwner, signal?: AbortSignal): Promise<PasswordProblem[]>;
  /** Why the password has to be changed before its owner gets anything for it; undefined when it may stay. */
  requiredChange(account: HeldPassword, now: Date): ChangeReason | undefined;
  close(): Promise<void>;
}

export interface PasswordRulesDependencies {
  readonly policies: Policies;
  /** Names of the organisation and the product, which no password may contain. */
  readonly words: readonly string[];
  readonly blocklist: Blocklist;
  readonly strength: StrengthEstimator;
  readonly hasher: Pick<PasswordHasher, 'verify'>;
  /** The hashes of an account's passwords before the present one, the latest first. */
  readonly formerHashes: (accountId: string, limit: number) => Promise<readonly string[]>;
  /** Whether people with these roles never get in without a second factor. */
  readonly secondFactorAlways?: (roles: readonly string[]) => boolean;
}

/** Hashes of one check that are asked for together: it is done in half the time, and takes few places in the queue. */
const AT_A_TIME = 2;

interface Estimate {
  readonly isWeak: Promise<boolean>;
  /** True once it is known to be weak. */
  saysWeak(): boolean;
}

export function createPasswordRules(deps: PasswordRulesDependencies): PasswordRules {
  const { policies, words, blocklist, strength, hasher, secondFactorAlways = () => false } = deps;

  const policyFor: PasswordRules['policyFor'] = ({ roles }) =>
    policyOf(roles, policies, secondFactorAlways(roles));

  /** The last passwords, the present one first. */
  async function lastHashes({ id, passwordHash }: PasswordOwner, history: number): Promise<string[]> {
    if (history === 0) return [];
    const former = id === undefined ? [] : await deps.formerHashes(id, history);
    return [...(passwordHash === undefined ? [] : [passwordHash]), ...former].slice(0, history);
  }

  /** Made on a thread of its own, while the first hashes are computed. */
  function estimateOf(password: string, { minScore }: PasswordPolicy, subject: PasswordSubject): Estimate {
    if (minScore === 0) return { isWeak: Promise.resolve(false), saysWeak: () => false };
    let weak = false;
    const isWeak = strength.score(normalisePassword(password), guessableWords(subject)).then((score) => {
      weak = score < minScore;
      return weak;
    });
    // Whoever waits for it hears of a failure; nobody may be waiting when hashing fails first.
    isWeak.catch(() => undefined);
    return { isWeak, saysWeak: () => weak };
  }

  /** Two hashes at a time, until one matches or the password is known to be refused anyway. */
  async function isReused(
    password: string,
    owner: PasswordOwner,
    {
      policy,
      estimate,
      signal,
    }: { policy: PasswordPolicy; estimate: Estimate; signal: AbortSignal | undefined },
  ): Promise<boolean> {
    const options = signal === undefined ? {} : { signal };
    const hashes = await lastHashes(owner, policy.history);
    for (let next = 0; next < hashes.length; next += AT_A_TIME) {
      if (estimate.saysWeak()) return false;
      const verdicts = await Promise.all(
        hashes.slice(next, next + AT_A_TIME).map((hash) => hasher.verify(hash, password, options)),
      );
      if (verdicts.some(({ matches }) => matches)) return true;
    }
    return false;
  }

  return {
    policyFor,
    lifetimes: () => lifetimesOf(policies),

    async check(password, owner, signal) {
      const policy = policyFor(owner);
      const subject = { email: owner.email, name: owner.name, username: owner.username, words };
      const problems = checkNewPassword(password, policy, subject);
      if (problems.includes('too_long') || problems.includes('malformed')) return problems;
      if (await blocklist.includes(password)) problems.push('blocklisted');
      if (problems.length > 0) return problems;

      const estimate = estimateOf(password, policy, subject);
      const reused = await isReused(password, owner, { policy, estimate, signal });
      if (await estimate.isWeak) return ['too_weak'];
      return reused ? ['reused'] : [];
    },

    requiredChange(account, now) {
      const standing = {
        changedAt: account.passwordChangedAt ?? account.createdAt,
        mustChange: account.passwordMustChange,
        compromised: account.passwordCompromised,
      };
      return requiredChange(now, standing, policyFor(account));
    },

    close: async () => {
      await Promise.all([strength.close(), blocklist.close()]);
    },
  };
}
