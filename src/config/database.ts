import { password, postgresUrl, tlsPolicy, wholeNumber } from './kinds.ts';
import { optional, section, setting } from './setting.ts';

/** How Gatehouse reaches PostgreSQL. */
export const database = section(
  'Database',
  'PostgreSQL, the only place where Gatehouse keeps what must last. What a URL may say, and what is verified of every ' +
    'connection: [operations.md](operations.md#databases-poolers-and-redis).',
  {
    url: setting('DATABASE_URL', postgresUrl, undefined, {
      description:
        'What the server connects with. On every connection it drops to the role `gatehouse_server`, so the login ' +
        'must be a member of that role; it needs no other right.',
      secret: true,
      required: 'always',
      example: 'postgres://gatehouse_login:…@db.example.org:5432/gatehouse',
    }),
    password: optional('DATABASE_PASSWORD', password, {
      description:
        'The password of `DATABASE_URL`, where that has none. `DATABASE_PASSWORD_FILE` is read again when a login fails, ' +
        'so a password that is rotated there needs no restart; so is `DATABASE_URL_FILE`.',
      secret: true,
    }),
    ownerUrl: setting('DATABASE_OWNER_URL', postgresUrl, undefined, {
      description:
        'What `gatehouse migrate` and `gatehouse audit archive` connect with: the owner of the tables, who may create the role ' +
        '`gatehouse_server`. The server itself never uses it.',
      fallbackText: '`DATABASE_URL`',
      secret: true,
      example: 'postgres://gatehouse_owner:…@db.example.org:5432/gatehouse',
    }),
    ownerPassword: optional('DATABASE_OWNER_PASSWORD', password, {
      description: 'The password of `DATABASE_OWNER_URL`, where that has none.',
      secret: true,
    }),
    tls: setting('DATABASE_TLS', tlsPolicy, undefined, {
      description:
        '`verified`: a database on another machine is reached only with TLS, its certificate and its name verified (as ' +
        '`sslmode=verify-full`). `unverified` allows what the URL asks for, however weak: nothing said is TLS for whoever ' +
        'answers, `sslmode=disable` none. Loopback and Unix sockets are excepted.',
      fallbackText: '`verified` in production; elsewhere what the URL asks for',
    }),
    poolSize: setting('DATABASE_POOL_SIZE', wholeNumber({ min: 2, max: 200, unit: 'connections' }), 10, {
      description:
        'The most connections that one Gatehouse process holds. One of them listens for changes, the others answer.',
    }),
  },
);
