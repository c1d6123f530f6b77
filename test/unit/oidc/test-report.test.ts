import { expect } from 'chai';
import { SCOPES } from '../../../src/oidc/claims.ts';
import {
  claimsWithoutValue,
  decoded,
  judgeScopes,
  lifetimeOf,
  type ScopeFacts,
  usualScope,
} from '../../../src/oidc/test-report.ts';

const RECORDS = {
  identifier: 'https://records.example.org',
  scopes: [{ name: 'records:read' }, { name: 'records:write' }],
} as ScopeFacts['resources'][number];
const MAIL = {
  identifier: 'https://mail.example.org',
  scopes: [{ name: 'mail:read' }],
} as ScopeFacts['resources'][number];

const whyNot = (scope: string, client: Record<string, unknown>, more: Partial<ScopeFacts> = {}) =>
  judgeScopes([scope], {
    known: SCOPES,
    client,
    resources: [RECORDS, MAIL],
    named: [],
    given: new Set(),
    prompt: undefined,
    ...more,
  })[0]?.why;

describe('what a test sign-in says of scopes', () => {
  const refreshing = { grant_types: ['authorization_code', 'refresh_token'] };

  for (const [scope, why, client, more] of [
    ['openid', undefined, {}, { given: new Set(['openid']) }],
    ['nonsense', 'unknown', {}],
    ['profile', 'not_registered', { scope: 'openid' }],
    ['profile', 'not_consented', { scope: 'openid profile' }],
    ['profile', 'not_consented', {}],
    ['records:read', 'not_registered_at_resource', { resource_scopes: ['mail:read'] }],
    ['records:read', 'other_resource', {}, { named: [MAIL.identifier] }],
    ['records:read', 'not_consented', {}, { named: [RECORDS.identifier] }],
    ['offline_access', 'not_registered', { scope: 'openid' }],
    ['offline_access', 'offline_grant', { offline_access: true }],
    ['offline_access', 'offline_not_allowed', refreshing],
    ['offline_access', 'offline_prompt', { ...refreshing, offline_access: true }],
    ['offline_access', 'not_consented', { ...refreshing, offline_access: true }, { prompt: 'consent' }],
    ['offline_access', 'not_consented', { ...refreshing, offline_access: true, first_party: true }],
  ] as [string, string | undefined, Record<string, unknown>, Partial<ScopeFacts>?][])
    it(`${scope} of ${JSON.stringify(client)}: ${why ?? 'given'}`, () => {
      expect(whyNot(scope, client, more)).to.equal(why);
    });

  it('names the resource that a scope is of, the one that was named first', () => {
    const shared = { ...MAIL, scopes: [...RECORDS.scopes] };
    const [told] = judgeScopes(['records:read', 'records:read'], {
      known: SCOPES,
      client: {},
      resources: [RECORDS, shared],
      named: [MAIL.identifier],
      given: new Set(['records:read']),
      prompt: undefined,
    });
    expect(told).to.deep.equal({ scope: 'records:read', resource: MAIL.identifier });
  });

  it('asks for what the client may have, of one resource at most', () => {
    expect(usualScope({}, [RECORDS], SCOPES)).to.equal('openid profile email roles groups');
    expect(usualScope({ scope: 'openid email' }, [RECORDS], SCOPES)).to.equal('openid email');
    expect(
      usualScope({ scope: 'openid', resource_scopes: ['records:read'] }, [RECORDS, MAIL], SCOPES),
    ).to.equal('openid records:read');
    expect(
      usualScope(
        { scope: 'openid', resource_scopes: ['records:read', 'mail:read'] },
        [RECORDS, MAIL],
        SCOPES,
      ),
    ).to.equal('openid');
  });

  it('finds claims without a value, and decodes nothing but a JWT', () => {
    const opens = { openid: ['sub', 'sid'], email: ['email'], profile: ['name', 'locale'] };
    expect(claimsWithoutValue(new Set(['openid', 'profile']), opens, { name: 'Amara' })).to.deep.equal([
      { scope: 'profile', claim: 'locale' },
    ]);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const jwt = decoded(`${part({ alg: 'ES256' })}.${part({ iat: 10, exp: 70 })}.x`);
    expect(jwt && lifetimeOf(jwt)).to.equal(60);
    for (const none of [undefined, 'opaque', 'a.b', 7]) expect(decoded(none)).to.equal(undefined);
  });
});
