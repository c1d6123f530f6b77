import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RefusalFacts } from '../../../src/oidc/refusal-facts.ts';
import { RULES, reasonOf } from '../../../src/oidc/refusal-reasons.ts';
import { LAST_RULES } from '../../../src/oidc/refusal-rules-forms.ts';
import { scrub } from '../../../src/redaction.ts';

const LIBRARY = join(import.meta.dirname, '../../../node_modules/oidc-provider/lib');

const facts = (changes: Partial<RefusalFacts>): RefusalFacts => ({
  endpoint: '/token',
  error: 'invalid_request',
  said: '',
  params: {},
  authentication: 'none',
  client: {
    id: 'board',
    redirectUris: ['https://board.example.org/callback'],
    postLogoutRedirectUris: [],
    responseTypes: ['code'],
    responseModes: [],
    grantTypes: ['authorization_code'],
    authMethod: 'client_secret_basic',
    scope: 'openid email',
    resourceScopes: undefined,
  },
  clientHeldFor: undefined,
  issuer: 'https://id.example.org',
  ...changes,
});

const ruleFor = (given: RefusalFacts) =>
  RULES.find(
    ({ error, says, when }) =>
      (error === undefined || [error].flat().includes(given.error)) &&
      (says === undefined || says.test(given.said)) &&
      (when === undefined || when(given)),
  );

/** Where the library refuses what applications send us, by the endpoint. */
const FILES: Record<string, string> = {
  'shared/client_auth.js': '/token',
  'shared/jwt_client_auth.js': '/token',
  'shared/selective_body.js': '/token',
  'shared/reject_dupes.js': '/token',
  'shared/check_resource.js': '/authorize',
  'shared/access_token.js': '/userinfo',
  'helpers/grant_source.js': '/token',
  'helpers/validate_dpop.js': '/token',
  'helpers/pkce.js': '/token',
  'helpers/pkce_format.js': '/authorize',
  'helpers/validate_presence.js': '/token',
  'helpers/resolve_resource.js': '/token',
  'actions/token.js': '/token',
  'actions/userinfo.js': '/userinfo',
  'actions/end_session.js': '/logout',
  'actions/grants/authorization_code.js': '/token',
  'actions/grants/refresh_token.js': '/token',
  'actions/grants/client_credentials.js': '/token',
  'actions/grants/device_code.js': '/token',
  'actions/authorization/client.js': '/authorize',
  'actions/authorization/request_parameters.js': '/authorize',
  'actions/authorization/response_parameters.js': '/authorize',
  'actions/authorization/scopes.js': '/authorize',
  'actions/authorization/sender_constraints.js': '/authorize',
  'actions/authorization/claims.js': '/authorize',
  'actions/authorization/pushed_authorization_requests.js': '/authorize',
  'actions/authorization/resume.js': '/authorize',
};

/** What the library fills in. */
const FILLED_IN: Record<string, string> = {
  label: 'authorization code',
  param: 'code_verifier',
  "formatters.pluralize('parameter', missing.length)": 'parameter',
  'formatters.formatList(missing)': "'code'",
};

/** About what is switched off here. */
const OFF =
  /x5t|mutual TLS|certificate|Attestation|Rich Authorization|Web Message|CIBA|MUST NOT be used together|userinfo endpoint is not supported|unless encrypted|^x is not allowed/u;

/** Everything that a file throws: the code of its error, and its words, in which `x` stands for what is filled in. */
function thrownIn(file: string): { error: string; said: string }[] {
  const source = readFileSync(join(LIBRARY, file), 'utf8');
  const thrown = source.matchAll(
    /new (?:errors\.)?((?:Invalid|Insufficient|Unsupported|SessionNotFound)\w*)\(\s*(['`])((?:(?!\2).)*)\2(?:, '([^']*)')?/gu,
  );
  return [...thrown].map(([, name = '', , words = '', detail = '']) => ({
    error:
      ({ SessionNotFound: 'invalid_request', InvalidClientAuth: 'invalid_client' } as Record<string, string>)[
        name
      ] ?? name.replaceAll(/(?<!^)[A-Z]/gu, (letter) => `_${letter}`).toLowerCase(),
    said: `${words.replaceAll(/\$\{([^}]*)\}+/gu, (_all, what) => FILLED_IN[what] ?? 'x')}\n${detail}`,
  }));
}

describe('the words of the library about a refusal', () => {
  for (const [file, endpoint] of Object.entries(FILES)) {
    it(`are known: ${file}`, () => {
      for (const { error, said } of thrownIn(file).filter(({ said }) => !OFF.test(said))) {
        const assertion = file.includes('jwt_client_auth') || said.includes('client_assertion');
        const authentication = assertion ? 'private_key_jwt' : 'client_secret_basic';
        const rule = ruleFor(
          facts({ endpoint, error, said: `failed\n${said}`.replace('failed\n', ''), authentication }),
        );
        expect(LAST_RULES.includes(rule as never), `${error}: ${said}`).to.equal(false);
      }
    });
  }

  it('are looked for where they are', () => {
    expect(Object.keys(FILES).flatMap(thrownIn)).to.have.length.greaterThan(80);
  });

  const JWT = [
    'jwt not active yet',
    'jwt expired',
    'Invalid JWT',
    'signature verification failed',
    'invalid exp value',
  ];
  const OURS = ['the client assertion was issued in the future', 'client assertion: aud: Invalid input'];
  for (const said of [...JWT, ...OURS, 'no applicable key found in the JSON Web Key Set'])
    it(`are known of an assertion: ${said}`, () => {
      const { parameter } = reasonOf(
        facts({
          error: 'invalid_client',
          said: `client authentication failed\n${said}`,
          authentication: 'private_key_jwt',
        }),
      );
      expect(parameter).to.match(/^client_assertion/u);
    });
});

describe('what is said of a refusal', () => {
  it('is a line of plain text for every rule, which the log keeps as it is', () => {
    for (const { parameter, expected, change } of RULES) {
      for (const text of [parameter, expected, change]) {
        if (text === undefined) continue;
        const given = facts({
          said: "missing required parameter 'code'",
          params: { redirect_uri: 'https://board.example.org/' },
        });
        const written = typeof text === 'function' ? text(given) : text;
        expect(written).to.match(/^\S[^\n]*\S$/u);
        expect(scrub(written)).to.equal(written);
      }
    }
  });

  it('names only settings that exist', () => {
    const documented = readFileSync(join(import.meta.dirname, '../../../docs/configuration.md'), 'utf8');
    const texts = RULES.flatMap(({ expected, change }) => [expected, change]).map((text) =>
      typeof text === 'function' ? text(facts({})) : (text ?? ''),
    );
    const settings = texts.flatMap((text) => text.match(/\b[A-Z]{2,}(?:_[A-Z]+)+\b/gu) ?? []);
    expect(settings).to.include('CLOCK_TOLERANCE_SECONDS');
    for (const setting of settings) expect(documented).to.include(`\`${setting}\``);
  });
});
