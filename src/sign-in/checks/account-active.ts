import { type Check, PASS } from './check.ts';

/** After the password, so that a disabled account takes as long to refuse and looks like a wrong password. */
export const accountActive: Check = {
  name: 'account_active',
  async run({ account }) {
    if (account?.status === 'active') return PASS;
    return { kind: 'reject', code: 'credentials_invalid', reason: 'account_disabled' };
  },
};
