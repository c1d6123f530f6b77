import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { AdministrationDependencies } from '../../src/administration/index.ts';
import type { PasswordPrompt } from '../../src/commands/password-prompt.ts';
import type { UserCreationApp } from '../../src/commands/user-creation.ts';
import { registerUsers } from '../../src/commands/users.ts';
import { createAdministratorStore } from '../../src/domain/accounts/administrator-store.ts';
import { createDormancyStore } from '../../src/domain/accounts/dormancy-store.ts';
import { createLifecycleStore } from '../../src/domain/accounts/life-store.ts';
import { createAccountPasswordStore } from '../../src/domain/accounts/password-store.ts';
import { AccountRecord } from '../../src/domain/accounts/record-store.ts';
import { createRoleTermStore } from '../../src/domain/accounts/role-term-store.ts';
import { createAccountStore } from '../../src/domain/accounts/store.ts';
import { createAttributes } from '../../src/domain/attributes/policy.ts';
import { AuditEventRecord, createAuditLog } from '../../src/domain/audit/store.ts';
import { createLockout, type Lockout } from '../../src/domain/lockout/store.ts';
import { createOneTimeLinkStore } from '../../src/domain/one-time-links/store.ts';
import { createPasswordHasher, type PasswordHasher } from '../../src/domain/passwords/hasher.ts';
import type { PasswordRules } from '../../src/domain/passwords/rules.ts';
import { createSignerKeyStore } from '../../src/domain/passwords/signer-key-store.ts';
import { createStagedHashes } from '../../src/domain/passwords/staged-hash-store.ts';
import { createHashWrapper } from '../../src/domain/passwords/wrapping.ts';
import type { SessionEndings } from '../../src/domain/sessions/store.ts';
import { TotpAuthenticatorRecord } from '../../src/domain/totp/record-store.ts';
import { createTotpStore } from '../../src/domain/totp/store.ts';
import { createTrustedDeviceStore } from '../../src/domain/trusted-devices/store.ts';
import { createUnitStore } from '../../src/domain/units/store.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { GatehouseError } from '../../src/kernel/errors.ts';
import { systemRandomness } from '../../src/kernel/ids.ts';
import { createAccountStatusChanges } from '../../src/lifecycle/account-status.ts';
import { createEndOfAccess } from '../../src/lifecycle/end-of-access.ts';
import { createLastAdministrator } from '../../src/lifecycle/last-administrator.ts';
import type { Database } from '../../src/storage/database.ts';
import { openDatabase } from '../../src/storage/orm.ts';
import { administrationOf } from './administration.ts';
import { testStamp } from './audit-stamp.ts';
import { fixture } from './evidence/fixture.ts';
import { WRAPPING_KEY } from './password-hashes.ts';
import { testPasswordRules } from './password-rules.ts';
import { createTestDatabase, migrationsPath, type TestDatabase } from './postgres.ts';

export const BCRYPT = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';
export const OPERATOR = { user: userInfo().username };
export const PASSWORD = 'seven quiet lanterns';

const LOCKOUT = {
  maxFailures: 2,
  durationMinutes: 30,
  escalationCount: 3,
  maxDurationMinutes: 60,
  maxConsecutiveFailures: 3,
};

interface Outcome {
  readonly printed: string[];
  readonly warned: string[];
  readonly error: GatehouseError | undefined;
}

interface AuditRow {
  type: string;
  outcome: string;
  actor_kind: string;
  operator: string;
  account: string;
  command: string;
  details: object;
}

/** The `users` command on a database of its own, without a server: to be called in a `describe`. */
export function useUsersCommand() {
  let test: TestDatabase;
  let database: Database;
  let hasher: PasswordHasher;
  let passwordRules: PasswordRules;
  let folder: string;
  let lockout: Lockout;
  let ended: string[];
  const mfaKeys = { current: 'k1', keys: new Map([['k1', Buffer.alloc(32, 1)]]) };
  const totp = () =>
    createTotpStore({
      database,
      keyring: mfaKeys,
      generalKeyring: { current: 'g1', keys: new Map([['g1', Buffer.alloc(32, 3)]]) },
      clock: systemClock,
      random: systemRandomness,
      issuerName: 'Gatehouse',
    });
  const accounts = () => createAccountStore(database, systemClock, systemRandomness);
  const foreignHashes = () => {
    const argon2 = { memoryKib: 64, timeCost: 1, parallelism: 1 };
    const wrapper = createHashWrapper({ argon2, wrappingKey: WRAPPING_KEY, random: systemRandomness });
    return {
      signerKeys: createSignerKeyStore(database, mfaKeys, systemClock, systemRandomness),
      stagedHashes: createStagedHashes({ database, wrapper, wrappingKey: WRAPPING_KEY, clock: systemClock }),
    };
  };

  before(async () => {
    test = await createTestDatabase();
    database = await openDatabase({
      url: test.serverUrl,
      entities: [AccountRecord, TotpAuthenticatorRecord, AuditEventRecord],
      role: 'server',
      poolSize: 5,
      migrationsPath,
    });
    lockout = createLockout({
      database,
      policy: LOCKOUT,
      digestKey: Buffer.alloc(32, 2),
      clock: systemClock,
      random: systemRandomness,
      record: createAuditLog(testStamp()).record,
    });
    hasher = await createPasswordHasher({
      wrappingKey: WRAPPING_KEY,
      argon2: { memoryKib: 64, timeCost: 1, parallelism: 1 },
      peppers: undefined,
      maxLength: 256,
      hashConcurrency: 1,
      hashQueueLimit: 10,
      random: systemRandomness,
    });
    passwordRules = await testPasswordRules({ hasher });
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-users-'));
  });
  after(async () => {
    await passwordRules.close();
    await hasher.close();
    await database.close();
    await test.drop();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    ended = [];
    await fixture(database, 'delete from accounts');
  });

  const nobody: PasswordPrompt = {
    interactive: false,
    askHidden: () => Promise.reject(new Error('nobody was to be asked')),
    readLine: () => Promise.reject(new Error('nothing was to be read')),
  };

  const accountStatus = (endAll: SessionEndings['endAll']) => {
    const clock = systemClock;
    return createAccountStatusChanges({
      audit: createAuditLog(testStamp(clock)),
      lastAdministrator: createLastAdministrator(createAdministratorStore()),
      accounts: accounts(),
      clock,
      dormancies: createDormancyStore(),
      accountPasswords: createAccountPasswordStore(database, clock, systemRandomness),
      endOfAccess: createEndOfAccess({
        life: createLifecycleStore(clock),
        links: createOneTimeLinkStore(database, clock, systemRandomness),
        trustedDevices: createTrustedDeviceStore(database, clock),
        temporaryCodes: { revoke: () => ({ sql: () => 'select 1' }) },
        access: { endAll, endOthers: () => Promise.reject(new Error('not by these commands')) },
      }),
    });
  };

  async function run(
    words: string[],
    options: {
      prompt?: PasswordPrompt;
      app?: Partial<UserCreationApp> & Partial<AdministrationDependencies>;
    } = {},
  ): Promise<Outcome> {
    const parts = {
      config: { environment: 'test' },
      clock: systemClock,
      digestKey: Buffer.alloc(32, 4),
      database,
      audit: createAuditLog(testStamp()),
      accounts: accounts(),
      roleTerms: createRoleTermStore(),
      units: createUnitStore(systemClock, systemRandomness),
      fourEyes: { isNeeded: () => false, ask: () => Promise.reject(new Error('nobody is asked')) },
      accountPasswords: createAccountPasswordStore(database, systemClock, systemRandomness),
      totp: totp(),
      ...foreignHashes(),
      lockout,
      hasher,
      passwordRules,
      attributes: createAttributes({}),
      namedRoles: ['administrator'],
      firstPasswordsLast: options.app?.config?.environment !== 'production',
      accountStatus: accountStatus(async (_tx, id) => {
        ended.push(id);
      }),
      statusSchedule: { change: async () => false },
      ...options.app,
    } satisfies Partial<AdministrationDependencies> & Omit<UserCreationApp, 'administration'>;
    const app: UserCreationApp = { ...parts, administration: administrationOf(parts) };
    const printed: string[] = [];
    const warned: string[] = [];
    const terminal = {
      print: (text: string) => void printed.push(text),
      warn: (text: string) => void warned.push(text),
      fail: () => undefined,
    };
    const program = new Command().exitOverride();
    registerUsers(program, (work) => work(app), terminal, options.prompt ?? nobody);
    try {
      await program.parseAsync(['users', ...words], { from: 'user' });
      return { printed, warned, error: undefined };
    } catch (error) {
      if (error instanceof GatehouseError) return { printed, warned, error };
      throw error;
    }
  }

  /** The events about accounts that exist now: the trail of earlier tests cannot be removed. */
  async function trail(): Promise<AuditRow[]> {
    return database.query<AuditRow>(
      `select type, outcome, actor_kind, account, command, operator, details from audit_events
       where account in (select id::text from accounts) order by id`,
    );
  }

  async function file(...lines: (object | string)[]): Promise<string> {
    const path = join(folder, `${systemRandomness.uuid()}.jsonl`);
    await writeFile(
      path,
      lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    );
    return path;
  }

  const count = async () => (await accounts().list({ limit: 2000 })).length;

  return {
    get database() {
      return database;
    },
    get hasher() {
      return hasher;
    },
    get folder() {
      return folder;
    },
    get lockout() {
      return lockout;
    },
    get ended() {
      return ended;
    },
    mfaKeys,
    totp,
    accounts,
    nobody,
    accountStatus,
    run,
    trail,
    file,
    count,
  };
}
