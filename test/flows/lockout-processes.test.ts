import { expect } from 'chai';
import { guess } from '../support/guessing.ts';
import { eventually, type Started, startNode } from '../support/processes.ts';
import { auditTrail, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { freePort, startTestServer, type TestServer, testEnvironment } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const KILLS = 3;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('lockout with server processes that are killed', function processes() {
  this.timeout(120_000);
  let server: TestServer;
  let person: Person;
  const ports: number[] = [];
  const running = new Map<number, Started>();
  let stopped = false;

  before(async () => {
    server = await startTestServer();
    person = await server.addAccount();
    ports.push(await freePort(), await freePort());
    await Promise.all(ports.map(start));
  });
  after(async () => {
    stopped = true;
    for (const { child, exit } of running.values()) {
      child.kill('SIGTERM');
      await exit;
    }
    await server.stop();
  });

  async function start(port: number): Promise<void> {
    const { PATH = '', HOME = '', NODE_V8_COVERAGE } = process.env;
    const settings = { ISSUER: server.issuer, LOG_LEVEL: 'error', MAX_FAILED_LOGIN_ATTEMPTS: '5' };
    const started = startNode(['src/main.ts'], {
      env: {
        PATH,
        HOME,
        ...(NODE_V8_COVERAGE === undefined ? {} : { NODE_V8_COVERAGE }),
        ...testEnvironment(server.database, port, settings),
        PORT: String(port),
      },
    });
    running.set(port, started);
    await eventually(
      'the process answers',
      async () => {
        if (started.child.exitCode !== null) throw new Error(started.output());
        return fetch(`http://localhost:${port}/health/ready`).then(
          ({ ok }) => ok,
          () => false,
        );
      },
      30_000,
    );
  }

  async function kill(port: number): Promise<void> {
    const { child, exit } = running.get(port) as Started;
    child.kill('SIGKILL');
    await exit;
  }

  it('no guess is verified beyond the fifth, and every lock is told of in the end', async () => {
    const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const agents = Array.from({ length: 6 }, () => new UserAgent());
    const pages = await Promise.all(agents.map((agent) => agent.open(client.authorizeUrl())));
    const wrong = { email: person.email, password: 'not the password' };
    const send = async (index: number) => {
      const browser = index % agents.length;
      const page = pages[browser] as Page;
      const form = page.forms[0] as { action: string };
      const there = new URL(form.action);
      there.port = String(ports[index % ports.length]);
      const moved = { ...page, forms: [{ ...page.forms[0], action: there.href }] } as Page;
      // A process that is killed answers nothing.
      return guess(agents[browser] as UserAgent, moved, wrong).catch(() => undefined);
    };

    let sent = 0;
    const flood = async () => {
      while (!stopped) {
        sent += 1;
        await send(sent);
        if (sent > 200) await pause(20);
      }
    };
    const floods = Promise.all(Array.from({ length: 12 }, flood));
    for (let kills = 0; kills < KILLS; kills += 1) {
      const port = ports[kills % ports.length] as number;
      await pause(kills === 0 ? 20 : 150);
      await kill(port);
      await start(port);
    }
    stopped = true;
    await floods;

    const events = (await auditTrail(server)).filter(({ account }) => account === person.id);
    const verified = events.filter(({ details }) => details.reason === 'password_wrong');
    const refused = events.filter(({ details }) => details.reason === 'locked');
    expect(verified.length, 'verified').to.be.at.most(5);
    expect(refused.length, 'refused').to.be.above(20);
    const [row] = await server.house.database.query<{ failures: number; locked: boolean }>(
      'select failures, locked_until > now() as locked from lockouts where account_id = $1',
      [person.id],
    );
    expect(row).to.deep.equal({ failures: 5, locked: true });

    // A lock whose process died before it could tell is told of by the sweep, once it is old enough.
    await server.house.database.query(`update lockouts set locked_at = locked_at - interval '5 minutes'`);
    await server.house.lockout.sweep();
    const told = (await auditTrail(server)).filter(({ type }) => type === 'lockout.started');
    expect(told).to.have.length(1);
  });
});
