import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Secret } from '../../../src/kernel/secret.ts';
import { openRedis, type Redis } from '../../../src/storage/redis.ts';
import { keyPem, makeCertificate } from '../../support/certificates.ts';
import { eventually, type Started, startProgram } from '../../support/processes.ts';
import { INSTALL_LIMIT_MS } from '../../support/programs.ts';
import { findRedis, freePort } from '../../support/redis.ts';

describe('connections to Redis', function connections() {
  this.timeout(60_000);
  let program: string;
  let folder: string;
  const servers: Started[] = [];
  const clients: Redis[] = [];

  before(async function find() {
    this.timeout(INSTALL_LIMIT_MS * 2);
    const found = await findRedis();
    if (found === undefined) return this.skip();
    program = found;
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-redis-'));
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    for (const server of servers.splice(0)) {
      server.child.kill('SIGKILL');
      await server.exit;
    }
  });
  after(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  async function serve(args: readonly string[], ready = /Ready to accept connections/): Promise<Started> {
    const common = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
    const started = startProgram(program, [...args, ...common]);
    servers.push(started);
    await started.waitFor(ready);
    return started;
  }

  type Options = Parameters<typeof openRedis>[2];

  async function connect(url: string, options: Options = {}) {
    const errors: string[] = [];
    const client = await openRedis(url, ({ message }) => errors.push(message), options);
    clients.push(client);
    return { client, errors };
  }

  const ready = (client: Redis) =>
    eventually('Redis is connected', async () => client.status === 'ready', 20_000);
  const failing = (errors: readonly string[]) => eventually('it is refused', async () => errors.length > 0);
  /** `undefined` while nobody answers, or nobody who takes writes. */
  const portOf = async (client: Redis): Promise<string | undefined> => {
    try {
      await client.set('written', '1');
      return /tcp_port:(\d+)/.exec(await client.info('server'))?.[1];
    } catch {
      return undefined;
    }
  };

  it('take from the URL the database, the user and the name', async () => {
    const port = await freePort();
    await serve(['--port', String(port)]);
    const admin = await connect(`redis://127.0.0.1:${port}`);
    await ready(admin.client);
    await admin.client.acl('SETUSER', 'anna', 'on', '>p@ss', '~*', '+@all');
    const { client } = await connect(
      `redis://anna:p%40ss@127.0.0.1:${port}/3?connectionName=front&family=4&protocol=2`,
    );
    await ready(client);
    const [line = ''] = String(await client.client('INFO')).split('\n');
    expect(line)
      .to.match(/ name=front /)
      .and.to.match(/ db=3 /)
      .and.to.match(/ user=anna/)
      .and.to.match(/ resp=2/);
  });

  describe('by TLS', () => {
    async function withTls(hosts: readonly string[], clientsToo: boolean) {
      const authority = makeCertificate({ name: 'Redis authority', ca: true });
      const server = makeCertificate({ name: 'redis', issuer: authority, hosts });
      const own = makeCertificate({ name: 'gatehouse', issuer: authority });
      const file = async (name: string, content: string) => {
        await writeFile(join(folder, name), content);
        return join(folder, name);
      };
      const port = await freePort();
      const root = await file('root.pem', authority.pem);
      const files = {
        root,
        cert: await file('client.pem', own.pem),
        key: await file('client.key', keyPem(own)),
      };
      await serve([
        '--port',
        '0',
        ...['--tls-port', String(port), '--tls-cert-file', await file('server.pem', server.pem)],
        ...['--tls-key-file', await file('server.key', keyPem(server)), '--tls-ca-cert-file', root],
        ...['--tls-auth-clients', clientsToo ? 'yes' : 'no'],
      ]);
      return { url: `rediss://localhost:${port}?family=4`, files };
    }

    it('verify the certificate and the name', async () => {
      const { url, files } = await withTls(['localhost'], false);
      const trusted = await connect(`${url}&sslrootcert=${files.root}`);
      await ready(trusted.client);
      const unknown = await connect(url);
      await failing(unknown.errors);
      expect(unknown.errors[0]).to.match(/self-signed|unable to/);
      const misnamed = await connect(`${url.replace('localhost', '127.0.0.1')}&sslrootcert=${files.root}`);
      await failing(misnamed.errors);
      expect(misnamed.errors[0]).to.match(/altnames/);
      const unverified = await connect(url, { tls: 'unverified' });
      await ready(unverified.client);
    });

    it('show a certificate of our own where one is asked for', async () => {
      const { url, files } = await withTls(['localhost'], true);
      const { client } = await connect(
        `${url}&sslrootcert=${files.root}&sslcert=${files.cert}&sslkey=${files.key}`,
      );
      await ready(client);
      const without = await connect(`${url}&sslrootcert=${files.root}`);
      await failing(without.errors);
      const missing = await connect(`${url}&sslrootcert=${files.root}.gone`).catch((error) => error);
      expect(missing.code).to.equal('certificate_unreadable');
    });
  });

  it('read a password again that was rotated', async () => {
    const port = await freePort();
    await serve(['--port', String(port), '--requirepass', 'one']);
    let file = 'one';
    const { client } = await connect(`redis://127.0.0.1:${port}`, {
      password: new Secret('one', () => file),
    });
    await ready(client);
    await client.config('SET', 'requirepass', 'two');
    file = 'two';
    await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'no').catch(() => undefined);
    await eventually('it has noticed', async () => client.status !== 'ready');
    await ready(client);
    expect(await client.ping()).to.equal('PONG');
  });

  it('follow the sentinels to whichever server is the master', async () => {
    const [first, second, watch] = [await freePort(), await freePort(), await freePort()];
    const secured = ['--requirepass', 'pw', '--masterauth', 'pw'];
    const master = await serve(['--port', String(first), ...secured]);
    await serve(
      ['--port', String(second), '--replicaof', `127.0.0.1 ${first}`, ...secured],
      /MASTER <-> REPLICA sync: Finished/,
    );
    const file = join(folder, 'sentinel.conf');
    await writeFile(
      file,
      `port ${watch}
requirepass watching
sentinel monitor front 127.0.0.1 ${first} 1
sentinel auth-pass front pw
sentinel down-after-milliseconds front 800
sentinel failover-timeout front 3000
`,
    );
    const sentinel = startProgram(program, [file, '--sentinel', '--bind', '127.0.0.1', '--dir', folder]);
    servers.push(sentinel);
    await sentinel.waitFor(/\+slave slave/);
    const nobody = await freePort();
    const { client } = await connect(
      `redis-sentinel://:pw@127.0.0.1:${nobody},127.0.0.1:${watch}/0?name=front&sentinelPassword=watching`,
    );
    await ready(client);
    expect(await portOf(client)).to.equal(String(first));
    master.child.kill('SIGKILL');
    await eventually(
      'the other one is written to',
      async () => (await portOf(client)) === String(second),
      30_000,
    );
    // The old one comes back as a replica; then the sentinels make it the master again, and nobody dies.
    await serve(['--port', String(first), ...secured], /MASTER <-> REPLICA sync: Finished/);
    const admin = await connect(`redis://:watching@127.0.0.1:${watch}`);
    await ready(admin.client);
    await eventually(
      'the sentinel agrees to a failover',
      async () =>
        admin.client.call('SENTINEL', 'FAILOVER', 'front').then(
          () => true,
          () => false,
        ),
      30_000,
    );
    await eventually(
      'the first one is written to again',
      async () => (await portOf(client)) === String(first),
      30_000,
    );
  });
});
