import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Bench, createBench, type DevelopmentServer } from '../support/development.ts';
import { eventually, hasEnded, processesWith, projectRoot, startProgram } from '../support/processes.ts';
import { setUpApp } from '../support/temporary-codes.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const PERSON = { email: 'pat@example.org', name: 'Pat Person', password: 'correct horse battery staple' };
const isRoot = process.getuid?.() === 0;

describe('npm start', function () {
  this.timeout(60_000);

  let bench: Bench;

  beforeEach(async () => {
    bench = await createBench();
  });

  afterEach(() => bench.clear());

  const responds = async (url: string) => (await fetch(url, { redirect: 'manual' })).status;
  const refuses = async (url: string) => (await fetch(url).catch(() => undefined)) === undefined;

  const createAdministrator = async (link: string) => {
    const agent = new UserAgent();
    const page = await agent.get(link);
    const done = await agent.follow(await agent.submit(page, { ...PERSON }));
    expect(done.status, done.body).to.equal(200);
  };

  /** Follows redirects between the application and Gatehouse until a page comes. */
  const arrive = async (agent: UserAgent, from: Page): Promise<Page> => {
    let page = from;
    for (let hops = 0; page.location !== undefined && hops < 20; hops += 1)
      page = await agent.get(page.location);
    return page;
  };

  const expectNoneLeft = async (server: DevelopmentServer, pids: number[]) => {
    for (const pid of pids) {
      await eventually(`process ${pid} has ended`, () => hasEnded(pid));
    }
    await eventually('no process is left', async () => (await bench.processes()).length === 0);
    for (const url of [server.issuer, server.application, server.service]) {
      expect(await refuses(url), url).to.equal(true);
    }
  };

  /** The line with which a start failed; it must be the only one. */
  const failure = async (settings: Record<string, string> = {}) => {
    const second = bench.launch(settings);
    expect(await second.exit).to.equal(1);
    const lines = second
      .output()
      .split('\n')
      .filter((line) => line !== '' && !line.endsWith('…'));
    expect(lines, second.output()).to.have.length(1);
    return lines[0] ?? '';
  };

  it('brings up everything, and says so in at most ten lines', async () => {
    const server = await bench.start();
    expect(await responds(`${server.issuer}/.well-known/openid-configuration`)).to.equal(200);
    expect(await responds(`${server.issuer}/health/ready`)).to.equal(200);
    expect(await responds(server.application)).to.equal(200);
    expect(await responds(server.service)).to.equal(401);
    expect(await responds(server.setupLink ?? '')).to.equal(200);
    const output = server.process.output();
    for (const url of [server.issuer, server.application, server.service]) expect(output).to.include(url);
    expect(output.trimEnd().split('\n')).to.have.length.at.most(10);
    expect(output).to.match(/^Preparing PostgreSQL/);
    for (const file of ['secrets.json', 'database.json']) {
      expect((await stat(join(bench.dataDir, file))).mode & 0o077, file).to.equal(0);
    }
  });

  it('lets a person sign in to the sample application, call the service and sign out', async () => {
    const server = await bench.start();
    await createAdministrator(server.setupLink ?? '');
    const agent = new UserAgent();

    const home = await agent.get(`${server.application}/`);
    const signIn = await arrive(agent, await agent.submit(home, {}, '/sign-in'));
    expect(signIn.url).to.include(`${server.issuer}/sign-in/`);
    const setUp = await arrive(
      agent,
      await agent.submit(signIn, { identifier: PERSON.email, password: PERSON.password }),
    );
    const { end } = await setUpApp(agent, setUp, () => new Date());
    const consent = await arrive(agent, end);
    expect(consent.body).to.include('Sample application');
    const back = await arrive(agent, await agent.submit(consent, { decision: 'allow' }));
    expect(back.url).to.equal(`${server.application}/`);
    for (const fact of [PERSON.name, PERSON.email, 'administrator', '&quot;auth_time&quot;']) {
      expect(back.body).to.include(fact);
    }

    const called = await arrive(agent, await agent.submit(back, {}, '/call-service'));
    expect(called.body)
      .to.include('200 OK')
      .and.include('from the sample service')
      .and.include('sample:read');
    const again = await arrive(agent, await agent.submit(called, {}, '/call-service'));
    expect(again.body, 'with the rotated refresh token').to.include('200 OK');

    const signOut = await arrive(agent, await agent.submit(again, {}, '/sign-out'));
    expect(signOut.url).to.include(server.issuer);
    const out = await arrive(agent, await agent.submit(signOut, { logout: 'yes' }));
    expect(out.url).to.equal(`${server.application}/`);
    expect(out.body).to.not.include(PERSON.email);
    const next = await arrive(agent, await agent.submit(out, {}, '/sign-in'));
    expect(next.url, 'signed out at Gatehouse too').to.include(`${server.issuer}/sign-in/`);
  });

  it('ends the session of the sample application when the one at Gatehouse ends elsewhere', async () => {
    const server = await bench.start();
    await createAdministrator(server.setupLink ?? '');
    const agent = new UserAgent();
    const home = await agent.get(`${server.application}/`);
    const signIn = await arrive(agent, await agent.submit(home, {}, '/sign-in'));
    const { email: identifier, password } = PERSON;
    const setUp = await arrive(agent, await agent.submit(signIn, { identifier, password }));
    const { end } = await setUpApp(agent, setUp, () => new Date());
    const consent = await arrive(agent, end);
    const back = await arrive(agent, await agent.submit(consent, { decision: 'allow' }));
    expect(back.body).to.include(PERSON.email);

    const notice = (logout_token: string) =>
      fetch(`${server.application}/back-channel-logout`, {
        method: 'POST',
        body: new URLSearchParams({ logout_token }),
      });
    for (const forged of ['', 'x', 'a.b.c', 'x'.repeat(20_000)]) {
      expect((await notice(forged)).status, 'a notice that proves nothing').to.equal(400);
    }
    expect((await agent.get(`${server.application}/`)).body).to.include(PERSON.email);

    const page = await agent.open(`${server.issuer}/logout`);
    await agent.submit(page, { logout: 'yes' }, '/confirm');
    let body = '';
    await eventually('the application knows', async () => {
      ({ body } = await agent.get(`${server.application}/`));
      return !body.includes(PERSON.email);
    });
    expect(body).to.include('your session at Gatehouse has ended');
  });

  it('shows what went wrong when the answer of Gatehouse is a refusal or does not match', async () => {
    const server = await bench.start();
    const agent = new UserAgent();
    const unasked = await agent.get(`${server.application}/callback?code=x&state=y`);
    expect(unasked.status).to.equal(400);
    await agent.submit(await agent.get(`${server.application}/`), {}, '/sign-in');
    const refused = await agent.get(`${server.application}/callback?error=access_denied&state=wrong`);
    expect(refused.status).to.equal(400);
    expect(refused.body).to.include('That did not work');
    const escaped = await agent.get(`${server.application}/callback?error=%3Cscript%3E`);
    expect(escaped.body).to.not.include('<script>');
    expect(await responds(`${server.application}/nowhere`)).to.equal(404);
  });

  it('lets the service refuse what is no access token for it', async () => {
    const server = await bench.start();
    const call = (authorization?: string) =>
      fetch(server.service, authorization === undefined ? {} : { headers: { authorization } });
    const none = await call();
    expect(none.headers.get('www-authenticate')).to.equal('Bearer realm="sample service"');
    for (const wrong of ['Bearer x', 'Bearer a.b.c', 'Bearer', 'Basic eA==']) {
      const answer = await call(wrong);
      expect(answer.status, wrong).to.equal(401);
      expect(answer.headers.get('www-authenticate')).to.include('Bearer');
    }
  });

  // How long it takes is measured by the bench, as a ratio: here other tests run beside it.
  it('starts again with what was there, and without another link', async () => {
    const first = await bench.start();
    await createAdministrator(first.setupLink ?? '');
    first.process.child.kill('SIGTERM');
    expect(await first.process.exit).to.equal(0);
    const again = await bench.start();
    expect(again.setupLink).to.equal(undefined);
    expect(again.process.output()).to.not.include('Preparing');
    again.process.child.kill('SIGTERM');
    expect(await again.process.exit).to.equal(0);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`ends everything on ${signal}`, async () => {
      const server = await bench.start();
      const pids = await bench.processes();
      expect(pids.length).to.be.at.least(3);
      server.process.child.kill(signal);
      expect(await server.process.exit, server.process.output()).to.equal(0);
      await expectNoneLeft(server, pids);
    });
  }

  it('ends everything when it is killed, and starts again on the same data', async () => {
    const first = await bench.start();
    await createAdministrator(first.setupLink ?? '');
    const pids = await bench.processes();
    first.process.child.kill('SIGKILL');
    await first.process.exit;
    await expectNoneLeft(first, pids);
    const second = await bench.start();
    expect(second.setupLink, 'the administrator is still there').to.equal(undefined);
  });

  it('ends everything when npm is killed', async () => {
    const npm = startProgram('npm', ['start'], { cwd: projectRoot, env: bench.env });
    await npm.waitFor(/^Ready after/m);
    const pids = await bench.processes();
    expect(pids).to.not.deep.equal([]);
    npm.child.kill('SIGKILL');
    await npm.exit;
    for (const pid of pids) await eventually(`process ${pid} has ended`, () => hasEnded(pid));
    await eventually('no process is left', async () => (await processesWith(bench.dataDir)).length === 0);
  });

  it('ends when PostgreSQL ends, and says so', async () => {
    const server = await bench.start();
    const { pid } = JSON.parse(await readFile(join(bench.dataDir, 'database.json'), 'utf8')) as {
      pid: number;
    };
    process.kill(pid, 'SIGINT');
    expect(await server.process.exit).to.equal(1);
    expect(server.process.output()).to.include('PostgreSQL has ended');
  });

  it('says in one line that the data is in use', async () => {
    await bench.start();
    expect(await failure())
      .to.include(bench.dataDir)
      .and.include('in use');
  });

  it('says in one line that a port is in use, and leaves nothing', async () => {
    for (const setting of ['PORT', 'EXAMPLES_PORT'] as const) {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(Number(bench.env[setting]), 'localhost', resolve));
      try {
        expect(await failure())
          .to.include(`${bench.env[setting]}`)
          .and.include(setting);
        await eventually('no process is left', async () => (await bench.processes()).length === 0);
      } finally {
        await new Promise((resolve) => other.close(resolve));
      }
    }
  });

  it('says in one line that the data folder cannot be used', async () => {
    const file = join(bench.dataDir, 'file');
    await writeFile(file, '');
    expect(await failure({ DATA_DIR: file }))
      .to.include(file)
      .and.include('data folder');
    if (!isRoot) return;
    // Nobody may not write where coverage is gathered, and Node.js would say so.
    const asNobody = bench.launch({ DATA_DIR: join(bench.dataDir, 'new'), NODE_V8_COVERAGE: '' }, [
      '--import',
      'data:text/javascript,process.setuid(65534)',
      'src/main.ts',
    ]);
    expect(await asNobody.exit).to.equal(1);
    expect(asNobody.output()).to.match(/^gatehouse: The data folder .*\n$/);
  });

  it('names every setting that is wrong before it starts anything', async () => {
    const server = bench.launch({ PORT: 'x', ACCESS_TOKEN_SECONDS: 'soon' });
    expect(await server.exit).to.equal(1);
    expect(server.output()).to.include('PORT').and.include('ACCESS_TOKEN_SECONDS');
    const examples = bench.launch({ EXAMPLES_PORT: '70000' });
    expect(await examples.exit).to.equal(1);
    expect(examples.output()).to.include('EXAMPLES_PORT');
  });

  it('lets the gatehouse command find its database and keys', async () => {
    await bench.start();
    const command = bench.launch({}, ['src/cli.ts', 'clients', 'list']);
    expect(await command.exit, command.output()).to.equal(0);
    expect(command.output()).to.include('sample-app');
  });

  it('registers the samples anew when their ports change', async () => {
    const first = await bench.start();
    first.process.child.kill('SIGTERM');
    await first.process.exit;
    const other = String(Number(bench.env.EXAMPLES_PORT) - 7);
    const second = bench.launch({ EXAMPLES_PORT: other });
    await second.waitFor(/^Ready after/m);
    const shown = bench.launch({}, ['src/cli.ts', 'clients', 'show', 'sample-app']);
    expect(await shown.exit, shown.output()).to.equal(0);
    expect(shown.output()).to.include(`http://localhost:${other}/callback`);
  });
});
