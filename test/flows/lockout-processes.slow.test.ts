import { expect } from 'chai';
import { fixture } from '../support/evidence/fixture.ts';
import { guess } from '../support/guessing.ts';
import { auditTrail, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { freePort, startTestServer, type TestServer } from '../support/server.ts';
import { type ServerProcess, serveBeside } from '../support/server-processes.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const KILLS = 3;
const BROWSERS = 6;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('lockout with two server processes', function processes() {
  this.timeout(120_000);
  let server: TestServer;
  let person: Person & { id: string };
  let ports: number[];
  const running: ServerProcess[] = [];
  let agents: UserAgent[];
  let pages: Page[];

  const start = async (index: number) => {
    running[index] = await serveBeside(server, { MAX_FAILED_LOGIN_ATTEMPTS: '5' }, ports[index]);
  };
  before(async () => {
    server = await startTestServer();
    ports = [await freePort(), await freePort()];
    await Promise.all([start(0), start(1)]);
  });
  after(async () => {
    await Promise.all(running.map((process_) => process_.stop()));
    await server.stop();
  });
  beforeEach(async () => {
    person = await server.addAccount();
    const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    agents = Array.from({ length: BROWSERS }, () => new UserAgent());
    pages = await Promise.all(agents.map((agent) => agent.open(client.authorizeUrl())));
  });

  /** The `nth` guess, out of one of the browsers, at one of the processes. */
  function send(nth: number, password = 'not the password'): Promise<Page> {
    const [agent, page] = [agents[nth % BROWSERS] as UserAgent, pages[nth % BROWSERS] as Page];
    const form = page.forms[0] as Page['forms'][number];
    const action = (running[nth % running.length] as ServerProcess).at(form.action);
    return guess(agent, { ...page, forms: [{ ...form, action }] }, { email: person.email, password });
  }
  const counted = async () => {
    const [row] = await server.app.database.query<{ failures: number; locked: boolean }>(
      'select failures, locked_until > now() as locked from lockouts where account_id = $1',
      [person.id],
    );
    return row;
  };
  const told = async () => {
    const events = (await auditTrail(server)).filter(({ account }) => account === person.id);
    const failed = (reason: string) => events.filter(({ details }) => details.reason === reason).length;
    return {
      verified: failed('password_wrong'),
      refused: failed('locked'),
      locks: events.filter(({ type }) => type === 'lockout.started').length,
      succeeded: events.filter(({ type }) => type === 'sign_in.succeeded').length,
    };
  };

  it('200 guesses at the same time, and more after a restart, are five; then the right password is refused', async () => {
    const storm = (count: number) => Promise.all(Array.from({ length: count }, (_, nth) => send(nth)));
    const answers = await storm(200);
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([401]));
    expect(await told()).to.deep.equal({ verified: 5, refused: 195, locks: 1, succeeded: 0 });

    await Promise.all(running.map((process_) => process_.stop()));
    await Promise.all([start(0), start(1)]);
    await storm(20);
    for (const nth of [0, 1]) {
      const right = await send(nth, person.password);
      expect(right.status).to.equal(401);
      expect(right.body).to.match(/is locked\. Try again in (?:30|29) minutes\./);
    }
    expect(await told()).to.deep.equal({ verified: 5, refused: 217, locks: 1, succeeded: 0 });
    expect(await counted()).to.deep.equal({ failures: 5, locked: true });
  });

  it('no guess is verified beyond the fifth while they are killed, and every lock is told of in the end', async () => {
    let sent = 0;
    let stopped = false;
    const flood = async () => {
      while (!stopped) {
        sent += 1;
        // A process that is killed answers nothing.
        await send(sent).catch(() => undefined);
        if (sent > 200) await pause(20);
      }
    };
    const floods = Promise.all(Array.from({ length: 12 }, flood));
    try {
      for (let kills = 0; kills < KILLS; kills += 1) {
        await pause(kills === 0 ? 20 : 150);
        await (running[kills % running.length] as ServerProcess).kill();
        await start(kills % running.length);
      }
    } finally {
      stopped = true;
      await floods;
    }

    const { verified, refused } = await told();
    expect(verified, 'verified').to.be.at.most(5);
    expect(refused, 'refused').to.be.above(20);
    expect(await counted()).to.deep.equal({ failures: 5, locked: true });

    // A lock whose process died before it could tell is told of by the sweep, once it is old enough.
    await fixture(server.app.database, `update lockouts set locked_at = locked_at - interval '5 minutes'`);
    await server.app.protection.lockout.sweep();
    expect((await told()).locks).to.equal(1);
  });
});
