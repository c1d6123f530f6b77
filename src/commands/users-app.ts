import type { RolePolicies } from '../config/role-names.ts';
import type { Config } from '../config/schema.ts';
import type { AccountPasswordStore } from '../domain/accounts/password-store.ts';
import type { AccountStore } from '../domain/accounts/store.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { Lockout } from '../domain/lockout/store.ts';
import type { PasswordHasher } from '../domain/passwords/hasher.ts';
import type { PasswordRules } from '../domain/passwords/rules.ts';
import type { TotpStore } from '../domain/totp/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Randomness } from '../kernel/ids.ts';
import type { AccountStatusChanges } from '../lifecycle/account-status.ts';
import type { Database } from '../storage/database.ts';

/** What these commands need of the running house. */
export interface UsersApp {
  readonly config: Pick<Config, 'environment'> & RolePolicies;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly database: Database;
  readonly audit: AuditLog;
  readonly accounts: AccountStore;
  readonly accountPasswords: Pick<AccountPasswordStore, 'flag'>;
  readonly totp: Pick<TotpStore, 'adopt'>;
  readonly lockout: Pick<Lockout, 'unlock' | 'passwordDisabled'>;
  readonly hasher: Pick<PasswordHasher, 'hash'>;
  readonly passwordRules: Pick<PasswordRules, 'check' | 'policyFor'>;
  readonly accountStatus: Pick<AccountStatusChanges, 'set'>;
}

/** Opens the server for one command and closes it after, also when the command fails. */
export type WithApp = <T>(work: (app: UsersApp) => Promise<T>) => Promise<T>;
