import { fixture } from '../support/evidence/fixture.ts';
import type { TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';
import {
  type Applications,
  formOf,
  formTools,
  NEW_PASSWORD,
  newAddress,
  type PostedForm,
} from './form-tools.ts';
import { codeFor } from './support.ts';

/** The forms of the account page, and of a sign-out. */
export function accountForms(
  app: () => TestServer,
  applications: () => Applications,
): Record<string, PostedForm> {
  const { at, told, signedIn, atSharedWorkstation } = formTools(app, applications);
  return {
    'withdraw a consent': {
      route: '/account/applications/withdraw',
      async open() {
        const { person, agent } = await signedIn(applications().thirdParty);
        const page = await agent.open(at('/account'));
        return { ...formOf(agent, page, '/withdraw'), happened: told('consent.withdrawn', person.id) };
      },
    },

    'end a session': {
      route: '/account/sessions/end',
      async open() {
        const { person, agent } = await signedIn();
        const page = await agent.open(at('/account/sessions'));
        return {
          ...formOf(agent, page, '/account/sessions/end'),
          happened: told('session.ended', person.id),
        };
      },
    },

    'stay signed in': {
      route: '/account/session/activity',
      async open() {
        const { person, agent } = await signedIn();
        const page = await agent.open(at('/account'));
        const csrf = String(/data-csrf="([^"]+)"/.exec(page.body)?.[1]);
        // Long enough ago for another use to be written.
        await fixture(
          app().app.database,
          `update sessions set last_active_at = last_active_at - interval '1 minute' where account_id = $1`,
          [person.id],
        );
        const used = async () => (await sessionsOf(app(), person.id))[0]?.last_active_at.getTime();
        const before = await used();
        const happened = async () => (await used()) !== before;
        return { agent, page, action: at('/account/session/activity'), fields: { csrf }, happened };
      },
    },

    'say which zone the browser is in': {
      route: '/account/zone',
      async open() {
        const { person, agent } = await signedIn();
        const page = await agent.open(at('/account'));
        const csrf = String(/data-csrf="([^"]+)"/.exec(page.body)?.[1]);
        const zone = async () => (await app().app.accounts.store.findById(person.id))?.zoneinfo;
        const happened = async () => (await zone()) !== undefined;
        return {
          agent,
          page,
          action: at('/account/zone'),
          fields: { csrf, zone: 'Europe/Lisbon' },
          happened,
        };
      },
    },

    'sign out everywhere': {
      route: '/account/sessions/end-all',
      async open() {
        const { person, agent } = await signedIn();
        await codeFor(app(), applications().own, person);
        const page = await agent.open(at('/account/sessions/end-all'));
        return {
          ...formOf(agent, page, '/account/sessions/end-all'),
          happened: told('session.ended', person.id),
        };
      },
    },

    'switch person on the account page': {
      route: '/account/switch',
      open: () => atSharedWorkstation(() => at('/account')),
    },

    'change the name': {
      route: '/account/profile',
      async open() {
        const { person, agent } = await signedIn();
        const page = await agent.open(at('/account/profile'));
        const form = formOf(agent, page, '/account/profile', { name: 'Somebody Else', locale: 'es' });
        return { ...form, happened: told('account.profile_changed', person.id) };
      },
    },

    'change the password': {
      route: '/account/password',
      async open() {
        const { person, agent } = await signedIn();
        const page = await agent.open(at('/account/password'));
        const filledIn = { current_password: person.password, new_password: NEW_PASSWORD };
        const form = formOf(agent, page, '/account/password', filledIn);
        return { ...form, happened: told('password.changed', person.id) };
      },
    },

    'change the address': {
      route: '/account/address',
      async open() {
        const { person, agent } = await signedIn();
        const page = await agent.open(at('/account/address'));
        const form = formOf(agent, page, '/account/address', { email: newAddress() });
        return { ...form, happened: told('address.change_requested', person.id) };
      },
    },

    'sign out': {
      route: '/logout/confirm',
      async open() {
        const { person, agent } = await signedIn();
        const form = formOf(agent, await agent.open(at('/logout')), '/logout/confirm', { logout: 'yes' });
        return { ...form, happened: told('sign_out.completed', person.id) };
      },
    },
  };
}
