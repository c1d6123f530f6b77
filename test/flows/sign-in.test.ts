import { expect } from 'chai';
import { asFixture, fixture, fixtures } from '../support/evidence/fixture.ts';
import {
  callbackOf,
  eventsDuring,
  type HandClient,
  handClient,
  type Person,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

describe('signing in', () => {
  let server: TestServer;
  let person: Person & { name: string };
  let client: HandClient;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount({ name: 'Robin Reyes' });
    client = handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, client_name: 'Ward board', client_uri: 'http://127.0.0.1:9/' }),
    );
  });
  after(() => server.stop());

  const enter = (agent: UserAgent, page: Page, who: { email: string; password: string } = person) =>
    agent.submit(page, { identifier: who.email, password: who.password });
  const asksForPassword = (page: Page) => page.forms.some(({ fields }) => 'password' in fields);
  const withoutVariables = (page: Page) =>
    page.body
      .replaceAll(/value="[^"]*"/gu, 'value')
      .replaceAll(/(action|data-options)="[^"]*"/gu, '$1')
      .replaceAll(/(?<=[?&;]sign_in=)[\w-]+/gu, 'uid')
      .replaceAll(/<dd><code>[^<]*<\/code>/gu, '');

  describe('with what is not right', () => {
    it('says the same for a wrong password, an unknown person and a disabled one', async () => {
      const disabled = await server.addAccount();
      await asFixture(server.app.database, (tx) =>
        server.app.accounts.store.setStatus(tx, disabled.id, 'disabled'),
      );
      const noPassword = await server.app.accounts.store.create(fixtures(server.app.database), {
        email: 'nobody-yet@example.org',
        name: 'No Password',
      });
      const tries = [
        { email: person.email, password: 'not the password' },
        { email: 'unknown@example.org', password: 'not the password' },
        { email: disabled.email, password: disabled.password },
        { email: noPassword.email, password: 'anything' },
        { email: person.email, password: `${person.password} ` },
        { email: person.email, password: 'x'.repeat(5000) },
        { email: 'not even an address', password: 'x' },
      ];
      const answers: [number, string, string | null][] = [];
      for (const given of tries) {
        const agent = new UserAgent();
        const page = await enter(agent, await agent.open(client.authorizeUrl()), given);
        answers.push([page.status, withoutVariables(page), page.headers.get('cache-control')]);
        expect(page.body).to.include('The email address or the password is not right.');
        expect(asksForPassword(page)).to.equal(true);
        expect(page.forms[0]?.fields.identifier).to.equal(given.email);
        expect(page.forms[0]?.fields.password).to.equal('');
      }
      for (const answer of answers) expect(answer).to.deep.equal(answers[0]);
    });

    it('tells the auditors which it was', async () => {
      const { events } = await eventsDuring(server, async () => {
        const agent = new UserAgent();
        const page = await agent.open(client.authorizeUrl());
        await enter(agent, page, { email: 'unknown@example.org', password: 'x' });
        await enter(agent, page, { email: person.email, password: 'x' });
      });
      const facts = events.map(({ type, outcome, account, details }) => [
        type,
        outcome,
        account,
        details.reason,
      ]);
      expect(facts).to.deep.equal([
        ['sign_in.failed', 'failure', null, 'account_unknown'],
        ['sign_in.failed', 'failure', person.id, 'password_wrong'],
      ]);
      expect(JSON.stringify(events)).to.not.include('unknown@example.org');
    });

    it('can be tried again on the same page', async () => {
      const agent = new UserAgent();
      const refused = await enter(agent, await agent.open(client.authorizeUrl()), {
        ...person,
        password: 'x',
      });
      const page = await agent.follow(await enter(agent, refused));
      expect(callbackOf(page).has('code')).to.equal(true);
    });

    it('asks for what was left out, and keeps what was typed', async () => {
      const agent = new UserAgent();
      const page = await agent.open(client.authorizeUrl());
      for (const [identifier, password] of [
        ['', ''],
        ['robin@example.org', ''],
        ['', 'secret'],
        ['   ', 'secret'],
      ] as const) {
        const answer = await agent.submit(page, { identifier, password });
        expect(answer.status).to.equal(400);
        expect(answer.body).to.include('Fill in what is missing');
        expect(answer.forms[0]?.fields.identifier).to.equal(identifier);
        expect(answer.body).to.not.include('secret');
      }
      const action = String(page.forms[0]?.action);
      const csrf = String(page.forms[0]?.fields.csrf);
      expect((await agent.post(action, { csrf })).status).to.equal(400);
      expect(
        (await agent.post(action, { identifier: person.email, password: person.password })).status,
      ).to.equal(400);
      expect((await agent.post(action, `csrf=${csrf}&csrf=${csrf}&identifier=a&password=b`)).status).to.equal(
        400,
      );
    });

    it('refuses a form token that is not of this page', async () => {
      const agent = new UserAgent();
      const page = await agent.open(client.authorizeUrl());
      const other = await agent.open(client.authorizeUrl());
      const fields = { identifier: person.email, password: person.password };
      const answer = await agent.submit(page, { ...fields, csrf: String(other.forms[0]?.fields.csrf) });
      expect(answer.status).to.equal(403);
      expect(answer.body).to.include('out of date');
    });
  });

  it('the address may be typed in any case, with spaces around it', async () => {
    const agent = new UserAgent();
    const typed = { email: `  ${person.email.toUpperCase()} `, password: person.password };
    const page = await agent.follow(await enter(agent, await agent.open(client.authorizeUrl()), typed));
    expect(callbackOf(page).has('code')).to.equal(true);
  });

  it('redirects with 303 after the password, and gives the session a cookie of its own', async () => {
    const agent = new UserAgent();
    const answer = await enter(agent, await agent.open(client.authorizeUrl()));
    expect(answer.status).to.equal(303);
    const before = (await agent.jar.getCookies(server.issuer)).map(({ key }) => key);
    expect(before, 'no session before the end').to.not.include('gatehouse_session');
    await agent.follow(answer);
    const after = await agent.jar.getCookies(server.issuer);
    const session = after.find(({ key }) => key === 'gatehouse_session');
    expect(session).to.include({ httpOnly: true, sameSite: 'lax', path: '/' });
  });

  it('an answer of the client library is possible only once the password was right', async () => {
    const agent = new UserAgent();
    const page = await agent.open(client.authorizeUrl());
    const uid = String(new URL(page.url).pathname.split('/').at(-1));
    const early = await agent.open(`${server.issuer}/authorize/${uid}`);
    expect(early.location?.includes('code=') ?? false).to.equal(false);
  });

  describe('twice', () => {
    it('at the same moment: both land at the client or on a page, and there is one session', async () => {
      const agent = new UserAgent();
      const page = await agent.open(client.authorizeUrl());
      const { events, result: answers } = await eventsDuring(server, () =>
        Promise.all(Array.from({ length: 8 }, () => enter(agent, page))),
      );
      for (const answer of answers) expect(answer.status).to.equal(303);
      expect(new Set(answers.map(({ location }) => location)).size).to.equal(1);
      expect(events.map(({ type }) => type)).to.have.members(['sign_in.succeeded', 'device.added']);
      const ends = await Promise.all(answers.map((answer) => agent.follow(answer)));
      const codes = ends.filter(({ location }) => location?.includes('code='));
      expect(codes).to.have.length(1);
      for (const end of ends) expect(end.status).to.be.oneOf([303, 200]);
    });

    it('going back and submitting again: a page that leads back to the client', async () => {
      const agent = new UserAgent();
      const page = await agent.open(client.authorizeUrl());
      await agent.follow(await enter(agent, page));
      for (const again of [await enter(agent, page), await agent.get(page.url)]) {
        expect(again.status).to.equal(200);
        expect(again.body).to.include('already finished').and.include('Ward board');
        expect(again.body).to.include('href="http://127.0.0.1:9/"');
      }
    });

    it('in two tabs: both end at the client', async () => {
      const agent = new UserAgent();
      const one = await agent.open(client.authorizeUrl({ state: 'one' }));
      const two = await agent.open(client.authorizeUrl({ state: 'two' }));
      for (const [page, state] of [
        [two, 'two'],
        [one, 'one'],
      ] as const) {
        const answer = callbackOf(await agent.follow(await enter(agent, page)));
        expect([answer.get('state'), answer.has('code')]).to.deep.equal([state, true]);
      }
    });

    it('by two people in two tabs of one browser: the second is signed in, the first is not any more', async () => {
      const agent = new UserAgent();
      const other = await server.addAccount();
      const one = await agent.open(client.authorizeUrl());
      const two = await agent.open(client.authorizeUrl());
      const first = await client.redeem(String((await agent.follow(await enter(agent, one))).location));
      const answer = await finishAsOther(agent, await enter(agent, two, other));
      const { body } = await client.redeem(String(answer.location));
      expect((await client.userinfo(body.access_token)).body.sub).to.equal(other.id);
      expect((await client.userinfo(first.body.access_token)).status).to.equal(401);
    });
  });

  /** Where somebody else was signed in, the provider signs them out by a form that submits itself. */
  async function finishAsOther(agent: UserAgent, answer: Page): Promise<Page> {
    let page = await agent.follow(answer);
    const form = page.forms.find(({ action }) => action.endsWith('/confirm'));
    if (form !== undefined) page = await agent.follow(await agent.post(form.action, form.fields));
    return page;
  }

  it('by somebody else with prompt=login: the first person is signed out, the second comes to the client', async () => {
    const agent = new UserAgent();
    const other = await server.addAccount();
    const before = await tokensFor(client, person, {}, agent);
    const asked = await agent.open(client.authorizeUrl({ prompt: 'login' }));
    const answer = await finishAsOther(agent, await enter(agent, asked, other));
    const { body } = await client.redeem(String(answer.location));
    expect((await client.userinfo(body.access_token)).body.sub).to.equal(other.id);
    expect((await client.userinfo(before.access_token)).status).to.equal(401);
    const silent = await agent.open(client.authorizeUrl({ prompt: 'none' }));
    const again = await client.redeem(String(silent.location));
    expect((await client.userinfo(again.body.access_token)).body.sub).to.equal(other.id);
  });

  it('can be cancelled: the client hears of it', async () => {
    const agent = new UserAgent();
    const page = await agent.open(client.authorizeUrl());
    const { events, result: answer } = await eventsDuring(server, async () =>
      agent.follow(await agent.submit(page, {}, '/cancel')),
    );
    expect(callbackOf(answer).get('error')).to.equal('access_denied');
    expect(callbackOf(answer).get('state')).to.equal('the-state');
    expect(events.map(({ type }) => type)).to.deep.equal(['sign_in.cancelled', 'authorization.refused']);
    const back = await enter(agent, page);
    expect(back.status).to.equal(200);
    expect(back.body).to.include('Ward board');
  });

  describe('with a session whose account is gone', () => {
    const ends: [string, (id: string) => Promise<unknown>][] = [
      ['deleted', (id) => fixture(server.app.database, 'delete from accounts where id = $1', [id])],
      [
        'disabled',
        (id) =>
          asFixture(server.app.database, (tx) => server.app.accounts.store.setStatus(tx, id, 'disabled')),
      ],
    ];
    for (const [how, end] of ends) {
      it(`${how}: asks for a sign-in, and refuses with prompt=none`, async () => {
        const agent = new UserAgent();
        const leaver = await server.addAccount();
        const tokens = await tokensFor(client, leaver, {}, agent);
        await end(leaver.id);
        const silent = await agent.open(client.authorizeUrl({ prompt: 'none' }));
        expect(callbackOf(silent).get('error')).to.equal('login_required');
        expect((await client.userinfo(tokens.access_token)).status).to.equal(401);
        const account = await agent.open(`${server.issuer}/account`);
        expect(account.status).to.equal(200);
        expect(asksForPassword(account)).to.equal(true);
        const asked = await agent.open(client.authorizeUrl());
        expect(asked.status).to.equal(200);
        expect(asksForPassword(asked)).to.equal(true);
        const answer = await finishAsOther(agent, await enter(agent, asked));
        const { body } = await client.redeem(String(answer.location));
        expect((await client.userinfo(body.access_token)).body.sub).to.equal(person.id);
      });
    }
  });
});
