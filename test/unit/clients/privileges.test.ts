import { expect } from 'chai';
import { privilegesAdded, withoutEveryScope } from '../../../src/domain/clients/privileges.ts';

const SERVICE = { grant_types: ['client_credentials'] };

describe('privileges of clients', () => {
  it('are named by the member that gives them, each once', () => {
    const everything = {
      ...{ first_party: true, introspect_any_token: true, offline_access: true, require_pkce: false },
      ...{ refresh_counts_as_activity: true, admin_scopes: ['people:read', 'people:write'] },
      resource_scopes: ['a', 'b'],
    };
    const members = Object.keys(everything).sort();
    expect(privilegesAdded(undefined, everything)).to.deep.equal(members);
    expect(privilegesAdded({ resource_scopes: [] }, everything)).to.deep.equal(members);
    expect(privilegesAdded(everything, everything)).to.deep.equal([]);
    expect(privilegesAdded(everything, { resource_scopes: [] })).to.deep.equal([]);
    const plain = { first_party: false, require_pkce: true, admin_scopes: [], resource_scopes: [] };
    expect(privilegesAdded(undefined, plain)).to.deep.equal([]);
  });

  it('are scopes one by one, and all of them where nothing is said', () => {
    const one = { ...SERVICE, resource_scopes: ['a'] };
    expect(privilegesAdded(one, { ...SERVICE, resource_scopes: ['a', 'b'] })).to.deep.equal([
      'resource_scopes',
    ]);
    expect(privilegesAdded(one, SERVICE)).to.deep.equal(['resource_scopes']);
    expect(privilegesAdded(undefined, SERVICE)).to.deep.equal(['resource_scopes']);
    expect(privilegesAdded(undefined, {})).to.deep.equal(['resource_scopes']);
    expect(privilegesAdded(SERVICE, one)).to.deep.equal([]);
    expect(privilegesAdded({}, SERVICE)).to.deep.equal([]);
    expect(privilegesAdded({ resource_scopes: [] }, { grant_types: [] })).to.deep.equal([]);
  });

  it('are left out of metadata that say nothing of scopes', () => {
    expect(withoutEveryScope(SERVICE)).to.deep.equal({ ...SERVICE, resource_scopes: [] });
    expect(withoutEveryScope({ ...SERVICE, resource_scopes: ['a'] })).to.have.deep.property(
      'resource_scopes',
      ['a'],
    );
    expect(withoutEveryScope({ grant_types: [] })).to.deep.equal({ grant_types: [] });
  });
});
