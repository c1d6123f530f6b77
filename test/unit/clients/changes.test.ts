import { expect } from 'chai';
import { changesOf, effectsOf } from '../../../src/domain/clients/changes.ts';

const BEFORE = {
  client_id: 'board',
  client_id_issued_at: 1,
  client_name: 'Board',
  redirect_uris: ['https://a.example/', 'https://b.example/'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_basic',
  first_party: true,
};

describe('what other metadata for a client change', () => {
  it('is each member that differs, never its name or age, and no order of a list', () => {
    const after = {
      ...BEFORE,
      client_id_issued_at: 2,
      client_name: 'Ward board',
      redirect_uris: ['https://b.example/', 'https://a.example/'],
      client_uri: 'https://a.example/',
      first_party: undefined,
    };
    expect(changesOf(BEFORE, after)).to.deep.equal([
      { member: 'client_name', before: 'Board', after: 'Ward board' },
      { member: 'client_uri', before: undefined, after: 'https://a.example/' },
      { member: 'first_party', before: true, after: undefined },
    ]);
    expect(changesOf(BEFORE, { ...BEFORE })).to.deep.equal([]);
  });

  const cases: [
    what: string,
    before: object,
    after: object,
    endsAccess: boolean,
    says: RegExp | undefined,
  ][] = [
    ['nothing', {}, {}, false, undefined],
    [
      'more addresses',
      {},
      { redirect_uris: [...BEFORE.redirect_uris, 'https://c.example/'] },
      false,
      undefined,
    ],
    [
      'an address less',
      {},
      { redirect_uris: ['https://b.example/'] },
      false,
      /to https:\/\/a\.example\/ are refused/,
    ],
    [
      'a grant less',
      {},
      { grant_types: ['authorization_code'] },
      true,
      /the grant refresh_token.*ends at once/,
    ],
    ['no longer first-party', {}, { first_party: false }, true, /first_party/],
    ['no offline access', { offline_access: true }, {}, true, /offline_access/],
    ['a scope less', { scope: 'openid email' }, { scope: 'openid' }, true, /the scope email/],
    ['scopes where there were all', {}, { scope: 'openid' }, true, /scopes that scope does not name/],
    ['all scopes', { scope: 'openid' }, { scope: undefined }, false, undefined],
    [
      'a resource scope less',
      { resource_scopes: ['a', 'b'] },
      { resource_scopes: ['a'] },
      false,
      /scopes b end at once/,
    ],
    ['a list of resource scopes', {}, { resource_scopes: ['a'] }, false, /resource_scopes does not name/],
    ['no notices', { backchannel_logout_uri: 'https://a.example/out' }, {}, false, /told/],
    ['other keys', { jwks: { keys: [1] } }, { jwks: { keys: [2] } }, false, /Assertions/],
    ['another authentication', {}, { token_endpoint_auth_method: 'none' }, false, /with none/],
  ];
  for (const [what, before, after, endsAccess, says] of cases) {
    it(`${what}: ${says === undefined ? 'ends nothing' : 'says what ends'}`, () => {
      const effects = effectsOf({ ...BEFORE, ...before }, { ...BEFORE, ...after });
      expect(effects.endsAccess).to.equal(endsAccess);
      expect(effects.ends.join(' ')).to.match(says ?? /^$/);
    });
  }
});
