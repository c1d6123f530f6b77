import { expect } from 'chai';
import {
  isElevated,
  ownToSay,
  type RegistrationPolicy,
  registrable,
} from '../../../src/domain/clients/registration-policy.ts';

const POLICY: RegistrationPolicy = {
  hosts: ['app.example.org', '*.apps.example.org', '127.0.0.1', '[::1]'],
  grants: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'email'],
};
const WEB = { redirect_uris: ['https://app.example.org/callback'] };
const kept = (given: object, policy = POLICY) => registrable({ ...WEB, ...given }, policy).metadata;
const problems = (given: object, policy = POLICY) => registrable({ ...WEB, ...given }, policy).problems;

describe('what a client may register of itself', () => {
  it('is what it is told to say, with the scopes that there are, and no scope of a resource', () => {
    expect(kept({ client_name: 'Board' })).to.deep.equal({
      ...WEB,
      ...{ client_name: 'Board', scope: 'openid email', resource_scopes: [] },
    });
    expect(problems({})).to.deep.equal([]);
  });

  const never = {
    ...{ first_party: true, introspect_any_token: true, offline_access: true, require_pkce: false },
    ...{ admin_scopes: ['people:read'], resource_scopes: ['records:read'], shared_workstation: true },
    ...{
      client_id: 'mine',
      client_secret: 's'.repeat(40),
      client_secret_expires_at: 1,
      client_id_issued_at: 1,
    },
    ...{ refresh_counts_as_activity: true, second_factor: 'off', id_token_claims: true, unknown: 1 },
    ...{ 'client_name#fr': 'Nom', software_statement: 'x', registration_access_token: 'x' },
    ...JSON.parse('{"__proto__": {"first_party": true}}'),
  };
  for (const [member, value] of Object.entries(never)) {
    it(`is not ${member}, which is left out without a word`, () => {
      const metadata = kept({ [member]: value });
      expect(Object.getPrototypeOf(metadata)).to.equal(Object.prototype);
      const left = Object.hasOwn(metadata, member) ? metadata[member] : undefined;
      expect(left).to.deep.equal(member === 'resource_scopes' ? [] : undefined);
      expect(problems({ [member]: value })).to.deep.equal([]);
    });
  }

  it('is narrowed to the grants, responses and scopes of the organisation', () => {
    const metadata = kept({
      grant_types: ['authorization_code', 'implicit', 'password', 'client_credentials'],
      response_types: ['code', 'id_token', 'none'],
      scope: 'openid profile offline_access records:read',
    });
    expect(metadata).to.deep.include({
      ...{ grant_types: ['authorization_code'], response_types: ['code'], scope: 'openid' },
    });
  });

  it('is refused where nothing of it is left', () => {
    expect(kept({ scope: 'email email openid' }).scope).to.equal('email openid');
    expect(kept({}, { ...POLICY, scopes: ['openid', 'openid'] }).scope).to.equal('openid');
    expect(problems({ grant_types: ['client_credentials'] })[0]).to.match(/^grant_types: none of /u);
    expect(problems({ scope: 'records:read' })[0]).to.match(/^scope: none of it /u);
    expect(problems({}, { ...POLICY, grants: ['client_credentials'] })[0]).to.match(
      /^grant_types: none of /u,
    );
  });

  it('is left to the rules where it is of another type', () => {
    expect(kept({ grant_types: 'implicit', scope: 7, response_types: {} })).to.deep.include({
      ...{ grant_types: 'implicit', scope: 7, response_types: {} },
    });
  });

  const hosts: [address: string, allowed: boolean][] = [
    ['https://app.example.org/x', true],
    ['https://APP.example.org/x', true],
    ['https://one.apps.example.org/x', true],
    ['https://apps.example.org/x', false],
    ['https://evilapps.example.org/x', false],
    ['https://app.example.org.evil.example/x', false],
    ['https://app.example.org@evil.example/x', false],
    ['https://evil.example/#app.example.org', false],
    ['http://127.0.0.1:4000/x', true],
    ['http://[::1]/x', true],
    ['http://2130706433/x', true],
    ['org.example.app:/callback', false],
    ['javascript:alert(1)', false],
    ['data:text/html,x', false],
    ['//app.example.org/x', false],
    ['', false],
  ];
  for (const [address, allowed] of hosts) {
    it(`${allowed ? 'may' : 'may not'} lead to ${JSON.stringify(address)}`, () => {
      expect(problems({ redirect_uris: [address] }).length === 0).to.equal(allowed);
      expect(problems({ redirect_uris: ['https://app.example.org/y', address] }).length === 0).to.equal(
        allowed,
      );
    });
  }

  it('has no address of another host anywhere, least of all where the server would call', () => {
    for (const member of [
      ...['post_logout_redirect_uris', 'initiate_login_uri', 'backchannel_logout_uri', 'jwks_uri'],
      ...['client_uri', 'policy_uri', 'tos_uri'],
    ])
      expect(problems({ [member]: 'https://169.254.169.254/latest' })[0], member).to.match(
        new RegExp(`^${member}: has an address`),
      );
    expect(problems({}, { ...POLICY, hosts: [] })).to.have.length(1);
  });

  it('is an administrator’s to change once they have given more', () => {
    const { metadata } = registrable(WEB, POLICY);
    expect(isElevated(metadata)).to.equal(false);
    expect(isElevated({ ...metadata, first_party: false, require_pkce: true })).to.equal(false);
    for (const more of [
      ...[
        { first_party: true },
        { introspect_any_token: true },
        { offline_access: true },
        { require_pkce: false },
      ],
      ...[{ resource_scopes: ['a'] }, { resource_scopes: undefined }, { admin_scopes: ['people:read'] }],
    ])
      expect(isElevated({ ...metadata, ...more }), JSON.stringify(more)).to.equal(true);
    expect(ownToSay({ ...WEB, first_party: true })).to.deep.equal(WEB);
  });
});
