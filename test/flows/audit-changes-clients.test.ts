import { expect } from 'chai';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { clients } from '../../src/administration/clients/index.ts';
import { resources } from '../../src/administration/resources.ts';
import { act } from '../support/administration.ts';
import { auditTrail } from '../support/protocol.ts';
import { lastDetails } from '../support/revealed-trail.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const METADATA = {
  client_id: 'ward',
  client_name: 'Ward',
  redirect_uris: ['https://ward.example.org/callback'],
  token_endpoint_auth_method: 'client_secret_basic',
  contacts: ['sam@ward.example.org'],
  default_max_age: 600,
  backchannel_logout_uri: 'https://ward.example.org/logout?code=a-key-of-the-ward',
};

describe('what was and what is, in the audit trail: clients and resources', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());
  const told = (type: string, about = 'ward') => lastDetails(server, type, about);

  it('a client as it was registered, what has changed of it, and what it was when it was removed', async () => {
    const { registration } = await act(server.app, clients.create, { metadata: METADATA });
    const created = await told('client.created');
    const registered = created?.after as Record<string, unknown>;
    expect(created?.name).to.equal('Ward');
    expect(registered).to.deep.include({
      client_name: 'Ward',
      redirect_uris: METADATA.redirect_uris,
      contacts: ['sam@ward.example.org'],
      default_max_age: 600,
    });
    expect(registered).to.not.have.any.keys('client_id', 'client_secret');
    expect(registered.backchannel_logout_uri).to.match(
      /^https:\/\/ward\.example\.org\/logout\?sha256=[\w-]{43}$/u,
    );

    const { publicKey } = await generateKeyPair('ES256', { extractable: true });
    const key = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
    const { contacts: _contacts, ...rest } = METADATA;
    const changed = {
      ...rest,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [key] },
      redirect_uris: [...METADATA.redirect_uris, 'https://ward.example.org/other'],
      backchannel_logout_uri: 'https://ward.example.org/logout?code=another-key',
    };
    await act(server.app, clients.update, { metadata: changed });
    const updated = await told('client.updated');
    expect(updated?.members).to.deep.equal([
      'backchannel_logout_uri',
      'contacts',
      'jwks',
      'redirect_uris',
      'token_endpoint_auth_method',
    ]);
    const { before, after } = updated as Record<'before' | 'after', Record<string, unknown>>;
    expect(before).to.deep.include({
      contacts: ['sam@ward.example.org'],
      redirect_uris: METADATA.redirect_uris,
      token_endpoint_auth_method: 'client_secret_basic',
    });
    expect(before).to.not.have.any.keys('jwks', 'default_max_age');
    expect(after).to.not.have.any.keys('contacts', 'default_max_age');
    expect(after.jwks).to.deep.equal([
      { kid: 'k1', kty: 'EC', alg: 'ES256', use: 'sig', thumbprint: await calculateJwkThumbprint(key) },
    ]);
    expect(after.backchannel_logout_uri).to.not.equal(before.backchannel_logout_uri);

    await act(server.app, clients.delete, { client: 'ward' });
    const deleted = await told('client.deleted');
    expect(deleted?.before).to.deep.include({ redirect_uris: changed.redirect_uris, default_max_age: 600 });

    const trail = JSON.stringify(await auditTrail(server));
    for (const secret of [
      registration.client_secret,
      'a-key-of-the-ward',
      'another-key',
      key.x,
      METADATA.contacts[0],
    ])
      expect(trail).to.not.include(String(secret));
  });

  it('a resource, its scopes and the form of its tokens', async () => {
    const identifier = 'https://records.example.org';
    const scopes = [{ name: 'records:read', description: 'See records' }, { name: 'records:write' }];
    const given = { name: 'Records', scopes, tokenAlgorithm: 'ES256' as const, tokenSeconds: 300 };
    await act(server.app, resources.create, { identifier, ...given });
    expect(await told('resource.created', identifier)).to.deep.equal({ identifier, after: given });
    await act(server.app, resources.delete, { identifier });
    expect(await told('resource.deleted', identifier)).to.deep.equal({ identifier, before: given });
  });
});
