import { factors } from '../../src/administration/factors.ts';
import { addSeconds } from '../../src/kernel/clock.ts';
import { act } from './administration.ts';
import { typeCode, typePassword } from './factors.ts';
import { auditTrail, type Person } from './protocol.ts';
import { secretOn } from './security-pages.ts';
import { startTestServer, type TestServer } from './server.ts';
import { totpCode } from './totp.ts';
import { type Page, UserAgent } from './user-agent.ts';

/** Temporary access codes as an operator gets them, and somebody at the pages that ask for them. */

/** The code that an operator is told. */
export async function codeBy(
  server: TestServer,
  verb: 'reset-factors' | 'temporary-code',
  { email }: Pick<Person, 'email'>,
): Promise<string> {
  const { app } = server;
  const { issued } =
    verb === 'reset-factors'
      ? await act(app, factors.reset, { person: email })
      : await act(app, factors.issueTemporaryCode, { person: email });
  if (issued === undefined) throw new Error('no code');
  return issued.code;
}

/** Whether the page offers to set up a factor. */
export const offersSetup = (page: Page): boolean =>
  page.forms.some(({ action }) => action.endsWith('/enrol/totp'));

/** From the page that offers it to where the sign-in goes on, with an app; answers its secret. */
export async function setUpApp(agent: UserAgent, page: Page, now: () => Date) {
  const wizard = await agent.follow(await agent.submit(page, {}, '/enrol/totp'));
  const secret = secretOn(wizard);
  const code = totpCode(secret, now());
  const codes = await agent.follow(await agent.submit(wizard, { code, name: 'Phone' }, '/confirm'));
  const end = await agent.follow(await agent.submit(codes, {}, '/codes/stored'));
  return { secret, end };
}

/** Somebody new before each test, with a password and nothing else, and a clock that a test sets forward. */
class TemporaryCodeWalk {
  server!: TestServer;
  person!: Person & { name: string };
  /** Seconds that the server is ahead. */
  late = 0;
  usual: TestServer | undefined;

  now = () => addSeconds(new Date(), this.late);
  at = (path: string) => `${this.server.issuer}${path}`;
  isIn = async (agent: UserAgent) => (await agent.get(this.at('/account'))).status === 200;
  events = async (type: string) =>
    (await auditTrail(this.server)).filter(
      (event) => event.type === type && event.account === this.person.id,
    );

  /** A browser in which the password was typed. */
  atPassword = async (url = this.at('/account')): Promise<{ agent: UserAgent; page: Page }> => {
    const agent = new UserAgent();
    return { agent, page: await typePassword(agent, await agent.open(url), this.person) };
  };

  show = async (agent: UserAgent, page: Page, code: string, trust = false): Promise<Page> =>
    agent.follow(await typeCode(agent, page, code, { factor: 'temporary_code', trust }));

  start = (settings: Record<string, string>) =>
    startTestServer({ settings, replace: { clock: { now: this.now } } });

  /** For this test, a server of its own. */
  elsewhere = async (settings: Record<string, string>): Promise<void> => {
    this.usual = this.server;
    this.server = await this.start(settings);
    this.person = await this.server.addAccount({ emailVerified: true });
  };
}

/** To be called within `describe`: starts a server for its tests. */
export function temporaryCodeWalk(): TemporaryCodeWalk {
  const walk = new TemporaryCodeWalk();
  before(async () => {
    walk.server = await walk.start({
      TRUSTED_DEVICE_DAYS: '30',
      MAX_FAILED_LOGIN_ATTEMPTS: '50',
      TEMPORARY_CODE_HOURS: '2',
    });
  });
  after(() => walk.server.stop());
  beforeEach(async () => {
    walk.late = 0;
    walk.person = await walk.server.addAccount({ emailVerified: true });
  });
  afterEach(async () => {
    if (walk.usual === undefined) return;
    await walk.server.stop();
    walk.server = walk.usual;
    walk.usual = undefined;
  });
  return walk;
}
