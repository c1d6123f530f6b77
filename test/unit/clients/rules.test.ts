import { expect } from 'chai';
import { problemText, reviewRegistration, reviewStored } from '../../../src/domain/clients/review.ts';
import { METADATA_RULES } from '../../../src/domain/clients/rules/index.ts';
import { BROKEN } from './broken-metadata.ts';
import {
  at,
  CONTEXT,
  keyed,
  type Metadata,
  NATIVE,
  publicKey,
  REDIRECT,
  rsa,
  SERVICE,
  SPA,
  WEB,
} from './metadata.ts';

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
        scope: 'openid email groups offline_access',
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
        id_token_claims: ['email', 'groups', 'sub'],
        groups_claim: 'roles',
      },
    ],
    ['all claims of its scopes in the ID token', { ...WEB, scope: 'openid email', id_token_claims: true }],
    ['claims of every scope where it may ask for all', { ...WEB, id_token_claims: ['name', 'roles'] }],
    ['no claims in the ID token, said in words', { ...SERVICE, id_token_claims: false }],
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
    ['a service that administers', { ...SERVICE, admin_scopes: ['people:read', 'audit:read'] }],
    [
      'an application in the browser with which people administer',
      { ...SPA, admin_scopes: ['people:read'], dpop_bound_access_tokens: true },
    ],
    ['one that administers nothing', { ...SPA, admin_scopes: [], dpop_bound_access_tokens: false }],
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
