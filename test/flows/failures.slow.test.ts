import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { failureText } from '../../src/commands/failure.ts';
import { registerMigrate } from '../../src/commands/migrate.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openApp } from '../../src/wire.ts';
import { SECRET, useFailingCommands } from '../support/failing-commands.ts';
import { cheapHasher, freePort, type Settings, testEnvironment } from '../support/server.ts';
import { runCommand } from '../unit/commands/terminal.ts';

/** What a person reads when something outside of Gatehouse is not as it should be: one line, with the setting's name. */
describe('a command or a start that fails', function () {
  this.timeout(60_000);
  const setup = useFailingCommands();
  const { launch, failure, changed } = setup;

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
      const config = loadConfig({
        env: testEnvironment(setup.database, 1, { DATABASE_URL }),
        configFile: false,
      });
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
      const admin = new pg.Client({ connectionString: setup.database.ownerUrl });
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
      const broken = join(setup.folder, 'broken');
      await writeFile(broken, 'nothing of use');
      for (const [name, file] of [
        ['PASSWORD_BLOCKLIST_FILE', broken],
        ['PASSWORD_BLOCKLIST_FILE', join(setup.folder, 'missing')],
        ['BRAND_LOGO_FILE', join(setup.folder, 'missing.png')],
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

  it('says that Redis cannot be reached by the name of the setting, and starts all the same', async () => {
    const REDIS_URL = `redis://gatehouse:${SECRET}@127.0.0.1:${await freePort()}`;
    const server = await launch(['src/main.ts'], { REDIS_URL, LOG_LEVEL: 'warn' });
    await server.waitFor(/REDIS_URL: /);
    expect(server.child.exitCode).to.equal(null);
    expect(server.output()).not.to.include(SECRET);
  });
});
