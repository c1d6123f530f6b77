import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import pg from 'pg';
import { SYSTEM_ACTOR } from '../../src/domain/audit/actor.ts';
import { NODE_CRYPTOGRAPHY } from '../../src/domain/audit/node-cryptography.ts';
import { openCheckpoint } from '../../src/domain/audit/tree/checkpoint.ts';
import { parseVkey } from '../../src/domain/audit/tree/note.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { eventually } from '../support/processes.ts';
import { startServerOn, startTestServer, type TestServer } from '../support/server.ts';
import { serveBeside } from '../support/server-processes.ts';
import { naiveRootOfHashes } from '../unit/audit/tree/naive-tree.ts';

const KILLS = 6;
/** Events a second, for so many seconds; sealed within so many, as docs/audit.md promises. */
const RATE = 1_000;
const SECONDS = 8;
const PROMISED_SECONDS = 10;
const OLD_EVENTS = 200_000;

describe('sealing the audit trail', function sealing() {
  this.timeout(300_000);
  let server: TestServer;
  let owner: pg.Client;

  async function begin(database = createTestDatabase()) {
    const test = await database;
    server = await startServerOn(test);
    owner = new pg.Client({ connectionString: test.ownerUrl });
    await owner.connect();
  }
  afterEach(async () => {
    await owner.end();
    await server.stop();
    await server.database.drop();
  });

  const one = async (sql: string) => Object.values((await owner.query(sql)).rows[0])[0] as number;
  const unsealed = () =>
    one(
      `select count(*)::int from audit_events e where not exists (select from audit_leaves where event = e.id)`,
    );
  const write = ({ app }: TestServer, count: number, name: string | number) =>
    app.audit.log.record(
      app.database,
      ...Array.from(
        { length: count },
        (_, each) =>
          ({
            type: 'key.retired',
            outcome: 'success',
            actor: SYSTEM_ACTOR,
            details: { kid: `${name}-${each}` },
          }) as const,
      ),
    );

  it('survives the death of whoever seals, at any moment: one chain, each event once', async () => {
    await begin();
    await server.app.jobs.stop(1_000);
    let writing = true;
    const writes = (async () => {
      for (let turn = 0; writing; turn++) {
        await write(server, 40, turn);
        await wait(5);
      }
    })();
    for (let kill = 0; kill < KILLS; kill++) {
      const process = await serveBeside(server);
      const size = await one('select size::int from audit_sealing');
      await eventually(
        'it seals',
        async () => (await one('select size::int from audit_sealing')) > size,
        30_000,
      );
      await wait(Math.random() * 2_500);
      await process.kill();
    }
    writing = false;
    await writes;
    while ((await server.app.audit.sealing.sealer.seal()).more);
    await eventually('all is sealed', async () => {
      await server.app.audit.sealing.sealer.seal();
      return (await unsealed()) === 0;
    });
    const { rows: leaves } = await owner.query(
      'select index::int as index, event, hash, mac from audit_leaves order by index',
    );
    expect(leaves.every(({ index, mac }, position) => index === position && mac === 'valid')).to.equal(true);
    const [{ verifier }] = (await owner.query('select verifier from audit_keys')).rows;
    const key = parseVkey(NODE_CRYPTOGRAPHY.sha256, verifier);
    const { rows: notes } = await owner.query(
      `select note from (select note, id from audit_checkpoints union all select signed_note, 1e18 from audit_sealing) as signed order by id`,
    );
    const signed = notes.map(({ note }) => key && openCheckpoint(NODE_CRYPTOGRAPHY, note, [key]));
    expect(signed.at(-1)?.size).to.equal(leaves.length);
    for (const checkpoint of [...signed.slice(0, 40), ...signed.slice(-5)]) {
      const root = naiveRootOfHashes(leaves.slice(0, checkpoint?.size).map(({ hash }) => hash));
      expect(Buffer.from(checkpoint?.root ?? []).equals(root), `${checkpoint?.size}`).to.equal(true);
    }
  });

  it(`seals ${RATE} events a second within ${PROMISED_SECONDS} seconds`, async () => {
    server = await startTestServer();
    owner = new pg.Client({ connectionString: server.database.ownerUrl });
    await owner.connect();
    const began = performance.now();
    let longest = 0;
    for (let written = 0; written < RATE * SECONDS; written += 50) {
      await wait(Math.max(0, began + (written / RATE) * 1_000 - performance.now()));
      await write(server, 50, written);
      if (written % RATE === 0)
        longest = Math.max(longest, await server.app.audit.sealing.standing.unsealedSeconds());
    }
    const ended = performance.now();
    await eventually('all is sealed', async () => (await unsealed()) === 0, PROMISED_SECONDS * 1_000);
    longest = Math.max(longest, (performance.now() - ended) / 1_000);
    expect(longest, 'seconds').to.be.below(PROMISED_SECONDS);
  });

  it(`seals ${OLD_EVENTS} events of before in place, while events are written`, async () => {
    const database = createTestDatabase();
    const client = new pg.Client({ connectionString: (await database).ownerUrl });
    await client.connect();
    await client.query(
      `insert into audit_events (id, at, type, outcome, details, xid, cluster)
       select gen_random_uuid(), timestamptz '2026-01-01' + number * interval '10 seconds', 'session.started', 'success',
         '{"reason": "test"}', null, null from generate_series(1, $1::int) as number`,
      [OLD_EVENTS],
    );
    await client.end();
    await begin(database);
    let slowest = 0;
    await eventually(
      'they are sealed',
      async () => {
        const began = performance.now();
        await write(server, 1, 'meanwhile');
        slowest = Math.max(slowest, performance.now() - began);
        return (await unsealed()) < 50;
      },
      200_000,
    );
    expect(await one(`select count(*)::int from audit_leaves where mac = 'none'`)).to.equal(OLD_EVENTS);
    expect(await one(`select proven_from::int from audit_sealing`)).to.equal(OLD_EVENTS);
    expect(slowest, 'milliseconds that an event took').to.be.below(2_000);
  });
});
