import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { Command } from 'commander';
import { registerKeys } from '../../src/commands/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { normaliseIdentifier } from '../../src/domain/accounts/policy.ts';
import { deriveKey, hmacSha256 } from '../../src/kernel/crypto.ts';
import { GatehouseError } from '../../src/kernel/errors.ts';
import { type App, openApp } from '../../src/wire.ts';
import { AS_FIXTURE, fixtures } from '../support/evidence/fixture.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { eventually } from '../support/processes.ts';
import { handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { cheapHasher, type Settings, startTestServer, testEnvironment } from '../support/server.ts';

const OLD = `test:${'a1b2c3d4'.repeat(8)}`;
const NEW = `next:${randomBytes(32).toString('hex')}`;
const COOKIE_KEY = 'a-cookie-key-for-tests-that-is-long-enough';
/** How versions without an identifier key made theirs. */
const derivedFrom = (cookieKey: string) => deriveKey(Buffer.from(cookieKey), 'identifier-digest');

describe('rotating ENCRYPTION_KEYS', function rotation() {
  this.timeout(120_000);
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  const open = async (settings: Settings = {}) =>
    openApp(loadConfig({ env: testEnvironment(database, 3000, settings), configFile: false }), {
      hasher: await cheapHasher(),
    });
  async function within<T>(settings: Settings, work: (app: App) => Promise<T>): Promise<T> {
    const app = await open(settings);
    try {
      return await work(app);
    } finally {
      await app.close();
    }
  }
  const keyOf = (settings: Settings = {}) => within(settings, async ({ secrets }) => secrets.digestKey);
  const failureOf = (settings: Settings) =>
    within(settings, async () => undefined).then(
      () => undefined,
      (error: unknown) => error as GatehouseError,
    );
  const stored = (app: App) =>
    app.database.query<{ name: string; sealed: string }>('select name, sealed from sealed_keys');
  const events = (app: App, type: string) =>
    app.database.query<{ details: Record<string, unknown> }>(
      'select details from audit_events where type = $1 order by id',
      [type],
    );

  /** As an earlier version has left the database: in use, and without the key. */
  const asBefore = () =>
    within({}, async (app) => {
      const account = await app.accounts.store.create(fixtures(app.database), {
        email: `Pat-${randomBytes(4).toString('hex')}@example.org`,
        name: 'Pat Person',
      });
      await asOwner('delete from sealed_keys');
      await asOwner(`set session_replication_role = replica; delete from audit_events`);
      return account;
    });
  async function asOwner(sql: string): Promise<void> {
    const { default: pg } = await import('pg');
    const owner = new pg.Client({ connectionString: database.ownerUrl, options: AS_FIXTURE });
    await owner.connect();
    await owner.query(sql).finally(() => owner.end());
  }

  describe('the key of the digests of identifiers', () => {
    it('is random, the same for all who start together, and made known once', async () => {
      const apps = await Promise.all(
        [COOKIE_KEY, 'another cookie key that is long enough', COOKIE_KEY, COOKIE_KEY].map((key) =>
          open({ COOKIE_KEYS: key }),
        ),
      );
      try {
        const keys = new Set(apps.map(({ secrets }) => secrets.digestKey.toString('hex')));
        expect(keys).to.have.property('size', 1);
        expect(keys.has(derivedFrom(COOKIE_KEY).toString('hex'))).to.equal(false);
        const created = await events(apps[0] as App, 'identifier_key.created');
        expect(created.map(({ details }) => details)).to.deep.equal([{ adopted: false }]);
      } finally {
        await Promise.all(apps.map((app) => app.close()));
      }
    });

    it('stays, whatever becomes of COOKIE_KEYS, and is nowhere in the clear', async () => {
      const key = await keyOf();
      expect((await keyOf({ COOKIE_KEYS: 'quite another one that is long enough' })).equals(key)).to.equal(
        true,
      );
      await within({}, async (app) => {
        const { digestKey, wrappingKey } = app.secrets;
        const rows = await stored(app);
        expect(rows.map(({ name }) => name)).to.have.members([
          'audit-mac',
          'identifier',
          'password-wrapping',
        ]);
        for (const { sealed } of rows) {
          expect(sealed).to.match(/^v1\.test\.[\w-]+$/);
          for (const encoding of ['hex', 'base64', 'base64url'] as const) {
            for (const each of [digestKey, wrappingKey])
              expect(sealed).not.to.include(each.toString(encoding));
          }
        }
        const other = { COOKIE_KEYS: 'quite another one that is long enough' };
        await within(other, async ({ secrets }) =>
          expect(secrets.wrappingKey.equals(wrappingKey)).to.equal(true),
        );
      });
    });

    it('is adopted from COOKIE_KEYS where an earlier version was used, with its locks', async () => {
      const { email } = await asBefore();
      const old = derivedFrom(COOKIE_KEY);
      const key = normaliseIdentifier(email);
      await asOwner(`
        insert into lockouts (key_hash, account_id, of_device, failures, locks, updated_at, lock_id, locked_at, locked_until,
          announced_at)
        select '\\x${hmacSha256(old, key).toString('hex')}', id, false, 5, 1, now(), gen_random_uuid(), now(),
          now() + interval '1 hour', now()
        from accounts where email_key = '${key}'`);
      // Also when the list is rotated with the very upgrade.
      await within({ COOKIE_KEYS: `a new cookie key that is long enough,${COOKIE_KEY}` }, async (app) => {
        expect(app.secrets.digestKey.equals(old)).to.equal(true);
        const request = app.protection.lockout.request({
          identifier: key,
          accountId: undefined,
          knownDevice: undefined,
        });
        expect(await app.protection.lockout.lockedUntil(request)).to.be.instanceOf(Date);
        const [created] = await events(app, 'identifier_key.created');
        expect(created?.details).to.deep.equal({ adopted: true });
      });
      expect((await keyOf({ COOKIE_KEYS: 'a new cookie key that is long enough' })).equals(old)).to.equal(
        true,
      );
    });

    it('is the first of COOKIE_KEYS where nothing was counted yet', async () => {
      await asBefore();
      const key = await keyOf({ COOKIE_KEYS: `${COOKIE_KEY},another one that is long enough` });
      expect(key.equals(derivedFrom(COOKIE_KEY))).to.equal(true);
    });

    it('is not replaced where it cannot be opened: nothing starts, and the setting is named', async () => {
      const key = await keyOf();
      for (const [keys, why] of [
        [NEW, /^ENCRYPTION_KEYS: .* sealed under the key "test", which is not among them/],
        [`test:${'00112233'.repeat(8)}`, /^ENCRYPTION_KEYS: .* the key "test" does not open it/],
      ] as const) {
        const failure = await failureOf({ ENCRYPTION_KEYS: keys });
        expect(failure).to.be.instanceOf(GatehouseError);
        expect(failure?.safeMessage).to.match(why);
        expect(failure?.message).not.to.include(key.toString('hex'));
      }
      expect((await keyOf()).equals(key)).to.equal(true);
    });

    it('cannot be deleted or renamed by the server', async () => {
      await within({}, async (app) => {
        for (const statement of ['delete from sealed_keys', `update sealed_keys set name = 'x'`]) {
          const refused = await app.database.query(statement).then(
            () => 'allowed',
            (error: Error) => String(error.cause ?? error),
          );
          expect(refused, statement).to.include('permission denied');
        }
      });
    });
  });

  async function run(app: App): Promise<{ printed: string; warned: string; code: string | undefined }> {
    const printed: string[] = [];
    const warned: string[] = [];
    const terminal = {
      print: (text: string) => printed.push(text),
      warn: (text: string) => warned.push(text),
    };
    const program = new Command().exitOverride();
    registerKeys(program, (work) => work(app), terminal as never);
    const code = await program.parseAsync(['keys', 'rotate-encryption'], { from: 'user' }).then(
      () => undefined,
      (error: GatehouseError) => error.code,
    );
    return { printed: printed.join('\n'), warned: warned.join('\n'), code };
  }

  describe('keys rotate-encryption', () => {
    it('brings everything under the new key, after which the old one can be dropped', async () => {
      const key = await keyOf({ ENCRYPTION_KEYS: OLD });
      const kids = await within({ ENCRYPTION_KEYS: `${NEW},${OLD}` }, async (app) => {
        const written = app.accounts.requests.write('password-reset', { identifier: 'somebody' });
        const values: unknown[] = [];
        await app.database.query(
          written.sql((value) => `$${values.push(value)}`),
          values,
        );
        const { printed, code } = await run(app);
        expect(code, printed).to.equal(undefined);
        expect(printed).to.include('Older keys can be dropped.');
        const again = await run(app);
        expect(again.printed).to.match(/signing keys: .*: 0\./);
        const told = await events(app, 'encryption_key.rotated');
        expect(told.map(({ details }) => [details.of, details.failed])).to.deep.equal([
          ['sealed_keys', 0],
          ['signing_keys', 0],
          ['audit_keys', 0],
        ]);
        return (await app.keys.store.list()).map(({ kid }) => kid);
      });
      await within({ ENCRYPTION_KEYS: NEW }, async (app) => {
        expect(app.secrets.digestKey.equals(key)).to.equal(true);
        for (const kid of kids) expect(await app.keys.store.open(kid)).to.have.property('kty');
        const taken = await app.database.transaction((tx) => app.accounts.requests.take(tx));
        expect(taken?.content).to.include({ identifier: 'somebody' });
      });
    });

    it('says what no key opens, and fails', async () => {
      await keyOf({ ENCRYPTION_KEYS: OLD });
      await asOwner(`update signing_keys set sealed_private_jwk = 'v1.gone.' || split_part(sealed_private_jwk, '.', 3)
        where algorithm = 'RS256'`);
      const failure = await failureOf({ ENCRYPTION_KEYS: `${NEW},${OLD}` });
      expect(failure?.safeMessage).to.match(/^ENCRYPTION_KEYS: a signing key cannot be opened \(.*"gone"/);
    });
  });

  describe('the secrets of clients', () => {
    it('are digested anew when they are used, and until then the old key is asked for', async () => {
      const server = await startTestServer({ settings: { ENCRYPTION_KEYS: OLD } });
      let node = server;
      try {
        const used = handClient(server.issuer, await server.addClient(WEB_CLIENT));
        const unused = handClient(server.issuer, await server.addClient(WEB_CLIENT));
        node = await server.restart({ ENCRYPTION_KEYS: `${NEW},${OLD}` });
        const before = await run(node.app);
        expect(before.code).to.equal('encryption_keys_needed');
        expect(before.warned).to.include(used.id).and.to.include(unused.id);
        const wrong = handClient(server.issuer, { client_id: used.id, client_secret: 'not the secret' });
        expect((await wrong.post('/token/introspect', { token: 'x' })).status).to.equal(401);
        expect((await used.post('/token/introspect', { token: 'x' })).status).to.equal(200);
        await eventually('the digest is under the new key', async () => {
          const { warned } = await run(node.app);
          return !warned.includes(used.id) && warned.includes(unused.id);
        });
        node = await node.restart({ ENCRYPTION_KEYS: NEW });
        expect((await used.post('/token/introspect', { token: 'x' })).status).to.equal(200);
        expect((await unused.post('/token/introspect', { token: 'x' })).status).to.equal(401);
        expect(await node.app.clients.secrets.withUnknownKey(['next'])).to.deep.equal([unused.id]);
      } finally {
        await node.stop();
      }
    });
  });
});
