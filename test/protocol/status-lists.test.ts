import { expect } from 'chai';
import type { HandClient } from '../support/protocol.ts';
import type { TestServer } from '../support/server.ts';
import { readList, referenceOf } from '../support/status-list.ts';
import { RECORDS, useJwtTokens } from './jwt-tokens.ts';

describe('JWT access tokens looked at and taken back', function jwts() {
  this.timeout(60_000);
  const jwts = useJwtTokens();
  const { revoke, forService } = jwts;
  let server: TestServer;
  let service: HandClient;
  before(() => {
    ({ server, service } = jwts);
  });

  describe('the list', () => {
    const listOf = async (token: string, headers = {}) => fetch(referenceOf(token).uri, { headers });

    it('is a signed JWT of its kind, small, with a bit for each token', async () => {
      const token = await forService();
      const { uri, idx } = referenceOf(token);
      expect(uri).to.match(/\/status-lists\/0$/u);
      const { payload, protectedHeader, bytes, lst, isSet } = await readList(server.issuer, uri);
      expect(protectedHeader).to.include({ alg: 'RS256', typ: 'statuslist+jwt' });
      expect(payload).to.include({ sub: uri, iss: server.issuer, ttl: 15 });
      expect(Number(payload.exp) - Number(payload.iat)).to.equal(300);
      expect(bytes.length * 8).to.equal(2 ** 17);
      expect(idx).to.be.within(0, 2 ** 17 - 1);
      expect(lst.length).to.be.below(4_096);
      expect(isSet(idx)).to.equal(false);
    });

    it('has more bits set only by what is revoked', async () => {
      const token = await forService();
      const { uri } = referenceOf(token);
      const before = await readList(server.issuer, uri);
      await revoke(service, token);
      const after = await readList(server.issuer, uri);
      expect(after.count - before.count).to.equal(1);
    });

    it('is public, may be kept for a short time, and is confirmed while it is the same', async () => {
      const token = await forService();
      const first = await listOf(token, { origin: 'https://app.example' });
      expect(first.headers.get('content-type')).to.equal('application/statuslist+jwt');
      expect(first.headers.get('cache-control')).to.equal('public, max-age=15');
      expect(first.headers.get('access-control-allow-origin')).to.equal('*');
      expect(first.headers.get('cross-origin-resource-policy')).to.equal('cross-origin');
      expect(first.headers.get('set-cookie')).to.equal(null);
      const tag = String(first.headers.get('etag'));
      expect(tag).to.match(/^"[\w-]{43}"$/u);
      const again = await listOf(token, { 'if-none-match': tag });
      expect([again.status, again.headers.get('etag'), await again.text()]).to.deep.equal([304, tag, '']);
      await revoke(service, token);
      const changed = await listOf(token, { 'if-none-match': tag });
      expect(changed.status).to.equal(200);
      expect(changed.headers.get('etag')).to.not.equal(tag);
      const { isSet } = await readList(server.issuer, referenceOf(token).uri, changed);
      expect(isSet(referenceOf(token).idx)).to.equal(true);
      const head = await fetch(referenceOf(token).uri, { method: 'HEAD' });
      expect([head.status, await head.text()]).to.deep.equal([200, '']);
    });

    it('names every list, and the metadata name that', async () => {
      const token = await forService();
      const metadata = (await (
        await fetch(`${server.issuer}/.well-known/oauth-authorization-server`)
      ).json()) as Record<string, string>;
      const answer = await fetch(String(metadata.status_list_aggregation_endpoint));
      expect(answer.headers.get('content-type')).to.match(/^application\/json/u);
      const { uri } = referenceOf(token);
      expect(await answer.json()).to.deep.equal({ status_lists: [uri] });
      const { payload } = await readList(server.issuer, uri);
      expect(payload.status_list).to.include({
        aggregation_uri: metadata.status_list_aggregation_endpoint,
      });
    });

    it('is not there under any other number, nor of the past, nor for another method', async () => {
      const at = async (path: string, method = 'GET') =>
        (await fetch(`${server.issuer}/status-lists${path}`, { method, redirect: 'manual' })).status;
      for (const path of [
        '/1',
        '/00',
        '/-1',
        '/0x0',
        '/1e3',
        '/99999999999999999999',
        `/${'9'.repeat(9)}`,
        '/%00',
        '/0/1',
        "/0'",
      ]) {
        expect(await at(path), path).to.be.oneOf([400, 404]);
      }
      expect(await at('/0?time=1686925000')).to.equal(501);
      for (const method of ['POST', 'PUT', 'DELETE']) {
        expect(await at('/0', method), method).to.be.oneOf([404, 405]);
      }
    });

    it('is where the issuer is, whatever a request pretends', async () => {
      const answer = await service.post(
        '/token',
        { grant_type: 'client_credentials', resource: RECORDS },
        { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
      );
      expect(referenceOf(answer.body.access_token).uri).to.equal(`${server.issuer}/status-lists/0`);
    });
  });
});
