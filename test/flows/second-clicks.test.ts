import { expect } from 'chai';
import { FORM_SETTINGS } from '../security/posted-factor-forms.ts';
import { type Applications, postedForms } from '../security/posted-forms.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('a form that is submitted twice', function twice() {
  this.timeout(60_000);
  let server: TestServer;
  let applications: Applications;

  before(async () => {
    server = await startTestServer({ settings: FORM_SETTINGS });
    const thirdParty = await server.addClient({ ...WEB_CLIENT, first_party: false });
    applications = { own: await server.addClient(WEB_CLIENT), thirdParty };
  });
  after(() => server.stop());

  const forms = postedForms(
    () => server,
    () => applications,
  );

  for (const name of Object.keys(forms)) {
    it(`does not end on an error: ${name}`, async () => {
      // There is one first administrator.
      const once = forms[name]?.route === '/setup';
      for (const followed of once ? [true] : [false, true]) {
        const form = await forms[name]?.open();
        if (form === undefined) throw new Error('no form');
        const headers = { 'sec-fetch-site': 'same-origin', origin: 'null' };
        const first = await form.agent.post(form.action, form.fields, headers);
        expect(first.status, first.body).to.be.oneOf([200, 204, 303]);
        // The browser has gone on, or the second click was faster.
        if (followed) await form.agent.follow(first);
        const second = await form.agent.post(form.action, form.fields, headers);
        const end = await form.agent.follow(second);
        const text = end.body.slice(end.body.indexOf('<main>'));
        // What a link was for is done: its page says so, and the link is gone.
        if (second.status === 410) expect(text).to.include('This is done already');
        else expect(second.status, text).to.be.oneOf([200, 204, 303]);
        expect(end.status, `${end.url} ${text}`).to.be.oneOf([200, 204, 303, second.status]);
        expect(await form.happened()).to.equal(true);
      }
    });
  }

  it('does not end on an error: sign out, twenty times at the same moment', async () => {
    const { agent, action, fields } = await (forms['sign out']?.open() ??
      Promise.reject(new Error('no form')));
    const answers = await Promise.all(Array.from({ length: 20 }, () => agent.post(action, fields)));
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([303]));
    for (const answer of answers) expect((await agent.follow(answer)).status).to.be.oneOf([200, 204, 303]);
    expect((await agent.get(`${server.issuer}/account`)).status).to.equal(303);
  });
});
