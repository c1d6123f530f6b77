import type { Account } from '../../src/domain/accounts/store.ts';
import { createAuthenticator } from '../support/authenticator.ts';
import { addApp, addPasskey, passkeyOptions, typePassword } from '../support/factors.ts';
import type { TestServer } from '../support/server.ts';
import { totpCode } from '../support/totp.ts';
import { UserAgent } from '../support/user-agent.ts';
import { formOf, type PostedForm } from './form-tools.ts';
import { audited, authorizePath, type Client } from './support.ts';

/** The role of those who are asked for a second factor, and may put it off. */
export const ASKED = 'asked';

/** The role of those who may be signed in in one browser alone. */
export const ONCE = 'once';

export const FORM_SETTINGS = {
  SELF_REGISTRATION: 'true',
  SESSION_POLICIES: JSON.stringify({ [ONCE]: { maxConcurrent: 1 } }),
  SECOND_FACTOR_POLICY: 'off',
  SECOND_FACTOR_POLICIES: JSON.stringify({ [ASKED]: { policy: 'optional' } }),
  SECOND_FACTOR_GRACE_SIGN_INS: '5',
};

type Someone = Account & { password: string };

/** The forms about second factors within a sign-in. */
export function factorForms(app: () => TestServer, client: () => Client): Record<string, PostedForm> {
  const told = (type: string, about: string) => async (): Promise<boolean> =>
    (await audited(app(), type)).some((row) => JSON.stringify(row).includes(about));

  const someone = (): Promise<Someone> => app().addAccount({ roles: [ASKED] });

  /** At the page that comes after the password. */
  async function afterPassword(person: Someone, demands: Record<string, string> = {}) {
    const agent = new UserAgent();
    const first = await agent.open(app().issuer + authorizePath(client(), demands));
    return { agent, page: await typePassword(agent, first, person) };
  }

  /** Whether a method was called since; nothing else can be seen of what only answers. */
  function watched<Name extends string>(room: Record<Name, unknown>, name: Name) {
    let called = false;
    const method = room[name] as (...given: unknown[]) => unknown;
    room[name] = (...given: unknown[]) => {
      called = true;
      return method(...given);
    };
    return async () => called;
  }

  async function wizard(person: Someone) {
    const { agent, page } = await afterPassword(person, { acr_values: 'aal2' });
    return { agent, page: await agent.follow(await agent.submit(page, {}, '/enrol/totp')) };
  }

  async function confirmation(person: Someone) {
    const { agent, page } = await wizard(person);
    const key = String(/<code class="key"[^>]*>(.*?)<\/code>/su.exec(page.body)?.[1]);
    const code = totpCode(key.replaceAll(/<[^>]*>|\s/gu, ''));
    return formOf(agent, page, '/confirm', { code, name: 'Telephone' });
  }

  /** The page with the recovery codes, loaded again: it offers new ones then. */
  async function codesPage(person: Someone) {
    const { agent, action, fields } = await confirmation(person);
    const page = await agent.follow(await agent.post(action, fields));
    return { agent, page: await agent.get(page.url) };
  }

  async function passkeyPage(person: Someone) {
    const { agent, page } = await afterPassword(person, { acr_values: 'phr' });
    return { agent, page: await agent.get(`${page.url}/enrol/passkey`) };
  }

  return {
    'show a second factor': {
      route: '/sign-in/:uid/factor',
      async open() {
        const person = await someone();
        const authenticator = await addApp(app(), person);
        const { agent, page } = await afterPassword(person);
        const form = formOf(agent, page, '/factor', { code: await authenticator.fresh() });
        return { ...form, happened: told('sign_in.succeeded', person.id) };
      },
    },
    'sign in with a passkey': {
      route: '/sign-in/:uid/passkey',
      async open() {
        const person = await someone();
        const key = await addPasskey(app(), person);
        const agent = new UserAgent();
        const page = await agent.open(app().issuer + authorizePath(client()));
        const response = JSON.stringify(key.get(await passkeyOptions(agent, page)));
        const form = formOf(agent, page, '/passkey', { response });
        return { ...form, happened: told('sign_in.succeeded', person.id) };
      },
    },
    'ask for a passkey': {
      route: '/sign-in/:uid/passkey/options',
      async open() {
        const agent = new UserAgent();
        const page = await agent.open(app().issuer + authorizePath(client()));
        const form = formOf(agent, page, '/passkey');
        const happened = watched(app().app.factors.ceremonies as never, 'authenticationOptions');
        return { ...form, action: `${form.action}/options`, happened };
      },
    },
    'put off a second factor': {
      route: '/sign-in/:uid/skip',
      async open() {
        const person = await someone();
        const { agent, page } = await afterPassword(person);
        const form = formOf(agent, page, '/skip');
        return { ...form, happened: told('factor.setup_skipped', person.id) };
      },
    },
    'begin with an app': {
      route: '/sign-in/:uid/enrol/totp',
      async open() {
        const person = await someone();
        const { agent, page } = await afterPassword(person);
        const form = formOf(agent, page, '/enrol/totp');
        const { database } = app().app;
        const begun = 'select 1 from totp_authenticators where account_id = $1';
        return { ...form, happened: async () => (await database.query(begun, [person.id])).length > 0 };
      },
    },
    'confirm an app': {
      route: '/sign-in/:uid/enrol/totp/confirm',
      async open() {
        const person = await someone();
        const form = await confirmation(person);
        return { ...form, happened: told('factor.added', person.id) };
      },
    },
    'ask for a new passkey': {
      route: '/sign-in/:uid/enrol/passkey/options',
      async open() {
        const { agent, page } = await passkeyPage(await someone());
        const form = formOf(agent, page, '/enrol/passkey');
        const happened = watched(app().app.lifecycle.factorEnrolment as never, 'passkeyOptions');
        return { ...form, action: `${form.action}/options`, happened };
      },
    },
    'add a passkey': {
      route: '/sign-in/:uid/enrol/passkey',
      async open() {
        const person = await someone();
        const { agent, page } = await passkeyPage(person);
        const authenticator = createAuthenticator({ origin: app().issuer });
        const options = (await passkeyOptions(agent, page)) as Parameters<typeof authenticator.create>[0];
        const response = JSON.stringify(authenticator.create(options));
        const form = formOf(agent, page, '/enrol/passkey', { response, name: 'Key' });
        return { ...form, happened: told('factor.added', person.id) };
      },
    },
    'make recovery codes again': {
      route: '/sign-in/:uid/codes/new',
      async open() {
        const person = await someone();
        const { agent, page } = await codesPage(person);
        const made = async () =>
          (await audited(app(), 'factor.added')).filter((row) => {
            const text = JSON.stringify(row);
            return text.includes(person.id) && text.includes('recovery_codes');
          }).length;
        return { ...formOf(agent, page, '/codes/new'), happened: async () => (await made()) > 1 };
      },
    },
    'say that the codes are stored': {
      route: '/sign-in/:uid/codes/stored',
      async open() {
        const person = await someone();
        const { agent, page } = await codesPage(person);
        const form = formOf(agent, page, '/codes/stored');
        return { ...form, happened: told('sign_in.succeeded', person.id) };
      },
    },
  };
}
