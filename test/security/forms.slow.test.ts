import { expect } from 'chai';
import { pageRouter } from '../../src/app.ts';
import { ROUTES } from '../../src/oidc/provider.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { FORM_SETTINGS } from './posted-factor-forms.ts';
import { type Applications, type OpenForm, postedForms } from './posted-forms.ts';
import { authorizePath } from './support.ts';

describe('line 42: every form that is posted is protected against forgery', function forms() {
  this.timeout(60_000);
  let server: TestServer;
  let applications: Applications;

  before(async () => {
    server = await startTestServer({ settings: FORM_SETTINGS });
    const thirdParty = await server.addClient({ ...WEB_CLIENT, first_party: false });
    applications = { own: await server.addClient(WEB_CLIENT), thirdParty };
  });
  after(() => server.stop());

  /** What answers a question and changes nothing: each is held to its token where it is tested. */
  const QUESTIONS = [
    '/account/security/passkeys/new/options',
    '/account/security/recovery-codes/stored',
    '/recovery-codes',
  ];

  /** An answer of the protocol, which its `state` binds to the browser: `test-sign-in.test.ts` holds it to that. */
  const ANSWERS = ['/test-sign-in/callback'];

  /** What a server asks for that is told to: `agreements.test.ts` holds these to the same. */
  const OF_ANOTHER_SERVER = ['/sign-in/:uid/agree', '/sign-in/:uid/decline'];

  const FORMS = postedForms(
    () => server,
    () => applications,
  );
  const open = async (name: string): Promise<OpenForm> => {
    const form = FORMS[name];
    if (form === undefined) throw new Error(`no form to ${name}`);
    return form.open();
  };

  it('none is left out below', async () => {
    // What a browser posts to the protocol is a request of an application, and asked again as a GET.
    const protocol: string[] = [ROUTES.authorization, ROUTES.end_session];
    const routes = pageRouter(server.app).stack.flatMap(({ methods, path }) =>
      methods.includes('POST') && !protocol.includes(String(path)) ? [String(path)] : [],
    );
    // Signing out is the provider's.
    const tested = Object.values(FORMS).map(({ route }) => route);
    expect([...routes, '/logout/confirm'].sort()).to.deep.equal(
      [...tested, ...QUESTIONS, ...ANSWERS, ...OF_ANOTHER_SERVER].sort(),
    );
  });

  const tokenName = (fields: Record<string, string>) => ('xsrf' in fields ? 'xsrf' : 'csrf');

  for (const name of Object.keys(FORMS)) {
    describe(name, () => {
      it('is refused without the token, with none, with a changed one, with one of another form', async () => {
        const form = await open(name);
        const field = tokenName(form.fields);
        const { [field]: right = '', ...without } = form.fields;
        const foreign = await open(name === 'sign in' ? 'allow an application' : 'sign in');
        const others = [
          without,
          { ...without, [field]: '' },
          { ...without, [field]: `${right.startsWith('A') ? 'B' : 'A'}${right.slice(1)}` },
          { ...without, [field]: right.slice(0, -1) },
          { ...without, [field]: String(foreign.fields.csrf) },
        ];
        expect(right).to.match(/^[\w-]{40,}$/);
        for (const fields of others) {
          const answer = await form.agent.post(form.action, fields);
          expect(answer.status, answer.body).to.be.oneOf([400, 403]);
        }
        expect(await form.happened()).to.equal(false);
      });

      it('is refused to a page of another site', async () => {
        const form = await open(name);
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
        const form = await open(name);
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
        const form = await open(name);
        const headers = { 'sec-fetch-site': 'same-origin', origin: 'null' };
        const answer = await form.agent.post(form.action, form.fields, headers);
        expect(answer.status, answer.body).to.be.oneOf([200, 204, 303]);
        expect(await form.happened()).to.equal(true);
      });
    });
  }

  it('the right token from another site is refused as well, where the browser tells', async () => {
    // Signing out is the provider's, which looks at its token alone.
    for (const name of Object.keys(FORMS).filter((each) => each !== 'sign out')) {
      const form = await open(name);
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
    const first = await open('sign in');
    const second = await open('sign in');
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
