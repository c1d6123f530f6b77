import { expect } from 'chai';
import type { PasswordHasher } from '../../src/domain/passwords/hasher.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { unavailable } from '../../src/kernel/errors.ts';
import { fixtures } from './evidence/fixture.ts';
import { type AuditRow, type HandClient, handClient, type Person } from './protocol.ts';
import { WEB_CLIENT } from './relying-party.ts';
import { cheapHasher, startTestServer, type TestServer } from './server.ts';
import { type Page, UserAgent } from './user-agent.ts';

export const NEW = 'seven quiet lanterns';
export const asksForChange = (page: Page) => page.forms.some(({ fields }) => 'new_password' in fields);
export const asksForPassword = (page: Page) => page.forms.some(({ fields }) => 'password' in fields);

/** A server, and people whose password has to be changed: to be called in a `describe`. */
export function useForcedPasswordChange() {
  let server: TestServer;
  let client: HandClient;
  let aheadMs = 0;
  const clock: Clock = { now: () => new Date(Date.now() + aheadMs) };
  let busy = false;

  before(async () => {
    const cheap = await cheapHasher();
    const verify: PasswordHasher['verify'] = async (...given) => {
      if (busy) throw unavailable('hashing_busy', 'busy', 7);
      return cheap.verify(...given);
    };
    const hasher: PasswordHasher = {
      implementation: cheap.implementation,
      get waiting() {
        return cheap.waiting;
      },
      hash: cheap.hash,
      verify,
      close: cheap.close,
    };
    server = await startTestServer({
      settings: { RATE_LIMIT_DEMANDED_PASSWORD_PER_PERSON: '' },
      replace: { clock, hasher },
    });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());
  beforeEach(() => {
    aheadMs = 0;
    busy = false;
  });

  /** Somebody whose password must not open anything any more. */
  async function flagged(flag: 'must_change' | 'compromised' = 'must_change') {
    const person = await server.addAccount();
    await server.app.accounts.passwords.flag(fixtures(server.app.database), person.id, flag);
    return person;
  }

  /** As far as the page that asks for another password. */
  async function atChange(person: Person, agent = new UserAgent(), parameters = {}) {
    let page = await agent.open(client.authorizeUrl(parameters));
    const { email: identifier, password } = person;
    page = await agent.follow(await agent.submit(page, { identifier, password }));
    expect(asksForChange(page), page.body).to.equal(true);
    return { agent, page };
  }

  const choose = async (agent: UserAgent, page: Page, password: string) =>
    agent.follow(await agent.submit(page, { new_password: password }, '/password'));

  const sessionsOf = async ({ id }: Person) =>
    server.app.database.query<{ model: string }>(
      `select model from oidc_artifacts where account_id = $1 and model in ('Session', 'AuthorizationCode')`,
      [id],
    );

  const mailsTo = async ({ id }: Person) =>
    server.app.database.query<{ kind: string }>('select kind from mail_outbox where account_id = $1', [id]);

  const ofType = (events: readonly AuditRow[], type: string) => events.filter((event) => event.type === type);

  return {
    get server() {
      return server;
    },
    get client() {
      return client;
    },
    get aheadMs() {
      return aheadMs;
    },
    set aheadMs(value) {
      aheadMs = value;
    },
    get busy() {
      return busy;
    },
    set busy(value) {
      busy = value;
    },
    flagged,
    atChange,
    choose,
    sessionsOf,
    mailsTo,
    ofType,
  };
}
