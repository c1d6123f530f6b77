import { expect } from 'chai';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { audited, authorizePath, type Client, codeFor } from './support.ts';

/** One of our forms, opened by the person it is for. */
interface OpenForm {
  readonly agent: UserAgent;
  readonly page: Page;
  readonly action: string;
  readonly fields: Record<string, string>;
  /** Whether what the form is for has happened. */
  happened(): Promise<boolean>;
}

describe('line 42: every form that is posted is protected against forgery', () => {
  let server: TestServer;
  let own: Client;
  let thirdParty: Client;

  before(async () => {
    server = await startTestServer();
    own = await server.addClient(WEB_CLIENT);
    thirdParty = await server.addClient({ ...WEB_CLIENT, first_party: false });
  });
  after(() => server.stop());

  const formOf = (page: Page, ending: string) => {
    const form = page.forms.find(({ action }) => action.endsWith(ending));
    if (form === undefined) throw new Error(`no form ${ending} on ${page.url}`);
    return { page, action: form.action, fields: { ...form.fields } };
  };

  const happened = async (type: string, about: string): Promise<boolean> =>
    (await audited(server, type)).some((row) => JSON.stringify(row).includes(about));

  const FORMS: Record<string, () => Promise<OpenForm>> = {
    async 'sign in'() {
      const person = await server.addAccount();
      const agent = new UserAgent();
      const page = await agent.open(server.issuer + authorizePath(own));
      const form = formOf(page, new URL(page.url).pathname);
      const fields = { ...form.fields, identifier: person.email, password: person.password };
      return { agent, ...form, fields, happened: () => happened('sign_in.succeeded', person.id) };
    },

    async 'cancel a sign-in'() {
      const client = await server.addClient(WEB_CLIENT);
      const agent = new UserAgent();
      const page = await agent.open(server.issuer + authorizePath(client));
      return {
        agent,
        ...formOf(page, '/cancel'),
        happened: () => happened('sign_in.cancelled', String(client.client_id)),
      };
    },

    async 'allow an application'() {
      const person = await server.addAccount();
      const agent = new UserAgent();
      await codeFor(server, own, person, {}, agent);
      const page = await agent.open(server.issuer + authorizePath(thirdParty));
      const form = formOf(page, '/consent');
      const fields = { ...form.fields, decision: 'allow' };
      return { agent, ...form, fields, happened: () => happened('consent.granted', person.id) };
    },

    async 'withdraw a consent'() {
      const person = await server.addAccount();
      const agent = new UserAgent();
      await codeFor(server, thirdParty, person, {}, agent);
      const page = await agent.open(`${server.issuer}/account`);
      const gone = () => happened('consent.withdrawn', person.id);
      return { agent, ...formOf(page, '/withdraw'), happened: gone };
    },

    async 'sign out'() {
      const person = await server.addAccount();
      const agent = new UserAgent();
      await codeFor(server, own, person, {}, agent);
      const page = await agent.open(`${server.issuer}/logout`);
      const form = formOf(page, '/logout/confirm');
      const fields = { ...form.fields, logout: 'yes' };
      return { agent, ...form, fields, happened: () => happened('sign_out.completed', person.id) };
    },

    async 'set up the first administrator'() {
      const link = await server.house.setup.issueLink({ command: 'test' });
      const agent = new UserAgent();
      const page = await agent.open(String(link));
      const form = formOf(page, '/setup');
      const email = `first-${Math.random().toString(36).slice(2)}@example.org`;
      const fields = {
        ...form.fields,
        email,
        name: 'First Administrator',
        password: 'a long and fine passphrase',
      };
      return {
        agent,
        ...form,
        fields,
        happened: async () => (await server.house.accounts.existing([email])).size > 0,
      };
    },
  };

  const tokenName = (fields: Record<string, string>) => ('xsrf' in fields ? 'xsrf' : 'csrf');

  for (const [name, open] of Object.entries(FORMS)) {
    describe(name, () => {
      it('is refused without the token, with none, with a changed one, with one of another form', async () => {
        const form = await open();
        const field = tokenName(form.fields);
        const { [field]: right = '', ...without } = form.fields;
        const foreign = await FORMS[name === 'sign in' ? 'cancel a sign-in' : 'sign in']?.();
        const others = [
          without,
          { ...without, [field]: '' },
          { ...without, [field]: `${right.startsWith('A') ? 'B' : 'A'}${right.slice(1)}` },
          { ...without, [field]: right.slice(0, -1) },
          { ...without, [field]: foreign?.fields.csrf ?? '' },
        ];
        expect(right).to.match(/^[\w-]{40,}$/);
        for (const fields of others) {
          const answer = await form.agent.post(form.action, fields);
          expect(answer.status, answer.body).to.be.oneOf([400, 403]);
        }
        expect(await form.happened()).to.equal(false);
      });

      it('is refused to a page of another site', async () => {
        const form = await open();
        const { [tokenName(form.fields)]: _right, ...forged } = form.fields;
        for (const headers of [
          { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
          { 'sec-fetch-site': 'same-site', origin: 'https://other.localhost' },
          { origin: 'https://evil.example' },
          { origin: 'null', referer: 'https://evil.example/' },
        ]) {
          const answer = await form.agent.post(form.action, forged, headers as Record<string, string>);
          expect(answer.status).to.be.oneOf([400, 403]);
        }
        expect(await form.happened()).to.equal(false);
      });

      it('is refused by GET, and as anything but a form', async () => {
        const form = await open();
        await form.agent.get(`${form.action}?${new URLSearchParams(form.fields)}`);
        for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
          const body =
            type === 'application/json'
              ? JSON.stringify(form.fields)
              : String(new URLSearchParams(form.fields));
          const answer = await form.agent.post(form.action, body, { 'content-type': type });
          expect(answer.status, type).to.be.oneOf([400, 403, 415]);
        }
        expect(await form.happened()).to.equal(false);
      });

      it('does what it is for when it comes from our page', async () => {
        const form = await open();
        const headers = { 'sec-fetch-site': 'same-origin', origin: 'null' };
        const answer = await form.agent.post(form.action, form.fields, headers);
        expect(answer.status, answer.body).to.be.oneOf([200, 303]);
        expect(await form.happened()).to.equal(true);
      });
    });
  }

  it('the right token from another site is refused as well, where the browser tells', async () => {
    for (const name of ['sign in', 'cancel a sign-in', 'allow an application', 'withdraw a consent']) {
      const form = (await FORMS[name]?.()) as OpenForm;
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' },
        { origin: 'https://evil.example' },
      ] as const) {
        expect(
          (await form.agent.post(form.action, form.fields, headers as Record<string, string>)).status,
        ).to.equal(403);
      }
      expect(await form.happened(), name).to.equal(false);
    }
  });

  it('a token is for one interaction and one browser', async () => {
    const first = (await FORMS['sign in']?.()) as OpenForm;
    const second = (await FORMS['sign in']?.()) as OpenForm;
    const crossed = { ...second.fields, csrf: String(first.fields.csrf) };
    expect((await second.agent.post(second.action, crossed)).status).to.equal(403);
    expect((await new UserAgent().post(second.action, second.fields)).status).to.equal(400);
    expect((await first.agent.post(second.action, second.fields)).status).to.equal(400);
    expect(await second.happened()).to.equal(false);
  });
});

describe('line 59: after credentials were posted, browsers are sent on with 303', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  it('on every step to the application', async () => {
    const client = await server.addClient({ ...WEB_CLIENT, first_party: false });
    const person = await server.addAccount();
    const agent = new UserAgent();
    const page = await agent.open(server.issuer + authorizePath(client));
    let answer = await agent.submit(page, { identifier: person.email, password: person.password });
    const statuses = [answer.status];
    while (answer.location?.startsWith(server.issuer) === true) {
      answer = await agent.get(answer.location);
      if (answer.status === 200) {
        const form = answer.forms.find(({ action }) => action.endsWith('/consent'));
        answer = await agent.post(String(form?.action), { ...form?.fields, decision: 'allow' });
      }
      statuses.push(answer.status);
    }
    expect(answer.location).to.contain('code=');
    expect(new Set(statuses)).to.deep.equal(new Set([303]));
  });

  it('and the password is in no address and no page', async () => {
    const client = await server.addClient(WEB_CLIENT);
    const agent = new UserAgent();
    const page = await agent.open(server.issuer + authorizePath(client));
    const wrong = await agent.submit(page, {
      identifier: 'nobody@example.org',
      password: 'swordfish-swordfish',
    });
    expect(wrong.status).to.equal(401);
    expect(wrong.body).not.to.contain('swordfish');
  });
});
