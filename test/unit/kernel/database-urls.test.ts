import { expect } from 'chai';
import {
  readDatabaseUrl,
  type TlsLevel,
  type TlsPolicy,
  tlsLevel,
} from '../../../src/kernel/database-url.ts';
import { problemsOf } from './url-problems.ts';

const DATABASE = 'postgres://u:p@db.example.org/gatehouse';

describe('a URL of PostgreSQL', () => {
  it('names server, login and database in every form that the driver documents', () => {
    const place = (url: string) => {
      const { host, port, user, password, database } = readDatabaseUrl(url);
      return { host, port, user, password, database };
    };
    expect(place('postgresql://anna:p%40ss%3Aw%2Frd@db.example.org:6432/my%20db')).to.deep.equal({
      host: 'db.example.org',
      port: 6432,
      user: 'anna',
      password: 'p@ss:w/rd',
      database: 'my db',
    });
    expect(place('postgres://anna@[::1]:5433/db')).to.include({
      host: '::1',
      port: 5433,
      password: undefined,
    });
    expect(place('postgres:///db?host=/var/run/postgresql')).to.include({
      host: '/var/run/postgresql',
      port: 5432,
      user: undefined,
    });
    expect(place('postgres://anna:p@/db?host=/run/pg&port=5433')).to.include({ host: '/run/pg', port: 5433 });
    expect(place('postgres://%2Frun%2Fpg/db')).to.include({ host: '/run/pg' });
    expect(place('postgres://db.example.org/?dbname=other&user=anna&password=x')).to.include({
      database: 'other',
      user: 'anna',
      password: 'x',
    });
    expect(place('postgres:///db')).to.include({ host: 'localhost' });
    expect(place('postgres://a@b:p@host/db')).to.include({ user: 'a@b', host: 'host' });
  });

  it('is honoured to its last parameter', () => {
    const { client, session, tls } = readDatabaseUrl(
      `${DATABASE}?application_name=front%20desk&connect_timeout=3&statement_timeout=2000&lock_timeout=500` +
        '&idle_in_transaction_session_timeout=900&query_timeout=4000&keepalives=0&keepalives_idle=30' +
        '&idleTimeoutMillis=1000&maxLifetimeSeconds=60&maxUses=100&channel_binding=prefer&client_encoding=UTF8' +
        '&options=-c%20search_path%3Dapp&sslmode=verify-full&sslrootcert=/ca&sslcert=/c&sslkey=/k&sslpassword=s&sslcrl=/r' +
        '&ssl_min_protocol_version=TLSv1.3&sslnegotiation=direct&gssencmode=disable&scramMaxIterations=5000',
    );
    expect(client).to.deep.equal({
      application_name: 'front desk',
      connectionTimeoutMillis: 3000,
      query_timeout: 4000,
      keepAlive: false,
      keepAliveInitialDelayMillis: 30_000,
      idleTimeoutMillis: 1000,
      maxLifetimeSeconds: 60,
      maxUses: 100,
      enableChannelBinding: true,
      options: '-c search_path=app',
      scramMaxIterations: 5000,
    });
    expect([...session]).to.deep.equal([
      ['statement_timeout', '2000'],
      ['lock_timeout', '500'],
      ['idle_in_transaction_session_timeout', '900'],
    ]);
    expect(tls).to.deep.equal({
      mode: 'verify-full',
      asLibpq: false,
      direct: true,
      rootFile: '/ca',
      certFile: '/c',
      keyFile: '/k',
      crlFile: '/r',
      keyPassword: 's',
      minVersion: 'TLSv1.3',
      maxVersion: undefined,
    });
  });

  const REFUSED: [query: string, said: RegExp][] = [
    ['?sslmod=require', /sslmod is unknown; did you mean sslmode\?/],
    ['?SSLMODE=require', /SSLMODE is unknown; did you mean sslmode\?/],
    ['?ssl_mode=require', /ssl_mode is unknown; did you mean sslmode\?/],
    ['?aplication_name=x', /did you mean application_name\?/],
    ['?colour=blue', /^the parameter colour is unknown$/],
    ['?sslmode=allow', /sslmode is not one of disable, no-verify, prefer/],
    ['?sslmode=Require', /sslmode is not one of/],
    ['?target_session_attrs=read-write', /target_session_attrs cannot be honoured: .*proxy/],
    ['?load_balance_hosts=random', /proxy/],
    ['?host=a,b', /several hosts.*proxy/],
    ['?max=5', /DATABASE_POOL_SIZE/],
    ['?connection_limit=5', /DATABASE_POOL_SIZE/],
    ['?pgbouncer=true', /session mode/],
    ['?schema=app', /search path/],
    ['?passfile=/x', /DATABASE_PASSWORD_FILE/],
    ['?keepalives_count=3', /keepalives_idle is honoured/],
    ['?channel_binding=require', /channel_binding is not one of disable, prefer/],
    ['?client_encoding=LATIN1', /client_encoding is not UTF8/],
    ['?options=-c%20timezone%3DEurope/Berlin', /options sets timezone, which Gatehouse sets itself/],
    ['?options=--role%3Dpostgres', /options sets role/],
    ['?options=-cdefault-transaction-isolation%3Dserializable', /sets default_transaction_isolation/],
    ['?statement_timeout=5s', /statement_timeout is not milliseconds/],
    ['?connect_timeout=0', /connect_timeout is not seconds from 1/],
    ['?connect_timeout=3&connectionTimeoutMillis=3', /given in two ways/],
    ['?sslmode=require&sslmode=disable', /sslmode twice/],
    ['?sslmode=verify-ca&uselibpqcompat=true', /needs a certificate of the authority/],
    ['?sslcert=/c', /sslcert and sslkey belong together/],
    ['?ssl=false&sslmode=verify-full', /contradict/],
    ['?user=other', /user is given in two ways/],
    ['?password=x', /password is given in two ways/],
    ['?__proto__=x', /__proto__ is unknown/],
    ['?constructor=x', /constructor is unknown/],
    ['?=x', /without a proper name/],
  ];
  for (const [query, said] of REFUSED) {
    it(`refuses ${query} by name`, () => {
      expect(problemsOf(readDatabaseUrl, DATABASE + query)).to.match(said);
    });
  }

  it('refuses several hosts, no database, other schemes, and what is not encoded; and quotes no secret', () => {
    const cases: [url: string, said: RegExp][] = [
      ['postgres://u:hush@a:5432,b:5433/db?target_session_attrs=read-write', /several hosts/],
      ['postgres://u:hush@host', /no database/],
      ['mysql://u:hush@host/db', /postgres:\/\//],
      ['postgres://u:hu#sh@host/db', /percent-encoded/],
      ['postgres://u:hush%zz@host/db', /password that is not percent-encoded/],
      ['postgres://u:hush@host:99999/db', /host and port/],
      ['postgres://u:hush@[nonsense]/db', /host and port/],
      ['postgres://u:hu sh@host/db', /no such URL/],
      ['postgres:///db?host=/run&sslmode=require', /Unix socket/],
    ];
    for (const [url, said] of cases) {
      const problems = problemsOf(readDatabaseUrl, url);
      expect(problems, url)
        .to.match(said)
        .and.not.to.match(/hush|hu#sh|hu sh/);
    }
  });

  const LEVELS: [query: string, byPolicy: Record<TlsPolicy, TlsLevel>][] = [
    ['', { verified: 'full', unverified: 'unverified', 'as-url': 'none' }],
    ['?sslmode=disable', { verified: 'none', unverified: 'none', 'as-url': 'none' }],
    ['?ssl=0', { verified: 'none', unverified: 'none', 'as-url': 'none' }],
    ['?sslmode=no-verify', { verified: 'unverified', unverified: 'unverified', 'as-url': 'unverified' }],
    ['?sslmode=prefer', { verified: 'full', unverified: 'unverified', 'as-url': 'full' }],
    ['?sslmode=require', { verified: 'full', unverified: 'unverified', 'as-url': 'full' }],
    [
      '?sslmode=require&uselibpqcompat=true',
      { verified: 'unverified', unverified: 'unverified', 'as-url': 'unverified' },
    ],
    ['?sslmode=require&sslrootcert=/ca', { verified: 'full', unverified: 'authority', 'as-url': 'full' }],
    [
      '?sslmode=verify-ca&sslrootcert=/ca&uselibpqcompat=true',
      { verified: 'authority', unverified: 'authority', 'as-url': 'authority' },
    ],
    ['?sslmode=verify-full', { verified: 'full', unverified: 'full', 'as-url': 'full' }],
    ['?ssl=true', { verified: 'full', unverified: 'full', 'as-url': 'full' }],
    ['?sslrootcert=/ca', { verified: 'full', unverified: 'full', 'as-url': 'full' }],
  ];
  for (const [query, byPolicy] of LEVELS) {
    it(`protects a connection as documented for ${query || 'a URL that says nothing'}`, () => {
      for (const [policy, level] of Object.entries(byPolicy)) {
        expect(tlsLevel(readDatabaseUrl(DATABASE + query), policy as TlsPolicy), policy).to.equal(level);
      }
    });
  }

  it('asks for no TLS on this machine, unless it says so', () => {
    for (const host of ['localhost', '127.0.0.1', '[::1]', '127.8.8.8'])
      expect(tlsLevel(readDatabaseUrl(`postgres://u@${host}/db`), 'verified'), host).to.equal('none');
    expect(tlsLevel(readDatabaseUrl('postgres:///db?host=/run'), 'verified')).to.equal('none');
    expect(tlsLevel(readDatabaseUrl('postgres://u@localhost/db?sslmode=verify-full'), 'as-url')).to.equal(
      'full',
    );
  });
});
