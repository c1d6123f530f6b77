import { expect } from 'chai';
import { LINKS, stateOf } from '../../src/lifecycle/links.ts';
import { asFixture } from './evidence/fixture.ts';
import { type App, addApp, typeCode, typePassword } from './factors.ts';
import { authorize, type HandClient, handClient, type Person } from './protocol.ts';
import { WEB_CLIENT } from './relying-party.ts';
import type { TestServer } from './server.ts';
import { type Page, UserAgent } from './user-agent.ts';

/** Somebody with everything that an end of access may have to end. */

export const LINK_KINDS = [
  'reset',
  'invitation',
  'notMe',
  'factorAdded',
  'formerAddress',
  'address',
] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

export interface Belongings {
  readonly person: Person;
  readonly authenticator: App;
  /** Signed in with both factors, on a device that is trusted. */
  readonly agent: UserAgent;
  readonly session: string;
  /** A second browser, signed in as well. */
  readonly other: UserAgent;
  readonly client: HandClient;
  /** Of the first browser and of the other. */
  readonly tokens: { readonly own: Tokens; readonly other: Tokens };
  /** The password was shown in it; the page asks for the code. */
  readonly waiting: { readonly agent: UserAgent; readonly page: Page };
  /** Everything was shown in it; the browser has not yet followed the redirect that makes a session of it. */
  readonly complete: { readonly agent: UserAgent; readonly page: Page };
  /** Nothing was shown in it. */
  readonly untouched: { readonly agent: UserAgent; readonly page: Page };
  readonly links: Readonly<Record<LinkKind, string>>;
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

export async function belongingsOf(server: TestServer): Promise<Belongings> {
  const { app, issuer } = server;
  const page = `${issuer}/account`;
  const person = await server.addAccount({ emailVerified: true });
  const authenticator = await addApp(server, person);
  const client = handClient(issuer, await server.addClient({ ...WEB_CLIENT, first_party: true }));

  const atCode = async () => {
    const agent = new UserAgent();
    return { agent, page: await typePassword(agent, await agent.open(page), person) };
  };
  const shown = async (trust: boolean) => {
    const { agent, page: asked } = await atCode();
    return { agent, page: await typeCode(agent, asked, await authenticator.fresh(), { trust }) };
  };
  const signedIn = async (trust: boolean) => {
    const { agent, page: last } = await shown(trust);
    expect((await agent.follow(last)).status).to.equal(200);
    return agent;
  };
  const tokensIn = async (agent: UserAgent) => {
    const { location } = await authorize(agent, client.authorizeUrl());
    const { status, body } = await client.redeem(location ?? '');
    expect(status, JSON.stringify(body)).to.equal(200);
    return body as Tokens;
  };

  const other = await signedIn(false);
  const otherTokens = await tokensIn(other);
  const others = await app.sessions.store.openOf(person.id, app.clock.now());
  const agent = await signedIn(true);
  const ownTokens = await tokensIn(agent);
  const open = await app.sessions.store.openOf(person.id, app.clock.now());
  const session = open.find(({ uid }) => !others.some((one) => one.uid === uid))?.uid;
  if (session === undefined) throw new Error('no session of its own');

  const waiting = await atCode();
  const complete = await shown(false);
  const untouched = new UserAgent();
  await asFixture(app.database, (tx) => app.factors.temporaryCodes.issue(tx, person.id));
  return {
    person,
    authenticator,
    agent,
    session,
    other,
    client,
    tokens: { own: ownTokens, other: otherTokens },
    waiting,
    complete,
    untouched: { agent: untouched, page: await untouched.open(page) },
    links: await linksOf(server, person),
  };
}

/** One link of each kind, as it would have been mailed. */
async function linksOf({ app }: TestServer, { id }: Person): Promise<Record<LinkKind, string>> {
  const account = await app.accounts.store.findById(id);
  if (account === undefined) throw new Error('no account');
  const state = stateOf(account);
  const payloads: Record<LinkKind, Record<string, unknown>> = {
    reset: { state },
    invitation: { state },
    // Of something that came after the factor, which is not undone by it.
    notMe: { since: new Date(app.clock.now().getTime() + 1_000).toISOString() },
    factorAdded: { since: app.clock.now().toISOString() },
    formerAddress: { email: `former-${account.email}` },
    address: { state, email: `next-${account.email}` },
  };
  return asFixture(app.database, async (tx) => {
    const tokens: [LinkKind, string][] = [];
    for (const kind of LINK_KINDS) {
      const link = { ...LINKS[kind], accountId: id, payload: payloads[kind] };
      tokens.push([kind, (await app.accounts.links.issue(tx, link)).token]);
    }
    // From before the others, which undo what came since.
    await tx.query(
      `update one_time_links set created_at = created_at - interval '1 minute' where account_id = $1 and purpose = $2`,
      [id, LINKS.factorAdded.purpose],
    );
    return Object.fromEntries(tokens) as Record<LinkKind, string>;
  });
}

/** What is left of it, by trying it. Uses up what it tries. */
export interface Left {
  readonly ownSession: boolean;
  readonly otherSession: boolean;
  readonly ownTokens: boolean;
  readonly otherTokens: boolean;
  readonly waiting: boolean;
  readonly complete: boolean;
  readonly trustedDevices: number;
  /** A code with which somebody is helped who has left their factor at home. */
  readonly temporaryCode: boolean;
  readonly links: readonly LinkKind[];
}

export async function leftOf(server: TestServer, belongings: Belongings): Promise<Left> {
  const { app, issuer } = server;
  const { person, authenticator, agent, other, client, tokens, waiting, complete, links } = belongings;
  const isIn = async (each: UserAgent) => (await each.get(`${issuer}/account`)).status === 200;
  const work = async ({ access_token, refresh_token }: Tokens) => {
    const answers = [await client.userinfo(access_token), await client.refresh(refresh_token)];
    const good = answers.filter(({ status }) => status === 200).length;
    expect(good, 'the access token and the refresh token, alike').to.be.oneOf([0, 2]);
    return good === 2;
  };
  const open = await Promise.all(
    LINK_KINDS.map(async (kind) =>
      (await app.accounts.links.peek(LINKS[kind].purpose, links[kind])) ? [kind] : [],
    ),
  );
  const trustedDevices = (await app.factors.trustedDevices.list(person.id)).length;
  const { held } = await app.signIn.people.facts(person.id, undefined);
  const ownSession = await isIn(agent);
  const otherSession = await isIn(other);
  await waiting.agent.follow(await typeCode(waiting.agent, waiting.page, await authenticator.fresh()));
  await complete.agent.follow(complete.page);
  return {
    ownSession,
    otherSession,
    ownTokens: await work(tokens.own),
    otherTokens: await work(tokens.other),
    waiting: await isIn(waiting.agent),
    complete: await isIn(complete.agent),
    trustedDevices,
    temporaryCode: held.temporary_code > 0,
    links: open.flat(),
  };
}
