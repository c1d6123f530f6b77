import { type Check, PASS } from './check.ts';

/**
 * The password is the account's. An unknown account, and one without a password, cost a hash like any other, so that the
 * time of the answer tells nothing (OWASP ASVS 6.3.8).
 */
export const passwordMatches: Check = {
  name: 'password_matches',
  async run({ account, submission }, { hasher }) {
    const { matches, needsRehash } = await hasher.verify(account?.passwordHash, submission.password);
    if (matches) return needsRehash ? { kind: 'pass', rehash: true } : PASS;
    const reason = account === undefined ? 'account_unknown' : 'password_wrong';
    return { kind: 'reject', code: 'credentials_invalid', reason };
  },
};
