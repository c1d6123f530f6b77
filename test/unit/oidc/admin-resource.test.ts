import { expect } from 'chai';
import { adminResource, adminScopesOf, isAdminIdentifier } from '../../../src/oidc/admin-resource.ts';
import { createRegistrations } from '../../../src/oidc/registrations.ts';
import { scopesAllowed } from '../../../src/oidc/requested-scopes.ts';
import { takenResources } from '../../../src/wire/start-warnings.ts';

const ISSUER = 'https://id.example.org';

describe('the administration API as a resource', () => {
  it('gives a client what its admin_scopes name, and nothing by anything else', () => {
    const admin = adminResource(ISSUER);
    const allowed = (client: object) => scopesAllowed(admin, client);
    expect(allowed({ admin_scopes: ['audit:read', 'people:read'] })).to.deep.equal([
      'audit:read',
      'people:read',
    ]);
    for (const client of [
      {},
      { first_party: true },
      { resource_scopes: ['people:read'] },
      { admin_scopes: [] },
      { admin_scopes: 'people:read' },
      { admin_scopes: ['people:*', '*', 'openid'] },
    ])
      expect(allowed(client), JSON.stringify(client)).to.deep.equal([]);
    expect(adminScopesOf(undefined)).to.deep.equal([]);
  });

  it('is named by its address alone, and no other resource by one like it', () => {
    expect(adminResource(ISSUER)).to.include({ identifier: `${ISSUER}/api/admin`, tokenSeconds: 600 });
    for (const [identifier, expected] of [
      [`${ISSUER}/api/admin`, true],
      [`${ISSUER}:8443/api/admin/v1/people`, true],
      ['http://ID.example.org./API/Admin/', true],
      [`${ISSUER}/x/../api/admin`, true],
      [`${ISSUER}/api%2Fadmin`, true],
      [`${ISSUER}/api\\admin`, true],
      [`${ISSUER}/api/administrators`, false],
      [`${ISSUER}/v1/api/admin`, false],
      ['https://api.example.org/api/admin', false],
      ['urn:api:admin', false],
      ['no address', false],
    ] as const)
      expect(isAdminIdentifier(identifier, ISSUER), identifier).to.equal(expected);
  });

  it('is warned about at a start where a resource of before is in its place', () => {
    const scopes = [{ name: 'people:read' }, { name: 'own:read' }];
    expect(
      takenResources([{ identifier: 'https://a.example', scopes: [{ name: 'own:read' }] }], ISSUER),
    ).to.deep.equal([]);
    const [place, names, ...rest] = takenResources([{ identifier: `${ISSUER}/api/admin`, scopes }], ISSUER);
    expect(place).to.include('is where the administration API is');
    expect(names).to.include('its scopes people:read have names');
    expect(rest).to.deep.equal([]);
  });

  it('is the only one for clients that are built in', async () => {
    const registered = { identifier: 'https://a.example', name: 'A', scopes: [{ name: 'own:read' }] };
    const resources = {
      find: async (identifier: string) =>
        identifier === registered.identifier
          ? { ...registered, tokenAlgorithm: 'RS256' as const, tokenSeconds: 600, createdAt: new Date() }
          : adminResource(ISSUER),
    };
    const builtIn = [{ client_id: 'built-in', admin_scopes: ['audit:read'] }];
    const registrations = createRegistrations({ find: async () => undefined }, resources, builtIn);
    expect(await registrations.find('built-in', registered.identifier)).to.equal(undefined);
    const found = await registrations.find('built-in', `${ISSUER}/api/admin`);
    expect(found?.scopes).to.deep.equal(['audit:read']);
    expect(found?.holds(['audit:read'])).to.equal(undefined);
    expect(await registrations.find('nobody', `${ISSUER}/api/admin`)).to.equal(undefined);
  });
});
