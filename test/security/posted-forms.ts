import { invitations } from '../../src/administration/invitations.ts';
import { act, setupLink } from '../support/administration.ts';
import { typePassword } from '../support/factors.ts';
import { mailAbout } from '../support/lifecycle.ts';
import type { TestServer } from '../support/server.ts';
import { sessionsOf } from '../support/sessions.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { factorForms, ONCE } from './posted-factor-forms.ts';
import { ownFactorForms } from './posted-own-factor-forms.ts';
import { audited, authorizePath, type Client, codeFor } from './support.ts';

/** One of our forms, filled in by the person it is for. */
export interface OpenForm {
  readonly agent: UserAgent;
  readonly page: Page;
  readonly action: string;
  readonly fields: Record<string, string>;
  /** Whether what the form is for has happened. */
  happened(): Promise<boolean>;
}

export interface PostedForm {
  /** As the router has it. */
  readonly route: string;
  open(): Promise<OpenForm>;
}

const NEW_PASSWORD = 'marble otters juggle quietly';

export interface Applications {
  readonly own: Client;
  readonly thirdParty: Client;
}

/** Every form of the server by a name for it; `applications` is asked when a form is opened. */
export function postedForms(
  app: () => TestServer,
  applications: () => Applications,
): Record<string, PostedForm> {
  const at = (path: string) => `${app().issuer}${path}`;

  function formOf(agent: UserAgent, page: Page, ending: string, filledIn: Record<string, string> = {}) {
    const form = page.forms.find(({ action }) => new URL(action).pathname.endsWith(ending));
    if (form === undefined) throw new Error(`no form ${ending} on ${page.url} (${page.status})`);
    return { agent, page, action: form.action, fields: { ...form.fields, ...filledIn } };
  }

  /** Whether the trail tells of it. */
  const told = (type: string, about: string) => async (): Promise<boolean> =>
    (await audited(app(), type)).some((row) => JSON.stringify(row).includes(about));

  async function signedIn(client = applications().own) {
    const person = await app().addAccount();
    const agent = new UserAgent();
    await codeFor(app(), client, person, {}, agent);
    return { person, agent };
  }

  /** The button of who makes room for the next. */
  async function atSharedWorkstation(place: (client: Client) => string) {
    const redirects = { redirect_uris: ['http://127.0.0.1:9/callback'] };
    const client = await app().addClient({ ...redirects, first_party: true, shared_workstation: true });
    const { person, agent } = await signedIn(client);
    const form = formOf(agent, await agent.open(place(client)), '/switch');
    return { ...form, happened: told('session.ended', person.id) };
  }

  /** The form behind the link to an address that a signed-in person has asked for. */
  async function newAddressFor(agent: UserAgent) {
    const email = newAddress();
    await agent.submit(await agent.open(at('/account/address')), { email }, '/account/address');
    const link = app().mailbox.linkIn(await app().mailbox.next(email));
    return formOf(agent, await agent.get(link), '/verify-address');
  }

  /** What was asked for without being answered on the page is kept for a job; it is caught on its way there. */
  async function asked(path: string, field: string, more: Record<string, string> = {}): Promise<OpenForm> {
    const {
      accounts: { requests },
    } = app().app;
    const address = newAddress();
    const agent = new UserAgent();
    const form = formOf(agent, await agent.get(at(path)), path, { ...more, [field]: address });
    let kept = false;
    const { write } = requests;
    requests.write = (kind, content) => {
      kept ||= JSON.stringify(content).includes(address);
      return write(kind, content);
    };
    return { ...form, happened: async () => kept };
  }

  const forms: Record<string, PostedForm> = {
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
        await accountPasswords.flag(database, person.id, 'must_change');
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
        const page = await agent.open(at('/account'));
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
        await app().app.database.query(
          `update sessions set last_active_at = last_active_at - interval '1 minute' where account_id = $1`,
          [person.id],
        );
        const used = async () => (await sessionsOf(app(), person.id))[0]?.last_active_at.getTime();
        const before = await used();
        const happened = async () => (await used()) !== before;
        return { agent, page, action: at('/account/session/activity'), fields: { csrf }, happened };
      },
    },

    'sign out everywhere': {
      route: '/account/sessions/end-all',
      async open() {
        const { person, agent } = await signedIn();
        await codeFor(app(), applications().own, person);
        const page = await agent.open(at('/account'));
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

    'switch person in a sign-in': {
      route: '/sign-in/:uid/switch',
      open: () => atSharedWorkstation((client) => app().issuer + authorizePath(client, { prompt: 'login' })),
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

    'sign out': {
      route: '/logout/confirm',
      async open() {
        const { person, agent } = await signedIn();
        const form = formOf(agent, await agent.open(at('/logout')), '/logout/confirm', { logout: 'yes' });
        return { ...form, happened: told('sign_out.completed', person.id) };
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
        return { ...form, happened: async () => (await accounts.existing([email])).size > 0 };
      },
    },
  };
  return { ...forms, ...ownFactorForms(app), ...factorForms(app, () => applications().own, formOf) };
}

const newAddress = () => `somebody-${Math.random().toString(36).slice(2)}@example.org`;
