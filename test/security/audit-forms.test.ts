import { expect } from 'chai';
import { newEvents } from '../support/guessing.ts';
import { eventually } from '../support/processes.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { FORM_SETTINGS } from './posted-factor-forms.ts';
import { type PostedForm, postedForms } from './posted-forms.ts';
import { audited } from './support.ts';

/** What the trail has to tell of each form, and who did it; `nobody` where it cannot be known to be the owner. */
const TOLD: Record<string, readonly [type: string, by: 'owner' | 'nobody']> = {
  'sign in': ['sign_in.succeeded', 'owner'],
  'cancel a sign-in': ['sign_in.cancelled', 'nobody'],
  'change a password on demand': ['password.changed', 'owner'],
  'allow an application': ['consent.granted', 'owner'],
  'withdraw a consent': ['consent.withdrawn', 'owner'],
  'end a session': ['session.ended', 'owner'],
  'sign out everywhere': ['session.ended', 'owner'],
  'switch person on the account page': ['session.ended', 'owner'],
  'switch person in a sign-in': ['session.ended', 'owner'],
  'change the name': ['account.profile_changed', 'owner'],
  'change the password': ['password.changed', 'owner'],
  'change the address': ['address.change_requested', 'owner'],
  'confirm an address': ['address.changed', 'owner'],
  'take an address back': ['address.restored', 'owner'],
  'say "this wasn’t me"': ['account.secured', 'owner'],
  'ask for a new password': ['password_reset.requested', 'nobody'],
  'ask for a new password again': ['password_reset.requested', 'nobody'],
  'choose a new password': ['password_reset.completed', 'owner'],
  register: ['registration.requested', 'nobody'],
  'register again': ['registration.requested', 'nobody'],
  'accept an invitation': ['invitation.accepted', 'owner'],
  'sign out': ['sign_out.completed', 'owner'],
  'set up the first administrator': ['setup.completed', 'nobody'],
  'choose where to sign out': ['sign_in.succeeded', 'owner'],
  'show a second factor': ['sign_in.succeeded', 'owner'],
  'sign in with a passkey': ['sign_in.succeeded', 'owner'],
  'put off a second factor': ['factor.setup_skipped', 'owner'],
  'confirm an app': ['factor.added', 'owner'],
  'add a passkey': ['factor.added', 'owner'],
  'make recovery codes again': ['factor.added', 'owner'],
  'say that the codes are stored': ['sign_in.succeeded', 'owner'],
  'add an authenticator app to the account': ['factor.added', 'owner'],
  'add a passkey to the account': ['factor.added', 'owner'],
  'rename an authenticator app': ['factor.renamed', 'owner'],
  'remove an authenticator app': ['factor.removed', 'owner'],
  'rename a passkey': ['factor.renamed', 'owner'],
  'remove a passkey': ['factor.removed', 'owner'],
  'make new recovery codes': ['factor.added', 'owner'],
  'trust a device no more': ['device.trust_ended', 'owner'],
  'end other sessions': ['session.others_ended', 'owner'],
};
/** What only asks, what is told of when it is finished, what a script says by itself, and the use of a session, whose end is told. */
const UNTOLD = [
  'stay signed in',
  'say which zone the browser is in',
  'ask for a passkey',
  'ask for a new passkey',
  'begin with an app',
  'use another account',
];

describe('line 72: what people do with their accounts is written down: who, what, from where', function told() {
  this.timeout(60_000);
  let server: TestServer;
  let forms: Record<string, PostedForm>;
  before(async () => {
    server = await startTestServer({ settings: FORM_SETTINGS });
    const thirdParty = await server.addClient({ ...WEB_CLIENT, first_party: false });
    const own = await server.addClient(WEB_CLIENT);
    forms = postedForms(
      () => server,
      () => ({ own, thirdParty }),
    );
  });
  after(() => server.stop());

  it('through every form that there is', () => {
    expect([...Object.keys(TOLD), ...UNTOLD].sort()).to.deep.equal(Object.keys(forms).sort());
  });

  for (const [name, [type, by]] of Object.entries(TOLD)) {
    it(`to ${name}: ${type}`, async () => {
      const { agent, action, fields } = await (forms[name] as PostedForm).open();
      const browser = `the browser to ${name.replaceAll(/[^\w ]/g, '')}`;
      const isOfIt = (each: { type?: unknown; user_agent?: unknown }) => each.user_agent === browser;
      const { events } = await newEvents(server, async () => {
        const answer = await agent.post(action, fields, { 'user-agent': browser });
        expect(answer.status).to.be.oneOf([200, 303]);
        // What a page does not look up is answered, and told of, by a job: what was asked for before may be told meanwhile.
        await eventually(`${type} is told of`, async () => (await audited(server, type)).some(isOfIt));
      });
      const event = events.find((each) => each.type === type && isOfIt(each));
      expect(event).to.not.equal(undefined);
      expect(event?.ip).to.match(/^(127\.0\.0\.1|::1)$/);
      expect(event?.request_id).to.match(/^[0-9a-f-]{36}$/);
      expect(Math.abs(Date.now() - new Date(String(event?.at)).getTime())).to.be.lessThan(60_000);
      if (by === 'owner') {
        expect(event?.account).to.be.a('string');
        expect(event).to.include({ outcome: 'success', actor: event?.account });
      }
      const typed = Object.entries(fields).filter(
        ([field]) =>
          !['name', 'locale', 'decision', 'logout', 'client_id', 'factor', 'session'].includes(field),
      );
      for (const [field, value] of typed) {
        if (value !== '') expect(JSON.stringify(events), field).to.not.include(value);
      }
    });
  }
});
