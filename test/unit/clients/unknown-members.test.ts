import { expect } from 'chai';
import { MEMBER_NAMES } from '../../../src/domain/clients/members.ts';
import { reviewRegistration, reviewStored } from '../../../src/domain/clients/review.ts';
import { FOREIGN_NAMES, UNSUPPORTED } from '../../../src/domain/clients/unsupported.ts';
import { CONTEXT } from './metadata.ts';

const WEB = { redirect_uris: ['https://app.example.org/callback'] };
const messageFor = (metadata: Record<string, unknown>) => {
  const { problems } = reviewRegistration({ ...WEB, ...metadata }, CONTEXT);
  expect(problems.map(({ member }) => member)).to.deep.equal(Object.keys(metadata));
  return problems[0]?.message ?? '';
};

describe('client metadata that Gatehouse does not know', () => {
  const meant: [written: Record<string, unknown>, name: string][] = [
    [{ second_facter: 'required' }, 'second_factor'],
    [{ secondFactor: 'required' }, 'second_factor'],
    [{ 'second-factor': 'required' }, 'second_factor'],
    [{ mfa: true }, 'second_factor'],
    [{ redirect_url: 'https://app.example.org/' }, 'redirect_uris'],
    [{ redirect_uri: 'https://app.example.org/' }, 'redirect_uris'],
    [{ redirectUris: [] }, 'redirect_uris'],
    [{ callback_url: 'https://app.example.org/' }, 'redirect_uris'],
    [{ callbacks: [] }, 'redirect_uris'],
    [{ post_logout_redirect_uri: 'x' }, 'post_logout_redirect_uris'],
    [{ session_idle_minute: 5 }, 'session_idle_minutes'],
    [{ session_idle: 5 }, 'session_idle_minutes'],
    [{ session_absolute_second: 600 }, 'session_absolute_seconds'],
    [{ pkce: false }, 'require_pkce'],
    [{ pkce_required: true }, 'require_pkce'],
    [{ grant_type: 'authorization_code' }, 'grant_types'],
    [{ response_type: 'code' }, 'response_types'],
    [{ scopes: ['openid'] }, 'scope'],
    [{ resource_scope: ['a'] }, 'resource_scopes'],
    [{ secret: 's' }, 'client_secret'],
    [{ clientId: 'x' }, 'client_id'],
    [{ name: 'App' }, 'client_name'],
    [{ public: true }, 'token_endpoint_auth_method'],
    [{ auth_method: 'none' }, 'token_endpoint_auth_method'],
    [{ jwks_url: 'x' }, 'jwks_uri'],
    [{ firstparty: true }, 'first_party'],
    [{ skip_consent: true }, 'first_party'],
    [{ webOrigins: ['*'] }, 'redirect_uris'],
    [{ offline: true }, 'offline_access'],
    [{ shared_workstations: true }, 'shared_workstation'],
    [{ introspect_any_tokens: true }, 'introspect_any_token'],
    [{ id_token_claim: true }, 'id_token_claims'],
    [{ protocol_mappers: [] }, 'id_token_claims'],
    [{ group_claim: 'roles' }, 'groups_claim'],
    [{ 'client_name#es': 'Citas' }, 'client_name'],
  ];
  for (const [written, name] of meant) {
    it(`${JSON.stringify(written)} is refused with ${name}`, () => {
      expect(messageFor(written)).to.match(new RegExp(`(did you mean|use) ${name}\\b`));
    });
  }

  it('is refused also where nothing resembles it', () => {
    expect(messageFor({ zzzzzz: 1 }))
      .to.contain('no client metadata')
      .and.not.contain('did you mean');
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'a'.repeat(100_000)]) {
      const given = JSON.parse(`{${JSON.stringify(name)}: true}`) as Record<string, unknown>;
      expect(
        reviewRegistration(given, CONTEXT)
          .problems.map(({ message }) => message)
          .join(),
      ).to.contain('no client metadata');
    }
  });

  for (const [name, { reason, neutral }] of Object.entries(UNSUPPORTED)) {
    it(`${name}, which specifications know, is refused with the reason`, () => {
      expect(messageFor({ [name]: neutral === false ? true : 'x' })).to.equal(reason);
      if (neutral === undefined) return;
      expect(reviewRegistration({ ...WEB, [name]: neutral }, CONTEXT).problems).to.deep.equal([]);
    });
  }

  it('the names of others lead to names that there are', () => {
    for (const name of Object.values(FOREIGN_NAMES)) expect(MEMBER_NAMES).to.include(name);
    for (const name of [...Object.keys(FOREIGN_NAMES), ...Object.keys(UNSUPPORTED)])
      expect(MEMBER_NAMES).not.to.include(name);
  });

  it('a client of an earlier version keeps working where it only told people something', () => {
    const stored = {
      ...WEB,
      logo_uri: 'https://app.example.org/logo.png',
      sector_identifier_uri: 'https://x.example/',
    };
    expect(reviewStored(stored, CONTEXT).problems).to.deep.equal([]);
    expect(reviewStored({ ...WEB, second_facter: 'required' }, CONTEXT).problems).to.have.length(1);
  });

  const types: [member: string, value: unknown][] = [
    ['redirect_uris', 'https://app.example.org/callback'],
    ['redirect_uris', [17]],
    ['grant_types', 'authorization_code'],
    ['grant_types', null],
    ['scope', ['openid']],
    ['scope', ''],
    ['client_name', ''],
    ['client_name', 'two\nlines'],
    ['client_name', 17],
    ['client_id', 'with space'],
    ['client_secret', 'short'],
    ['contacts', 'it@example.org'],
    ['contacts', ['it']],
    ['jwks', []],
    ['jwks', { keys: {} }],
    ['jwks', { key: [] }],
    ['jwks', { keys: [], extra: 1 }],
    ['default_max_age', '60'],
    ['default_max_age', -1],
    ['default_max_age', 1e12],
    ['default_max_age', 1.5],
    ['require_auth_time', 'true'],
    ['require_pkce', 0],
    ['first_party', 'yes'],
    ['second_factor', 'require'],
    ['second_factor', null],
    ['session_idle_minutes', '5'],
    ['session_idle_minutes', 0],
    ['session_absolute_seconds', 1e9],
    ['resource_scopes', 'records:read'],
    ['resource_scopes', ['with space']],
    ['backchannel_logout_uri', 17],
    ['application_type', 'spa'],
  ];
  for (const [member, value] of types) {
    it(`${member} cannot be ${JSON.stringify(value)}, in words of ours`, () => {
      const { problems } = reviewRegistration({ ...WEB, [member]: value }, CONTEXT);
      const messages = problems.filter((problem) => problem.member === member).map(({ message }) => message);
      expect(messages).not.to.deep.equal([]);
      expect(messages.join()).not.to.match(/Invalid|expected \w+, received|Too (big|small)|Unrecognized/);
    });
  }
});
