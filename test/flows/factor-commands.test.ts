import { userInfo } from 'node:os';
import { expect } from 'chai';
import { Command } from 'commander';
import { registerKeys } from '../../src/commands/keys.ts';
import { registerLifecycle } from '../../src/commands/lifecycle.ts';
import { loadConfig } from '../../src/config/load.ts';
import { seal } from '../../src/kernel/crypto.ts';
import type { GatehouseError } from '../../src/kernel/errors.ts';
import { systemRandomness } from '../../src/kernel/ids.ts';
import { commitWrites } from '../../src/storage/unit-of-work.ts';
import { type App, openApp } from '../../src/wire.ts';
import { createAuthenticator } from '../support/authenticator.ts';
import { fixture, fixtures } from '../support/evidence/fixture.ts';
import { startTestServer, type TestServer, testEnvironment } from '../support/server.ts';
import { totpCode } from '../support/totp.ts';

/** As the trail has who runs these tests. */
const OPERATOR = { user: userInfo().username };
const NEW_KEY = `next:${'5e6f7a8b'.repeat(8)}`;
const OLD_KEY = `test:${'1a2b3c4d'.repeat(8)}`;
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

describe('commands about second factors', function () {
  this.timeout(60_000);
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  async function run(app: App, ...words: string[]) {
    const [printed, warned]: string[][] = [[], []];
    const terminal = {
      print: (text: string) => printed?.push(text),
      warn: (text: string) => warned?.push(text),
    };
    const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
    const withApp = <T>(work: (app: App) => Promise<T>) => work(app);
    registerKeys(program, withApp, terminal as never);
    registerLifecycle(program, withApp, terminal as never);
    const error = await program.parseAsync(words, { from: 'user' }).then(
      () => undefined,
      (reason: GatehouseError) => reason,
    );
    return { printed: printed ?? [], warned: warned ?? [], error };
  }

  const trail = (type: string) =>
    server.app.database.query<{
      account: string;
      actor_kind: string;
      command: string;
      operator: string;
      details: unknown;
    }>(
      'select account, actor_kind, command, operator, details from audit_events where type = $1 order by id',
      [type],
    );

  async function withKeys<T>(keys: string, work: (app: App) => Promise<T>): Promise<T> {
    const env = testEnvironment(server.database, 3000, { MFA_ENCRYPTION_KEY: keys });
    const app = await openApp(loadConfig({ env, configFile: false }), {
      mailTransport: server.mailbox.transport,
    });
    try {
      return await work(app);
    } finally {
      await app.close();
    }
  }

  async function personWithApp() {
    const account = await server.addAccount();
    await server.app.factors.totp.adopt(fixtures(server.app.database), [
      { accountId: account.id, totpSecret: SECRET },
    ]);
    return account;
  }

  it('rotate-mfa brings every seed under the new key, and then the old one is needed no more', async () => {
    const people = [await personWithApp(), await personWithApp(), await personWithApp()];
    const imported = await server.addAccount();
    const { config, database } = server.app;
    await fixture(
      database,
      `insert into totp_authenticators (id, account_id, sealed_seed, sealed_by, last_step, created_at, confirmed_at)
       values (gen_random_uuid(), $1, $2, 'general', 0, now(), now())`,
      [imported.id, seal(config.secrets.encryptionKeys, systemRandomness, `totp:${imported.id}`, SECRET)],
    );
    const opens = (app: App, id: string) =>
      app.factors.totp.match(id, totpCode(SECRET)).then(
        (match) => 'write' in match,
        (error: GatehouseError) => error.code,
      );

    await withKeys(NEW_KEY, async (app) => {
      expect(await opens(app, people[0]?.id ?? '')).to.equal('unknown_encryption_key');
      const { error, warned } = await run(app, 'keys', 'rotate-mfa');
      expect(error?.code).to.equal('mfa_keys_missing');
      expect(warned).to.have.length(3);
      expect(await opens(app, imported.id), 'that one is under the general keys').to.equal(true);
    });
    await withKeys(`${NEW_KEY},${OLD_KEY}`, async (app) => {
      for (const { id } of [...people, imported]) expect(await opens(app, id)).to.equal(true);
      const { printed, error } = await run(app, 'keys', 'rotate-mfa');
      expect(error).to.equal(undefined);
      expect(printed[0]).to.equal('Sealed anew under the key "next": 3.');
      expect((await run(app, 'keys', 'rotate-mfa')).printed[0]).to.equal(
        'Sealed anew under the key "next": 0.',
      );
    });
    await withKeys(NEW_KEY, async (app) => {
      for (const { id } of [...people, imported]) expect(await opens(app, id)).to.equal(true);
    });
    const sealed = await database.query<{ sealed_seed: string }>('select * from totp_authenticators');
    expect(JSON.stringify(sealed)).to.not.include(SECRET);
    for (const row of sealed) expect(row.sealed_seed).to.match(/^v1\.next\./);
    expect((await trail('mfa_key.rotated')).map(({ details }) => details)).to.deep.equal([
      { keyId: 'next', resealed: 1, failed: 3 },
      { keyId: 'next', resealed: 3, failed: 0 },
    ]);
    await fixture(database, 'delete from totp_authenticators');
  });

  it('reset-factors removes all that somebody had, ends their sessions, tells them, and has them begin anew', async () => {
    const { app, mailbox } = server;
    const person = await personWithApp();
    const other = await personWithApp();
    const authenticator = createAuthenticator({ origin: server.issuer });
    const options = await app.factors.ceremonies.registrationOptions(person, 'session');
    const registered = await app.factors.ceremonies.verifyRegistration(
      person,
      'session',
      authenticator.create(options),
    );
    if ('refused' in registered) throw new Error(registered.refused);
    const seen = { ip: undefined, userAgent: undefined };
    await commitWrites(fixtures(app.database), [
      ...registered.writes,
      ...(await app.factors.recoveryCodes.generate(person.id)).writes,
      ...app.factors.trustedDevices.trust(person.id, 'a device', 30, seen),
    ]);
    await fixture(
      app.database,
      `insert into oidc_artifacts (model, id_hash, payload, account_id, expires_at)
       values ('Session', '\\x01', '{}', $1, now() + interval '1 hour')`,
      [person.id],
    );

    const { printed, error } = await run(app, 'users', 'reset-factors', person.email, '--yes');
    expect(error).to.equal(undefined);
    expect(printed[0]).to.include('1 authenticator apps, 1 passkeys, 10 unused recovery codes');
    expect(await app.factors.totp.list(person.id)).to.deep.equal([]);
    expect(await app.factors.passkeys.list(person.id)).to.deep.equal([]);
    expect((await app.factors.recoveryCodes.remaining(person.id)).left).to.equal(0);
    expect(await app.factors.trustedDevices.isTrusted(person.id, 'a device')).to.equal(false);
    expect(await app.factors.enrolments.state(person.id)).to.deep.equal({
      skipsUsed: 0,
      enrolmentDue: true,
      codeNeeded: true,
    });
    const sessions = await app.database.query(
      `select 1 from oidc_artifacts where account_id = $1 and model = 'Session' and expires_at > now()`,
      [person.id],
    );
    expect(sessions).to.deep.equal([]);
    expect(await app.factors.totp.list(other.id), 'somebody else').to.have.length(1);
    const [event] = await trail('factor.reset');
    expect(event).to.deep.equal({
      account: person.id,
      actor_kind: 'command',
      command: 'gatehouse users reset-factors',
      operator: OPERATOR.user,
      details: {
        ...{ totp: 1, passkeys: 1, recoveryCodes: 10, trustedDevices: 1 },
      },
    });
    app.jobs.wake('send-mail');
    const mail = await mailbox.next(person.email);
    expect(mail.text).to.include('every second factor');
  });

  it('reset-factors says what it did as JSON, and that there is nobody of that name', async () => {
    const person = await server.addAccount();
    const { printed, warned } = await run(server.app, 'users', 'reset-factors', person.id, '--json', '--yes');
    const { temporaryCode, temporaryCodeExpiresAt, ...removed } = JSON.parse(printed[0] ?? '');
    expect(temporaryCode).to.match(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/);
    expect(Date.parse(temporaryCodeExpiresAt)).to.be.above(Date.now());
    expect(removed).to.deep.equal({
      id: person.id,
      totp: 0,
      passkeys: 0,
      recoveryCodes: 0,
      trustedDevices: 0,
    });
    expect(warned).to.deep.equal([]);
    const { error } = await run(server.app, 'users', 'reset-factors', 'nobody@example.org');
    expect(error?.code).to.equal('account_unknown');
  });

  it('delete leaves nothing about the second factors of an account', async () => {
    const person = await personWithApp();
    const { app } = server;
    await commitWrites(fixtures(app.database), [
      ...(await app.factors.recoveryCodes.generate(person.id)).writes,
      app.factors.enrolments.skipped(person.id),
    ]);
    expect((await run(app, 'users', 'delete', person.email, '--yes')).error).to.equal(undefined);
    for (const table of ['totp_authenticators', 'recovery_codes', 'passkeys', 'factor_enrolments']) {
      const rows = await app.database.query(`select 1 from ${table} where account_id = $1`, [person.id]);
      expect(rows, table).to.deep.equal([]);
    }
  });
});
