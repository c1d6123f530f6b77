import { expect } from 'chai';
import { clientFileSchema } from '../../src/domain/clients/policy.ts';
import { registerClient } from '../../src/oidc/clients.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('line 82: where a client may be told of a sign-out', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ settings: { ISSUER: 'https://id.example.org' } });
  });
  after(() => server.stop());

  const register = (uri: unknown) => {
    const file = clientFileSchema.parse({
      ...WEB_CLIENT,
      redirect_uris: ['https://app.example.org/callback'],
      backchannel_logout_uri: uri,
    });
    return registerClient(server.app.protocol.active.current, file, {
      keyring: server.app.secrets.keyring,
      resources: server.app.clients.resources,
      clock: server.app.clock,
      random: server.app.random,
      told: server.app.protocol.told,
    }).then(
      ({ client }) => client.metadata.backchannel_logout_uri,
      (error: { code?: string }) => error.code,
    );
  };

  for (const uri of [
    'https://app.example.org/back-channel-logout',
    'https://app.example.org:8443/logout?tenant=1',
    'http://localhost:3001/back-channel-logout',
  ]) {
    it(`at ${uri}`, async () => expect(await register(uri)).to.equal(uri));
  }

  for (const uri of [
    'http://app.example.org/logout',
    'https://user:password@app.example.org/logout',
    'https://user@app.example.org/logout',
    'https://app.example.org/logout#fragment',
    'ftp://app.example.org/logout',
    'javascript:alert(1)',
    '/logout',
    '',
    17,
    ['https://app.example.org/logout'],
    { toString: 'https://app.example.org/logout' },
  ]) {
    it(`not at ${JSON.stringify(uri)}`, async () => {
      expect(await register(uri)).to.equal('client_metadata_invalid');
    });
  }
});
