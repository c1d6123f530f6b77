import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { createLocalJWKSet, decodeProtectedHeader, type JWK, jwtVerify } from 'jose';
import { loadConfig } from '../../src/config/load.ts';
import { createKeyStore } from '../../src/domain/keys/store.ts';
import { type Keyring, seal, unseal } from '../../src/kernel/crypto.ts';
import { GatehouseError } from '../../src/kernel/errors.ts';
import { systemRandomness } from '../../src/kernel/ids.ts';
import { openApp } from '../../src/wire.ts';
import { asFixture } from '../support/evidence/fixture.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer, testEnvironment } from '../support/server.ts';
import { asOwner, authorizePath, type Client, get, tokensFor } from './support.ts';

const DAY = 86_400_000;
const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };

const keyring = (...ids: string[]): Keyring => ({
  current: ids[0] as string,
  keys: new Map(ids.map((id) => [id, randomBytes(32)])),
});

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof GatehouseError ? error.code : String(error);
  }
};

describe('line 84: keys are sealed at rest, and rotation breaks nothing', () => {
  let server: TestServer;
  let client: Client;
  let person: { id: string; email: string; password: string };

  before(async () => {
    server = await startTestServer({ replace: { clock } });
    client = await server.addClient(WEB_CLIENT);
    person = await server.addAccount();
  });
  after(() => server.stop());

  describe('a sealed value', () => {
    const ring = keyring('one', 'two');
    const sealed = seal(ring, systemRandomness, 'totp:alice', 'the secret');

    it('opens with its key and in its place only', () => {
      expect(unseal(ring, 'totp:alice', sealed).toString()).to.equal('the secret');
      expect(sealed).not.to.contain('secret');
      expect(codeOf(() => unseal(ring, 'totp:mallory', sealed))).to.equal('sealed_value_invalid');
      expect(codeOf(() => unseal(keyring('one'), 'totp:alice', sealed))).to.equal('sealed_value_invalid');
      expect(codeOf(() => unseal(keyring('three'), 'totp:alice', sealed))).to.equal('unknown_encryption_key');
    });

    it('does not open when a single bit of it was changed, cut or added', () => {
      const [format = '', id = '', packed = ''] = sealed.split('.');
      const bytes = Buffer.from(packed, 'base64url');
      for (let index = 0; index < bytes.length; index += 1) {
        const changed = Buffer.from(bytes);
        changed[index] = (changed[index] as number) ^ 1;
        const forged = `${format}.${id}.${changed.toString('base64url')}`;
        expect(
          codeOf(() => unseal(ring, 'totp:alice', forged)),
          `byte ${index}`,
        ).to.equal('sealed_value_invalid');
      }
      for (const forged of [
        `${format}.${id}.${bytes.subarray(0, -1).toString('base64url')}`,
        `${format}.${id}.${Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64url')}`,
        `${format}.two.${packed}`,
        `v2.${id}.${packed}`,
        `${sealed}.x`,
        `${format}.${id}.`,
        '',
        'the secret',
      ]) {
        expect(
          codeOf(() => unseal(ring, 'totp:alice', forged)),
          forged,
        ).to.equal('sealed_value_invalid');
      }
    });

    it('is never the same twice', () => {
      const values = new Set(Array.from({ length: 200 }, () => seal(ring, systemRandomness, 'c', 'same')));
      expect(values).to.have.property('size', 200);
    });
  });

  describe('private signing keys', () => {
    it('are in the database sealed and nowhere in the clear', async () => {
      const rows = await server.app.database.query<{ kid: string; row: string; sealed: string }>(
        'select kid, row_to_json(k)::text as row, sealed_private_jwk as sealed from signing_keys k',
      );
      expect(rows).to.have.length.at.least(3);
      for (const { kid, row, sealed } of rows) {
        const jwk = await server.app.keys.store.open(kid);
        expect(String(jwk.d)).to.have.length.greaterThan(30);
        for (const part of [jwk.d, jwk.p, jwk.q]) if (part !== undefined) expect(row).not.to.contain(part);
        expect(sealed).to.match(/^v1\.test\.[\w-]+$/);
      }
    });

    it('do not open under a wrong key, nor in the row of another', async () => {
      const { app } = server;
      const stranger: Keyring = { current: 'test', keys: new Map([['test', randomBytes(32)]]) };
      const [one, two] = await app.keys.store.list();
      const opened = (ring: Keyring, kid: string) =>
        createKeyStore(app.database, ring, clock, systemRandomness)
          .open(kid)
          .then(
            () => 'opened',
            (error) => error.code,
          );
      expect(await opened(app.secrets.keyring, String(one?.kid))).to.equal('opened');
      expect(await opened(stranger, String(one?.kid))).to.equal('sealed_value_invalid');
      expect(await opened(keyring('other'), String(one?.kid))).to.equal('unknown_encryption_key');
      const swap = (a?: string, b?: string) =>
        asOwner(server, (owner) =>
          owner.query(
            `update signing_keys set sealed_private_jwk = (select sealed_private_jwk from signing_keys where kid = $2)
             where kid = $1`,
            [a, b],
          ),
        );
      const [before] = await app.database.query<{ sealed: string }>(
        'select sealed_private_jwk as sealed from signing_keys where kid = $1',
        [one?.kid],
      );
      await swap(one?.kid, two?.kid);
      expect(await opened(app.secrets.keyring, String(one?.kid))).to.equal('sealed_value_invalid');
      await asOwner(server, (owner) =>
        owner.query('update signing_keys set sealed_private_jwk = $2 where kid = $1', [
          one?.kid,
          before?.sealed,
        ]),
      );
      expect(await opened(app.secrets.keyring, String(one?.kid))).to.equal('opened');
    });

    it('leave over no endpoint', async () => {
      for (const path of ['/jwks', '/.well-known/openid-configuration']) {
        const { text } = await get(server, path);
        expect(text).not.to.match(/"(d|p|q|dp|dq|qi|k|oth)":/);
      }
    });
  });

  it('rotation: what the old key signed verifies until it has died, and no longer', async () => {
    const published = async () => {
      await server.app.protocol.active.reload();
      return (await get(server, '/jwks')).body.keys as JWK[];
    };
    const rs256 = async () => (await published()).filter(({ alg }) => alg === 'RS256');
    const verifies = async (jwt: string) =>
      jwtVerify(jwt, createLocalJWKSet({ keys: await published() }), { currentDate: new Date() }).then(
        () => true,
        () => false,
      );
    const hinted = async (jwt: string) => {
      const { headers } = await get(server, authorizePath(client, { id_token_hint: jwt, prompt: 'none' }));
      return new URL(String(headers.get('location'))).searchParams.get('error');
    };

    const before = String((await tokensFor(server, client, person)).id_token);
    const oldKid = decodeProtectedHeader(before).kid;
    const { app } = server;
    const next = await asFixture(app.database, (tx) => app.keys.store.rotate(tx, 'RS256', 600));
    expect((await rs256()).map(({ kid }) => kid)).to.deep.equal([oldKid, next.kid]);
    expect(decodeProtectedHeader(String((await tokensFor(server, client, person)).id_token)).kid).to.equal(
      oldKid,
    );

    clock.offset = 601_000;
    expect((await rs256()).map(({ kid }) => kid)).to.deep.equal([next.kid, oldKid]);
    const after = String((await tokensFor(server, client, person)).id_token);
    expect(decodeProtectedHeader(after).kid).to.equal(next.kid);
    expect([await verifies(before), await verifies(after)]).to.deep.equal([true, true]);
    expect(await hinted(before)).to.equal('login_required');

    clock.offset = 2 * DAY;
    expect((await rs256()).map(({ kid }) => kid)).to.deep.equal([next.kid]);
    expect([await verifies(before), await verifies(after)]).to.deep.equal([false, true]);
    expect(await hinted(before)).to.equal('invalid_request');
  });

  it('a server whose key is missing does not start, instead of making new keys', async () => {
    const settings = { ENCRYPTION_KEYS: `other:${randomBytes(32).toString('hex')}` };
    const config = loadConfig({ env: testEnvironment(server.database, 3000, settings), configFile: false });
    const outcome = await openApp(config).catch((error: GatehouseError) => error.code);
    expect(outcome).to.equal('unknown_encryption_key');
  });
});
