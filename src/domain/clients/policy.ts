import { z } from 'zod';
import { ADMIN_SCOPES } from './admin-scopes.ts';
import { DEVICE_GRANT } from './kinds.ts';

/** What the provider can do for a client, by the names of RFC 7591. */
export const GRANT_TYPES = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  DEVICE_GRANT,
] as const;
export const RESPONSE_TYPES = ['code', 'none'] as const;
export const RESPONSE_MODES = ['query', 'fragment', 'form_post'] as const;
export const AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const;
const SECRET_METHODS: readonly unknown[] = ['client_secret_basic', 'client_secret_post'];

/** Whether a client with these metadata authenticates with a secret; by default it does (RFC 7591, section 2). */
export const usesSecret = ({
  token_endpoint_auth_method: method,
}: Readonly<Record<string, unknown>>): boolean => SECRET_METHODS.includes(method ?? 'client_secret_basic');

/** With which clients may sign what they send. All of them asymmetric (RFC 8725, section 3.2). */
export const CLIENT_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;

/**
 * Metadata of our own beside RFC 7591's. The provider's schema checks the rest; these are the names that it is told to
 * accept in addition.
 */
export const OWN_METADATA = [
  'first_party',
  'require_pkce',
  'introspect_any_token',
  'resource_scopes',
  'second_factor',
  'session_idle_minutes',
  'session_absolute_seconds',
  'shared_workstation',
  'offline_access',
  'id_token_claims',
  'groups_claim',
  'refresh_token_leeway_seconds',
  'refresh_counts_as_activity',
  'refresh_keeps_minutes',
  'admin_scopes',
] as const;

/** What `refresh_keeps_minutes` is where it is left out: as long as NIST SP 800-63B-4 (2.2.3) allows at AAL2. */
export const DEFAULT_KEEPS_MINUTES = 60;

const wholeNumber = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.int(message).min(min, message).max(max, message);
};

export const ownMetadataSchema = z.object({
  /** Belongs to the organisation itself: no consent page. */
  first_party: z.boolean('must be true or false').default(false),
  /** PKCE with S256 (RFC 9700, section 2.1.1). False only for old clients that cannot. */
  require_pkce: z.boolean('must be true or false').default(true),
  /** A resource server: may introspect tokens that were issued to others (RFC 7662, section 2.1). */
  introspect_any_token: z.boolean('must be true or false').default(false),
  /**
   * Which scopes of resources it may ask for, as `scope` (RFC 7591) says it for those of people. Without it all of them:
   * where services differ in what they may do, each should have it.
   */
  resource_scopes: z
    .array(
      z
        .string('must hold names of scopes only')
        .regex(
          /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/u,
          'must hold names of scopes only (RFC 6749, section 3.3)',
        ),
      'must be a list of names of scopes',
    )
    .max(200, 'must have at most 200 entries')
    .optional(),
  /** What it asks of its people beside a password. It can ask for more than the organisation does, never for less. */
  second_factor: z
    .enum(
      ['off', 'optional', 'required', 'phishing_resistant'],
      'must be "off", "optional", "required" or "phishing_resistant"',
    )
    .optional(),
  /** A session in which it is used ends after so long without its person, where the organisation's own time is not shorter. */
  session_idle_minutes: wholeNumber(1, 1_440).optional(),
  /** A session in which it is used lasts no longer than this from the sign-in, in seconds. */
  session_absolute_seconds: wholeNumber(300, 86_400).optional(),
  /** Is used at workstations that people share: nothing of a person stays in the browser. False takes nothing from the networks. */
  shared_workstation: z.boolean('must be true or false').default(false),
  /**
   * May ask for the scope of the same name (OpenID Connect Core, section 11): its refresh tokens outlive the session when it
   * ends for want of use or by a sign-out. Without it they end with the session, whatever was asked for.
   */
  offline_access: z.boolean('must be true or false').default(false),
  /**
   * Which claims are in its ID tokens too, of those that the granted scopes open and that are otherwise at the userinfo endpoint
   * only (OpenID Connect Core, section 5.4): `true` for all of them.
   */
  id_token_claims: z
    .union(
      [z.boolean(), z.array(z.string()).max(50)],
      'must be true, or a list of at most 50 names of claims',
    )
    .optional(),
  /** What the claim `groups` holds. "roles" where it is left out. */
  groups_claim: z.enum(['roles', 'groups', 'both'], 'must be "roles", "groups" or "both"').optional(),
  /**
   * How long a refresh token that was rotated last may come again, twice at most, for two tabs that refresh at once or an answer that
   * was lost on the way. 0, where it is left out: at its second use the family ends.
   */
  refresh_token_leeway_seconds: wholeNumber(0, 30).optional(),
  /**
   * Its refreshes put off the end of a session for want of use, for an application of the organisation's own that cannot say itself
   * when people are there.
   */
  refresh_counts_as_activity: z.boolean('must be true or false').optional(),
  /** For how long after the last use of their own people are kept signed in by that. */
  refresh_keeps_minutes: wholeNumber(1, 120).optional(),
  /**
   * Which scopes of the administration API it may ask for, for people's tokens and for its own. Without it the API is as good as
   * unknown to it. Given only by who holds them.
   */
  admin_scopes: z
    .array(z.string('must hold names of scopes only'), 'must be a list of scopes of the administration API')
    .max(ADMIN_SCOPES.length, `must have at most ${ADMIN_SCOPES.length} entries`)
    .optional(),
});

/** The largest `max_age` (OpenID Connect Core, section 3.1.2.1), in seconds: 68 years, more than any session lasts. */
export const LONGEST_MAX_AGE = 2 ** 31 - 1;
const MAX_AGE = `must be a whole number of seconds from 0 to ${LONGEST_MAX_AGE}`;

export const idSchema = z
  .string('must be text')
  .regex(/^[\w.~:-]{1,128}$/u, 'must have letters, digits and ._~:- only, at most 128')
  // RFC 9700, section 4.15: a client must not be mistaken for a person, and people's subjects are UUIDs.
  .refine((id) => !z.uuid().safeParse(id).success, 'must not look like the subject of a person');

export const secretSchema = z
  .string('must be text')
  .min(32, 'must have at least 32 characters')
  .max(512, 'must have at most 512 characters')
  .regex(/^[\x20-\x7e]*$/, 'must have printable ASCII characters only (RFC 6749, appendix A.2)');

/**
 * RFC 7591 metadata as it is given in a file. Only ids, secrets, `default_max_age` and our own members are judged here:
 * `review.ts` judges all.
 */
export const clientFileSchema = z
  .looseObject({
    client_id: idSchema.optional(),
    client_secret: secretSchema.optional(),
    default_max_age: z.int(MAX_AGE).min(0, MAX_AGE).max(LONGEST_MAX_AGE, MAX_AGE).optional(),
  })
  .and(ownMetadataSchema.partial());

export type ClientFile = z.infer<typeof clientFileSchema>;
