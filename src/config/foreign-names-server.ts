import { type ForeignName, words } from './foreign-name.ts';

/** What other systems call settings of the database, Redis, mail, addresses, proxies, the process and its log. */
export const SERVER_NAMES: readonly ForeignName[] = [
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
];
