import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { failureText } from '../../src/commands/failure.ts';
import { registerMigrate } from '../../src/commands/migrate.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openApp } from '../../src/wire.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { type Started, startNode } from '../support/processes.ts';
import { cheapHasher, freePort, type Settings, testEnvironment } from '../support/server.ts';
import { runCommand } from '../unit/commands/terminal.ts';

const SECRET = 'hunter2-and-more';

/** What a person reads when something outside of Gatehouse is not as it should be: one line, with the setting's name. */
describe('a command or a start that fails', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let folder: string;
  const started: Started[] = [];

  before(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-failures-'));
  });
  afterEach(async () => {
    for (const { child, exit } of started.splice(0)) {
      child.kill('SIGKILL');
      await exit;
    }
  });
  after(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const launch = async (args: string[], settings: Settings) => {
    const { PATH = '', HOME = '' } = process.env;
    const process_ = startNode(args, {
      env: { PATH, HOME, ...testEnvironment(database, await freePort(), settings) },
    });
    started.push(process_);
    return process_;
  };

  /** The one line with which it failed. */
  const failure = async (args: string[], settings: Settings): Promise<string> => {
    const process_ = await launch(args, settings);
    expect(await process_.exit, process_.output()).to.equal(1);
    const lines = process_
      .output()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('{'));
    expect(lines, process_.output()).to.have.length(1);
    expect(lines[0]).to.match(/^gatehouse: /);
    expect(process_.output())
      .not.to.include(SECRET)
      .and.not.match(/\n\s+at |ZodError|node:internal/);
    return lines[0] ?? '';
  };

  const changed = (change: (url: URL) => void) => {
    const url = new URL(database.ownerUrl);
    change(url);
    return url.href;
  };

  describe('on the database names DATABASE_URL', () => {
    type Url = () => string | Promise<string>;
    const cases: [what: string, url: Url, words: RegExp, alsoMigrating?: boolean][] = [
      [
        'nothing listens',
        async () => {
          const port = String(await freePort());
          return changed((url) => Object.assign(url, { password: SECRET, port }));
        },
        /nothing listens at 127\.0\.0\.1:\d+ \(ECONNREFUSED\); check host and port/,
      ],
      [
        'the password is wrong',
        () => changed((url) => Object.assign(url, { password: SECRET })),
        /password authentication failed for user "gatehouse" \(28P01\); check user and password/,
      ],
      [
        'nobody has the name',
        () => changed((url) => Object.assign(url, { username: 'stranger', password: SECRET })),
        /"stranger".*check .*user/,
      ],
      [
        'there is no password',
        () => changed((url) => Object.assign(url, { password: '' })),
        /none was given/,
      ],
      [
        'the database is missing',
        () => changed((url) => Object.assign(url, { pathname: '/not_there' })),
        /does not exist \(3D000\); create the database first/,
        // Migrating makes it, where the login may.
        false,
      ],
      [
        'the host is unknown',
        () => changed((url) => Object.assign(url, { hostname: 'no-such-host.invalid', password: SECRET })),
        /the host name no-such-host\.invalid (is not known|could not be looked up)/,
      ],
    ];
    /** What the server says that cannot start, in this process. */
    const starting = async (DATABASE_URL: string) => {
      const config = loadConfig({ env: testEnvironment(database, 1, { DATABASE_URL }), configFile: false });
      const error = await openApp(config, { hasher: await cheapHasher() }).then(
        () => expect.fail('it started'),
        (thrown: unknown) => thrown,
      );
      return failureText(error, false);
    };
    const migrating = async (env: Settings) => {
      const { error } = await runCommand(
        (program, terminal) => registerMigrate(program, terminal, { NODE_ENV: 'production', ...env }),
        'migrate',
        'status',
      );
      return failureText(error, false);
    };

    it('in the process of a command, of a migration and of a server', async () => {
      const port = String(await freePort());
      const DATABASE_URL = changed((url) => Object.assign(url, { password: SECRET, port }));
      for (const args of [['src/cli.ts', 'users', 'list'], ['src/main.ts']])
        expect(await failure(args, { DATABASE_URL })).to.match(
          /^gatehouse: DATABASE_URL: nothing listens at/,
        );
      expect(await failure(['src/cli.ts', 'migrate', 'up'], { DATABASE_OWNER_URL: DATABASE_URL })).to.match(
        /^gatehouse: DATABASE_OWNER_URL: nothing listens at/,
      );
    });

    for (const [what, url, words, alsoMigrating = true] of cases) {
      it(`where ${what}`, async () => {
        const DATABASE_URL = await url();
        const lines = [await starting(DATABASE_URL)];
        if (alsoMigrating) {
          lines.push(await migrating({ DATABASE_URL }));
          const owner = await migrating({ DATABASE_OWNER_URL: DATABASE_URL });
          expect(owner).to.equal(lines[1]?.replace('DATABASE_URL', 'DATABASE_OWNER_URL'));
        }
        for (const line of lines) {
          expect(line)
            .to.match(/^gatehouse: DATABASE_URL: /)
            .and.match(words);
          expect(line).not.to.include(SECRET).and.not.include('\n');
        }
      });
    }

    it('where something else listens', async () => {
      const other = createHttpServer((_request, response) => response.end());
      const closing = createServer((socket) => socket.destroy());
      for (const server of [other, closing]) {
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const port = String((server.address() as AddressInfo).port);
        try {
          expect(await starting(changed((url) => Object.assign(url, { password: SECRET, port }))))
            .to.match(/^gatehouse: DATABASE_URL: /)
            .and.match(/and not something else, listens there/);
        } finally {
          server.close();
        }
      }
    });

    it('where the login may not be gatehouse_server, or may not make tables', async () => {
      const name = `stranger_${randomBytes(4).toString('hex')}`;
      const admin = new pg.Client({ connectionString: database.ownerUrl });
      await admin.connect();
      try {
        await admin.query(`create role ${name} login password '${SECRET}'`);
        const DATABASE_URL = changed((url) => Object.assign(url, { username: name, password: SECRET }));
        expect(await starting(DATABASE_URL))
          .to.match(/^gatehouse: DATABASE_URL: /)
          .and.match(/grant gatehouse_server to the login/);
        await admin.query(`revoke all on schema public from public`);
        expect(await migrating({ DATABASE_OWNER_URL: DATABASE_URL }))
          .to.match(/^gatehouse: DATABASE_OWNER_URL: /)
          .and.match(/must own the tables/);
      } finally {
        await admin.query(`drop owned by ${name}`).catch(() => undefined);
        await admin.query(`drop role ${name}`);
        await admin.end();
      }
    });
  });

  describe('on the network names the setting', () => {
    it('of a port that is taken, and of an address that is not there', async () => {
      const other = createServer().listen(0, 'localhost');
      await new Promise((resolve) => other.once('listening', resolve));
      const port = String((other.address() as AddressInfo).port);
      try {
        expect(await failure(['src/main.ts'], { PORT: port })).to.match(
          /^gatehouse: PORT: port \d+ .*in use/,
        );
        expect(await failure(['src/main.ts'], { METRICS_PORT: port, METRICS_HOST: 'localhost' })).to.match(
          /^gatehouse: METRICS_PORT: port \d+ .*in use/,
        );
        expect(await failure(['src/cli.ts', 'serve'], { HOST: '203.0.113.7' })).to.match(
          /^gatehouse: HOST: /,
        );
      } finally {
        other.close();
      }
    });
  });

  describe('on keys and files names the setting', () => {
    it('of keys that are not those of the database', async () => {
      const first = await launch(['src/cli.ts', 'keys', 'list'], {});
      expect(await first.exit, first.output()).to.equal(0);
      const key = randomBytes(32).toString('hex');
      expect(await failure(['src/main.ts'], { ENCRYPTION_KEYS: `other:${key}` }))
        .to.match(/^gatehouse: ENCRYPTION_KEYS: .*"test"/)
        .and.not.include(key);
      expect(await failure(['src/main.ts'], { ENCRYPTION_KEYS: `test:${key}` }))
        .to.match(/^gatehouse: ENCRYPTION_KEYS: /)
        .and.not.include(key);
    });

    it('of files that cannot be used', async () => {
      const broken = join(folder, 'broken');
      await writeFile(broken, 'nothing of use');
      for (const [name, file] of [
        ['PASSWORD_BLOCKLIST_FILE', broken],
        ['PASSWORD_BLOCKLIST_FILE', join(folder, 'missing')],
        ['BRAND_LOGO_FILE', join(folder, 'missing.png')],
        ['PASSKEY_ATTESTATION_ROOTS_FILE', broken],
      ] as const) {
        const settings = {
          [name]: file,
          ...(name.startsWith('PASSKEY') ? { PASSKEY_ATTESTATION: 'required' } : {}),
        };
        expect(await failure(['src/main.ts'], settings), name)
          .to.match(new RegExp(`^gatehouse: ${name}`))
          .and.include(file);
      }
    });
  });

  describe('to send a test mail names the setting', () => {
    /** A relay of the test's own; `use` gets its port. */
    async function withRelay(
      options: SMTPServerOptions,
      use: (port: number) => Promise<void>,
    ): Promise<void> {
      const relay = new SMTPServer({
        logger: false,
        disabledCommands: ['STARTTLS'],
        authOptional: true,
        ...options,
      });
      relay.on('error', () => {});
      await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
      try {
        await use((relay.server.address() as AddressInfo).port);
      } finally {
        await new Promise<void>((resolve) => relay.close(resolve));
      }
    }
    const send = (SMTP_URL: string, more: Settings = {}) =>
      failure(['src/cli.ts', 'mail', 'test', 'somebody@example.org'], {
        SMTP_URL,
        MAIL_FROM: 'no-reply@example.org',
        ...more,
      });
    const refusal = (code: number, words: string) => Object.assign(new Error(words), { responseCode: code });

    it('SMTP_URL, where nothing listens or the host is unknown', async () => {
      const url = `smtp://gatehouse:${SECRET}@127.0.0.1:${await freePort()}`;
      expect(await send(url)).to.match(/^gatehouse: SMTP_URL: nothing listens there/);
      expect(await send(`smtp://gatehouse:${SECRET}@no-such-host.invalid:25`)).to.match(
        /^gatehouse: SMTP_URL: the host name of the relay is not known/,
      );
    });

    it('SMTP_URL, where user and password are not accepted', () =>
      withRelay(
        {
          allowInsecureAuth: true,
          authOptional: false,
          onAuth: (_auth, _session, callback) => callback(refusal(535, 'no such user')),
        },
        async (port) => {
          expect(await send(`smtp://gatehouse:${SECRET}@127.0.0.1:${port}`)).to.match(
            /^gatehouse: SMTP_URL: the relay does not accept user and password/,
          );
        },
      ));

    it('SMTP_URL, where TLS is not what is spoken there, or its certificate is nobody’s', async () => {
      await withRelay({}, async (port) => {
        expect(await send(`smtps://gatehouse:${SECRET}@127.0.0.1:${port}`)).to.match(
          /^gatehouse: SMTP_URL: the relay does not begin with TLS there/,
        );
      });
      await withRelay({ secure: true }, async (port) => {
        expect(await send(`smtps://gatehouse:${SECRET}@127.0.0.1:${port}`)).to.match(
          /^gatehouse: SMTP_URL: the certificate of the relay is not accepted/,
        );
      });
    });

    it('MAIL_FROM, where the sender is refused; the address, where that is', async () => {
      await withRelay(
        { onMailFrom: (_address, _session, callback) => callback(refusal(550, 'not from you')) },
        async (port) => {
          expect(await send(`smtp://127.0.0.1:${port}`)).to.match(
            /^gatehouse: MAIL_FROM: .*\(.*not from you\)/,
          );
        },
      );
      await withRelay(
        { onRcptTo: (_address, _session, callback) => callback(refusal(550, 'not here')) },
        async (port) => {
          expect(await send(`smtp://127.0.0.1:${port}`)).to.match(
            /^gatehouse: the relay does not take mail to/,
          );
        },
      );
    });

    it('and says so where it goes', async () => {
      const seen: string[] = [];
      await withRelay(
        {
          onData(stream, _session, callback) {
            stream.setEncoding('utf8').on('data', (text: string) => void seen.push(text));
            stream.on('end', () => callback());
          },
        },
        async (port) => {
          const sent = await launch(['src/cli.ts', 'mail', 'test', 'somebody@example.org'], {
            SMTP_URL: `smtp://127.0.0.1:${port}`,
            MAIL_FROM: 'no-reply@example.org',
          });
          expect(await sent.exit, sent.output()).to.equal(0);
          expect(sent.output()).to.include('The relay has taken a mail to somebody@example.org');
        },
      );
      expect(seen.join('')).to.include('gatehouse mail test');
      const nowhere = await launch(['src/cli.ts', 'mail', 'test', 'no address'], {});
      expect(await nowhere.exit).to.equal(2);
    });
  });

  it('says that Redis cannot be reached by the name of the setting, and starts all the same', async () => {
    const REDIS_URL = `redis://gatehouse:${SECRET}@127.0.0.1:${await freePort()}`;
    const server = await launch(['src/main.ts'], { REDIS_URL, LOG_LEVEL: 'warn' });
    await server.waitFor(/REDIS_URL: /);
    expect(server.child.exitCode).to.equal(null);
    expect(server.output()).not.to.include(SECRET);
  });
});
