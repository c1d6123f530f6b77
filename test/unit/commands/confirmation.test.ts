import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import type { Terminal } from '../../../src/commands/environment.ts';
import { registerLifecycle } from '../../../src/commands/lifecycle.ts';
import { registerMigrate } from '../../../src/commands/migrate.ts';
import { registerClients, registerResources } from '../../../src/commands/registry.ts';
import { registerSessions } from '../../../src/commands/sessions.ts';
import { createAttributes } from '../../../src/domain/attributes/policy.ts';
import type { GatehouseError } from '../../../src/kernel/errors.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import { administrationOf } from '../../support/administration.ts';
import { createStoreDatabase, type TestDatabase } from '../../support/postgres.ts';
import { NOBODY } from '../administration/fakes.ts';

const ID = '7a9c1f0e-5a30-4f65-9b0e-0d6d6f3a1c11';
const ACCOUNT = {
  id: ID,
  sub: '0190a6c2-5f4e-7000-8000-000000000001',
  email: 'pat@example.org',
  emailVerified: true,
  name: 'Pat Person',
  roles: ['nurse'],
  ownRoles: ['nurse'],
  groupRoles: [],
  groups: [],
  endedRoles: [],
  attributes: {},
  status: 'active',
  passwordMustChange: false,
  passwordCompromised: false,
  version: 1,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};
const SESSION = {
  uid: 's1',
  accountId: ID,
  createdAt: new Date(0),
  lastActiveAt: new Date(0),
  idleExpiresAt: new Date(0),
  absoluteExpiresAt: new Date(0),
  shared: false,
  clients: [],
};

const SECRETS = [
  { id: '1', digest: 'a.b', createdAt: new Date(0), endsAt: undefined },
  { id: '2', digest: 'a.c', createdAt: new Date(0), endsAt: new Date(Date.now() + 3_600_000) },
];
const RECORDS = {
  identifier: 'https://records.example.org',
  name: 'Records',
  scopes: [{ name: 'records:read' }],
  tokenAlgorithm: 'RS256',
  tokenSeconds: 600,
};

const BOARD = {
  id: 'board',
  metadata: {
    client_name: 'Ward \u001b[2J board',
    redirect_uris: ['https://a.example/', 'https://b.example/'],
  },
  secrets: SECRETS,
  createdAt: new Date(0),
};
const FEWER = join(mkdtempSync(join(tmpdir(), 'gatehouse-confirmation-')), 'client.json');
writeFileSync(FEWER, JSON.stringify({ client_id: 'board', redirect_uris: ['https://a.example/'] }));

/** An application that knows one of each, and remembers what was done to it. */
function app() {
  const done: string[] = [];
  const doing =
    (what: string, result: unknown = true) =>
    async () => {
      done.push(what);
      return result;
    };
  const fake = {
    ...NOBODY,
    rights: { ...NOBODY.rights, reachesClient: async () => true },
    accounts: {
      findById: async () => ACCOUNT,
      findByIdentifier: async () => ACCOUNT,
      findBySub: async () => undefined as never,
    },
    attributes: createAttributes({}),
    roleTerms: { of: async () => [] },
    deletion: { remove: doing('account deleted') },
    factorReset: {
      reset: doing('factors reset', {
        lost: { totp: 1, passkeys: 0, recoveryCodes: 8, trustedDevices: 0 },
        code: { code: 'AAAAA-BBBBB', expiresAt: new Date() },
      }),
    },
    clients: {
      find: async () => BOARD,
      hold: async () => BOARD,
      update: doing('client updated'),
      delete: doing('client deleted'),
    },
    clientOwners: { of: async () => [] },
    clientUses: { lastUse: async () => undefined },
    clientSecrets: {
      live: async () => SECRETS.map((secret) => ({ ...secret, lastUsedAt: new Date(0) })),
      end: doing('secret ended'),
      add: doing('secret added', '3'),
    },
    keyring: { current: 'a', keys: new Map([['a', Buffer.alloc(32)]]) },
    random: systemRandomness,
    resources: {
      find: async () => RECORDS,
      delete: doing('resource deleted', RECORDS),
    },
    accountStatus: { signOut: doing('sessions ended') },
    access: { endAllOfClient: doing('sessions of client ended'), endAll: doing('sessions ended') },
    clientRules: {
      whyRefused: () => [],
      problems: () => [],
      register: async (file: Record<string, unknown>) => ({
        client: { id: 'board', metadata: file, secretDigest: 'a.d' },
        response: {},
        warnings: [],
      }),
    },
    consents: { forgetClient: doing('consents forgotten') },
    logouts: { forgetClient: doing('notices forgotten') },
    audit: { record: doing('recorded') },
    sessionStore: { openOf: async () => [SESSION, SESSION] },
    clock: { now: () => new Date() },
    database: { transaction: async (work: (tx: object) => Promise<unknown>) => work({}) },
  };
  const administration = administrationOf(fake as never);
  return { fake: { ...fake, administration }, done };
}

interface Outcome {
  readonly done: string[];
  readonly shown: string;
  readonly error: GatehouseError | undefined;
}

/** Runs a command; `answer` is what the person types, undefined where nobody sits there. */
async function run(words: string[], answer?: string): Promise<Outcome> {
  const { fake, done } = app();
  const shown: string[] = [];
  const show = (text: string) => void shown.push(text);
  const terminal: Terminal = {
    print: show,
    warn: show,
    fail: () => {},
    ask:
      answer === undefined
        ? undefined
        : async (question) => {
            expect(done, 'nothing is done before the answer').to.deep.equal([]);
            show(question);
            return answer;
          },
  };
  const program = new Command('gatehouse').exitOverride().configureOutput({ writeErr: () => {} });
  const withApp = <T>(work: (app: never) => Promise<T>) => work(fake as never);
  registerLifecycle(program, withApp, terminal);
  registerClients(program, withApp, terminal);
  registerResources(program, withApp, terminal);
  registerSessions(program, withApp as never, terminal);
  const error = await program.parseAsync(words, { from: 'user' }).then(
    () => undefined,
    (thrown: GatehouseError) => thrown,
  );
  return { done, shown: shown.join('\n'), error };
}

describe('what cannot be undone is asked for first', () => {
  const commands: [words: string[], says: string[], unattended?: 'proceed'][] = [
    [
      ['users', 'delete', 'pat@example.org'],
      ['pat@example.org', 'Pat Person', 'nurse', 'second factors', ID],
    ],
    [
      ['users', 'reset-factors', 'pat@example.org'],
      ['pat@example.org', 'passkeys', 'recovery codes', 'signed out'],
      'proceed',
    ],
    [['users', 'reset-factors', ID, '--json'], ['pat@example.org', 'passkeys'], 'proceed'],
    [
      ['clients', 'delete', 'board'],
      ['board', 'Ward', 'token', 'secret', 'allowed'],
    ],
    [
      ['clients', 'update', FEWER],
      ['board', 'https://b.example/', 'refused'],
    ],
    [['clients', 'rotate-secret', 'board', '--overlap', '0'], ['board', 'every secret'], 'proceed'],
    [
      ['clients', 'end-secret', 'board', '2'],
      ['board', '2', 'last used 1970'],
    ],
    [
      ['resources', 'delete', 'https://records.example.org'],
      ['https://records.example.org', 'Records', 'records:read'],
    ],
    [['sessions', 'end', '--user', 'pat@example.org'], ['pat@example.org', '2 browsers'], 'proceed'],
  ];
  for (const [words, says, unattended] of commands) {
    describe(`by ${words.slice(0, 2).join(' ')}`, () => {
      it('the question says what will be lost; yes does it', async () => {
        for (const answer of ['yes', 'y', ' YES ']) {
          const { done, shown, error } = await run(words, answer);
          expect(error).to.equal(undefined);
          expect(done).not.to.deep.equal([]);
          for (const word of says) expect(shown).to.include(word);
          expect(shown).to.include('cannot be undone').and.not.include('\u001b');
        }
      });

      it('anything else does nothing, and fails', async () => {
        for (const answer of ['', 'n', 'no', 'yes please', 'pat@example.org']) {
          const { done, error } = await run(words, answer);
          expect([done, error?.code]).to.deep.equal([[], 'cancelled']);
        }
      });

      it(`where nobody can be asked, ${unattended === undefined ? 'nothing is done, and it fails with what to do' : 'it goes on'}`, async () => {
        const { done, error } = await run(words);
        if (unattended === 'proceed') {
          expect([done.length > 0, error]).to.deep.equal([true, undefined]);
          return;
        }
        expect([done, error?.code]).to.deep.equal([[], 'confirmation_missing']);
        expect(error?.safeMessage).to.include('--yes');
        for (const word of says) expect(error?.safeMessage).to.include(word);
      });

      it('--yes does it without asking', async () => {
        const { done, error, shown } = await run([...words, '--yes']);
        expect(error).to.equal(undefined);
        expect(done).not.to.deep.equal([]);
        expect(shown).not.to.include('cannot be undone');
      });
    });
  }

  it('but not the end of one session, nor what can be undone', async () => {
    const { error } = await run(['sessions', 'end', 'x']);
    expect(error?.code).to.not.equal('confirmation_missing');
  });

  it('what is not there is said without a question', async () => {
    const { fake } = app();
    fake.accounts.findByIdentifier = async () => undefined as never;
    const program = new Command('gatehouse').exitOverride();
    registerLifecycle(program, (work) => work(fake as never), { print() {}, warn() {}, fail() {} });
    const error = await program
      .parseAsync(['users', 'delete', 'nobody@example.org'], { from: 'user' })
      .catch((thrown: GatehouseError) => thrown);
    expect(error).to.have.property('code', 'account_unknown');
  });

  describe('by migrate down', () => {
    let database: TestDatabase;
    before(async () => {
      // Without the triggers of the tests, which hang on columns.
      database = await createStoreDatabase();
    });
    after(() => database.drop());

    const down = async (answer?: string, ...more: string[]) => {
      const shown: string[] = [];
      const show = (text: string) => void shown.push(text);
      const program = new Command('gatehouse').exitOverride();
      const ask = answer === undefined ? undefined : async () => answer;
      registerMigrate(program, { print: show, warn: show, fail: () => {}, ask }, {
        NODE_ENV: 'production',
        DATABASE_OWNER_URL: database.ownerUrl,
      } as NodeJS.ProcessEnv);
      const error = await program.parseAsync(['migrate', 'down', ...more], { from: 'user' }).then(
        () => undefined,
        (thrown: GatehouseError) => thrown,
      );
      return { shown: shown.join('\n'), error };
    };

    it('the question names the migration; only yes, or --yes, takes it back', async () => {
      const refused = await down();
      expect(refused.error?.code).to.equal('confirmation_missing');
      const [name] = /Migration\d+_\w+/.exec(refused.error?.safeMessage ?? '') ?? [];
      expect(name).to.be.a('string');
      expect((await down('no')).error?.code).to.equal('cancelled');
      const done = await down('yes');
      expect(done.error).to.equal(undefined);
      expect(done.shown).to.include(`Take back ${name}`).and.include(`took back ${name}`);
      expect((await down(undefined, '--yes')).shown).to.match(/took back Migration/);
    });
  });
});
