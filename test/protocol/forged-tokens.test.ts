import { createHmac, createPrivateKey, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader, type JWK, type JWTPayload, SignJWT } from 'jose';
import { issueLogoutToken } from '../../src/oidc/internals.ts';
import { type HandClient, type Person, tokensFor } from '../support/protocol.ts';
import type { TestServer } from '../support/server.ts';
import { referenceOf, revokedOnList } from '../support/status-list.ts';
import { FOR_RECORDS, useJwtTokens } from './jwt-tokens.ts';

describe('JWT access tokens looked at and taken back', function jwts() {
  this.timeout(60_000);
  const jwts = useJwtTokens();
  const { look, isActive, revoke, forPerson, forService } = jwts;
  let server: TestServer;
  let person: Person;
  let client: HandClient;
  let service: HandClient;
  let api: HandClient;
  before(() => {
    ({ server, person, client, service, api } = jwts);
  });

  describe('line 61: what somebody else has made, with the place of a token that is good', () => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const ownKey = async () => {
      const { keys } = (await (await fetch(`${server.issuer}/jwks`)).json()) as { keys: JWK[] };
      const jwk = keys.find(({ alg }) => alg === 'RS256') as JWK;
      const key = (await server.app.keys.store.open(String(jwk.kid))) as JWK;
      return { jwk, key: createPrivateKey({ key: key as never, format: 'jwk' }) };
    };
    type Make = (claims: JWTPayload, header: { kid: string; typ: string }) => Promise<string> | string;
    const sign = (claims: JWTPayload, header: object, key = other.privateKey) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', ...header }).sign(key);
    const tricks: Record<string, Make> = {
      'alg none': (claims, header) => `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`,
      'alg none and something for a signature': (claims, header) =>
        `${encode({ ...header, alg: 'none' })}.${encode(claims)}.AAAA`,
      'HS256 with the public key': async (claims, header) => {
        const data = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`;
        const secret = JSON.stringify((await ownKey()).jwk);
        return `${data}.${createHmac('sha256', secret).update(data).digest('base64url')}`;
      },
      'another key under our kid': (claims, header) => sign(claims, header),
      'another key that it brings': (claims, header) =>
        sign(claims, { ...header, kid: 'x', jwk: other.publicKey.export({ format: 'jwk' }) as JWK }),
      'our key, another kind': async (claims, header) =>
        sign(claims, { ...header, typ: 'statuslist+jwt' }, (await ownKey()).key),
      'our key, no kind': async (claims, { kid }) => sign(claims, { kid }, (await ownKey()).key),
      'our key, expired': async (claims, header) =>
        sign({ ...claims, exp: Number(claims.iat) - 60 }, header, (await ownKey()).key),
      'our key, no end': async ({ exp: _exp, ...claims }, header) =>
        sign(claims, header, (await ownKey()).key),
      'our key, another issuer': async (claims, header) =>
        sign({ ...claims, iss: 'https://other.example' }, header, (await ownKey()).key),
      'our key, a list elsewhere': async (claims, header) =>
        sign(
          { ...claims, status: { status_list: { idx: 1, uri: 'https://other.example/0' } } },
          header,
          (await ownKey()).key,
        ),
      'our key, no place': async ({ status: _status, ...claims }, header) =>
        sign(claims, header, (await ownKey()).key),
      'our key, and an extension that has to be understood': async (claims, header) => {
        const data = `${encode({ ...header, alg: 'RS256', crit: ['exp'], exp: 1 })}.${encode(claims)}`;
        return `${data}.${signBytes('sha256', Buffer.from(data), (await ownKey()).key).toString('base64url')}`;
      },
    };
    for (const [what, make] of Object.entries(tricks)) {
      it(`is not active and revokes nothing: ${what}`, async () => {
        for (const [good, holder] of [
          [await forPerson(), client],
          [await forService(), service],
        ] as const) {
          const { kid = '', typ = '' } = decodeProtectedHeader(good);
          const forged = await make(decodeJwt(good), { kid, typ });
          const { status, body } = await look(api, forged);
          expect([status, body]).to.deep.equal([200, { active: false }]);
          expect((await revoke(holder, forged)).status).to.equal(200);
          expect(await isActive(good)).to.equal(true);
          expect(await revokedOnList(server, good)).to.deep.equal([false]);
        }
      });
    }

    it('line 63: ID tokens, logout tokens and status lists are no access tokens', async () => {
      const tokens = await tokensFor(client, person, FOR_RECORDS);
      const { sid } = decodeJwt(tokens.id_token);
      const logout = await issueLogoutToken(
        server.app.protocol.active.current,
        client.id,
        { subject: person.id, sid: String(sid) },
        'a-jti',
      );
      const list = await (await fetch(referenceOf(tokens.access_token).uri)).text();
      for (const token of [tokens.id_token, String(logout), list]) {
        expect((await look(client, token)).body).to.deep.equal({ active: false });
        expect((await revoke(client, token)).status).to.equal(200);
      }
      expect(await isActive(tokens.access_token)).to.equal(true);
    });
  });
});
