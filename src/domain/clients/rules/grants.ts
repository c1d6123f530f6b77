import { hasDeviceGrant } from '../kinds.ts';
import { GRANT_TYPES, RESPONSE_MODES, RESPONSE_TYPES } from '../policy.ts';
import { isPublic, type MetadataRule, signsPeopleIn } from './rule.ts';

/** What a client may ask for: grants, responses, scopes. */

const among = (known: readonly string[], values: readonly string[] = []) =>
  values.filter((value) => !known.includes(value));

/** Refused with a reason of their own; every other unknown grant by the list of those that there are. */
const NAMED_GRANTS = ['password', 'implicit'];

const isFrontChannel = (type: string) => /(?:^| )(?:token|id_token)(?: |$)/.test(type);

/** What concerns people who sign in, and means nothing to a client with which nobody does. */
const SIGN_IN_MEMBERS = [
  'redirect_uris',
  'response_modes',
  'scope',
  'default_acr_values',
  'default_max_age',
  'require_auth_time',
  'require_pushed_authorization_requests',
  'initiate_login_uri',
  'backchannel_logout_uri',
  'second_factor',
  'session_idle_minutes',
  'session_absolute_seconds',
  'shared_workstation',
  'id_token_claims',
  'groups_claim',
] as const;

/** Of these what concerns people who are led back to the client: on a device nobody is. */
const LED_BACK = [
  'redirect_uris',
  'response_modes',
  'require_pushed_authorization_requests',
  'initiate_login_uri',
] as const satisfies readonly (typeof SIGN_IN_MEMBERS)[number][];

const isAmong = (names: readonly string[], name: string) => names.includes(name);

const isAsked = (value: unknown) =>
  value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);

export const GRANT_RULES: readonly MetadataRule[] = [
  {
    id: 'public-client-credentials',
    members: ['grant_types'],
    reads: ['token_endpoint_auth_method'],
    refuses: '`client_credentials` with `token_endpoint_auth_method` `none`',
    reason:
      'client_credentials is for clients that authenticate: with "none" anybody who knows the client_id would get a token; use ' +
      'private_key_jwt or a secret',
    source: 'RFC 6749, 4.4; RFC 9700, 2.5',
    isBroken: (metadata) => isPublic(metadata) && metadata.grant_types.includes('client_credentials'),
  },
  {
    id: 'password-grant',
    members: ['grant_types'],
    refuses: 'the grant `password`',
    reason:
      'the grant "password" gives the application people’s passwords and leaves no room for a second factor; use authorization_code',
    source: 'RFC 9700, 2.4',
    isBroken: ({ grant_types: types }) => types.includes('password'),
  },
  {
    id: 'implicit-grant',
    members: ['grant_types'],
    refuses: 'the grant `implicit`',
    reason:
      'the grant "implicit" sends tokens through the browser’s address; use authorization_code with PKCE',
    source: 'RFC 9700, 2.1.2',
    isBroken: ({ grant_types: types }) => types.includes('implicit'),
  },
  {
    id: 'device-grant',
    members: ['grant_types'],
    refuses: 'the device grant, unless device sign-in is switched on',
    reason:
      'the device grant is switched off here (DEVICE_SIGN_IN); use authorization_code with a loopback address where there is a browser',
    source: 'RFC 8628, 5.4',
    isBroken: (metadata, { deviceSignIn }) => !deviceSignIn && hasDeviceGrant(metadata),
  },
  {
    id: 'unknown-grant',
    members: ['grant_types'],
    refuses: 'any other grant that is not supported',
    reason: `is no grant type that is supported; there are ${GRANT_TYPES.join(', ')}`,
    source: 'RFC 7591, 2',
    known: () => GRANT_TYPES,
    isBroken: ({ grant_types: types }) => among([...GRANT_TYPES, ...NAMED_GRANTS], types),
  },
  {
    id: 'front-channel-tokens',
    members: ['response_types'],
    refuses: '`token` or `id_token` in a response type: the implicit and hybrid flows',
    reason: 'sends tokens through the browser’s address; use "code" with PKCE',
    source: 'RFC 9700, 2.1.2',
    isBroken: ({ response_types: types }) => types.filter(isFrontChannel),
  },
  {
    id: 'unknown-response-type',
    members: ['response_types'],
    refuses: 'any other response type that is not supported',
    reason: `is no response type that is supported; there are ${RESPONSE_TYPES.join(', ')}`,
    source: 'RFC 7591, 2',
    known: () => RESPONSE_TYPES,
    isBroken: ({ response_types: types }) =>
      among(RESPONSE_TYPES, types).filter((type) => !isFrontChannel(type)),
  },
  {
    id: 'unknown-response-mode',
    members: ['response_modes'],
    refuses: 'a response mode that is not supported',
    reason: `is no response mode that is supported; there are ${RESPONSE_MODES.join(', ')}`,
    source: 'OAuth 2.0 Multiple Response Type Encoding Practices, 2.1',
    known: () => RESPONSE_MODES,
    isBroken: ({ response_modes: modes }) => among(RESPONSE_MODES, modes),
  },
  {
    id: 'no-response-mode',
    members: ['response_modes'],
    reads: ['response_types'],
    refuses: 'an empty `response_modes` for a client with which people sign in',
    reason: 'is empty, so that no answer could be sent; leave it out, or name the modes',
    source: 'OAuth 2.0 Multiple Response Type Encoding Practices, 2.1',
    isBroken: (metadata) => metadata.response_modes?.length === 0 && signsPeopleIn(metadata),
  },
  {
    id: 'code-without-grant',
    members: ['response_types'],
    reads: ['grant_types'],
    refuses: 'the response type `code` without the grant `authorization_code`',
    reason: '"code" needs "authorization_code" in grant_types: nobody could redeem the code',
    source: 'RFC 7591, 2.1',
    isBroken: ({ response_types: responses, grant_types: grants }) =>
      responses.includes('code') && !grants.includes('authorization_code'),
  },
  {
    id: 'grant-without-code',
    members: ['grant_types'],
    reads: ['response_types'],
    refuses: 'the grant `authorization_code` without the response type `code`',
    reason: '"authorization_code" needs "code" in response_types: there would be no code to redeem',
    source: 'RFC 7591, 2.1',
    isBroken: ({ response_types: responses, grant_types: grants }) =>
      grants.includes('authorization_code') && !responses.includes('code'),
  },
  {
    id: 'refresh-without-code',
    members: ['grant_types'],
    refuses: 'the grant `refresh_token` without `authorization_code` or the device grant',
    reason:
      '"refresh_token" needs "authorization_code" or the device grant as well: no other grant gives a refresh token, client_credentials never does',
    source: 'RFC 6749, 1.5 and 4.4.3',
    isBroken: (metadata) =>
      metadata.grant_types.includes('refresh_token') &&
      !metadata.grant_types.includes('authorization_code') &&
      !hasDeviceGrant(metadata),
  },
  {
    id: 'offline-without-refresh',
    members: ['offline_access'],
    reads: ['grant_types'],
    refuses: '`offline_access` without the grant `refresh_token`',
    reason: 'needs "refresh_token" in grant_types: offline access is nothing but a refresh token',
    source: 'OpenID Connect Core, 11',
    isBroken: ({ offline_access: offline, grant_types: types }) =>
      offline === true && !types.includes('refresh_token'),
  },
  {
    id: 'leeway-without-refresh',
    members: ['refresh_token_leeway_seconds'],
    reads: ['grant_types'],
    refuses: '`refresh_token_leeway_seconds` without the grant `refresh_token`',
    reason: 'is about refresh tokens; it needs "refresh_token" in grant_types',
    source: 'RFC 9700, 4.14.2',
    isBroken: ({ refresh_token_leeway_seconds: seconds = 0, grant_types: types }) =>
      seconds > 0 && !types.includes('refresh_token'),
  },
  {
    id: 'offline-scope-not-allowed',
    members: ['scope'],
    reads: ['offline_access'],
    refuses: '`offline_access` in `scope` where the member `offline_access` is not true',
    reason: 'holds offline_access, for which the client also needs "offline_access": true',
    source: 'OpenID Connect Core, 11',
    isBroken: ({ scope = '', offline_access: offline }) =>
      scope.split(' ').includes('offline_access') && offline !== true,
  },
  {
    id: 'offline-not-in-scope',
    members: ['offline_access'],
    reads: ['scope'],
    refuses: '`offline_access` true where `scope` is given and does not hold it',
    reason: 'is true, but scope does not list offline_access, so that it could never be asked for',
    source: 'RFC 7591, 2',
    isBroken: ({ scope, offline_access: offline }) =>
      offline === true && scope !== undefined && !scope.split(' ').includes('offline_access'),
  },
  {
    id: 'nothing-to-do',
    members: ['grant_types'],
    reads: ['response_types', 'introspect_any_token'],
    refuses: 'no grant and no response type, where the client does not introspect either',
    reason: 'is empty, and so is response_types: the client could do nothing',
    source: 'RFC 7591, 2.1',
    isBroken: (metadata) =>
      metadata.grant_types.length === 0 && !signsPeopleIn(metadata) && metadata.introspect_any_token !== true,
  },
  {
    id: 'no-sign-in',
    members: SIGN_IN_MEMBERS,
    reads: ['response_types', 'grant_types'],
    refuses: `a member about signing in (${SIGN_IN_MEMBERS.map((name) => `\`${name}\``).join(', ')}) where \`response_types\` is empty; with the device grant only ${LED_BACK.map((name) => `\`${name}\``).join(', ')}`,
    reason:
      'is about people who sign in and come back, and response_types is empty: nobody does with this client',
    source: 'RFC 7591, 2',
    isBroken: (metadata, _context, member) =>
      !signsPeopleIn(metadata) &&
      !(hasDeviceGrant(metadata) && !isAmong(LED_BACK, member)) &&
      isAsked(metadata[member]),
  },
  {
    id: 'no-tokens',
    members: ['resource_scopes', 'id_token_claims', 'admin_scopes', 'dpop_bound_access_tokens'],
    reads: ['grant_types'],
    refuses:
      '`resource_scopes`, `id_token_claims`, `admin_scopes` or `dpop_bound_access_tokens` for a client without grants',
    reason: 'is about tokens, and grant_types is empty: the client gets none',
    source: 'RFC 7591, 2',
    isBroken: (metadata, _context, member) => metadata.grant_types.length === 0 && isAsked(metadata[member]),
  },
];
