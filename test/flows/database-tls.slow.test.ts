import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Secret } from '../../src/kernel/secret.ts';
import type { Database } from '../../src/storage/database.ts';
import { openDatabase, type StorageOptions } from '../../src/storage/orm.ts';
import { ENTITIES } from '../../src/wire.ts';
import { keyPem, type Maker, makeCertificate } from '../support/certificates.ts';
import { LOGIN, LOGIN_PASSWORD, type OwnCluster, startOwnCluster } from '../support/own-cluster.ts';
import { migrationsPath } from '../support/postgres.ts';
import { startNode } from '../support/processes.ts';
import { authorize, callbackOf, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startServerOn, testEnvironment } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

/** What no parser takes for loopback, and every resolver does: the way to another machine that stays on this one. */
const ELSEWHERE = '127.1';
const DAY_MS = 86_400_000;

describe('a PostgreSQL that speaks nothing but TLS', function tlsOnly() {
  this.timeout(60_000);
  let cluster: OwnCluster;
  let authority: Maker;
  let roots: string;

  before(async () => {
    cluster = await startOwnCluster();
    authority = makeCertificate({ name: 'Test authority', ca: true });
    roots = await cluster.write('root.pem', authority.pem);
    await serve(makeCertificate({ name: 'db', issuer: authority, hosts: ['localhost', '127.0.0.1'] }));
    await cluster.query(`alter system set ssl_ca_file = '${roots}'`);
    const [{ hba_file: hba } = { hba_file: '' }] = await cluster.query<{ hba_file: string }>('show hba_file');
    await writeFile(
      hba,
      ['hostssl all cert_login 127.0.0.1/32 cert', 'hostssl all all 127.0.0.1/32 scram-sha-256', ''].join(
        '\n',
      ),
    );
    await reload();
    await cluster.query('select 1').then(
      () => expect.fail('a connection without TLS was accepted'),
      (error) => expect(error.code).to.equal('28000'),
    );
  });
  after(() => cluster.close());

  /** As the superuser, over TLS by now. */
  async function query<Row extends object>(text: string): Promise<Row[]> {
    const owner = await open({
      url: `${cluster.ownerUrl}?sslmode=verify-full&sslrootcert=${roots}`,
      role: 'owner',
    });
    try {
      return await owner.query<Row>(text);
    } finally {
      await owner.close();
    }
  }

  let encrypted = false;
  async function reload(): Promise<void> {
    if (encrypted) await query('select pg_reload_conf()');
    else await cluster.query('select pg_reload_conf()');
    encrypted = true;
    // The postmaster reads its files after it was told to.
    await new Promise((resolve) => setTimeout(resolve, 300));
  }

  async function serve(certificate: Maker): Promise<void> {
    const cert = await cluster.write('server.pem', certificate.pem);
    const key = await cluster.write('server.key', keyPem(certificate));
    if (encrypted) return;
    await cluster.query(`alter system set ssl_cert_file = '${cert}'`);
    await cluster.query(`alter system set ssl_key_file = '${key}'`);
    await cluster.query('alter system set ssl = on');
  }

  const open = (options: Partial<StorageOptions> & { url: string }): Promise<Database> =>
    openDatabase({ entities: ENTITIES, role: 'server', poolSize: 2, migrationsPath, ...options });

  async function outcome(options: Partial<StorageOptions> & { url: string }): Promise<string> {
    let database: Database | undefined;
    try {
      database = await open(options);
      const [{ pid } = { pid: 0 }] = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
      const owner = await open({ url: `${cluster.ownerUrl}?sslmode=no-verify`, role: 'owner' });
      const [row] = await owner.query<{ ssl: boolean }>('select ssl from pg_stat_ssl where pid = $1', [pid]);
      await owner.close();
      return row?.ssl === true ? 'encrypted' : 'in the clear';
    } catch (error) {
      const { code, message, cause } = error as Error & { code?: string; cause?: { code?: string } };
      if (code === 'certificate_refused') expect(message).to.match(/^DATABASE_URL: the certificate/);
      return cause?.code ?? code ?? message;
    } finally {
      await database?.close();
    }
  }

  const at = (host: string, query: string) => {
    const url = new URL(cluster.loginUrl);
    return `postgres://${url.username}:${url.password}@${host}:${url.port}${url.pathname}${query}`;
  };

  it('every connection of a server is encrypted and verified: sign-ins, the one that listens, commands', async () => {
    const url = at('127.0.0.1', `?sslmode=verify-full&sslrootcert=${roots}&application_name=front%20desk`);
    const server = await startServerOn(
      { ...cluster.database, serverUrl: url },
      { settings: { DATABASE_POOL_SIZE: '4' } },
    );
    try {
      const person = await server.addAccount();
      const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      const ends = await Promise.all(
        Array.from({ length: 6 }, () => authorize(new UserAgent(), client.authorizeUrl(), person)),
      );
      expect(ends.every((end) => callbackOf(end).has('code'))).to.equal(true);
      const command = startNode(['src/cli.ts', 'users', 'list'], {
        env: { ...process.env, ...testEnvironment(cluster.database, 1, { DATABASE_URL: url }) },
      });
      const connections = await query<{ ssl: boolean; version: string; name: string; listens: boolean }>(`
        select s.ssl, s.version, a.application_name as name, a.query ilike 'listen%' as listens
        from pg_stat_activity a join pg_stat_ssl s using (pid)
        where a.usename = '${LOGIN}' and a.backend_type = 'client backend'`);
      expect(connections.length).to.be.at.least(3);
      for (const connection of connections) {
        expect(connection).to.include({ ssl: true, name: 'front desk' });
        expect(connection.version).to.be.oneOf(['TLSv1.2', 'TLSv1.3']);
      }
      expect(await command.exit, command.output()).to.equal(0);
    } finally {
      await server.stop();
    }
  });

  it('a production server verifies certificate and name where nothing is said', async () => {
    const strict = { tls: 'verified' } as const;
    expect(await outcome({ url: at(ELSEWHERE, ''), ...strict })).to.equal('SELF_SIGNED_CERT_IN_CHAIN');
    // The authority is known by now, and the name is not in the certificate.
    expect(await outcome({ url: at(ELSEWHERE, `?sslrootcert=${roots}`), ...strict })).to.equal(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
    expect(await outcome({ url: at('localhost', `?sslrootcert=${roots}`), ...strict })).to.equal('encrypted');
    expect(await outcome({ url: at(ELSEWHERE, ''), tls: 'unverified' })).to.equal('encrypted');
    expect(await outcome({ url: at(ELSEWHERE, '') })).to.equal('28000');
  });

  it('each sslmode does what is documented of it', async () => {
    const wrong = join(cluster.folder, 'other-root.pem');
    await writeFile(wrong, makeCertificate({ name: 'Other authority', ca: true }).pem);
    const cases: [query: string, expected: string][] = [
      [`?sslmode=verify-full&sslrootcert=${roots}`, 'encrypted'],
      [`?sslmode=require&sslrootcert=${roots}`, 'encrypted'],
      ['?sslmode=require', 'SELF_SIGNED_CERT_IN_CHAIN'],
      ['?sslmode=verify-full', 'SELF_SIGNED_CERT_IN_CHAIN'],
      [`?sslmode=verify-full&sslrootcert=${wrong}`, 'SELF_SIGNED_CERT_IN_CHAIN'],
      ['?sslmode=require&uselibpqcompat=true', 'encrypted'],
      ['?sslmode=no-verify', 'encrypted'],
      ['?ssl=no-verify', 'encrypted'],
      ['?ssl=true', 'SELF_SIGNED_CERT_IN_CHAIN'],
      ['?sslmode=disable', '28000'],
      ['', '28000'],
      [`?sslmode=verify-full&sslrootcert=${roots}&sslnegotiation=direct`, 'encrypted'],
      [`?sslmode=verify-full&sslrootcert=${roots}&ssl_min_protocol_version=TLSv1.3`, 'encrypted'],
    ];
    for (const [query, expected] of cases) {
      const found = await outcome({ url: at('127.0.0.1', query) });
      expect(found, query).to.be.oneOf(
        expected === 'SELF_SIGNED_CERT_IN_CHAIN'
          ? [expected, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY']
          : [expected],
      );
    }
  });

  it('a certificate for another name, and one that has expired, are refused; a new one is taken up', async () => {
    const url = at('localhost', `?sslmode=verify-full&sslrootcert=${roots}`);
    const swap = async (certificate: Maker) => {
      await serve(certificate);
      // Over a connection that does not look at the certificate, which may be a wrong one.
      const owner = await open({ url: `${cluster.ownerUrl}?sslmode=no-verify`, role: 'owner' });
      await owner.query('select pg_reload_conf()');
      await owner.close();
      await new Promise((resolve) => setTimeout(resolve, 300));
    };
    const good = makeCertificate({
      name: 'db',
      issuer: authority,
      hosts: ['localhost', '127.0.0.1', ELSEWHERE],
    });
    try {
      await swap(makeCertificate({ name: 'db', issuer: authority, hosts: ['db.example.org', '127.0.0.2'] }));
      expect(await outcome({ url })).to.equal('ERR_TLS_CERT_ALTNAME_INVALID');
      expect(await outcome({ url: url.replace('localhost', '127.0.0.1') })).to.equal(
        'ERR_TLS_CERT_ALTNAME_INVALID',
      );
      expect(
        await outcome({ url: `${url.replace('verify-full', 'verify-ca')}&uselibpqcompat=true` }),
      ).to.equal('encrypted');
      await swap(
        makeCertificate({
          name: 'db',
          issuer: authority,
          hosts: ['localhost'],
          until: new Date(Date.now() - DAY_MS),
        }),
      );
      expect(await outcome({ url })).to.equal('CERT_HAS_EXPIRED');
    } finally {
      await swap(good);
    }
    expect(await outcome({ url })).to.equal('encrypted');
  });

  it('a client certificate is a login', async () => {
    await query('create role cert_login login noinherit');
    await query('grant gatehouse_server to cert_login');
    const certificate = makeCertificate({ name: 'cert_login', issuer: authority });
    const cert = join(cluster.folder, 'client.pem');
    const key = join(cluster.folder, 'client.key');
    await writeFile(cert, certificate.pem);
    await writeFile(key, keyPem(certificate), { mode: 0o600 });
    const url = `postgres://cert_login@127.0.0.1:${cluster.port}/gatehouse?sslmode=verify-full&sslrootcert=${roots}`;
    expect(await outcome({ url: `${url}&sslcert=${cert}&sslkey=${key}` })).to.equal('encrypted');
    expect(await outcome({ url })).to.equal('28000');
    const missing = `${url}&sslcert=${cert}.gone&sslkey=${key}`;
    const refused = await open({ url: missing }).catch((error) => error);
    expect(refused.code).to.equal('certificate_unreadable');
    expect(refused.message).to.match(/^DATABASE_URL: sslcert names .*client\.pem\.gone/);
  });

  it('a password that was changed is read again from its file, and heals the pool', async () => {
    let file = LOGIN_PASSWORD;
    const password = new Secret(file, () => file);
    const url = `postgres://${LOGIN}@127.0.0.1:${cluster.port}/gatehouse?sslmode=verify-full&sslrootcert=${roots}`;
    const database = await open({ url, password, poolSize: 4 });
    const ask = () => database.query('select 1');
    try {
      await ask();
      await query(`alter role ${LOGIN} password 'rotated'`);
      await query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${LOGIN}'`);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect((await ask().catch((error) => error)).code, 'the file is still the old one').to.equal(
        'database_unavailable',
      );
      file = 'rotated';
      await Promise.all(Array.from({ length: 8 }, ask));
      await database.fork().getConnection().execute('select 1');
    } finally {
      await database.close();
      await query(`alter role ${LOGIN} password '${LOGIN_PASSWORD}'`);
    }
  });
});
