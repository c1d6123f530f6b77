import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { type Bench, createBench } from '../support/development.ts';
import { eventually, projectRoot, type Started, startProgram } from '../support/processes.ts';
import { freePort } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const PERSON = { email: 'pat@example.org', name: 'Pat Person', password: 'correct horse battery staple' };

/** A step as the README has it: a file to write, lines of a file to put in the place of others, or a line for the shell. */
type Step =
  | { readonly file: string; readonly text: string }
  | { readonly file: string; readonly before: string; readonly after: string }
  | { readonly line: string };

/** The lines of a diff that begin with this sign. */
const linesOf = (diff: string, sign: '-' | '+'): string =>
  diff
    .split('\n')
    .filter((line) => line.startsWith(sign))
    .map((line) => line.slice(1))
    .join('\n');

/** The steps of a section in their order. What a file is called stands before it. */
function stepsOf(section: string): Step[] {
  const steps: Step[] = [];
  let from = 0;
  for (const match of section.matchAll(/```(\w+)\n([\s\S]*?)```/g)) {
    const [block, language, code = ''] = match;
    const before = section.slice(from, match.index);
    from = match.index + block.length;
    if (language === 'sh') {
      steps.push(
        ...code
          .trim()
          .split('\n')
          .map((line) => ({ line })),
      );
    } else {
      const file = [...before.matchAll(/`(\w+\.(?:json|mjs))`/g)].at(-1)?.[1];
      if (file === undefined) throw new Error(`what is this file called?\n${code}`);
      if (language !== 'diff') steps.push({ file, text: code });
      else
        for (const change of code.split('\n\n'))
          steps.push({ file, before: linesOf(change, '-'), after: linesOf(change, '+') });
    }
  }
  return steps;
}

describe('README', function () {
  this.timeout(180_000);

  let bench: Bench;
  let readme: string;
  const begun: Started[] = [];

  before(async () => {
    readme = await readFile(join(projectRoot, 'README.md'), 'utf8');
    bench = await createBench();
  });

  after(async () => {
    for (const { child, exit } of begun) {
      child.kill();
      await exit;
    }
    await bench.clear();
  });

  const arrive = async (agent: UserAgent, from: Page): Promise<Page> => {
    let page = from;
    for (let hops = 0; page.location !== undefined && hops < 20; hops += 1)
      page = await agent.get(page.location);
    return page;
  };

  it('leads a newcomer to an application and a service of their own, step by step', async () => {
    const server = await bench.start();
    const [port, servicePort] = [await freePort(), await freePort()];
    const folder = bench.dataDir;
    await symlink(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
    /** The addresses of this machine at this moment, and nothing else that is not as it is written. */
    const here = (text: string) =>
      text
        .replaceAll('http://localhost:3000', server.issuer)
        .replaceAll('localhost:4000', `localhost:${port}`)
        .replaceAll('.listen(4000', `.listen(${port}`)
        .replaceAll('localhost:5000', `localhost:${servicePort}`)
        .replaceAll('.listen(5000', `.listen(${servicePort}`);
    let registered: Record<string, string> = {};

    /** Performs what comes next; what it printed, or the program where that goes on. */
    async function perform(step: Step): Promise<Started | undefined> {
      if ('file' in step) {
        const path = join(folder, step.file);
        if ('text' in step) await writeFile(path, here(step.text));
        else {
          const [text, before] = [await readFile(path, 'utf8'), here(step.before)];
          expect(text.split(before), `lines of ${step.file}`).to.have.length(2);
          await writeFile(
            path,
            text.replace(before, () => here(step.after)),
          );
        }
        return undefined;
      }
      const { client_id: id = '', client_secret: secret = '' } = registered;
      const line = step.line
        .replace('CLIENT_ID=… CLIENT_SECRET=…', `CLIENT_ID=${id} CLIENT_SECRET=${secret}`)
        // What npx finds in a checkout.
        .replace('npx gatehouse', `node ${join(projectRoot, 'src/cli.ts')}`)
        .replace(/\bnode /, `exec ${process.execPath} `);
      const program = startProgram('sh', ['-c', line], { cwd: folder, env: bench.env });
      begun.push(program);
      return program;
    }

    /** Performs all steps up to the line that begins so, that one included. */
    async function performUntil(command: string): Promise<Started> {
      for (;;) {
        const step = steps.shift();
        if (step === undefined) throw new Error(`the README does not say "${command}"`);
        const program = await perform(step);
        if (program === undefined || !('line' in step)) continue;
        if (step.line.includes(command)) return program;
        expect(await program.exit, program.output()).to.equal(0);
      }
    }
    const printed = async (command: string) => {
      const program = await performUntil(command);
      expect(await program.exit, program.output()).to.equal(0);
      return program.output();
    };
    const listening = (url: string) =>
      eventually(
        `${url} answers`,
        async () => (await fetch(url, { redirect: 'manual' }).catch(() => undefined)) !== undefined,
        30_000,
      );

    const section = /## Connect your application\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? '';
    const steps = stepsOf(section);

    registered = JSON.parse(await printed('clients create client.json'));
    const application = await performUntil('node app.mjs');
    const agent = new UserAgent();
    await agent.submit(await agent.get(server.setupLink ?? ''), { ...PERSON });
    const home = `http://localhost:${port}/`;
    await listening(home);
    const signIn = await arrive(agent, await agent.get(home));
    const { email: identifier, password } = PERSON;
    const consent = await arrive(agent, await agent.submit(signIn, { identifier, password }));
    expect(consent.body).to.include('My application');
    const hello = await arrive(agent, await agent.submit(consent, { decision: 'allow' }));
    expect(hello.body).to.equal('Hello, Pat Person (pat@example.org, administrator)');
    expect(hello.headers.get('content-type')).to.equal('text/plain; charset=utf-8');

    // As an attacker would: an answer that this browser has not asked for, with and without a request of its own.
    for (const browser of [new UserAgent(), agent]) {
      const strange = await browser.get(
        `${home}callback?code=x&state=y&iss=${encodeURIComponent(server.issuer)}`,
      );
      expect([strange.status, strange.body]).to.deep.equal([
        400,
        'The sign-in failed. Go back and try again.',
      ]);
    }
    expect((await agent.get(`${home}favicon.ico`)).status).to.equal(404);

    await printed('resources create resource.json');
    await performUntil('node service.mjs');
    registered = JSON.parse(await printed('clients create caller.json'));
    const service = registered;
    const records = `http://localhost:${servicePort}/`;
    await listening(records);
    expect(await printed('node call.mjs')).to.equal(`200 The records that ${service.client_id} may see\n`);

    registered = JSON.parse(await printed('clients create client.json'));
    application.child.kill();
    await application.exit;
    await performUntil('node app.mjs');
    await listening(home);
    const asked = await arrive(agent, await agent.get(home));
    expect(asked.body).to.include('See your records');
    const seen = await arrive(agent, await agent.submit(asked, { decision: 'allow' }));
    expect(seen.body).to.match(/^Hello, Pat Person\. The records that [0-9a-f-]{36} may see$/u);
    expect(steps).to.deep.equal([]);

    /** What the service answers to a token of this client, which is taken back first if that is said. */
    const call = async (scope: string | undefined, revoked = false) => {
      const post = (path: string, fields: Record<string, string>) =>
        fetch(`${server.issuer}${path}`, {
          method: 'POST',
          headers: { authorization: `Basic ${btoa(`${service.client_id}:${service.client_secret}`)}` },
          body: new URLSearchParams(fields),
        });
      const resource = 'https://records.example.org';
      const asked = { grant_type: 'client_credentials', resource, ...(scope === undefined ? {} : { scope }) };
      const answer = await post('/token', asked);
      const { access_token: token } = (await answer.json()) as { access_token: string };
      if (revoked) await post('/token/revoke', { token });
      return (await fetch(records, { headers: { authorization: `Bearer ${token}` } })).status;
    };
    expect(await call('records:read')).to.equal(200);
    expect(await call(undefined), 'a token of which nothing is said').to.equal(403);
    expect(await call('records:read', true), 'one that was taken back').to.equal(401);
    expect((await fetch(records)).status).to.equal(401);
  });

  it('refers to files that exist, as do the other pages', async () => {
    for (const page of ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md']) {
      const text = await readFile(join(projectRoot, page), 'utf8');
      for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
        await stat(join(projectRoot, dirname(page), String(target)));
      }
    }
  });
});
