import { addSeconds } from '../../src/kernel/clock.ts';
import { createAuthenticator } from './authenticator.ts';
import { fixture } from './evidence/fixture.ts';
import { auditTrail, type Person } from './protocol.ts';
import { startTestServer, type TestServer } from './server.ts';
import { totpCode } from './totp.ts';
import { type Page, UserAgent } from './user-agent.ts';

/** The pages on which people look after their second factors, and somebody new before each test. */

export const SECURITY = '/account/security';
export const NEW_APP = `${SECURITY}/authenticators/new`;
export const NEW_PASSKEY = `${SECURITY}/passkeys/new`;

export const pathOf = ({ url }: Page) => new URL(url).pathname;
export const textOf = ({ body }: Page) => body.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

/** The key that a wizard shows. */
export const secretOn = ({ body }: Page): string => {
  const [, key = ''] = /id="totp-key">(.*?)<\/code>/s.exec(body) ?? [];
  return key.replace(/<[^>]+>|\s/g, '');
};

export const codesOn = ({ body }: Page): string[] =>
  [...body.matchAll(/<li><code>([^<]+)<\/code>/g)].map(([, code]) => String(code));

export class SecurityPages {
  server!: TestServer;
  person!: Person;
  /** Seconds that the server is late. */
  late = 0;

  now = () => addSeconds(new Date(), this.late);
  at = (path: string) => `${this.server.issuer}${path}`;
  isSignedIn = async (agent: UserAgent) => (await agent.get(this.at('/account'))).status === 200;
  events = async (type: string, account = this.person.id) =>
    (await auditTrail(this.server)).filter((event) => event.type === type && event.account === account);
  factorsOf = (id = this.person.id) => this.server.app.lifecycle.ownFactors.of(id);

  /** Codes are taken once a step: time goes on until the next. */
  codeOf = (secret: string): string => {
    this.late += 30;
    return totpCode(secret, this.now());
  };

  signedIn = async (who: Person = this.person): Promise<UserAgent> => {
    const agent = new UserAgent();
    const page = await agent.open(this.at('/account'));
    await agent.follow(await agent.submit(page, { identifier: who.email, password: who.password }));
    return agent;
  };

  /** Lets the person's sign-ins have been so many seconds ago, for the provider as well. */
  age = (seconds: number) =>
    fixture(
      this.server.app.database,
      `update oidc_artifacts
       set payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload ->> 'loginTs')::bigint - $2::bigint))
       where model = 'Session' and payload ->> 'accountId' = $1`,
      [this.person.id, seconds],
    );

  /** Answers what is asked to confirm who it is, if anything is, and lands where that leads. */
  open = async (agent: UserAgent, path: string, secret?: string): Promise<Page> => {
    const page = await agent.open(this.at(path));
    if (!page.body.includes('name="factor"') || secret === undefined) return page;
    return agent.follow(await agent.submit(page, { code: this.codeOf(secret) }, '/factor'));
  };

  addApp = async (agent: UserAgent) => {
    const page = await this.open(agent, NEW_APP);
    const secret = secretOn(page);
    const answer = await agent.submit(page, { code: totpCode(secret, this.now()), name: 'Work phone' });
    return { secret, page, done: await agent.follow(answer) };
  };

  addPasskey = async (agent: UserAgent) => {
    const device = createAuthenticator({ origin: this.server.issuer, verifies: true });
    const page = await this.open(agent, NEW_PASSKEY);
    const csrf = String(page.forms[0]?.fields.csrf);
    const options = await agent.post(this.at(`${NEW_PASSKEY}/options`), { csrf });
    const response = JSON.stringify(device.create(JSON.parse(options.body)));
    const done = await agent.follow(await agent.submit(page, { name: 'Laptop', response }));
    return { page, done, response };
  };
}

/** For the tests of a `describe`: call it inside. */
export function useSecurityPages(): SecurityPages {
  const pages = new SecurityPages();
  before(async () => {
    pages.server = await startTestServer({
      settings: {
        SECOND_FACTOR_POLICIES: JSON.stringify({ pharmacist: { policy: 'required' } }),
        TRUSTED_DEVICE_DAYS: '30',
      },
      replace: { clock: { now: pages.now } },
    });
  });
  after(() => pages.server.stop());
  beforeEach(async () => {
    pages.late = 0;
    pages.person = await pages.server.addAccount({ name: 'Robin Reyes' });
  });
  return pages;
}
