import { expect } from 'chai';
import { clients } from '../../src/administration/clients/index.ts';
import { createRemoteAdministration } from '../../src/commands/remote/administration.ts';
import { signInByDevice } from '../../src/commands/remote/device-sign-in.ts';
import type { Login } from '../../src/commands/remote/logins.ts';
import { createLogins } from '../../src/commands/remote/logins.ts';
import { createRemoteSession } from '../../src/commands/remote/session.ts';
import { ADMIN_CLIENT_ID } from '../../src/oidc/admin-client.ts';
import { machineOf } from '../support/commands-elsewhere.ts';
import { answerWith, askForCodes, DEVICE_SIGN_IN, enterCode, poll } from '../support/device-sign-in.ts';
import { createProofKey } from '../support/dpop.ts';
import { type App, addApp, asksFor, typeCode, typePassword } from '../support/factors.ts';
import { handClient, type Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { useTravel } from '../support/time.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

describe('the command signs in where there is no browser', () => {
  const travel = useTravel();
  let server: TestServer;
  let admin: Person;
  let app: App;

  before(async () => {
    server = await startTestServer({ settings: DEVICE_SIGN_IN, replace: { clock: travel.clock } });
    admin = await server.addAccount({ roles: ['administrator'] });
    app = await addApp(server, admin);
  });
  after(() => server.stop());

  /** To the confirmation, with what is asked for on the way. */
  async function signInFor(agent: UserAgent, code: string): Promise<Page> {
    let page = await enterCode(agent, server.issuer, code);
    for (let steps = 0; steps < 3; steps += 1) {
      if (page.forms.some(({ fields }) => 'password' in fields))
        page = await typePassword(agent, page, admin);
      else if (asksFor(page) !== undefined)
        page = await agent.follow(await typeCode(agent, page, await app.fresh()));
    }
    return page;
  }

  async function login(decision: 'allow' | 'deny', agent = new UserAgent()) {
    const told: string[] = [];
    let answered = false;
    const result = await signInByDevice(
      { issuer: server.issuer },
      {
        terminal: { warn: (text) => void told.push(text) },
        async wait(seconds) {
          travel.pass(seconds);
          if (answered) return;
          answered = true;
          const code = /[A-Z]{4}-[A-Z]{4}/u.exec(told.join('\n'))?.[0] ?? '';
          await answerWith(agent, await signInFor(agent, code), decision);
        },
      },
    ).catch((error) => error);
    return { told: told.join('\n'), result };
  }

  it('says the address and the code and nothing else, and works as its person with a bound token', async () => {
    const { told, result } = await login('allow');
    expect(told).to.include(`${server.issuer}/device\n`).and.not.include('user_code');
    const signedIn = result as Login;
    expect(signedIn).to.include({ sub: admin.id, device: true });
    const machine = await machineOf(admin);
    const logins = createLogins(machine.folder);
    await logins.keep(signedIn);
    const terminal = { print: () => undefined, warn: () => undefined, fail: () => undefined };
    const session = createRemoteSession(server.issuer, { logins, signIn: undefined });
    const administration = createRemoteAdministration(session, terminal);
    const actor = { kind: 'command', command: 'gatehouse clients list', user: 'tester' } as const;
    expect(await administration.perform(clients.list, actor, {})).to.have.property('items');
    const bearer = { authorization: `Bearer ${signedIn.accessToken}` };
    expect((await fetch(`${server.issuer}/api/admin/v1/clients`, { headers: bearer })).status).to.equal(401);
    await machine.clear();
  });

  it('says that it was denied', async () => {
    const { result } = await login('deny');
    expect(result).to.include({ code: 'sign_in_denied' });
  });

  it('asks for a fresh sign-in with a second factor, whatever the device wants and whoever is signed in', async () => {
    const agent = new UserAgent();
    const client = handClient(server.issuer, {
      client_id: ADMIN_CLIENT_ID,
      token_endpoint_auth_method: 'none',
    });
    const resource = `${server.issuer}/api/admin`;
    const wanted = { scope: 'openid people:read', resource, acr_values: 'aal1', max_age: '86400' };
    for (const already of [false, true]) {
      const codes = await askForCodes(client, wanted);
      const page = await enterCode(agent, server.issuer, codes.user_code);
      expect(
        page.forms.some(({ fields }) => 'password' in fields),
        String(already),
      ).to.equal(true);
      const factor = await typePassword(agent, page, admin);
      expect(asksFor(factor)).to.equal('totp');
      const confirmation = await agent.follow(await typeCode(agent, factor, await app.fresh()));
      expect(confirmation.body).to.include('Gatehouse command line').and.include('see people');
      await answerWith(agent, confirmation, 'allow');
      const key = await createProofKey();
      travel.pass(5);
      const unbound = await poll(client, codes);
      expect([unbound.status, unbound.body.error]).to.deep.equal([400, 'invalid_grant']);
      travel.pass(5);
      const proof = await key.prove('POST', `${server.issuer}/token`);
      const { status, body } = await poll(client, codes, { dpop: proof });
      expect([status, body.token_type]).to.deep.equal([200, 'DPoP']);
    }
  });

  it('lets nobody in who has no second factor to show', async () => {
    const plain = await server.addAccount();
    const client = handClient(server.issuer, {
      client_id: ADMIN_CLIENT_ID,
      token_endpoint_auth_method: 'none',
    });
    const codes = await askForCodes(client, {
      scope: 'openid people:read',
      resource: `${server.issuer}/api/admin`,
    });
    const agent = new UserAgent();
    const page = await typePassword(agent, await enterCode(agent, server.issuer, codes.user_code), plain);
    expect(page.body).not.to.include('Sign this device in');
    expect(page.url).to.include('/sign-in/');
  });

  it('says so where the server does not have it', async () => {
    const off = await startTestServer();
    const machine = await machineOf(admin);
    try {
      const { error } = await machine.gatehouse('login', off.issuer, '--device');
      expect(error).to.include({ code: 'device_sign_in_off' });
      expect(error?.safeMessage).to.include('DEVICE_SIGN_IN');
    } finally {
      await machine.clear();
      await off.stop();
    }
  });
});
