import type { TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { audited, type Client, codeFor } from './support.ts';

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

export const NEW_PASSWORD = 'marble otters juggle quietly';

export interface Applications {
  readonly own: Client;
  readonly thirdParty: Client;
}

/** An address that nobody has. */
export const newAddress = () => `somebody-${Math.random().toString(36).slice(2)}@example.org`;

/** A form of a page, filled in; `ending` is that of its address. */
export function formOf(agent: UserAgent, page: Page, ending: string, filledIn: Record<string, string> = {}) {
  const form = page.forms.find(({ action }) => new URL(action).pathname.endsWith(ending));
  if (form === undefined) throw new Error(`no form ${ending} on ${page.url} (${page.status})`);
  return { agent, page, action: form.action, fields: { ...form.fields, ...filledIn } };
}

/** What opening a form takes; `applications` is asked when that is done. */
export function formTools(app: () => TestServer, applications: () => Applications) {
  const at = (path: string) => `${app().issuer}${path}`;

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

  /** `again`: the button that asks for the same once more. What was asked for without being answered on the page is kept for a job; it is caught on its way there. */
  async function asked(
    path: string,
    field: string,
    more: Record<string, string> = {},
    again = false,
  ): Promise<OpenForm> {
    const {
      accounts: { requests },
    } = app().app;
    const address = newAddress();
    const agent = new UserAgent();
    const form = formOf(agent, await agent.get(at(path)), path, { ...more, [field]: address });
    let kept = 0;
    const { write } = requests;
    requests.write = (kind, content) => {
      if (JSON.stringify(content).includes(address)) kept += 1;
      return write(kind, content);
    };
    if (!again) return { ...form, happened: async () => kept > 0 };
    const sent = await agent.follow(await agent.post(form.action, form.fields));
    return { ...formOf(agent, sent, `${path}/again`), happened: async () => kept > 1 };
  }

  return { at, told, signedIn, atSharedWorkstation, newAddressFor, asked };
}
