import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { problemText, reviewRegistration, reviewStored } from '../../../src/domain/clients/review.ts';
import { METADATA_RULES } from '../../../src/domain/clients/rules/index.ts';

const CONTEXT = {
  issuer: 'https://id.example.org',
  scopes: ['openid', 'profile', 'email', 'roles', 'offline_access'],
  acrValues: ['aal1', 'aal2', 'phr'],
  idTokenAlgorithms: ['RS256', 'ES256', 'EdDSA'],
};

type Metadata = Record<string, unknown>;

const REDIRECT = 'https://app.example.org/callback';
const WEB = { redirect_uris: [REDIRECT] };
const SPA = { ...WEB, token_endpoint_auth_method: 'none' };
const NATIVE = {
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['http://127.0.0.1/callback'],
};
const SERVICE = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] };
const at = (uri: string, more: Metadata = {}) => ({ ...WEB, ...more, redirect_uris: [uri] });

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const short = generateKeyPairSync('rsa', { modulusLength: 1024 });
const publicKey = ec.publicKey.export({ format: 'jwk' });
const keyed = (...keys: Metadata[]) => ({
  ...SERVICE,
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys },
});

/** For each rule the metadata that break it, with the member that is named. */
const BROKEN: Record<string, [metadata: Metadata, member: string][]> = {
  'public-client-credentials': [
    [{ ...SERVICE, token_endpoint_auth_method: 'none' }, 'grant_types'],
    [{ ...SPA, grant_types: ['authorization_code', 'client_credentials'] }, 'grant_types'],
    [{ ...NATIVE, grant_types: ['authorization_code', 'client_credentials'] }, 'grant_types'],
  ],
  'password-grant': [[{ ...WEB, grant_types: ['authorization_code', 'password'] }, 'grant_types']],
  'implicit-grant': [
    [{ ...WEB, grant_types: ['implicit'] }, 'grant_types'],
    [{ ...WEB, grant_types: ['authorization_code', 'implicit'] }, 'grant_types'],
  ],
  'device-grant': [
    [{ ...WEB, grant_types: ['urn:ietf:params:oauth:grant-type:device_code'] }, 'grant_types'],
  ],
  'unknown-grant': [
    [{ ...WEB, grant_types: ['authorisation_code'] }, 'grant_types'],
    [{ ...WEB, grant_types: ['urn:openid:params:grant-type:ciba'] }, 'grant_types'],
    [{ ...WEB, grant_types: ['urn:ietf:params:oauth:grant-type:jwt-bearer'] }, 'grant_types'],
    [{ ...WEB, grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange'] }, 'grant_types'],
    [{ ...WEB, grant_types: [''] }, 'grant_types'],
  ],
  'front-channel-tokens': [
    [{ ...WEB, response_types: ['token'] }, 'response_types'],
    [{ ...WEB, response_types: ['id_token'] }, 'response_types'],
    [{ ...WEB, response_types: ['code', 'id_token token'] }, 'response_types'],
    [{ ...WEB, response_types: ['code id_token'] }, 'response_types'],
    [{ ...WEB, response_types: ['code token'] }, 'response_types'],
  ],
  'unknown-response-type': [
    [{ ...WEB, response_types: ['cod'] }, 'response_types'],
    [{ ...WEB, response_types: ['code none'] }, 'response_types'],
  ],
  'unknown-response-mode': [
    [{ ...WEB, response_modes: ['query', 'web_message'] }, 'response_modes'],
    [{ ...WEB, response_modes: ['query.jwt'] }, 'response_modes'],
  ],
  'no-response-mode': [[{ ...WEB, response_modes: [] }, 'response_modes']],
  'code-without-grant': [
    [{ ...WEB, response_types: ['code'], grant_types: [] }, 'response_types'],
    [{ ...WEB, response_types: ['code'], grant_types: ['client_credentials'] }, 'response_types'],
  ],
  'grant-without-code': [
    [{ ...SERVICE, grant_types: ['authorization_code'] }, 'grant_types'],
    [{ ...WEB, grant_types: ['authorization_code'], response_types: ['none'] }, 'grant_types'],
  ],
  'refresh-without-code': [
    [{ ...SERVICE, grant_types: ['client_credentials', 'refresh_token'] }, 'grant_types'],
    [{ ...WEB, grant_types: ['refresh_token'], response_types: ['none'] }, 'grant_types'],
    [{ grant_types: ['refresh_token'] }, 'grant_types'],
  ],
  'offline-without-refresh': [
    [{ ...WEB, offline_access: true }, 'offline_access'],
    [{ ...SERVICE, offline_access: true }, 'offline_access'],
  ],
  'offline-scope-not-allowed': [[{ ...WEB, scope: 'openid offline_access' }, 'scope']],
  'offline-not-in-scope': [
    [
      {
        ...WEB,
        grant_types: ['authorization_code', 'refresh_token'],
        scope: 'openid email',
        offline_access: true,
      },
      'offline_access',
    ],
  ],
  'nothing-to-do': [[{ grant_types: [], response_types: [] }, 'grant_types']],
  'no-sign-in': [
    [{ ...SERVICE, ...WEB }, 'redirect_uris'],
    [{ grant_types: ['client_credentials'], ...WEB }, 'redirect_uris'],
    [{ ...SERVICE, response_modes: ['query'] }, 'response_modes'],
    [{ ...SERVICE, scope: 'openid' }, 'scope'],
    [{ ...SERVICE, default_acr_values: ['aal2'] }, 'default_acr_values'],
    [{ ...SERVICE, default_max_age: 60 }, 'default_max_age'],
    [{ ...SERVICE, default_max_age: 0 }, 'default_max_age'],
    [{ ...SERVICE, require_auth_time: true }, 'require_auth_time'],
    [{ ...SERVICE, require_pushed_authorization_requests: true }, 'require_pushed_authorization_requests'],
    [{ ...SERVICE, initiate_login_uri: 'https://app.example.org/login' }, 'initiate_login_uri'],
    [{ ...SERVICE, backchannel_logout_uri: 'https://app.example.org/logout' }, 'backchannel_logout_uri'],
    [{ ...SERVICE, second_factor: 'required' }, 'second_factor'],
    [{ ...SERVICE, session_idle_minutes: 5 }, 'session_idle_minutes'],
    [{ ...SERVICE, session_absolute_seconds: 600 }, 'session_absolute_seconds'],
    [{ ...SERVICE, shared_workstation: true }, 'shared_workstation'],
  ],
  'no-tokens': [
    [{ ...WEB, response_types: ['none'], grant_types: [], resource_scopes: ['a'] }, 'resource_scopes'],
  ],
  'client-secret-jwt': [
    [{ ...WEB, token_endpoint_auth_method: 'client_secret_jwt' }, 'token_endpoint_auth_method'],
  ],
  'unknown-authentication': [
    [{ ...WEB, token_endpoint_auth_method: 'client_secret_basik' }, 'token_endpoint_auth_method'],
    [{ ...WEB, token_endpoint_auth_method: 'tls_client_auth' }, 'token_endpoint_auth_method'],
    [{ ...WEB, token_endpoint_auth_method: 'self_signed_tls_client_auth' }, 'token_endpoint_auth_method'],
  ],
  'secret-unused': [
    [{ ...SPA, client_secret: 's'.repeat(40) }, 'client_secret'],
    [{ ...keyed(publicKey), client_secret: 's'.repeat(40) }, 'client_secret'],
  ],
  'secret-expiry-unused': [[{ ...SPA, client_secret_expires_at: 2_000_000_000 }, 'client_secret_expires_at']],
  'native-secret': [
    [{ ...NATIVE, token_endpoint_auth_method: 'client_secret_basic' }, 'token_endpoint_auth_method'],
    [{ ...NATIVE, token_endpoint_auth_method: 'client_secret_post' }, 'token_endpoint_auth_method'],
    [{ ...NATIVE, token_endpoint_auth_method: undefined }, 'token_endpoint_auth_method'],
  ],
  'public-introspection': [[{ ...SPA, introspect_any_token: true }, 'introspect_any_token']],
  'public-without-pkce': [
    [{ ...SPA, require_pkce: false }, 'require_pkce'],
    [
      {
        ...keyed(publicKey),
        ...NATIVE,
        ...{ token_endpoint_auth_method: 'private_key_jwt' },
        require_pkce: false,
      },
      'require_pkce',
    ],
  ],
  'keys-missing': [
    [{ ...SERVICE, token_endpoint_auth_method: 'private_key_jwt' }, 'token_endpoint_auth_method'],
  ],
  'keys-twice': [[{ ...keyed(publicKey), jwks_uri: 'https://app.example.org/jwks' }, 'jwks_uri']],
  'keys-unused': [
    [{ ...WEB, jwks: { keys: [publicKey] } }, 'jwks'],
    [{ ...SPA, jwks_uri: 'https://app.example.org/jwks' }, 'jwks_uri'],
  ],
  'algorithm-unused': [
    [{ ...WEB, token_endpoint_auth_signing_alg: 'ES256' }, 'token_endpoint_auth_signing_alg'],
    [{ ...SPA, token_endpoint_auth_signing_alg: 'ES256' }, 'token_endpoint_auth_signing_alg'],
  ],
  'weak-client-algorithm': ['none', 'HS256', 'RS1', 'RS512', 'ES256K'].map((alg) => [
    { ...keyed(publicKey), token_endpoint_auth_signing_alg: alg },
    'token_endpoint_auth_signing_alg',
  ]),
  'weak-id-token-algorithm': ['none', 'HS256', 'HS512', 'PS256', 'RS1'].map((alg) => [
    { ...WEB, id_token_signed_response_alg: alg },
    'id_token_signed_response_alg',
  ]),
  'symmetric-key': [
    [keyed({ kty: 'oct', k: 'c2VjcmV0' }), 'jwks'],
    [keyed(publicKey, { kty: 'oct', k: 'c2VjcmV0' }), 'jwks'],
  ],
  'private-key': [
    [keyed(ec.privateKey.export({ format: 'jwk' })), 'jwks'],
    [keyed(rsa.privateKey.export({ format: 'jwk' })), 'jwks'],
    [keyed(publicKey, { ...publicKey, d: 'AA' }), 'jwks'],
  ],
  'broken-key': [
    [keyed(publicKey, { kty: 'EC', crv: 'P-256', x: 'AA' }), 'jwks'],
    [keyed(publicKey, { kty: 'RSA', n: 17, e: 'AQAB' }), 'jwks'],
  ],
  'short-key': [[keyed(short.publicKey.export({ format: 'jwk' })), 'jwks']],
  'weak-key-algorithm': ['none', 'HS256', 'RS256', 'ES384'].map((alg) => [
    keyed(publicKey, { ...publicKey, alg }),
    'jwks',
  ]),
  'no-usable-key': [
    [keyed(), 'jwks'],
    [keyed({ ...publicKey, use: 'enc' }), 'jwks'],
    [keyed({ ...publicKey, key_ops: ['encrypt'] }), 'jwks'],
    [keyed({ kty: 'OKP', crv: 'X25519', x: 'AA' }), 'jwks'],
    [{ ...keyed(publicKey), token_endpoint_auth_signing_alg: 'RS256' }, 'jwks'],
  ],
  'same-key-id': [[keyed({ ...publicKey, kid: 'a' }, { ...publicKey, kid: 'a' }), 'jwks']],
  'misspelt-key-member': [
    [keyed({ ...publicKey, ues: 'sig' }), 'jwks'],
    [keyed({ ...publicKey, kidd: 'a' }), 'jwks'],
    [keyed({ ...publicKey, keyOps: ['verify'] }), 'jwks'],
  ],
  'redirects-missing': [
    [{}, 'redirect_uris'],
    [{ redirect_uris: [] }, 'redirect_uris'],
    [{ response_types: ['none'] }, 'redirect_uris'],
    [{ grant_types: ['authorization_code', 'client_credentials'] }, 'redirect_uris'],
  ],
  'malformed-address': [
    ...[
      '',
      '/callback',
      'app.example.org/callback',
      '//app.example.org/callback',
      'https://app.example.org/call back',
      ' https://app.example.org/callback',
      'https://app.example.org/callback\n',
      'https://app.example.org/\u0000',
      'https://app.example.org\\@evil.example/',
      'https://äpp.example.org/callback',
      'https://app.example.org/rückruf',
      'https://app.example.org/{id}',
      'https://<app>.example.org/',
      'https://',
    ].map((uri): [Metadata, string] => [at(uri), 'redirect_uris']),
    [{ ...WEB, post_logout_redirect_uris: ['signed-out'] }, 'post_logout_redirect_uris'],
    [{ ...WEB, policy_uri: '/privacy' }, 'policy_uri'],
  ],
  'executing-scheme': [
    ...[
      'javascript:alert(1)',
      'data:text/html,x',
      'vbscript:x',
      'blob:https://x',
      'file:///etc/passwd',
    ].flatMap((uri): [Metadata, string][] => [
      [at(uri), 'redirect_uris'],
      [at(uri, NATIVE), 'redirect_uris'],
    ]),
    [{ ...WEB, post_logout_redirect_uris: ['JAVASCRIPT:alert(1)'] }, 'post_logout_redirect_uris'],
    [{ ...WEB, client_uri: 'javascript:alert(1)' }, 'client_uri'],
    [{ ...WEB, tos_uri: 'data:text/html,x' }, 'tos_uri'],
  ],
  'not-web': [
    [{ ...WEB, backchannel_logout_uri: 'ftp://app.example.org/logout' }, 'backchannel_logout_uri'],
    [{ ...WEB, client_uri: 'org.example.app:/start' }, 'client_uri'],
    [{ ...keyed(), jwks: undefined, jwks_uri: 'ldap://app.example.org' }, 'jwks_uri'],
  ],
  fragment: [
    [at(`${REDIRECT}#x`), 'redirect_uris'],
    [at(`${REDIRECT}#`), 'redirect_uris'],
    [at('org.example.app:/callback#x', NATIVE), 'redirect_uris'],
    [{ ...WEB, post_logout_redirect_uris: [`${REDIRECT}#/`] }, 'post_logout_redirect_uris'],
    [{ ...WEB, backchannel_logout_uri: `${REDIRECT}#x` }, 'backchannel_logout_uri'],
    [{ ...WEB, initiate_login_uri: `${REDIRECT}#x` }, 'initiate_login_uri'],
  ],
  'credentials-in-address': [
    [at('https://user:password@app.example.org/callback'), 'redirect_uris'],
    [at('https://app.example.org@evil.example/'), 'redirect_uris'],
    [at('https://@evil.example/'), 'redirect_uris'],
    [{ ...WEB, backchannel_logout_uri: 'https://user@app.example.org/' }, 'backchannel_logout_uri'],
    [{ ...WEB, client_uri: 'https://app.example.org@evil.example/' }, 'client_uri'],
  ],
  wildcard: [
    [at('https://app.example.org/*'), 'redirect_uris'],
    [at('https://*.example.org/callback'), 'redirect_uris'],
    [at('https://app.example.org/callback?next=*'), 'redirect_uris'],
    [at('https://app.example.org/%2A'), 'redirect_uris'],
    [{ ...WEB, post_logout_redirect_uris: ['https://app.example.org/*'] }, 'post_logout_redirect_uris'],
  ],
  'obscured-host': [
    [at('http://2130706433/callback'), 'redirect_uris'],
    [at('http://0x7f.1/callback'), 'redirect_uris'],
    [at('https://127.1/callback'), 'redirect_uris'],
    [at('https://%61pp.example.org/callback'), 'redirect_uris'],
    [at('http://[0:0:0:0:0:0:0:1]/callback', NATIVE), 'redirect_uris'],
    [{ ...WEB, backchannel_logout_uri: 'http://2130706433/' }, 'backchannel_logout_uri'],
  ],
  'dot-segments': [
    [at('https://app.example.org/a/../callback'), 'redirect_uris'],
    [at('https://app.example.org/./callback'), 'redirect_uris'],
    [at('https://app.example.org/a/%2e%2E/callback'), 'redirect_uris'],
    [at('https://app.example.org/..'), 'redirect_uris'],
  ],
  'response-parameters': [
    [at(`${REDIRECT}?code=1`), 'redirect_uris'],
    [at(`${REDIRECT}?a=b&state=1`), 'redirect_uris'],
    [at(`${REDIRECT}?iss=x`), 'redirect_uris'],
  ],
  'web-scheme': [
    [at('org.example.app:/callback'), 'redirect_uris'],
    [at('myapp://callback'), 'redirect_uris'],
    [at('urn:ietf:wg:oauth:2.0:oob'), 'redirect_uris'],
    [{ ...WEB, post_logout_redirect_uris: ['org.example.app:/'] }, 'post_logout_redirect_uris'],
  ],
  'native-scheme': [
    [at('myapp:/callback', NATIVE), 'redirect_uris'],
    [at('myapp://callback', NATIVE), 'redirect_uris'],
    [at('urn:ietf:wg:oauth:2.0:oob', NATIVE), 'redirect_uris'],
    [{ ...NATIVE, post_logout_redirect_uris: ['myapp:/'] }, 'post_logout_redirect_uris'],
  ],
  'native-https-loopback': [
    [{ ...NATIVE, redirect_uris: ['https://localhost/callback'] }, 'redirect_uris'],
    [{ ...NATIVE, redirect_uris: ['https://127.0.0.1:8443/callback'] }, 'redirect_uris'],
    [{ ...NATIVE, redirect_uris: ['https://[::1]/callback'] }, 'redirect_uris'],
  ],
  'cleartext-redirect': [
    [at('http://app.example.org/callback'), 'redirect_uris'],
    [at('http://10.0.0.5/callback'), 'redirect_uris'],
    [at('http://localhost.evil.example/callback'), 'redirect_uris'],
    [at('http://127.0.0.2/callback'), 'redirect_uris'],
    [{ ...NATIVE, redirect_uris: ['http://app.example.org/callback'] }, 'redirect_uris'],
    [{ ...WEB, post_logout_redirect_uris: ['http://app.example.org/'] }, 'post_logout_redirect_uris'],
  ],
  'cleartext-endpoint': [
    [{ ...WEB, backchannel_logout_uri: 'http://app.example.org/logout' }, 'backchannel_logout_uri'],
    [{ ...keyed(), jwks: undefined, jwks_uri: 'http://app.example.org/jwks' }, 'jwks_uri'],
  ],
  'cleartext-login': [[{ ...WEB, initiate_login_uri: 'http://app.example.org/login' }, 'initiate_login_uri']],
  'logout-session-without-address': [
    [{ ...WEB, backchannel_logout_session_required: true }, 'backchannel_logout_session_required'],
  ],
  'unknown-scope': [
    [{ ...WEB, scope: 'openid emial' }, 'scope'],
    [{ ...WEB, scope: 'openid records:read' }, 'scope'],
    [{ ...WEB, scope: 'openid  email' }, 'scope'],
  ],
  'unknown-level': [
    [{ ...WEB, default_acr_values: ['aal3'] }, 'default_acr_values'],
    [{ ...WEB, default_acr_values: ['aal2', 'urn:mfa'] }, 'default_acr_values'],
  ],
  'pairwise-subjects': [[{ ...WEB, subject_type: 'pairwise' }, 'subject_type']],
  'factor-off-but-level': [[{ ...WEB, second_factor: 'off', default_acr_values: ['aal2'] }, 'second_factor']],
  'idle-beyond-end': [
    [{ ...WEB, session_idle_minutes: 20, session_absolute_seconds: 600 }, 'session_idle_minutes'],
  ],
};

describe('the rules of client metadata', () => {
  const problemsOf = (metadata: Metadata) => reviewRegistration(metadata, CONTEXT).problems;

  it('each have a case here, an id of their own, a reason and a source', () => {
    const ids = METADATA_RULES.map(({ id }) => id);
    expect(Object.keys(BROKEN)).to.have.members(ids);
    expect(new Set(ids).size).to.equal(ids.length);
    for (const { reason, source, refuses } of METADATA_RULES) {
      expect(reason).to.match(/\S/);
      expect(source).to.match(/RFC|OpenID|OAuth|NIST/);
      expect(refuses).to.match(/\S/);
    }
  });

  for (const [id, cases] of Object.entries(BROKEN)) {
    for (const [metadata, member] of cases) {
      it(`${id}: refuses ${JSON.stringify(metadata).slice(0, 150)}`, () => {
        const found = problemsOf(metadata).filter(({ rule }) => rule === id);
        expect(found.map((problem) => problem.member)).to.include(member);
        const reason = METADATA_RULES.find((rule) => rule.id === id)?.reason ?? '';
        expect(problemText(found[0] ?? { member: '', message: '' })).to.contain(reason);
      });

      it(`${id}: refuses the same where it is stored, ${JSON.stringify(metadata).slice(0, 120)}`, () => {
        const stored = reviewStored(JSON.parse(JSON.stringify(metadata)) as Metadata, CONTEXT);
        expect(stored.problems.map(({ rule }) => rule)).to.include(id);
      });
    }
  }

  const fine: [string, Metadata][] = [
    ['a web application', WEB],
    [
      'everything that it can have',
      {
        client_id: 'app',
        client_secret: 's'.repeat(40),
        client_secret_expires_at: 0,
        client_name: 'Äpp',
        client_uri: 'https://app.example.org',
        policy_uri: 'https://app.example.org/privacy#data',
        tos_uri: 'https://app.example.org/terms',
        contacts: ['it@example.org'],
        application_type: 'web',
        redirect_uris: [REDIRECT, 'https://app.example.org', 'http://localhost:4000/callback?tenant=1'],
        post_logout_redirect_uris: ['https://app.example.org/.well-known/out'],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        response_types: ['code', 'none'],
        response_modes: ['query', 'form_post'],
        scope: 'openid email offline_access',
        token_endpoint_auth_method: 'client_secret_post',
        id_token_signed_response_alg: 'ES256',
        subject_type: 'public',
        default_acr_values: ['aal2', 'phr'],
        default_max_age: 3600,
        require_auth_time: true,
        require_pushed_authorization_requests: true,
        initiate_login_uri: 'https://app.example.org/login?x=1',
        backchannel_logout_uri: 'https://app.example.org/logout?tenant=1',
        backchannel_logout_session_required: true,
        first_party: true,
        require_pkce: false,
        introspect_any_token: true,
        resource_scopes: ['records:read'],
        second_factor: 'required',
        session_idle_minutes: 10,
        session_absolute_seconds: 3600,
        shared_workstation: true,
        offline_access: true,
      },
    ],
    ['an application in the browser', { ...SPA, grant_types: ['authorization_code', 'refresh_token'] }],
    [
      'a native application',
      {
        ...NATIVE,
        redirect_uris: [
          'http://127.0.0.1/callback',
          'http://[::1]:5000/callback',
          'http://localhost/callback',
          'org.example.app:/callback',
          'org.example.app://callback',
          'https://app.example.org/claimed',
        ],
      },
    ],
    [
      'a native application with a key of the machine',
      {
        ...keyed(publicKey),
        ...NATIVE,
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'private_key_jwt',
      },
    ],
    ['a service', SERVICE],
    ['a service that says nothing more than what it is', { grant_types: ['client_credentials'] }],
    ['a service with keys', keyed({ ...publicKey, kid: 'a', use: 'sig', alg: 'ES256', x5c: [], note: 'x' })],
    ['a service with RSA', keyed(rsa.publicKey.export({ format: 'jwk' }))],
    [
      'keys of which some are for something else',
      keyed(
        publicKey,
        { kty: 'OKP', crv: 'X25519', x: 'AA', use: 'enc' },
        { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AA' },
      ),
    ],
    ['a key with a matching algorithm', { ...keyed(publicKey), token_endpoint_auth_signing_alg: 'ES256' }],
    ['what only introspects', { grant_types: [], response_types: [], introspect_any_token: true }],
    ['pages that read the session themselves', { ...SPA, response_types: ['none'] }],
    [
      'what others export and asks for nothing',
      {
        ...WEB,
        dpop_bound_access_tokens: false,
        require_signed_request_object: false,
        use_mtls_endpoint_aliases: false,
      },
    ],
  ];
  for (const [what, metadata] of fine) {
    it(`takes ${what}`, () => {
      expect(problemsOf(metadata)).to.deep.equal([]);
    });
  }

  it('says everything that is wrong at once, each once', () => {
    const problems = problemsOf({
      ...SPA,
      grant_types: ['authorization_code', 'client_credentials', 'password'],
      redirect_uris: ['https://app.example.org/*', 'http://app.example.org/x#y'],
      second_facter: 'required',
      first_party: 'yes',
      offline_access: true,
    });
    expect(problems.map(({ member, rule }) => `${member} ${rule ?? '-'}`)).to.have.members([
      'second_facter -',
      'first_party -',
      'grant_types public-client-credentials',
      'grant_types password-grant',
      'offline_access offline-without-refresh',
      'redirect_uris wildcard',
      'redirect_uris fragment',
      'redirect_uris cleartext-redirect',
    ]);
  });

  it('does not judge by a member that is wrong itself', () => {
    const problems = problemsOf({ ...WEB, grant_types: 'client_credentials', response_types: 'code' });
    expect(problems.map(({ member }) => member)).to.deep.equal(['grant_types', 'response_types']);
  });

  it('repeats no password of an address', () => {
    const [problem] = problemsOf(at('https://admin:hunter2@app.example.org/'));
    expect(problemText(problem as never))
      .to.contain('…@app.example.org')
      .and.not.contain('hunter2');
  });

  it('lets development use http where Gatehouse does, for what the server calls itself', () => {
    const development = { ...CONTEXT, issuer: 'http://localhost:3000' };
    const metadata = { ...WEB, backchannel_logout_uri: 'http://app:4000/logout' };
    expect(reviewRegistration(metadata, development).problems).to.deep.equal([]);
    const inTheClear = reviewRegistration(at('http://app.example.org/'), development).problems;
    expect(inTheClear.map(({ rule }) => rule)).to.deep.equal(['cleartext-redirect']);
  });
});
