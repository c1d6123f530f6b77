import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { withoutMac } from '../support/audit-macs.ts';
import { disagreements } from '../support/evidence/agreement.ts';
import { eventually } from '../support/processes.ts';
import { auditTrail, authorize, type HandClient, handClient, type Person } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { freePort, PASSWORD, type Settings, startTestServer, type TestServer } from '../support/server.ts';
import { type ServerProcess, serveBeside } from '../support/server-processes.ts';
import { UserAgent } from '../support/user-agent.ts';

const SIGN_INS = 500;
const AT_A_TIME = 8;
const PEOPLE = 40;
/** How many sign-ins begin in the life of a process; it ends up to so many milliseconds later. */
const LIFE = { least: 25, most: 70, milliseconds: 250 };

/** The least that argon2id allows. */
const CHEAP: Settings = { ARGON2_MEMORY_KIB: '8', ARGON2_TIME_COST: '1', LOG_LEVEL: 'silent' };

/** Numbers that come again with their seed (mulberry32). */
function numbersOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('a server that is killed again and again', () => {
  let server: TestServer;
  let client: HandClient;
  let people: Person[];
  let issuer: string;
  let port: number;
  let running: ServerProcess | undefined;
  let done = false;

  before(async function start() {
    this.timeout(60_000);
    server = await startTestServer();
    port = await freePort();
    issuer = `http://localhost:${port}`;
    client = handClient(issuer, await server.addClient({ ...WEB_CLIENT, offline_access: true }));
    people = await Promise.all(Array.from({ length: PEOPLE }, () => server.addAccount()));
  });
  after(async () => {
    await running?.stop();
    await server.stop();
  });

  const serve = async () => {
    running = await serveBeside(server, { ...CHEAP, ISSUER: issuer }, port);
  };

  const isReady = () =>
    fetch(`${issuer}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );

  const isSealed = async () => {
    const [row] = await server.app.database.query<{ sealed: boolean }>(
      'select (select size from audit_sealing) = (select count(*) from audit_events) as sealed',
    );
    return row?.sealed === true;
  };

  /** Signs somebody in and goes on as people do: tokens, a refresh, a change of the profile, a sign-out, a wrong password. */
  async function walk(random: () => number): Promise<void> {
    const person = people[Math.floor(random() * PEOPLE)] as Person;
    const [wrong, refreshes, replays, renames, leaves] = [0.1, 0.5, 0.1, 0.2, 0.3].map((p) => random() < p);
    const agent = new UserAgent();
    if (wrong) {
      const page = await agent.open(client.authorizeUrl());
      await agent.submit(page, { identifier: person.email, password: 'not this one' });
    }
    const { location = '' } = await authorize(agent, client.authorizeUrl(), {
      ...person,
      password: PASSWORD,
    });
    const { body } = await client.redeem(location);
    if (refreshes) await client.refresh(String(body.refresh_token));
    if (replays) await client.redeem(location);
    if (renames) {
      const page = await agent.open(`${issuer}/account/profile`);
      await agent.submit(page, { name: `Pat ${Math.floor(random() * 1e6)}` });
    }
    if (leaves) await agent.submit(await agent.open(`${issuer}/logout`), { logout: 'yes' });
  }

  it('has a trail that agrees with its state', async function survives() {
    this.timeout(420_000);
    const seed = Number(process.env.EVIDENCE_SEED ?? randomInt(2 ** 31));
    console.log(`      EVIDENCE_SEED=${seed}`);
    const lives = numbersOf(seed);
    await serve();
    let kills = 0;
    let begun = 0;
    let cut = 0;
    const killing = (async () => {
      while (!done) {
        const end = begun + LIFE.least + Math.floor(lives() * (LIFE.most - LIFE.least));
        while (begun < end && !done) await sleep(5);
        await sleep(lives() * LIFE.milliseconds);
        if (done) return;
        await running?.kill();
        kills += 1;
        await serve();
      }
    })();

    const walker = async (number: number) => {
      const random = numbersOf(seed + number + 1);
      while (begun < SIGN_INS) {
        begun += 1;
        await walk(random).catch(async () => {
          // Cut off in the middle: whoever it was goes away, and the next comes when there is a server again.
          cut += 1;
          await eventually('there is a server again', isReady, 30_000);
        });
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, (_, number) => walker(number)));
    done = true;
    await killing;
    await running?.stop();
    running = undefined;

    const trail = await auditTrail(server);
    const count = (type: string) => trail.filter((event) => event.type === type).length;
    console.log(
      `      ${kills} kills, ${cut} walks cut off, ${count('session.started')} sessions begun, ${trail.length} events`,
    );
    expect(kills).to.be.above(3);
    expect(cut, 'the kills come in the middle of something').to.be.above(0);
    for (const type of [
      'sign_in.succeeded',
      'session.started',
      'session.ended',
      'token.issued',
      'token.reuse_detected',
    ])
      expect(count(type), type).to.be.above(0);
    expect(count('account.profile_changed')).to.be.above(0);
    expect(await disagreements(server.app.database)).to.deep.equal([]);
    expect(await withoutMac(server.app.database, server.app.auditStamp.mac)).to.deep.equal([]);
    await eventually('the trail is sealed to its end', isSealed, 30_000);
    const [invalid] = await server.app.database.query<{ count: number }>(
      `select count(*)::int as count from audit_leaves where mac = 'invalid'`,
    );
    expect(invalid?.count, 'leaves whose MAC was wrong').to.equal(0);
  });
});
