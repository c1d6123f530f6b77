import type { z } from 'zod';
import { clients } from '../../src/administration/clients/index.ts';
import { actingAs } from './acting-people.ts';
import { type App, addApp, asksFor, typeCode } from './factors.ts';
import type { Person } from './protocol.ts';
import type { TestServer } from './server.ts';
import { type Page, UserAgent } from './user-agent.ts';

export type TestInput = Omit<z.input<typeof clients.testSignIn.input>, 'client'>;

/** The link to a test of a client, as the person has asked for it. */
export async function testLinkFor(
  { app }: TestServer,
  person: Pick<Person, 'id'>,
  client: string,
  more: TestInput = {},
): Promise<string> {
  const { administration } = app;
  return (await administration.perform(clients.testSignIn, actingAs(person), { client, ...more })).link;
}

export interface Tester extends Person {
  readonly app: App;
}

/** Somebody who may test clients, with an authenticator app, as administrative roles ask for one. */
export async function addTester(
  server: TestServer,
  account: Parameters<TestServer['addAccount']>[0] = {},
): Promise<Tester> {
  const person = await server.addAccount({ roles: ['application-manager'], ...account });
  return { ...person, app: await addApp(server, person) };
}

/** Goes on where a browser is, signs the person in and answers what asks for consent; the page at which that ends. */
export async function goOn(
  agent: UserAgent,
  from: Page,
  { email: identifier, password, app }: Tester,
  decision = 'allow',
  until?: (url: string) => boolean,
): Promise<Page> {
  let page = await agent.follow(from, until);
  for (let steps = 0; steps < 5; steps += 1) {
    let next: Page;
    if (page.forms.some(({ fields }) => 'password' in fields))
      next = await agent.submit(page, { identifier, password });
    else if (asksFor(page) !== undefined) next = await typeCode(agent, page, await app.fresh());
    else if (page.forms.some(({ action }) => action.endsWith('/consent')))
      next = await agent.submit(page, { decision }, '/consent');
    else return page;
    page = await agent.follow(next, until);
  }
  return page;
}

/** Opens a link and goes the whole way to the page with the answer. */
export const runTest = async (
  link: string,
  tester: Tester,
  agent = new UserAgent(),
  decision = 'allow',
): Promise<Page> => goOn(agent, await agent.get(link), tester, decision);

/** The same as far as the answer of the protocol, which the browser then has not yet followed to our page. */
export const runToAnswer = async (link: string, tester: Tester, agent = new UserAgent()): Promise<Page> =>
  goOn(agent, await agent.get(link), tester, 'allow', (url) => url.includes('/test-sign-in/callback'));

/** The text of a page as people read it. */
export const textOf = (page: Page): string =>
  page.body
    .replaceAll(/<[^>]+>/gu, ' ')
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/gu, ' ');

/** The claims of a section of the page, by name; undefined where it has none. */
export function claimsIn(page: Page, section: string): Record<string, unknown> | undefined {
  const [, html] =
    new RegExp(`<section[^>]*aria-labelledby="${section}">([\\s\\S]*?)</section>`, 'u').exec(page.body) ?? [];
  const list = html?.split('<dl class="facts claims">').slice(1).at(-1);
  if (list === undefined) return undefined;
  const text = (part: string) => textOf({ body: part } as Page).trim();
  return Object.fromEntries(
    [...list.matchAll(/<dt>([\s\S]*?)<\/dt><dd>([\s\S]*?)<\/dd>/gu)].map(([, name, value]) => {
      const shown = text(value ?? '');
      try {
        return [text(name ?? ''), JSON.parse(shown)];
      } catch {
        return [text(name ?? ''), shown];
      }
    }),
  );
}

/** Everything that the protocol keeps for a client. */
export const keptFor = ({ app }: TestServer, client: string) =>
  app.database.query<{ model: string; consumed: boolean }>(
    `select model, consumed_at is not null as consumed from oidc_artifacts where client_id = $1 order by model`,
    [client],
  );
