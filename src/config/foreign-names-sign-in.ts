import { type ForeignName, words } from './foreign-name.ts';

/** What other systems call settings of keys, second factors, hashing, tokens, sessions and protection. */
export const SIGN_IN_NAMES: readonly ForeignName[] = [
  {
    names: words(`
      JWT_SECRET JWT_SECRET_KEY JWT_KEY JWT_SIGNING_KEY JWT_REFRESH_SECRET REFRESH_TOKEN_SECRET
      ACCESS_TOKEN_SECRET TOKEN_SECRET JWT_PRIVATE_KEY JWT_PUBLIC_KEY JWT_ALGORITHM JWKS SIGNING_KEY
      PRIVATE_KEY OIDC_PRIVATE_KEYS SECRETS_SYSTEM
    `),
    of: 'secrets that sign tokens',
    instead:
      'tokens are signed with key pairs that Gatehouse makes, seals with ENCRYPTION_KEYS and rotates by itself (gatehouse keys list)',
  },
  {
    names: words(`
      SESSION_SECRET COOKIE_SECRET SECRET_KEY SECRET_KEY_BASE APP_SECRET APP_KEY SECRETS_COOKIE
    `),
    of: 'secrets of sessions and cookies',
    instead: 'COOKIE_KEYS takes its place',
  },
  {
    names: words(`
      ENCRYPTION_KEY DATA_ENCRYPTION_KEY MASTER_KEY ZITADEL_MASTERKEY SECRETS_CIPHER SECRET_VAULT_KEK
    `),
    of: 'keys that seal what is stored',
    instead: 'ENCRYPTION_KEYS takes its place',
  },
  {
    names: words('TOTP_SECRET MFA_SECRET MFA_KEY TOTP_ENCRYPTION_KEY TWO_FACTOR_SECRET OTP_SECRET'),
    of: 'keys of second factors',
    instead: 'MFA_ENCRYPTION_KEY takes its place',
  },
  {
    names: words('MFA_ISSUER TOTP_ISSUER APP_NAME SITE_NAME COMPANY_NAME'),
    of: 'names that people see',
    instead: 'BRAND_NAME takes its place',
  },
  {
    names: words('MFA_ENABLED MFA_REQUIRED ENABLE_MFA REQUIRE_MFA TWO_FACTOR_ENABLED MFA_POLICY'),
    of: 'switches of second factors',
    instead: 'SECOND_FACTOR_POLICY and SECOND_FACTOR_POLICIES take its place',
  },
  {
    names: words(`
      BCRYPT_ROUNDS BCRYPT_COST BCRYPT_SALT_ROUNDS SALT_ROUNDS HASH_ROUNDS PASSWORD_HASH_ROUNDS
    `),
    of: 'the cost of bcrypt',
    instead: 'passwords are hashed with argon2id: ARGON2_MEMORY_KIB and ARGON2_TIME_COST take its place',
  },
  {
    names: words('PEPPER PASSWORD_SECRET'),
    of: 'peppers',
    instead: 'PASSWORD_PEPPERS takes its place',
  },
  {
    names: words(`
      ACCESS_TOKEN_EXPIRY ACCESS_TOKEN_EXPIRES_IN ACCESS_TOKEN_TTL ACCESS_TOKEN_LIFETIME
      ACCESS_TOKEN_LIFESPAN ACCESS_TOKEN_EXPIRE_MINUTES ACCESS_TOKEN_EXPIRATION JWT_EXPIRY JWT_EXPIRES_IN
      JWT_EXPIRATION JWT_ACCESS_EXPIRY JWT_ACCESS_EXPIRES_IN JWT_TTL TTL_ACCESS_TOKEN TOKEN_EXPIRY
      TOKEN_LIFETIME
    `),
    of: 'how long access tokens last',
    instead: 'ACCESS_TOKEN_SECONDS takes its place, and token_seconds for each resource',
  },
  {
    names: words(`
      REFRESH_TOKEN_EXPIRY REFRESH_TOKEN_EXPIRES_IN REFRESH_TOKEN_TTL REFRESH_TOKEN_LIFETIME
      REFRESH_TOKEN_EXPIRE_DAYS REFRESH_TOKEN_EXPIRATION JWT_REFRESH_EXPIRY JWT_REFRESH_EXPIRES_IN
      JWT_REFRESH_EXPIRATION TTL_REFRESH_TOKEN
    `),
    of: 'how long refresh tokens last',
    instead: 'REFRESH_TOKEN_SECONDS takes its place',
  },
  {
    names: words('ID_TOKEN_EXPIRY ID_TOKEN_EXPIRES_IN ID_TOKEN_TTL ID_TOKEN_LIFETIME TTL_ID_TOKEN'),
    of: 'how long ID tokens last',
    instead: 'ID_TOKEN_SECONDS takes its place',
  },
  {
    names: words(`
      SESSION_TIMEOUT SESSION_IDLE_TIMEOUT IDLE_TIMEOUT IDLE_TIMEOUT_MINUTES INACTIVITY_TIMEOUT
      SSO_SESSION_IDLE_TIMEOUT
    `),
    of: 'how long a session may go unused',
    instead: 'SESSION_TIMEOUT_MINUTES takes its place',
  },
  {
    names: words(`
      SESSION_MAX_AGE SESSION_LIFETIME SESSION_LIFESPAN SESSION_EXPIRY SESSION_TTL
      SSO_SESSION_MAX_LIFESPAN
    `),
    of: 'how long a session lasts',
    instead: 'SESSION_ABSOLUTE_SECONDS takes its place',
  },
  {
    names: words(`
      MAX_SESSIONS MAX_SESSIONS_PER_USER CONCURRENT_SESSIONS SESSION_LIMIT MAX_ACTIVE_SESSIONS
    `),
    of: 'how many sessions a person has',
    instead: 'MAX_CONCURRENT_SESSIONS takes its place',
  },
  {
    names: words(`
      MAX_LOGIN_ATTEMPTS LOGIN_ATTEMPTS LOGIN_MAX_ATTEMPTS MAX_FAILED_ATTEMPTS LOCKOUT_THRESHOLD
      MAX_ATTEMPTS
    `),
    of: 'after how many failures an account is locked',
    instead: 'MAX_FAILED_LOGIN_ATTEMPTS takes its place',
  },
  {
    names: words(`
      LOCKOUT_DURATION LOCKOUT_DURATION_MINUTES LOCKOUT_TIME LOCK_TIME LOCKOUT_MINUTES
      ACCOUNT_LOCKOUT_DURATION
    `),
    of: 'how long a lock lasts',
    instead: 'ACCOUNT_LOCKOUT_DURATION_MINUTES takes its place',
  },
  {
    names: words(`
      RATE_LIMIT RATE_LIMIT_MAX RATE_LIMIT_WINDOW RATE_LIMIT_WINDOW_MS RATE_LIMIT_MAX_REQUESTS
      RATE_LIMIT_ENABLED
    `),
    of: 'rate limits',
    instead:
      'each thing has its own limit: RATE_LIMIT_SIGN_IN_PER_ADDRESS and the others of docs/configuration.md',
  },
];
