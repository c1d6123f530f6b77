import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import type { AdministrationDependencies } from '../../src/administration/index.ts';
import type { PasswordPrompt } from '../../src/commands/password-prompt.ts';
import type { UserCreationApp } from '../../src/commands/user-creation.ts';
import { registerUsers } from '../../src/commands/users.ts';
import { createLifecycleStore } from '../../src/domain/accounts/life-store.ts';
import { createAccountPasswordStore } from '../../src/domain/accounts/password-store.ts';
import { AccountRecord } from '../../src/domain/accounts/record-store.ts';
import { createAccountStore } from '../../src/domain/accounts/store.ts';
import { AuditEventRecord, createAuditLog } from '../../src/domain/audit/store.ts';
import { createLockout, type Lockout } from '../../src/domain/lockout/store.ts';
import { createOneTimeLinkStore } from '../../src/domain/one-time-links/store.ts';
import { createPasswordHasher, type PasswordHasher } from '../../src/domain/passwords/hasher.ts';
import type { PasswordRules } from '../../src/domain/passwords/rules.ts';
import type { SessionEndings } from '../../src/domain/sessions/store.ts';
import { TotpAuthenticatorRecord } from '../../src/domain/totp/record-store.ts';
import { createTotpStore } from '../../src/domain/totp/store.ts';
import { createTrustedDeviceStore } from '../../src/domain/trusted-devices/store.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { unseal } from '../../src/kernel/crypto.ts';
import { GatehouseError } from '../../src/kernel/errors.ts';
import { systemRandomness } from '../../src/kernel/ids.ts';
import { createAccountStatusChanges } from '../../src/lifecycle/account-status.ts';
import { createEndOfAccess } from '../../src/lifecycle/end-of-access.ts';
import type { Database } from '../../src/storage/database.ts';
import { openDatabase } from '../../src/storage/orm.ts';
import { administrationOf } from '../support/administration.ts';
import { testPasswordRules } from '../support/password-rules.ts';
import { createTestDatabase, migrationsPath, type TestDatabase } from '../support/postgres.ts';
import { totpCode } from '../support/totp.ts';

const BCRYPT = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';
const PBKDF2 = '$pbkdf2-sha256$8000$XAuBMIYQQogxRg$tRRlz8hYn63B9LYiCd6PRo6FMiunY9ozmMMI3srxeRE';
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const OPERATOR = { user: userInfo().username };
const PASSWORD = 'seven quiet lanterns';
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
  actor: string;
  account: string;
  command: string;
  details: object;
}

describe('the users command', () => {
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
      record: createAuditLog(systemClock, systemRandomness).record,
    });
    hasher = await createPasswordHasher({
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
    await database.query('delete from accounts');
  });

  const nobody: PasswordPrompt = {
    interactive: false,
    askHidden: () => Promise.reject(new Error('nobody was to be asked')),
    readLine: () => Promise.reject(new Error('nothing was to be read')),
  };

  const accountStatus = (endAll: SessionEndings['endAll']) => {
    const clock = systemClock;
    return createAccountStatusChanges({
      audit: createAuditLog(clock, systemRandomness),
      accounts: accounts(),
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
      database,
      audit: createAuditLog(systemClock, systemRandomness),
      accounts: accounts(),
      accountPasswords: createAccountPasswordStore(database, systemClock, systemRandomness),
      totp: totp(),
      lockout,
      hasher,
      passwordRules,
      namedRoles: ['administrator'],
      firstPasswordsLast: options.app?.config?.environment !== 'production',
      accountStatus: accountStatus(async (_tx, id) => {
        ended.push(id);
      }),
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
      `select type, outcome, actor, account, command, details from audit_events
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

  describe('import', () => {
    it('makes every account, with its hash, its second factor and its audit event', async () => {
      const path = await file(
        {
          email: 'Ada@example.org',
          name: 'Ada Lovelace',
          roles: ['nurse', 'ward-3'],
          email_verified: true,
          password_hash: BCRYPT,
        },
        '',
        {
          email: 'bob@example.org',
          name: 'Bob',
          password_hash: PBKDF2,
          totp_secret: 'jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp',
        },
        { email: 'cy@example.org', name: 'Cy', password_hash: null, totp_secret: null },
      );
      const { printed, error } = await run(['import', path]);
      expect(error).to.equal(undefined);
      expect(printed).to.deep.equal(['Imported 3 accounts.']);

      const ada = await accounts().findByIdentifier('ada@example.org');
      expect(ada).to.deep.include({
        email: 'Ada@example.org',
        emailVerified: true,
        roles: ['nurse', 'ward-3'],
        passwordHash: BCRYPT,
      });
      expect((await hasher.verify(ada?.passwordHash, 'U*U')).matches).to.equal(true);
      const cy = await accounts().findByIdentifier('cy@example.org');
      expect(cy)
        .to.deep.include({ emailVerified: false, roles: [], status: 'active' })
        .and.not.have.property('passwordHash');

      const bob = (await accounts().findByIdentifier('bob@example.org'))?.id ?? '';
      const factors = await database.query<{ account_id: string; sealed_by: string; sealed_seed: string }>(
        'select * from totp_authenticators',
      );
      expect(factors).to.have.length(1);
      expect(factors[0]).to.include({ account_id: bob, sealed_by: 'mfa' });
      expect(JSON.stringify(factors)).to.not.include(SECRET);
      expect(unseal(mfaKeys, `totp:${bob}`, factors[0]?.sealed_seed ?? '').toString()).to.equal(SECRET);
      // The app that its owner has already works at once, and is a factor like any other.
      const code = totpCode(SECRET);
      expect(await totp().list(bob)).to.have.length(1);
      expect(await totp().match(bob, code)).to.have.property(
        'authenticatorId',
        (await totp().list(bob))[0]?.id,
      );

      const events = await trail();
      expect(events).to.have.length(3);
      for (const event of events) {
        expect(event).to.deep.include({
          type: 'account.created',
          outcome: 'success',
          actor: 'command',
          command: 'gatehouse users import',
          details: { source: 'import', operator: OPERATOR },
        });
      }
    });

    it('imports more than a batch', async () => {
      const people = Array.from({ length: 1203 }, (_, i) => ({
        email: `person${i}@example.org`,
        name: `Person ${i}`,
      }));
      expect((await run(['import', await file(...people)])).printed).to.deep.equal([
        'Imported 1203 accounts.',
      ]);
      expect(await count()).to.equal(1203);
      expect(await trail()).to.have.length(1203);
    });

    it('only checks with --dry-run', async () => {
      const { printed, error } = await run([
        'import',
        '--dry-run',
        await file({ email: 'ada@example.org', name: 'Ada' }),
      ]);
      expect(error).to.equal(undefined);
      expect(printed).to.deep.equal(['The file is good: 1 account would be imported.']);
      expect(await count()).to.equal(0);
    });

    const good = { email: 'good@example.org', name: 'Good' };
    const bad: Record<string, [line: object | string, message: RegExp]> = {
      'malformed JSON': [
        '{"email": "x@example.org", ',
        /^line 2: the line is not JSON \(column 28: the text ends too early; expected a name in double quotes \("\)\)$/,
      ],
      'no object': ['["x"]', /^line 2: the line is not a JSON object$/],
      'an unknown field': [{ ...good, email: 'x@example.org', shoe_size: 9 }, /unknown fields: shoe_size$/],
      'a field that would move the cursor': [
        { ...good, email: 'x@example.org', '\u001b[2J': 1 },
        /unknown fields: \?\[2J$/,
      ],
      'a prototype': [
        '{"email":"x@example.org","name":"X","__proto__":{"roles":["admin"]}}',
        /unknown fields: __proto__$/,
      ],
      'a plain password': [
        { ...good, email: 'x@example.org', password: PASSWORD },
        /a plain password is never taken/,
      ],
      'a plain password where its hash belongs': [
        { ...good, email: 'x@example.org', password_hash: PASSWORD },
        /password_hash: .*neither a PHC string nor bcrypt/,
      ],
      'a hash that would take minutes': [
        { ...good, email: 'x@example.org', password_hash: BCRYPT.replace('05', '31') },
        /password_hash: .*too much time or memory/,
      ],
      'no name': [{ email: 'x@example.org' }, /name: /],
      'no address': [{ name: 'X' }, /email: /],
      'what is no address': [{ email: 'x', name: 'X' }, /email: is not an e-mail address/],
      'what is no role': [{ ...good, email: 'x@example.org', roles: ['ok', 'Not OK'] }, /roles\.1: /],
      'too many roles': [
        { ...good, email: 'x@example.org', roles: Array(101).fill('r') },
        /roles: are too many/,
      ],
      'a yes for a boolean': [{ ...good, email: 'x@example.org', email_verified: 'yes' }, /email_verified: /],
      'a NUL in the name': [{ email: 'x@example.org', name: 'a\0b' }, /name: must be one line/],
      'a short TOTP secret': [
        { ...good, email: 'x@example.org', totp_secret: 'JBSWY3DP' },
        /totp_secret: is not a base32 secret/,
      ],
      'a TOTP secret that is not base32': [
        { ...good, email: 'x@example.org', totp_secret: `${SECRET}1` },
        /totp_secret: /,
      ],
      'an address twice, in another spelling': [
        { ...good, email: 'GOOD@example.org' },
        /email: GOOD@example\.org is on line 1 already/,
      ],
      'an address that has an account': [{ ...good, email: 'There@example.org' }, /has an account already/],
      'a line of 10 MB': [
        { ...good, email: 'x@example.org', name: 'x'.repeat(10_000_000) },
        /line 2: the line is longer than 65536 bytes/,
      ],
    };
    for (const [name, [line, message]] of Object.entries(bad)) {
      it(`refuses the file for ${name}, and writes nothing`, async () => {
        await database.transaction((tx) =>
          accounts().create(tx, { email: 'there@example.org', name: 'There' }),
        );
        const outcome = await run([
          'import',
          await file(good, line, { email: 'last@example.org', name: 'Last' }),
        ]);
        expect(outcome.error).to.include({ code: 'import_refused' });
        expect(outcome.error?.safeMessage).to.equal('Nothing was imported: 1 of 3 lines cannot be used.');
        expect(outcome.warned).to.have.length(1);
        expect(outcome.warned[0])
          .to.match(/^line 2: /)
          .and.match(message);
        expect(outcome.warned[0]).to.not.include(PASSWORD);
        expect(await count()).to.equal(1);
      });
    }

    it('reports every line that is wrong, also as JSON', async () => {
      const path = await file('x', good, '{}', { ...good, name: '' }, 'y');
      const { warned } = await run(['import', path]);
      expect(warned.map((line) => line.split(':')[0])).to.deep.equal([
        'line 1',
        'line 3',
        'line 4',
        'line 5',
      ]);
      expect(warned[1]).to.match(/email: .*; name: /);
      const { printed } = await run(['import', '--json', path]);
      const report = JSON.parse(printed.join(''));
      expect(report).to.include({ accounts: 0, lines: 5 });
      expect(report.problems.map(({ line }: { line: number }) => line)).to.deep.equal([1, 3, 4, 5]);
    });

    it('refuses an empty file, a folder, and a file that is not there', async () => {
      expect((await run(['import', await file('', ' ')])).error?.code).to.equal('import_empty');
      expect((await run(['import', folder])).error?.code).to.equal('file_unreadable');
      expect((await run(['import', join(folder, 'nowhere')])).error?.code).to.equal('file_unreadable');
    });

    it('takes everything back when an address is taken while it writes', async () => {
      const people = Array.from({ length: 600 }, (_, i) => ({
        email: `person${i}@example.org`,
        name: `Person ${i}`,
      }));
      const store = accounts();
      let batches = 0;
      const racing = {
        ...store,
        createMany: async (...[tx, inputs]: Parameters<typeof store.createMany>) => {
          batches += 1;
          if (batches === 2)
            await store.create(database, { email: 'person599@example.org', name: 'Quicker' });
          return store.createMany(tx, inputs);
        },
      };
      const { error } = await run(['import', await file(...people)], { app: { accounts: racing } });
      expect(error?.code).to.equal('import_overtaken');
      expect(error?.safeMessage).to.include('line 600');
      expect(await count()).to.equal(1);
    });
  });

  describe('create', () => {
    const ada = ['create', '--email', 'ada@example.org', '--name', 'Ada Lovelace'];
    const answering = (...answers: string[]): PasswordPrompt => ({
      ...nobody,
      interactive: true,
      askHidden: async () => answers.shift() ?? '',
    });
    const piping = (line: string): PasswordPrompt => ({ ...nobody, readLine: async () => line });

    it('makes an account with roles and a password from the standard input, and its event', async () => {
      const words = [
        ...ada,
        '--role',
        'nurse',
        '--role',
        'admin',
        '--email-verified',
        '--password-stdin',
        '--json',
      ];
      const { printed, warned, error } = await run(words, { prompt: piping(PASSWORD) });
      expect(error).to.equal(undefined);
      const view = JSON.parse(printed.join(''));
      expect(view).to.deep.include({
        email: 'ada@example.org',
        email_verified: true,
        name: 'Ada Lovelace',
        roles: ['nurse', 'admin'],
        status: 'active',
        password: 'argon2id',
      });
      const made = await accounts().findById(view.id);
      expect(await hasher.verify(made?.passwordHash, PASSWORD)).to.include({ matches: true });
      const [event, ...more] = await trail();
      expect(more).to.have.length(0);
      expect(event).to.deep.include({
        type: 'account.created',
        actor: 'command',
        account: view.id,
        command: 'gatehouse users create',
        details: { source: 'command', operator: OPERATOR },
      });
      for (const text of [...printed, ...warned, JSON.stringify(event)]) {
        expect(text).to.not.include(PASSWORD).and.not.include('$argon2');
      }
    });

    it('asks twice on a terminal', async () => {
      expect((await run(ada, { prompt: answering(PASSWORD, PASSWORD) })).error).to.equal(undefined);
      const made = await accounts().findByIdentifier('ada@example.org');
      expect((await hasher.verify(made?.passwordHash, PASSWORD)).matches).to.equal(true);
    });

    describe('in production', () => {
      const app = { config: { environment: 'production' } } as const;

      it('asks nobody for a password, and says how its owner gets one', async () => {
        for (const words of [
          ada,
          [...ada.slice(0, 2), 'eve@example.org', ...ada.slice(3), '--no-password'],
        ]) {
          const { error, warned } = await run(words, { prompt: { ...nobody, interactive: true }, app });
          expect(error).to.equal(undefined);
          expect(warned.join(' ')).to.include('No password is set').and.include('gatehouse users invite');
        }
        expect(await accounts().findByIdentifier('ada@example.org')).to.not.have.property('passwordHash');
      });

      it('takes a piped password for the first sign-in only, and the trail says so', async () => {
        const words = [...ada, '--password-stdin'];
        const { error, printed } = await run(words, { prompt: piping(PASSWORD), app });
        expect(error).to.equal(undefined);
        expect(printed[1]).to.include('first sign-in');
        const made = await accounts().findByIdentifier('ada@example.org');
        expect(made?.passwordMustChange).to.equal(true);
        expect((await trail()).map(({ type, command }) => [type, command])).to.have.deep.members([
          ['account.created', 'gatehouse users create'],
          ['password.change_required', 'gatehouse users create'],
        ]);
        await database.query('delete from accounts');
        const json = await run([...words, '--json'], { prompt: piping(PASSWORD), app });
        expect(JSON.parse(json.printed.join(''))).to.include({ password_change: 'must_change' });
      });

      it('but not elsewhere: a developer’s account is ready', async () => {
        await run([...ada, '--password-stdin'], { prompt: piping(PASSWORD) });
        const made = await accounts().findByIdentifier('ada@example.org');
        expect(made?.passwordMustChange).to.equal(false);
      });
    });

    it('makes none when the two answers differ', async () => {
      const { error } = await run(ada, { prompt: answering(PASSWORD, `${PASSWORD} `) });
      expect(error?.code).to.equal('passwords_differ');
      expect(await count()).to.equal(0);
    });

    it('leaves the password open when nobody sits there, nothing is answered, or none is wanted', async () => {
      for (const [words, prompt] of [
        [ada, nobody],
        [ada, answering('')],
        [[...ada, '--no-password'], { ...nobody, interactive: true }],
      ] as const) {
        const { error, warned, printed } = await run([...words], { prompt });
        expect(error).to.equal(undefined);
        expect(printed[0]).to.match(/^Created ada@example\.org with the id [0-9a-f-]{36}\.$/);
        expect(warned[0]).to.include('No password is set');
        expect(await accounts().findByIdentifier('ada@example.org')).to.not.have.property('passwordHash');
        await database.query('delete from accounts');
      }
    });

    const refused: Record<string, [string[], string, RegExp]> = {
      'a short password': [[...ada, '--password-stdin'], 'too short', /at least 12 characters/],
      'no password, though one was promised': [[...ada, '--password-stdin'], '', /at least 12/],
      'a password that everybody has': [
        [...ada, '--password-stdin'],
        'Password1234',
        /list of common and breached passwords/,
      ],
      'a password that is easy to guess': [
        [...ada, '--password-stdin'],
        'abcabcabcabcabc',
        /harder to guess/,
      ],
      'a password with the name in it': [
        [...ada, '--password-stdin'],
        'my friend lovelace',
        /must not contain the name/,
      ],
      'a bad address': [['create', '--email', 'ada', '--name', 'Ada'], '', /"ada" is not an e-mail address/],
      'a bad name': [['create', '--email', 'ada@example.org', '--name', ' '], '', /one line/],
      'a bad role': [[...ada, '--role', 'The Boss'], '', /"The Boss" is not a role/],
    };
    for (const [name, [words, password, message]] of Object.entries(refused)) {
      it(`refuses ${name}`, async () => {
        const { error } = await run(words, { prompt: piping(password) });
        expect(error?.safeMessage).to.match(message);
        expect(await count()).to.equal(0);
      });
    }

    it('refuses an address that is taken, before it asks for a password', async () => {
      await run([...ada, '--no-password']);
      const again = ['create', '--email', 'ADA@example.org', '--name', 'Ada'];
      expect((await run(again, { prompt: { ...nobody, interactive: true } })).error?.code).to.equal(
        'account_exists',
      );
      expect(await count()).to.equal(1);
    });

    it('lets one of several at the same time win, and the trail tells of one', async () => {
      const outcomes = await Promise.all(Array.from({ length: 10 }, () => run([...ada, '--no-password'])));
      expect(outcomes.filter(({ error }) => error === undefined)).to.have.length(1);
      expect(outcomes.filter(({ error }) => error?.code === 'account_exists')).to.have.length(9);
      expect(await trail()).to.have.length(1);
    });
  });

  describe('list and show', () => {
    beforeEach(async () => {
      await run([
        'import',
        await file(
          { email: 'cy@example.org', name: 'Cy' },
          { email: 'ada@example.org', name: 'Ada Lovelace', roles: ['nurse'], password_hash: BCRYPT },
        ),
      ]);
    });

    it('lists by address, for people and for programs, without hashes', async () => {
      expect((await run(['list'])).printed).to.deep.equal([
        'ada@example.org  Ada Lovelace  active  nurse',
        'cy@example.org  Cy  active',
      ]);
      const { printed } = await run(['list', '--json', '--search', 'LOVE']);
      expect(printed).to.have.length(1);
      expect(JSON.parse(printed[0] ?? '')).to.deep.include({ email: 'ada@example.org', password: 'bcrypt' });
      expect(printed[0]).to.not.include('CCCC');
      expect(await run(['list', '--search', 'nobody'])).to.deep.include({
        printed: [],
        warned: ['There are no such accounts.'],
      });
    });

    it('lists more than a page', async () => {
      const people = Array.from({ length: 501 }, (_, i) => ({ email: `p${i}@example.org`, name: `P ${i}` }));
      await run(['import', await file(...people)]);
      const { printed } = await run(['list']);
      expect(new Set(printed)).to.have.length(503);
      expect(printed).to.have.length(503);
    });

    it('shows one by address or id', async () => {
      const { printed } = await run(['show', 'CY@example.org']);
      expect(printed.join('\n'))
        .to.match(/^email: +cy@example\.org$/m)
        .and.match(/^password: +-$/m);
      const id = (await accounts().findByIdentifier('ada@example.org'))?.id ?? '';
      const view = JSON.parse((await run(['show', id, '--json'])).printed.join(''));
      expect(view).to.include({ id, email: 'ada@example.org', password: 'bcrypt' });
    });

    it('tells of an account that is not there', async () => {
      for (const user of ['x@example.org', '0b4f2a5e-7f0e-4b86-9a53-0a4c9f5d8a11']) {
        expect((await run(['show', user])).error?.code).to.equal('account_unknown');
        expect((await run(['disable', user])).error?.code).to.equal('account_unknown');
      }
    });
  });

  describe('disable and enable', () => {
    let id: string;
    beforeEach(async () => {
      id = (
        await database.transaction((tx) => accounts().create(tx, { email: 'ada@example.org', name: 'Ada' }))
      ).id;
    });
    const status = async () => (await accounts().findById(id))?.status;

    it('disables once, ends every access, and tells the trail', async () => {
      expect((await run(['disable', 'ada@example.org'])).printed).to.deep.equal([
        'ada@example.org is disabled.',
      ]);
      expect(await status()).to.equal('disabled');
      expect(ended).to.deep.equal([id]);
      expect((await run(['disable', id])).printed).to.deep.equal(['ada@example.org was disabled already.']);
      expect(ended).to.deep.equal([id]);
      const events = await trail();
      expect(events).to.have.length(1);
      expect(events[0]).to.deep.include({
        type: 'account.disabled',
        actor: 'command',
        account: id,
        command: 'gatehouse users disable',
        details: { operator: OPERATOR },
      });
    });

    it('takes back what was mailed: the account that is enabled again has no link open', async () => {
      const links = createOneTimeLinkStore(database, systemClock, systemRandomness);
      const link = { purpose: 'password-reset', accountId: id, lifetimeSeconds: 600 };
      const { token } = await links.issue(database, link);
      expect(await links.peek('password-reset', token)).to.include({ accountId: id });
      for (const word of ['disable', 'enable']) await run([word, id]);
      expect(await links.peek('password-reset', token)).to.equal(undefined);
    });

    it('enables again, without giving back any access', async () => {
      await run(['disable', id]);
      expect((await run(['enable', id])).printed).to.deep.equal(['ada@example.org is enabled.']);
      expect(await status()).to.equal('active');
      expect((await trail()).map(({ type }) => type)).to.deep.equal(['account.disabled', 'account.enabled']);
      // What could have come to be at the same moment as its end is ended once more.
      expect(ended).to.deep.equal([id, id]);
    });

    it('disables nobody whose access cannot be ended', async () => {
      const boom = accountStatus(() => Promise.reject(new GatehouseError('boom', { message: 'boom' })));
      expect((await run(['disable', id], { app: { accountStatus: boom } })).error?.code).to.equal('boom');
      expect(await status()).to.equal('active');
      expect(await trail()).to.have.length(0);
    });
  });

  describe('unlock', () => {
    let id: string;
    beforeEach(async () => {
      id = (
        await database.transaction((tx) => accounts().create(tx, { email: 'Ada@example.org', name: 'Ada' }))
      ).id;
    });
    const guess = async (accountId: string | undefined, knownDevice?: string) =>
      (
        await lockout.reserve(
          lockout.request({ identifier: 'ada@example.org', accountId, knownDevice: knownDevice }),
        )
      ).kind;

    it('ends the locks of an account, wherever they came from, and tells the trail once', async () => {
      await guess(undefined);
      await guess(id);
      await guess(id, 'a device');
      await guess(id, 'a device');
      expect(await guess(id)).to.equal('locked');
      expect((await run(['unlock', 'ada@example.org'])).printed).to.deep.equal([
        'Ada@example.org is unlocked.',
      ]);
      expect(await guess(id)).to.equal('slot');
      expect((await run(['unlock', id])).printed).to.deep.equal(['Ada@example.org was not locked.']);
      const events = (await trail()).filter(({ account }) => account === id);
      expect(events).to.have.length(1);
      expect(events[0]).to.deep.include({
        type: 'account.unlocked',
        actor: 'command',
        command: 'gatehouse users unlock',
      });
    });

    it('says that a password stays disabled', async () => {
      for (const device of [undefined, undefined, 'a device']) await guess(id, device);
      const { printed, warned } = await run(['unlock', id]);
      expect(printed).to.deep.equal(['Ada@example.org is unlocked.']);
      expect(warned.join()).to.contain('has to be reset');
    });

    it('tells of an account that is not there', async () => {
      expect((await run(['unlock', 'x@example.org'])).error?.code).to.equal('account_unknown');
    });
  });
});
