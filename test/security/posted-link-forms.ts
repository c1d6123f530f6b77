import { invitations } from '../../src/administration/invitations.ts';
import { act, setupLink } from '../support/administration.ts';
import { mailAbout } from '../support/lifecycle.ts';
import type { TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import {
  type Applications,
  formOf,
  formTools,
  NEW_PASSWORD,
  newAddress,
  type PostedForm,
} from './form-tools.ts';

/** The forms behind mailed links, those that ask for one, and that of the first administrator. */
export function linkForms(
  app: () => TestServer,
  applications: () => Applications,
): Record<string, PostedForm> {
  const { at, told, signedIn, newAddressFor, asked } = formTools(app, applications);
  return {
    'confirm an address': {
      route: '/verify-address',
      async open() {
        const { person, agent } = await signedIn();
        const form = await newAddressFor(agent);
        return { ...form, happened: told('address.changed', person.id) };
      },
    },

    'take an address back': {
      route: '/secure/address',
      async open() {
        const { person, agent } = await signedIn();
        const { action, fields } = await newAddressFor(agent);
        await agent.post(action, fields);
        const notice = await mailAbout(app(), person.email, 'Your email address was changed');
        const form = formOf(agent, await agent.get(app().mailbox.linkIn(notice)), '/secure/address');
        return { ...form, happened: told('address.restored', person.id) };
      },
    },

    'say "this wasn’t me"': {
      route: '/secure',
      async open() {
        const person = await app().addAccount();
        const {
          database,
          lifecycle: { notices },
        } = app().app;
        const link = await database.transaction((tx) => notices.secureLink(tx, person.id));
        const agent = new UserAgent();
        const form = formOf(agent, await agent.get(link), '/secure');
        return { ...form, happened: told('account.secured', person.id) };
      },
    },

    'ask for a new password': { route: '/forgot', open: () => asked('/forgot', 'identifier') },

    'ask for a new password again': {
      route: '/forgot/again',
      open: () => asked('/forgot', 'identifier', {}, true),
    },

    'choose a new password': {
      route: '/reset',
      async open() {
        const person = await app().addAccount();
        const agent = new UserAgent();
        await agent.submit(await agent.get(at('/forgot')), { identifier: person.email });
        const link = app().mailbox.linkIn(await mailAbout(app(), person.email, 'Choose a new password'));
        const form = formOf(agent, await agent.get(link), '/reset', { password: NEW_PASSWORD });
        return { ...form, happened: told('password.changed', person.id) };
      },
    },

    register: {
      route: '/register',
      open: () => asked('/register', 'email', { name: 'Nia Newcomer' }),
    },

    'register again': {
      route: '/register/again',
      open: () => asked('/register', 'email', { name: 'Nia Newcomer' }, true),
    },

    'accept an invitation': {
      route: '/invitation',
      async open() {
        const email = newAddress();
        await act(app().app, invitations.send, { email, name: 'Nia Newcomer' });
        const link = app().mailbox.linkIn(await app().mailbox.next(email));
        const account = await app().app.accounts.store.findByIdentifier(email);
        const agent = new UserAgent();
        const form = formOf(agent, await agent.get(link), '/invitation', { password: NEW_PASSWORD });
        return { ...form, happened: told('invitation.accepted', String(account?.id)) };
      },
    },

    'set up the first administrator': {
      route: '/setup',
      async open() {
        const link = await setupLink(app().app);
        const agent = new UserAgent();
        const email = newAddress();
        const filledIn = { email, name: 'First Administrator', password: NEW_PASSWORD };
        const form = formOf(agent, await agent.open(link), '/setup', filledIn);
        const {
          accounts: { store: accounts },
        } = app().app;
        return { ...form, happened: async () => (await accounts.findByIdentifier(email)) !== undefined };
      },
    },
  };
}
