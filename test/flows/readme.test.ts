import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { type Bench, createBench } from '../support/development.ts';
import { projectRoot } from '../support/processes.ts';
import { freePort } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const PERSON = { email: 'pat@example.org', name: 'Pat Person', password: 'correct horse battery staple' };

describe('README', function () {
  this.timeout(60_000);

  let bench: Bench;
  let readme: string;

  before(async () => {
    readme = await readFile(join(projectRoot, 'README.md'), 'utf8');
    bench = await createBench();
  });

  after(() => bench.clear());

  const blocks = (language: string) =>
    [...readme.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code]) =>
      String(code),
    );

  const arrive = async (agent: UserAgent, from: Page): Promise<Page> => {
    let page = from;
    for (let hops = 0; page.location !== undefined && hops < 20; hops += 1)
      page = await agent.get(page.location);
    return page;
  };

  it('leads a newcomer to an application of their own that signs people in', async () => {
    const server = await bench.start();
    const port = await freePort();
    const here = (text: string) =>
      text
        .replaceAll('http://localhost:3000', server.issuer)
        .replaceAll('localhost:4000', `localhost:${port}`)
        .replaceAll('.listen(4000', `.listen(${port}`);
    const write = async (name: string, text: string | undefined) => {
      const file = join(bench.dataDir, name);
      await writeFile(file, here(text ?? ''));
      return file;
    };
    const gatehouse = async (...args: string[]) => {
      const command = bench.launch({}, ['src/cli.ts', ...args]);
      expect(await command.exit, command.output()).to.equal(0);
      return JSON.parse(command.output()) as Record<string, string>;
    };
    const [clientFile, resourceFile] = blocks('json');
    const [application, verification] = blocks('js');

    const client = await gatehouse('clients', 'create', await write('client.json', clientFile));
    const { client_id: CLIENT_ID = '', client_secret: CLIENT_SECRET = '' } = client;
    await symlink(join(projectRoot, 'node_modules'), join(bench.dataDir, 'node_modules'));
    bench.launch({ CLIENT_ID, CLIENT_SECRET }, [await write('app.mjs', application)]);
    const agent = new UserAgent();
    await agent.submit(await agent.get(server.setupLink ?? ''), { ...PERSON });

    const home = `http://localhost:${port}/`;
    for (
      let tries = 0;
      (await fetch(home, { redirect: 'manual' }).catch(() => undefined)) === undefined;
      tries += 1
    ) {
      if (tries > 200) throw new Error('the application does not listen');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const signIn = await arrive(agent, await agent.get(home));
    const { email: identifier, password } = PERSON;
    const consent = await arrive(agent, await agent.submit(signIn, { identifier, password }));
    expect(consent.body).to.include('My application');
    const hello = await arrive(agent, await agent.submit(consent, { decision: 'allow' }));
    expect(hello.body).to.equal('Hello, Pat Person (pat@example.org, administrator)');

    const resource = await gatehouse('resources', 'create', await write('resource.json', resourceFile));
    const { verify, isRevoked } = (await import(await write('verify.mjs', verification))) as {
      verify: (token: string) => Promise<{ payload: { scope?: string } }>;
      isRevoked: (payload: object) => Promise<boolean>;
    };
    const service = await gatehouse(
      'clients',
      'create',
      await write(
        'service.json',
        JSON.stringify({ grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }),
      ),
    );
    const post = (path: string, fields: Record<string, string>) =>
      fetch(`${server.issuer}${path}`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${service.client_id}:${service.client_secret}`)}` },
        body: new URLSearchParams(fields),
      });
    const answer = await post('/token', {
      grant_type: 'client_credentials',
      resource: resource.identifier ?? '',
      scope: 'records:read',
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const { payload } = await verify(token);
    expect(payload.scope).to.equal('records:read');
    expect(await isRevoked(payload)).to.equal(false);
    await post('/token/revoke', { token });
    expect(await isRevoked(payload)).to.equal(true);
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
