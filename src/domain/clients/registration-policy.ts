import { isMember } from './members.ts';

/**
 * What a client may register of itself (RFC 7591), where an organisation allows it: less than an operator gives. What is unknown or
 * not given is left out, and the answer shows what was kept (section 3.2.1). Pure; the result is judged by the same rules as any
 * other metadata.
 */

export interface RegistrationPolicy {
  /** Hosts that addresses may have; `*.example.org` means those below it. None: no address is accepted. */
  readonly hosts: readonly string[];
  readonly grants: readonly string[];
  /** Scopes about people. */
  readonly scopes: readonly string[];
}

/** Members that a client says itself. Whatever is not here, an operator alone gives. */
const OWN_TO_SAY: ReadonlySet<string> = new Set([
  ...['client_name', 'client_uri', 'policy_uri', 'tos_uri', 'contacts', 'application_type'],
  ...['redirect_uris', 'post_logout_redirect_uris', 'initiate_login_uri', 'backchannel_logout_uri'],
  ...['backchannel_logout_session_required', 'grant_types', 'response_types', 'response_modes', 'scope'],
  ...['token_endpoint_auth_method', 'token_endpoint_auth_signing_alg', 'jwks', 'jwks_uri'],
  ...['id_token_signed_response_alg', 'subject_type', 'default_acr_values', 'default_max_age'],
  ...['require_auth_time', 'require_pushed_authorization_requests'],
]);

/** Members with addresses: browsers are led there, people see them, or the server calls them. */
const ADDRESSES = [
  ...['redirect_uris', 'post_logout_redirect_uris', 'initiate_login_uri', 'backchannel_logout_uri'],
  ...['client_uri', 'policy_uri', 'tos_uri', 'jwks_uri'],
];

export interface Registrable {
  readonly metadata: Readonly<Record<string, unknown>>;
  /** What is refused, a line each, by its member. */
  readonly problems: readonly string[];
}

/** What is kept of the metadata that a client has sent, and what of it is refused. */
export function registrable(
  given: Readonly<Record<string, unknown>>,
  policy: RegistrationPolicy,
): Registrable {
  const said = Object.fromEntries(
    Object.entries(given).filter(
      ([member, value]) => isMember(member) && OWN_TO_SAY.has(member) && value !== null,
    ),
  );
  const metadata: Record<string, unknown> = {
    ...said,
    ...narrowed('grant_types', said.grant_types, policy.grants),
    ...narrowed('response_types', said.response_types, ['code']),
  };
  const isEmpty = (member: string) =>
    Array.isArray(metadata[member]) && (metadata[member] as unknown[]).length === 0;
  const signsIn =
    !isEmpty('response_types') && !(isService(metadata) && metadata.response_types === undefined);
  const scope = scopeOf(said.scope, policy.scopes);
  if (signsIn && scope !== undefined) metadata.scope = scope;
  if (!signsIn && typeof metadata.scope === 'string') delete metadata.scope;
  metadata.resource_scopes = [];
  const wanted = said.grant_types ?? ['authorization_code'];
  return {
    metadata,
    problems: [
      ...(isEmpty('grant_types') ||
      (said.grant_types === undefined && !policy.grants.includes('authorization_code'))
        ? [
            `grant_types: none of ${JSON.stringify(wanted)} may be registered here; there are ${policy.grants.join(', ')}`,
          ]
        : []),
      ...(signsIn && scope === ''
        ? [`scope: none of it may be registered here; there are ${policy.scopes.join(' ')}`]
        : []),
      ...ADDRESSES.flatMap((member) => foreignIn(member, said[member], policy.hosts)),
    ],
  };
}

/** Whether an operator has given the client what no registration gives: then only an operator changes it. */
export const isElevated = (metadata: Readonly<Record<string, unknown>>): boolean =>
  (['first_party', 'introspect_any_token', 'offline_access', 'shared_workstation'] as const).some(
    (member) => metadata[member] === true,
  ) ||
  metadata.require_pkce === false ||
  (metadata.admin_scopes !== undefined && !isDeepEmpty(metadata.admin_scopes)) ||
  !isDeepEmpty(metadata.resource_scopes ?? ['all of them']);

/** The members that a client says itself, of those that are stored. */
export const ownToSay = (metadata: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(metadata).filter(([member]) => OWN_TO_SAY.has(member)));

const isDeepEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;

const isService = ({ grant_types: grants }: Readonly<Record<string, unknown>>) =>
  Array.isArray(grants) && grants.length > 0 && !grants.includes('authorization_code');

/** What is no list is left for the rules to refuse. */
const narrowed = (member: string, value: unknown, allowed: readonly string[]) =>
  Array.isArray(value) ? { [member]: value.filter((each) => allowed.includes(each as string)) } : {};

/** The scopes that were asked for and may be had; all that may be had where none was asked for; undefined for what is no text. */
function scopeOf(asked: unknown, allowed: readonly string[]): string | undefined {
  if (asked === undefined) return [...new Set(allowed)].join(' ');
  if (typeof asked !== 'string') return undefined;
  return [...new Set(asked.split(' '))].filter((word) => allowed.includes(word)).join(' ');
}

function foreignIn(member: string, value: unknown, hosts: readonly string[]): string[] {
  const addresses = [value ?? []].flat().filter((each): each is string => typeof each === 'string');
  return addresses
    .filter((address) => !isAllowed(URL.parse(address), hosts))
    .map(() => `${member}: has an address whose host may not be registered here`);
}

const isAllowed = (url: URL | null, hosts: readonly string[]): boolean => {
  if (url === null || !/^https?:$/u.test(url.protocol)) return false;
  const { hostname } = url;
  return hosts.some((host) => (host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host));
};
