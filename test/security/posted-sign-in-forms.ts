import { fixtures } from '../support/evidence/fixture.ts';
import { typePassword } from '../support/factors.ts';
import type { TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { type Applications, formOf, formTools, NEW_PASSWORD, type PostedForm } from './form-tools.ts';
import { ONCE } from './posted-factor-forms.ts';
import { audited, authorizePath, codeFor } from './support.ts';

/** The forms of a sign-in; those about second factors are beside it. */
export function signInForms(
  app: () => TestServer,
  applications: () => Applications,
): Record<string, PostedForm> {
  const { told, signedIn, atSharedWorkstation } = formTools(app, applications);
  return {
    'sign in': {
      route: '/sign-in/:uid',
      async open() {
        const person = await app().addAccount();
        const agent = new UserAgent();
        const page = await agent.open(app().issuer + authorizePath(applications().own));
        const filledIn = { identifier: person.email, password: person.password };
        const form = formOf(agent, page, new URL(page.url).pathname, filledIn);
        return { ...form, happened: told('sign_in.succeeded', person.id) };
      },
    },

    'use another account': {
      route: '/sign-in/:uid/account',
      async open() {
        const { agent } = await signedIn();
        const parameters = { prompt: 'select_account' };
        const page = await agent.open(app().issuer + authorizePath(applications().own, parameters));
        const form = formOf(agent, page, '/account', { choice: 'other' });
        const happened = async () =>
          (await agent.open(page.url)).forms.some(({ fields }) => 'password' in fields);
        return { ...form, happened };
      },
    },

    'choose where to sign out': {
      route: '/sign-in/:uid/sessions',
      async open() {
        const person = await app().addAccount({ roles: [ONCE] });
        await codeFor(app(), applications().own, person);
        const agent = new UserAgent();
        const page = await agent.open(app().issuer + authorizePath(applications().own));
        const choice = await typePassword(agent, page, person);
        // The trail tells of the first browser's sign-in as well.
        const before = (await audited(app(), 'sign_in.succeeded')).length;
        const happened = async () => (await audited(app(), 'sign_in.succeeded')).length > before;
        return { ...formOf(agent, choice, '/sessions'), happened };
      },
    },

    'cancel a sign-in': {
      route: '/sign-in/:uid/cancel',
      async open() {
        const client = await app().addClient({ redirect_uris: ['http://127.0.0.1:9/callback'] });
        const agent = new UserAgent();
        const page = await agent.open(app().issuer + authorizePath(client));
        return {
          ...formOf(agent, page, '/cancel'),
          happened: told('sign_in.cancelled', String(client.client_id)),
        };
      },
    },

    'change a password on demand': {
      route: '/sign-in/:uid/password',
      async open() {
        const person = await app().addAccount();
        const {
          database,
          accounts: { passwords: accountPasswords },
        } = app().app;
        await accountPasswords.flag(fixtures(database), person.id, 'must_change');
        const agent = new UserAgent();
        const page = await agent.open(app().issuer + authorizePath(applications().own));
        const demanded = await agent.follow(
          await agent.submit(page, { identifier: person.email, password: person.password }),
        );
        const form = formOf(agent, demanded, '/password', { new_password: NEW_PASSWORD });
        return { ...form, happened: told('password.changed', person.id) };
      },
    },

    'allow an application': {
      route: '/sign-in/:uid/consent',
      async open() {
        const { person, agent } = await signedIn();
        const page = await agent.open(app().issuer + authorizePath(applications().thirdParty));
        const form = formOf(agent, page, '/consent', { decision: 'allow' });
        return { ...form, happened: told('consent.granted', person.id) };
      },
    },

    'switch person in a sign-in': {
      route: '/sign-in/:uid/switch',
      open: () => atSharedWorkstation((client) => app().issuer + authorizePath(client, { prompt: 'login' })),
    },
  };
}
