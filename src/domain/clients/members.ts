import { z } from 'zod';
import { idSchema, ownMetadataSchema, secretSchema } from './policy.ts';

/**
 * The vocabulary of client metadata: which members there are and what type each has. Everything beyond the type of a single
 * member is a rule (`rules/`).
 */

const list = (what: string) =>
  z
    .array(z.string(`must hold ${what} only`), `must be a list of ${what}`)
    .max(200, 'must have at most 200 entries');
const line = (max: number) =>
  z
    .string('must be text')
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
    .refine((text) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text), 'must be one line without control characters');
const address = () => z.string('must be an address, as text').min(1, 'must not be empty').max(2048);
const seconds = (max: number) =>
  z.int('must be a whole number').min(0, 'must not be negative').max(max, `must be at most ${max}`);
const yesOrNo = () => z.boolean('must be true or false');
const EMAIL = /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i;
/** Seconds of the year 9999: a time beyond it was counted in milliseconds. */
const MAX_TIME = 253_402_300_799;
const YEAR = 31_536_000;

const own = ownMetadataSchema.shape;

/** RFC 7591, section 2, OpenID Connect Registration, section 2, and the specifications that add to them; and our own members. */
export const memberSchemas = {
  client_id: idSchema,
  client_secret: secretSchema,
  client_id_issued_at: seconds(MAX_TIME),
  client_secret_expires_at: seconds(MAX_TIME),
  client_name: line(200),
  client_uri: address(),
  policy_uri: address(),
  tos_uri: address(),
  contacts: z
    .array(z.string('must hold email addresses only').regex(EMAIL, 'must hold email addresses only'), {
      error: 'must be a list of email addresses',
    })
    .max(50, 'must have at most 50 entries'),
  application_type: z.enum(['web', 'native'], 'must be "web" or "native"'),
  redirect_uris: list('addresses'),
  post_logout_redirect_uris: list('addresses'),
  grant_types: list('grant types'),
  response_types: list('response types'),
  response_modes: list('response modes'),
  scope: line(2000),
  token_endpoint_auth_method: line(100),
  token_endpoint_auth_signing_alg: line(100),
  jwks: z.strictObject(
    {
      keys: z
        .array(z.record(z.string(), z.unknown(), 'must hold keys as objects'), 'must be a list of keys')
        .max(100, 'must have at most 100 entries'),
    },
    'must be an object with a list of "keys"',
  ),
  jwks_uri: address(),
  id_token_signed_response_alg: line(100),
  subject_type: line(100),
  default_acr_values: list('levels'),
  default_max_age: seconds(YEAR),
  require_auth_time: yesOrNo(),
  require_pushed_authorization_requests: yesOrNo(),
  initiate_login_uri: address(),
  backchannel_logout_uri: address(),
  backchannel_logout_session_required: yesOrNo(),
  dpop_bound_access_tokens: yesOrNo(),
  ...own,
  first_party: yesOrNo(),
  require_pkce: yesOrNo(),
  introspect_any_token: yesOrNo(),
  shared_workstation: yesOrNo(),
  offline_access: yesOrNo(),
  refresh_counts_as_activity: yesOrNo(),
} satisfies Record<string, z.ZodType>;

export type MemberName = keyof typeof memberSchemas;

/** What a client is registered with, each member of the right type; what was not given and has no default is absent. */
export type Members = { readonly [Name in MemberName]?: z.output<(typeof memberSchemas)[Name]> };

export const MEMBER_NAMES = Object.keys(memberSchemas) as MemberName[];

export const isMember = (name: string): name is MemberName => Object.hasOwn(memberSchemas, name);

/** Members that always have a value once the defaults are in. */
type Defaulted =
  | 'application_type'
  | 'grant_types'
  | 'response_types'
  | 'redirect_uris'
  | 'token_endpoint_auth_method';

/** {@link Members} with the defaults that the rules count on. */
export type CompleteMembers = Members & Required<Pick<Members, Defaulted>>;

/**
 * Fills in what RFC 7591 (section 2) says of members that are left out. Of `grant_types` and `response_types` the one that is
 * given decides about the other (section 2.1): a file with `client_credentials` alone means a service, and no redirects.
 */
export function withDefaults(given: Members): CompleteMembers {
  const { grant_types: grants, response_types: responses } = given;
  return {
    ...given,
    application_type: given.application_type ?? 'web',
    grant_types:
      grants ?? (responses === undefined || responses.includes('code') ? ['authorization_code'] : []),
    response_types:
      responses ?? (grants === undefined || grants.includes('authorization_code') ? ['code'] : []),
    redirect_uris: given.redirect_uris ?? [],
    token_endpoint_auth_method: given.token_endpoint_auth_method ?? 'client_secret_basic',
  };
}
