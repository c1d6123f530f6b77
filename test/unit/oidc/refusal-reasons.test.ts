import { expect } from 'chai';
import fc from 'fast-check';
import { nearestAddress, originAndPath } from '../../../src/oidc/redirect-hints.ts';
import { LONGEST_VALUE, reasonOf, TOLD_PARAMETERS } from '../../../src/oidc/refusal-reasons.ts';

const CLIENT = {
  id: 'board',
  redirectUris: ['https://board.example.org/callback'],
  postLogoutRedirectUris: ['https://board.example.org/'],
  responseTypes: ['code'],
  responseModes: ['query'],
  grantTypes: ['authorization_code'],
  authMethod: 'client_secret_basic',
  scope: undefined,
  resourceScopes: undefined,
};
const GIVEN = {
  endpoint: '/authorize',
  error: 'invalid_request',
  said: '',
  params: {},
  authentication: 'none',
  client: CLIENT,
  clientHeldFor: undefined,
  issuer: 'https://id.example.org',
};

/** What of a request is told must not hold what it says anywhere else. */
describe('the reason of a refusal', () => {
  const SECRET = fc
    .string({
      minLength: 12,
      maxLength: 60,
      unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789'),
    })
    .map((text) => `Zq${text}`);
  const UNTOLD = [
    'code',
    'code_verifier',
    'code_challenge',
    'client_secret',
    'client_assertion',
    'refresh_token',
    'token',
    'id_token_hint',
    'login_hint',
    'state',
    'nonce',
    'claims',
    'post_logout_redirect_uri',
    'request',
    'request_uri',
    'response_mode',
    'max_age',
    'ui_locales',
  ];

  it('tells no value of a parameter that is not listed, whatever the library says and wherever it stands', async () => {
    await fc.assert(
      fc.property(
        SECRET,
        fc.constantFrom(...UNTOLD),
        fc.constantFrom(
          'invalid_request',
          'invalid_client',
          'invalid_grant',
          'invalid_scope',
          'invalid_redirect_uri',
          'other',
        ),
        fc.constantFrom(
          'missing required parameter',
          'redirect_uri did not match',
          'must not be provided twice',
          'jwt',
          '',
        ),
        fc.constantFrom('none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'),
        fc.boolean(),
        (secret, name, error, words, authentication, known) => {
          const reason = reasonOf({
            ...GIVEN,
            error,
            said: `${words} "${secret}" '${secret}' ${secret} https://x.example/${secret}`,
            params: {
              [name]: secret,
              [`${name}2`]: [secret, secret],
              redirect_uri: `https://user:${secret}@board.example.org/callback?x=${secret}#${secret}`,
            },
            authentication,
            client: known ? CLIENT : undefined,
          });
          expect(JSON.stringify(reason)).to.not.include(secret);
          expect(reason.present).to.include(name);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('tells listed values in one line of 200 characters at most, without anything that could change a screen', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: fc.constantFrom('\n', '\r', '\0', '\x1b', '\u202e', '\u2028', '\ud800', 'a') }),
    );
    await fc.assert(
      fc.property(text, fc.constantFrom(...TOLD_PARAMETERS, 'client_id', 'redirect_uri'), (value, name) => {
        const { values = {} } = reasonOf({ ...GIVEN, params: { [name]: value } });
        for (const told of Object.values(values)) {
          expect(told.length).to.be.at.most(LONGEST_VALUE);
          expect(told).to.not.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
          expect(told.isWellFormed()).to.equal(true);
        }
      }),
    );
  });

  it('does not tell what looks like a secret, where an id or a scope should be', () => {
    const jwt = `eyJhbGciOiJub25lIn0.${'a'.repeat(30)}.`;
    const { values, present } = reasonOf({
      ...GIVEN,
      client: undefined,
      params: {
        client_id: 'k'.repeat(43),
        scope: `openid ${jwt}`,
        resource: `https://x.example/?key=${'k'.repeat(9)}`,
      },
    });
    expect(present).to.deep.equal(['client_id']);
    expect(values?.scope).to.equal('openid [redacted]');
    expect(values?.resource).to.equal('https://x.example/?[redacted]');
  });

  it('does not tell a client_id that may be a secret: ours, a UUID of another product, one that no id could be', () => {
    for (const secret of [
      'k'.repeat(32),
      '0f8fad5b-d9cb-469f-a165-70867728950e',
      `a+b/c=~d!${'e'.repeat(30)}`,
    ]) {
      const facts = { ...GIVEN, client: undefined, params: { client_id: secret } };
      const { values, present } = reasonOf(facts);
      expect([values, present]).to.deep.equal([undefined, ['client_id']]);
    }
    const { values } = reasonOf({ ...GIVEN, client: undefined, params: { client_id: 'billing-portal' } });
    expect(values).to.deep.equal({ client_id: 'billing-portal' });
  });

  it('is told of a registered client by its id, however that looks', () => {
    const id = 'k'.repeat(43);
    const { values } = reasonOf({ ...GIVEN, client: { ...CLIENT, id }, params: { client_id: id } });
    expect(values).to.deep.equal({ client_id: id });
  });
});

describe('the nearest redirect URI', () => {
  const REGISTERED = [
    'https://board.example.org/callback',
    'https://test.board.example.org/callback',
    'http://127.0.0.1:8080/cb',
  ];
  const cases: [asked: string, address: string, differs: string][] = [
    ['https://board.example.org/callback/', REGISTERED[0] as string, 'the slash at the end of its path'],
    ['http://board.example.org/callback', REGISTERED[0] as string, 'its scheme (https, not http)'],
    ['https://board.example.org:8443/callback', REGISTERED[0] as string, 'its port'],
    ['https://board.example.org/Callback', REGISTERED[0] as string, 'upper and lower case of its path'],
    ['https://board.example.org/oidc', REGISTERED[0] as string, 'its path'],
    ['https://boards.example.org/callback', REGISTERED[0] as string, 'its host'],
    ['https://board.example.org/callback?a=1', REGISTERED[0] as string, 'its query'],
    ['http://127.0.0.1:9090/cb/', REGISTERED[2] as string, 'its port and the slash at the end of its path'],
    [
      'https://BOARD.example.org/callback',
      REGISTERED[0] as string,
      'how it is written (it is compared character by character)',
    ],
  ];
  for (const [asked, address, differs] of cases) {
    it(`of ${asked} differs in ${differs}`, () => {
      expect(nearestAddress(asked, REGISTERED)).to.deep.equal({ address, differs });
    });
  }

  it('is none of what is no address, and where none is registered', () => {
    expect(nearestAddress('callback', REGISTERED)).to.equal(undefined);
    expect(nearestAddress('https://board.example.org/', [])).to.equal(undefined);
  });

  it('is told without credentials, query and fragment', () => {
    expect(originAndPath('https://me:pw@x.example:8443/a?b=c#d')).to.equal('https://x.example:8443/a');
    expect(originAndPath('org.example.app:/callback?b=c')).to.equal('org.example.app:/callback');
    expect(originAndPath('nonsense')).to.equal(undefined);
  });
});
