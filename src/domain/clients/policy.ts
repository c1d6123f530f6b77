import { z } from 'zod';

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
] as const;

export const ownMetadataSchema = z.object({
  /** Belongs to the organisation itself: no consent page. */
  first_party: z.boolean().default(false),
  /** PKCE with S256 (RFC 9700, section 2.1.1). False only for old clients that cannot. */
  require_pkce: z.boolean().default(true),
  /** A resource server: may introspect tokens that were issued to others (RFC 7662, section 2.1). */
  introspect_any_token: z.boolean().default(false),
  /**
   * Which scopes of resources it may ask for, as `scope` (RFC 7591) says it for those of people. Without it all of them:
   * where services differ in what they may do, each should have it.
   */
  resource_scopes: z.array(z.string().min(1).max(200)).max(200).optional(),
  /** What it asks of its people beside a password. It can ask for more than the organisation does, never for less. */
  second_factor: z.enum(['off', 'optional', 'required', 'phishing_resistant']).optional(),
  /** A session in which it is used ends after so long without its person, where the organisation's own time is not shorter. */
  session_idle_minutes: z.int().min(1).max(1_440).optional(),
  /** A session in which it is used lasts no longer than this from the sign-in, in seconds. */
  session_absolute_seconds: z.int().min(300).max(86_400).optional(),
  /** Is used at workstations that people share: nothing of a person stays in the browser. False takes nothing from the networks. */
  shared_workstation: z.boolean().default(false),
  /**
   * May ask for the scope of the same name (OpenID Connect Core, section 11): its refresh tokens outlive the session when it
   * ends for want of use or by a sign-out. Without it they end with the session, whatever was asked for.
   */
  offline_access: z.boolean().default(false),
});

export type OwnMetadata = z.infer<typeof ownMetadataSchema>;

/** The largest `max_age` (OpenID Connect Core, section 3.1.2.1), in seconds: 68 years, more than any session lasts. */
export const LONGEST_MAX_AGE = 2 ** 31 - 1;

/** RFC 7591 metadata as it is given in a file; the provider's schema decides about the fields that are not named here. */
export const clientFileSchema = z
  .looseObject({
    client_id: z
      .string()
      .regex(/^[\w.~:-]{1,128}$/u, 'letters, digits and ._~:- only, at most 128')
      // RFC 9700, section 4.15: a client must not be mistaken for a person, and people's subjects are UUIDs.
      .refine((id) => !z.uuid().safeParse(id).success, 'must not look like the subject of a person')
      .optional(),
    client_secret: z.string().min(32, 'at least 32 characters').max(512).optional(),
    /** In seconds, as a request's `max_age`. */
    default_max_age: z.int().min(0).max(LONGEST_MAX_AGE).optional(),
  })
  .and(ownMetadataSchema.partial());

export type ClientFile = z.infer<typeof clientFileSchema>;
