/**
 * Names of environment variables that other identity providers, and guides to production, tell people to set, and that mean
 * nothing here: each is said at the start, with what takes its place. A name that is one of our own settings is never among them.
 */

export interface ForeignName {
  /** Names, or the beginning of names where it ends in `*`. */
  readonly names: readonly string[];
  /** Whose they are, for documentation. */
  readonly of: string;
  /** What takes their place: completes "NAME: is no setting of Gatehouse; …". */
  readonly instead: string;
}

const words = (text: string) => text.trim().split(/\s+/);

export const FOREIGN_NAMES: readonly ForeignName[] = [
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
  {
    names: words(`
      DB_URL DB_HOST DB_PORT DB_NAME DB_DATABASE DB_USER DB_USERNAME DATABASE_HOST
      DATABASE_PORT DATABASE_NAME DATABASE_USER DATABASE_USERNAME DB_SCHEMA DB_DIALECT
      DB_TYPE DSN POSTGRES_URL POSTGRES_HOST POSTGRES_USER
      POSTGRES_DB POSTGRESQL_URL PG_URL PG_HOST PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER
      PGSERVICE PGOPTIONS PGAPPNAME PGCONNECT_TIMEOUT
    `),
    of: 'the database',
    instead: 'DATABASE_URL takes its place, for migrations DATABASE_OWNER_URL',
  },
  {
    names: words('DB_PASSWORD DB_PASS POSTGRES_PASSWORD PG_PASSWORD PGPASSWORD PGPASSFILE'),
    of: 'the password of the database',
    instead: 'DATABASE_PASSWORD takes its place, beside DATABASE_URL; for migrations DATABASE_OWNER_PASSWORD',
  },
  {
    names: words('DB_SSL DB_SSLMODE DATABASE_SSL PGSSLMODE PGSSLROOTCERT'),
    of: 'TLS to the database',
    instead: 'sslmode and sslrootcert in DATABASE_URL take its place; DATABASE_TLS says what is accepted',
  },
  {
    names: words(`
      DB_POOL_SIZE DB_POOL_MAX DB_POOL_MIN DATABASE_POOL_MAX DATABASE_MAX_CONNECTIONS PG_POOL_SIZE
    `),
    of: 'the pool of connections',
    instead: 'DATABASE_POOL_SIZE takes its place',
  },
  {
    names: words(`
      REDIS_HOST REDIS_PORT REDIS_USERNAME REDIS_USER REDIS_DB REDIS_URI
    `),
    of: 'Redis',
    instead: 'REDIS_URL takes its place',
  },
  {
    names: words('REDIS_PASS REDIS_AUTH REDIS_SECRET'),
    of: 'the password of Redis',
    instead: 'REDIS_PASSWORD takes its place, beside REDIS_URL',
  },
  {
    names: words(`
      SMTP_HOST SMTP_PORT SMTP_USER SMTP_USERNAME SMTP_SECURE SMTP_TLS MAIL_HOST
      MAIL_PORT MAIL_USER MAIL_USERNAME MAIL_SERVER MAIL_ENCRYPTION MAIL_DRIVER
      MAIL_MAILER MAIL_URL MAIL_SECURE EMAIL_HOST EMAIL_PORT EMAIL_USER EMAIL_HOST_USER EMAIL_SERVER SENDGRID_API_KEY
    `),
    of: 'the mail relay',
    instead: 'SMTP_URL takes its place, with host, port and user in it',
  },
  {
    names: words('SMTP_PASS MAIL_PASS MAIL_PASSWORD EMAIL_PASSWORD EMAIL_HOST_PASSWORD'),
    of: 'the password of the mail relay',
    instead: 'SMTP_PASSWORD takes its place, beside a user in SMTP_URL',
  },
  {
    names: words(`
      SMTP_FROM SMTP_FROM_EMAIL SMTP_SENDER EMAIL_FROM MAIL_FROM_ADDRESS MAIL_FROM_NAME MAIL_SENDER
      DEFAULT_FROM_EMAIL FROM_EMAIL
    `),
    of: 'the sender of mail',
    instead: 'MAIL_FROM takes its place',
  },
  {
    names: words(`
      BASE_URL APP_URL PUBLIC_URL SERVER_URL SITE_URL ISSUER_URL ISSUER_URI OIDC_ISSUER JWT_ISSUER
      ENDPOINT PUBLIC_BASE_URL EXTERNAL_URL ROOT_URL URLS_SELF_ISSUER
    `),
    of: 'the public address',
    instead: 'ISSUER takes its place',
  },
  {
    names: words(`
      CORS_ORIGIN CORS_ORIGINS CORS_ALLOWED_ORIGINS ALLOWED_ORIGINS CORS_ENABLED FRONTEND_URL CLIENT_URL
    `),
    of: 'origins of browser applications',
    instead: 'a page may call from the origins of the redirect_uris of its client, and from no other',
  },
  {
    names: words(`
      TRUST_PROXY TRUST_PROXY_HEADER TRUSTED_PROXY PROXY_TRUST PROXY_MODE FORWARDED_ALLOW_IPS NUM_PROXIES
    `),
    of: 'proxies',
    instead: 'TRUSTED_PROXIES takes its place, with the addresses of the proxies',
  },
  {
    names: words(
      'KEEP_ALIVE KEEPALIVE KEEP_ALIVE_TIMEOUT KEEPALIVE_TIMEOUT SERVER_KEEP_ALIVE HTTP_KEEP_ALIVE',
    ),
    of: 'how long connections are kept',
    instead: 'KEEP_ALIVE_SECONDS takes its place',
  },
  {
    names: words('SHUTDOWN_TIMEOUT SHUTDOWN_GRACE_PERIOD GRACEFUL_SHUTDOWN_TIMEOUT GRACE_PERIOD'),
    of: 'how it ends',
    instead:
      'SHUTDOWN_SECONDS takes its place, and SHUTDOWN_DELAY_SECONDS for how long it says before that it will',
  },
  {
    names: words('SERVER_PORT APP_PORT HTTP_PORT HTTPS_PORT LISTEN_PORT'),
    of: 'the port',
    instead: 'PORT takes its place; a proxy in front terminates TLS',
  },
  {
    names: words('SERVER_HOST APP_HOST BIND_ADDRESS LISTEN_ADDRESS LISTEN_HOST'),
    of: 'the address to listen on',
    instead: 'HOST takes its place',
  },
  {
    names: words('SSL_CERT_PATH SSL_KEY_PATH TLS_CERT_FILE TLS_KEY_FILE HTTPS_CERT_PATH HTTPS_KEY_PATH'),
    of: 'the certificate of the server',
    instead:
      'Gatehouse speaks plain HTTP behind a proxy that terminates TLS: give the certificate to the proxy',
  },
  {
    names: words('APP_ENV ENVIRONMENT RAILS_ENV FLASK_ENV GO_ENV'),
    of: 'the kind of installation',
    instead: 'NODE_ENV takes its place',
  },
  {
    names: words('LOGLEVEL DEBUG_LEVEL LOG_FORMAT LOG_VERBOSITY'),
    of: 'the log',
    instead: 'LOG_LEVEL takes its place; lines are JSON',
  },
  {
    names: words('MIN_PASSWORD_LENGTH PASSWORD_LENGTH'),
    of: 'the length of passwords',
    instead: 'PASSWORD_MIN_LENGTH takes its place',
  },
  {
    names: words('PASSWORD_EXPIRATION_DAYS PASSWORD_MAX_AGE PASSWORD_MAX_AGE_DAYS PASSWORD_EXPIRY'),
    of: 'the age of passwords',
    instead: 'PASSWORD_EXPIRY_DAYS takes its place',
  },
  {
    names: words('PASSWORD_HISTORY_COUNT PASSWORD_HISTORY_SIZE PASSWORD_REUSE_LIMIT'),
    of: 'the history of passwords',
    instead: 'PASSWORD_HISTORY takes its place',
  },
  {
    names: words(`
      ADMIN_EMAIL ADMIN_USER ADMIN_USERNAME ADMIN_PASSWORD DEFAULT_ADMIN_PASSWORD INITIAL_ADMIN_PASSWORD
    `),
    of: 'a first administrator with a password',
    instead:
      'no account has a password from a setting: "gatehouse setup-link" makes a link for the first administrator',
  },
  {
    names: words(`
      ENABLE_REGISTRATION ALLOW_REGISTRATION REGISTRATION_ENABLED DISABLE_REGISTRATION SIGNUP_ENABLED
    `),
    of: 'registration',
    instead: 'SELF_REGISTRATION takes its place',
  },
  {
    names: words('KEYCLOAK_* KC_* AUTHENTIK_* LOGTO_* ZITADEL_* AUTHELIA_* CASDOOR_* DEX_*'),
    of: 'Keycloak, authentik, Logto, Zitadel, Authelia, Casdoor, Dex',
    instead: 'it is a setting of another product; docs/configuration.md lists those of Gatehouse',
  },
  {
    names: words('HYDRA_* KRATOS_* ORY_* AUTH0_* OKTA_* SUPERTOKENS_* FUSIONAUTH_* NEXTAUTH_* DUENDE_*'),
    of: 'Ory, Auth0, Okta, SuperTokens, FusionAuth, NextAuth, Duende',
    instead: 'it is a setting of another product; docs/configuration.md lists those of Gatehouse',
  },
];

/** What takes the place of a variable of another system; undefined where it is none that is known. */
export function foreignName(name: string): ForeignName | undefined {
  const plain = name.endsWith('_FILE') ? name.slice(0, -'_FILE'.length) : name;
  return FOREIGN_NAMES.find(({ names }) =>
    names.some((known) =>
      known.endsWith('*') ? name.startsWith(known.slice(0, -1)) : known === name || known === plain,
    ),
  );
}
