import { normaliseIdentifier } from '../../domain/accounts/policy.ts';
import { type Check, PASS } from './check.ts';

/**
 * The password is the account's. An unknown account and one without a password cost a hash like those that accounts have, and
 * one whose password was disabled after too many failures costs its own, as before: so the time of the answer tells nothing
 * (OWASP ASVS 6.3.8).
 */
export const passwordMatches: Check = {
  name: 'password_matches',
  async run({ account, submission, slot }, { hasher }) {
    if (slot === undefined) throw new Error('a password may be verified only by who holds a slot');
    const identifier = normaliseIdentifier(submission.identifier);
    const hash = account?.passwordHash;
    const [stored, standIns] = slot.passwordDisabled ? [undefined, [hash]] : [hash, []];
    const { matches, needsRehash } = await hasher.verify(stored, submission.password, {
      identifier,
      standIns,
    });
    if (matches) return needsRehash ? { kind: 'pass', rehash: true } : PASS;
    return { kind: 'reject', code: 'credentials_invalid', reason: reasonOf() };

    function reasonOf(): string {
      if (account === undefined) return 'account_unknown';
      return slot?.passwordDisabled ? 'password_disabled' : 'password_wrong';
    }
  },
};
