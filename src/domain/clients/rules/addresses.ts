import type { MemberName } from '../members.ts';
import { testCallback } from '../test-sign-ins.ts';
import { type MetadataRule, signsPeopleIn, valuesOf } from './rule.ts';

/** Where browsers are sent, and where the server itself goes: everything that is an address. */

/** Where a browser is sent with an answer. They are compared character by character (RFC 9700, 2.1). */
const REDIRECTS = ['redirect_uris', 'post_logout_redirect_uris'] as const;
/** What the server itself sends requests to. */
const ENDPOINTS = ['backchannel_logout_uri', 'jwks_uri'] as const;
/** Where people go by a link, or are sent without an answer. */
const PAGES = ['client_uri', 'policy_uri', 'tos_uri', 'initiate_login_uri'] as const;
const ALL = [...REDIRECTS, ...ENDPOINTS, ...PAGES] as const;

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
/** What begins a script, or a document that somebody else has written, in the browser of whoever is sent there. */
const EXECUTES = [
  'javascript:',
  'data:',
  'vbscript:',
  'blob:',
  'file:',
  'about:',
  'filesystem:',
  'view-source:',
];
/** What the answer of an authorization request is made of (RFC 6749, 4.1.2; RFC 9207; OpenID Connect Core, 3.2.2.5). */
const RESPONSE_PARAMETERS = [
  'code',
  'state',
  'iss',
  'error',
  'error_description',
  'error_uri',
  'access_token',
  'id_token',
  'token_type',
  'response',
];

export const isLoopback = (host: string): boolean => LOOPBACK.includes(host);

const isWeb = ({ protocol }: URL) => protocol === 'https:' || protocol === 'http:';
const isCleartext = ({ protocol, hostname }: URL) => protocol === 'http:' && !isLoopback(hostname);

/** Printable ASCII without spaces and what RFC 3986 (2) leaves out of addresses, where parsers disagree most. */
const WELL_FORMED = /^[a-z][a-z\d+.-]*:[\x21-\x7e]+$/i;
const FORBIDDEN = /["<>\\^`{|}]/;

/** The address as it was parsed; undefined where {@link ADDRESS_RULES} have a rule of their own for what is wrong. */
function parsed(address: string): URL | undefined {
  return WELL_FORMED.test(address) && !FORBIDDEN.test(address)
    ? (URL.parse(address) ?? undefined)
    : undefined;
}

/** The host as it is written, without user and port. */
const writtenHost = (address: string) =>
  /^https?:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)/i.exec(address)?.[1]?.toLowerCase();

/** The path as it is written. */
const pathOf = (address: string) => address.replace(/^[^:]*:(?:\/\/[^/?#]*)?/, '').replace(/[?#].*$/, '');

/** A rule about the addresses of some members, which finds those that are bad. */
function rule(
  id: string,
  members: readonly MemberName[],
  words: Pick<MetadataRule, 'refuses' | 'reason' | 'source' | 'reads'>,
  isBad: (address: URL, written: string, ...rest: Parameters<MetadataRule['isBroken']>) => boolean,
): MetadataRule {
  return {
    id,
    members,
    ...words,
    isBroken: (metadata, context, member) =>
      valuesOf(metadata, member).filter((written) => {
        const address = parsed(written);
        return address !== undefined && isBad(address, written, metadata, context, member);
      }),
  };
}

export const ADDRESS_RULES: readonly MetadataRule[] = [
  {
    id: 'redirects-missing',
    members: ['redirect_uris'],
    reads: ['response_types'],
    refuses: 'no `redirect_uris` for a client with which people sign in',
    reason: 'is empty or missing; name every address that an answer may be sent to',
    source: 'RFC 9700, 2.1; OpenID Connect Registration, 2',
    isBroken: (metadata) => signsPeopleIn(metadata) && metadata.redirect_uris.length === 0,
  },
  {
    id: 'malformed-address',
    members: ALL,
    refuses:
      'what is no absolute address, or has spaces, control characters, backslashes or letters beyond ASCII',
    reason:
      'is no absolute address in the characters of RFC 3986; percent-encode what is not ASCII, and write host names in punycode',
    source: 'RFC 6749, 3.1.2; RFC 3986, 2',
    isBroken: (metadata, _context, member) =>
      valuesOf(metadata, member).filter((address) => parsed(address) === undefined),
  },
  rule(
    'executing-scheme',
    ALL,
    {
      refuses: '`javascript:`, `data:` and other schemes that run or show what is in the address',
      reason: 'has a scheme that runs or shows what is in the address itself',
      source: 'RFC 9700, 4.11; RFC 8252, 8.4',
    },
    ({ protocol }) => EXECUTES.includes(protocol),
  ),
  rule(
    'not-web',
    [...ENDPOINTS, ...PAGES],
    {
      refuses: 'another scheme than `https` and `http` for endpoints and pages',
      reason: 'must be a web address (https)',
      source: 'RFC 7591, 2',
    },
    (address) => !isWeb(address) && !EXECUTES.includes(address.protocol),
  ),
  rule(
    'fragment',
    [...REDIRECTS, ...ENDPOINTS, 'initiate_login_uri'],
    {
      refuses: 'a fragment (`#…`), an empty one too',
      reason: 'has a fragment (#), which addresses for answers must not have',
      source: 'RFC 6749, 3.1.2; OpenID Connect Back-Channel Logout, 2.2',
    },
    (_address, written) => written.includes('#'),
  ),
  rule(
    'credentials-in-address',
    ALL,
    {
      refuses: 'a user name or password in an address',
      reason: 'has a user name or password in it, which hides the host that it leads to',
      source: 'RFC 9700, 4.1; RFC 3986, 7.5',
    },
    ({ username, password }, written) =>
      `${username}${password}` !== '' || /^[a-z][a-z\d+.-]*:\/\/[^/?#]*@/i.test(written),
  ),
  rule(
    'wildcard',
    ALL,
    {
      refuses: 'a wildcard (`*`)',
      reason: 'has a wildcard; addresses are compared exactly, so it would match nothing: list each of them',
      source: 'RFC 9700, 2.1 and 4.1.3',
    },
    (_address, written) => written.includes('*') || /%2a/i.test(written),
  ),
  rule(
    'obscured-host',
    ALL,
    {
      refuses: 'a host that is not written as it is resolved (`2130706433`, `0x7f.1`, `127.1`)',
      reason:
        'writes its host in a way that software reads differently; write the host name, or the address in full',
      source: 'RFC 3986, 7.4; RFC 9700, 4.1',
    },
    (address, written, _metadata, { issuer }, member) =>
      isWeb(address) &&
      writtenHost(written) !== address.hostname &&
      (REDIRECTS.some((name) => name === member) || issuer.startsWith('https:')),
  ),
  rule(
    'dot-segments',
    [...REDIRECTS],
    {
      refuses: '`.` or `..` as a step of the path, percent-encoded too',
      reason:
        'has "." or ".." as a step of its path: browsers go to another address than the one that is compared',
      source: 'RFC 3986, 5.2.4; RFC 9700, 4.1',
    },
    (_address, written) => /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(pathOf(written)),
  ),
  rule(
    'response-parameters',
    ['redirect_uris'],
    {
      refuses: `a query that already holds a parameter of the answer (${RESPONSE_PARAMETERS.map((name) => `\`${name}\``).join(', ')})`,
      reason: 'already holds a parameter that the answer adds, which would then be there twice',
      source: 'RFC 6749, 3.1 and 4.1.2',
    },
    ({ searchParams }) => RESPONSE_PARAMETERS.some((name) => searchParams.has(name)),
  ),
  rule(
    'own-callback',
    ['redirect_uris'],
    {
      refuses: 'the address at which Gatehouse takes the answers of test sign-ins',
      reason: 'is where Gatehouse takes the answers of test sign-ins',
      source: 'RFC 9700, 2.1',
    },
    (_address, written, _metadata, { issuer }) => written === testCallback(issuer),
  ),
  rule(
    'web-scheme',
    [...REDIRECTS],
    {
      reads: ['application_type'],
      refuses: 'a scheme of its own for a client that is not `native`',
      reason: 'is no web address; schemes of an application’s own are for application_type "native"',
      source: 'OpenID Connect Registration, 2',
    },
    (address, _written, { application_type: type }) =>
      type === 'web' && !isWeb(address) && !EXECUTES.includes(address.protocol),
  ),
  rule(
    'native-scheme',
    [...REDIRECTS],
    {
      reads: ['application_type'],
      refuses: 'a scheme without a dot for a `native` client',
      reason:
        'has a scheme that any application can claim; use a domain of yours in reverse order, such as org.example.app:/callback',
      source: 'RFC 8252, 7.1 and 8.4',
    },
    (address, _written, { application_type: type }) =>
      type === 'native' &&
      !isWeb(address) &&
      !EXECUTES.includes(address.protocol) &&
      !address.protocol.includes('.'),
  ),
  rule(
    'native-https-loopback',
    [...REDIRECTS],
    {
      reads: ['application_type'],
      refuses: '`https` on a loopback address for a `native` client',
      reason:
        'is https on this machine, for which no certificate can be had; use http://127.0.0.1, on any port',
      source: 'RFC 8252, 7.3; OpenID Connect Registration, 2',
    },
    ({ protocol, hostname }, _written, { application_type: type }) =>
      type === 'native' && protocol === 'https:' && isLoopback(hostname),
  ),
  rule(
    'cleartext-redirect',
    [...REDIRECTS],
    {
      refuses: '`http`, except on `localhost`, `127.0.0.1` and `[::1]`',
      reason:
        'must use https: with http everybody on the way reads the answer; only a loopback address may use it',
      source: 'RFC 9700, 2.6',
    },
    isCleartext,
  ),
  rule(
    'cleartext-endpoint',
    [...ENDPOINTS],
    {
      refuses:
        '`http` for `backchannel_logout_uri` and `jwks_uri` where Gatehouse itself has https, except on a loopback address',
      reason:
        'must use https: whoever is on the way could hold a notice back, or put keys of their own in place',
      source: 'OpenID Connect Back-Channel Logout, 2.2; RFC 7591, 5',
    },
    (address, _written, _metadata, { issuer }) => issuer.startsWith('https:') && isCleartext(address),
  ),
  rule(
    'cleartext-login',
    ['initiate_login_uri'],
    {
      refuses: '`initiate_login_uri` without https',
      reason: 'must use https',
      source: 'OpenID Connect Core, 4',
    },
    ({ protocol }) => protocol === 'http:',
  ),
  {
    id: 'logout-session-without-address',
    members: ['backchannel_logout_session_required'],
    reads: ['backchannel_logout_uri'],
    refuses: '`backchannel_logout_session_required` without `backchannel_logout_uri`',
    reason: 'is about notices, and there is no backchannel_logout_uri to send them to',
    source: 'OpenID Connect Back-Channel Logout, 2.2',
    isBroken: ({ backchannel_logout_session_required: required, backchannel_logout_uri: uri }) =>
      required === true && uri === undefined,
  },
];
