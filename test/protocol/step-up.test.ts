import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { decodeJwt } from 'jose';
import * as openid from 'openid-client';
import type { Account } from '../../src/domain/accounts/store.ts';
import { addApp, addPasskey, asksFor, showPasskey, typeCode, typePassword } from '../support/factors.ts';
import { callbackOf } from '../support/protocol.ts';
import {
  createRelyingParty,
  type PendingSignIn,
  type RelyingParty,
  WEB_CLIENT,
} from '../support/relying-party.ts';
import { freePort, startTestServer, type TestServer } from '../support/server.ts';
import { useTravel } from '../support/time.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

type Someone = Account & { password: string };

const SERVICE = 'https://records.example.org';

/** OAuth 2.0 Step Up Authentication Challenge (RFC 9470), with openid-client and the samples. */
describe('stepping up', function steppingUp() {
  this.timeout(60_000);
  const time = useTravel();
  let server: TestServer;
  let party: RelyingParty;

  before(async () => {
    server = await startTestServer({ replace: { clock: time.clock } });
    await server.addResource({ identifier: SERVICE, name: 'Records', scopes: ['records:read'] });
    party = await createRelyingParty(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());

  const scope = 'openid records:read';
  const begin = (more: Record<string, string> = {}) => party.begin({ scope, resource: SERVICE, ...more });
  /** What the ID token says, the JWT for the service, and who introspects the one of the sign-in. */
  const tokensOf = async (pending: PendingSignIn, page: Page) => {
    const tokens = await party.finish(pending, String(page.location));
    const forService = await openid.refreshTokenGrant(party.configuration, String(tokens.refresh_token), {
      resource: SERVICE,
    });
    return {
      id: decodeJwt(String(tokens.id_token)),
      access: decodeJwt(forService.access_token),
      introspected: await openid.tokenIntrospection(party.configuration, tokens.access_token),
    };
  };

  /** Signed in with the password alone: the factor came later, or nobody is asked for it here. */
  async function signedIn(person: Someone) {
    const agent = new UserAgent();
    const pending = await begin();
    const page = await typePassword(agent, await agent.open(pending.url), person);
    return { agent, ...(await tokensOf(pending, page)) };
  }

  it('is in the metadata', () => {
    const { acr_values_supported: levels } = party.configuration.serverMetadata();
    expect(levels).to.deep.equal(['aal1', 'aal2', 'phr']);
  });

  it('asks a live session for the code only, and tells of it everywhere', async () => {
    const person = await server.addAccount();
    const before = await signedIn(person);
    expect(before.id).to.deep.include({ acr: 'aal1', amr: ['pwd'] });
    const app = await addApp(server, person);
    const pending = await begin({ acr_values: 'aal2' });
    const asked = await before.agent.open(pending.url);
    expect(asksFor(asked)).to.equal('totp');
    expect(asked.forms.some(({ fields }) => 'password' in fields)).to.equal(false);
    const back = await before.agent.follow(await typeCode(before.agent, asked, await app.fresh()));
    const after = await tokensOf(pending, back);
    const proof = { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'], auth_time: before.id.auth_time };
    expect(after.id).to.deep.include(proof);
    expect(after.access, 'the JWT for the service, from a refresh').to.deep.include(proof);
    expect(after.introspected).to.deep.include({ active: true, ...proof });
  });

  it('goes from a code on to a passkey, and asks for no code again', async () => {
    const person = await server.addAccount();
    const [app, key] = [await addApp(server, person), await addPasskey(server, person)];
    const agent = new UserAgent();
    const first = await begin({ acr_values: 'aal2' });
    const page = await typePassword(agent, await agent.open(first.url), person);
    const code = await agent.get(`${page.url}?factor=totp`);
    const { id } = await tokensOf(first, await agent.follow(await typeCode(agent, code, await app.fresh())));
    expect(id.acr).to.equal('aal2');
    const second = await begin({ acr_values: 'phr' });
    const asked = await agent.open(second.url);
    expect(asksFor(asked)).to.equal('passkey');
    const back = await agent.follow(await showPasskey(agent, asked, key));
    expect((await tokensOf(second, back)).id).to.deep.include({ acr: 'phr', amr: ['pwd', 'hwk', 'mfa'] });
  });

  it('tells each client the level that it asked for, of a session that has reached more', async () => {
    const person = await server.addAccount();
    const key = await addPasskey(server, person);
    const agent = new UserAgent();
    const whole = await begin();
    const page = await agent.open(whole.url);
    const { id } = await tokensOf(whole, await agent.follow(await showPasskey(agent, page, key)));
    expect(id.acr).to.equal('phr');
    for (const [asked, told] of [
      ['aal2', 'aal2'],
      ['aal1', 'aal1'],
      ['aal1 aal2', 'aal2'],
      ['phr', 'phr'],
    ] as const) {
      const pending = await begin({ acr_values: asked, prompt: 'none' });
      const { id: silent, access } = await tokensOf(pending, await agent.open(pending.url));
      expect([silent.acr, access.acr], asked).to.deep.equal([told, told]);
      expect(silent.amr).to.deep.equal(['hwk', 'user', 'mfa']);
    }
    const claims = JSON.stringify({ id_token: { acr: { essential: true, value: 'aal2' } } });
    const pending = await begin({ claims, prompt: 'none' });
    expect((await tokensOf(pending, await agent.open(pending.url))).id.acr).to.equal('aal2');
  });

  it('asks a session that is too old for everything', async () => {
    const person = await server.addAccount();
    const { agent } = await signedIn(person);
    await addApp(server, person);
    time.pass(2.1);
    const pending = await begin({ acr_values: 'aal2', max_age: '1' });
    const asked = await agent.open(pending.url);
    expect(asked.forms.some(({ fields }) => 'password' in fields)).to.equal(true);
    expect(asksFor(await typePassword(agent, asked, person))).to.equal('totp');
  });

  it('asks everybody for everything with prompt=login', async () => {
    const person = await server.addAccount();
    const { agent } = await signedIn(person);
    await addApp(server, person);
    const pending = await begin({ acr_values: 'aal2', prompt: 'login' });
    const asked = await agent.open(pending.url);
    expect(asked.forms.some(({ fields }) => 'password' in fields)).to.equal(true);
  });

  it('refuses with prompt=none what it would have to ask for', async () => {
    const person = await server.addAccount();
    const { agent } = await signedIn(person);
    const pending = await begin({ acr_values: 'aal2', prompt: 'none' });
    expect(callbackOf(await agent.open(pending.url)).get('error')).to.equal('login_required');
  });

  it('lets another person sign in, who shows their own factor', async () => {
    const [person, other] = [await server.addAccount(), await server.addAccount()];
    const { agent } = await signedIn(person);
    await addApp(server, person);
    const app = await addApp(server, other);
    const pending = await begin({ acr_values: 'aal2' });
    const asked = await agent.open(pending.url);
    const page = await agent.follow(
      await agent.post(new URL(asked.url).href, {
        csrf: String(asked.forms[0]?.fields.csrf),
        identifier: other.email,
        password: other.password,
      }),
    );
    expect(asksFor(page)).to.equal('totp');
    let back = await agent.follow(await typeCode(agent, page, await app.fresh()));
    // The provider signs the one out before the other is in.
    if (back.location === undefined) back = await agent.follow(await agent.submit(back, {}));
    expect((await tokensOf(pending, back)).id).to.include({ sub: other.id, acr: 'aal2' });
  });

  describe('in the samples', () => {
    const examples: ChildProcess[] = [];
    let application: string;

    before(async () => {
      const [port, servicePort] = [await freePort(), await freePort()];
      application = `http://localhost:${port}`;
      const service = `http://localhost:${servicePort}`;
      await server.addResource({ identifier: service, name: 'Sample', scopes: ['sample:read'] });
      const { client_id: id, client_secret: secret } = await server.addClient({
        ...WEB_CLIENT,
        redirect_uris: [`${application}/callback`],
        post_logout_redirect_uris: [`${application}/`],
      });
      await launch('service', { PORT: String(servicePort) });
      await launch('relying-party', {
        PORT: String(port),
        CLIENT_ID: String(id),
        CLIENT_SECRET: String(secret),
        SERVICE: service,
      });
    });
    after(() => {
      for (const example of examples) example.kill();
    });

    async function launch(name: string, settings: Record<string, string>): Promise<void> {
      const file = fileURLToPath(new URL(`../../examples/${name}/main.ts`, import.meta.url));
      const env = { PATH: process.env.PATH ?? '', ISSUER: server.issuer, ...settings };
      const example = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
      examples.push(example);
      await once(example.stdout, 'data');
    }

    /** As a browser does, from one origin to the next. */
    async function arrive(agent: UserAgent, from: Page): Promise<Page> {
      let page = from;
      for (let hops = 0; page.location !== undefined && hops < 20; hops += 1) {
        page = await agent.get(page.location);
      }
      return page;
    }

    it('the application does what the service wants a second factor for, after that was shown', async () => {
      const person = await server.addAccount();
      const agent = new UserAgent();
      const home = await agent.get(`${application}/`);
      const page = await arrive(agent, await agent.submit(home, {}, '/sign-in'));
      const inside = await arrive(
        agent,
        await agent.submit(page, { identifier: person.email, password: person.password }),
      );
      expect(inside.body).to.include('&quot;acr&quot;: &quot;aal1&quot;');
      const app = await addApp(server, person);
      const asked = await arrive(agent, await agent.submit(inside, {}, '/do-sensitive'));
      expect(asksFor(asked), 'only what is missing').to.equal('totp');
      const done = await arrive(agent, await typeCode(agent, asked, await app.fresh()));
      expect(done.body).to.include('200 OK').and.include('&quot;done&quot;');
      const again = await arrive(agent, await agent.submit(done, {}, '/do-sensitive'));
      expect(again.url, 'without being asked again').to.equal(`${application}/`);
      expect(again.body).to.include('200 OK').and.include('&quot;done&quot;');
    });

    it('the person who cancels is told so, and nothing was done', async () => {
      const person = await server.addAccount();
      const agent = new UserAgent();
      const home = await agent.get(`${application}/`);
      const page = await arrive(agent, await agent.submit(home, {}, '/sign-in'));
      const inside = await arrive(
        agent,
        await agent.submit(page, { identifier: person.email, password: person.password }),
      );
      const choice = await arrive(agent, await agent.submit(inside, {}, '/do-sensitive'));
      const back = await arrive(agent, await agent.submit(choice, {}, '/cancel'));
      expect(back.body).to.include('401 Unauthorized').and.not.include('&quot;done&quot;');
      expect(back.body).to.include('nothing was shared');
    });
  });
});
