import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import pg from 'pg';
import type { Database } from '../../../src/storage/database.ts';
import { type ChangeFeed, listenForChanges } from '../../../src/storage/notifications.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { poolerRefused } from '../../../src/storage/session.ts';
import { ENTITIES, MIGRATIONS_PATH } from '../../../src/wire.ts';
import { createStoreDatabase, type TestDatabase } from '../../support/postgres.ts';
import { eventually } from '../../support/processes.ts';

describe('the feed of changes', () => {
  let files: TestDatabase;
  let database: Database;
  let owner: pg.Client;
  let feed: ChangeFeed;
  let told: string[];

  before(async () => {
    files = await createStoreDatabase();
    owner = new pg.Client({ connectionString: files.ownerUrl });
    await owner.connect();
    database = await openDatabase({
      url: files.serverUrl,
      entities: ENTITIES,
      role: 'server',
      poolSize: 3,
      migrationsPath: MIGRATIONS_PATH,
    });
    feed = await listenForChanges(database);
    for (const table of ['clients', 'resources', 'signing_keys'])
      feed.onChange(table, () => told.push(table));
  });
  after(async () => {
    await feed.close();
    await database.close();
    await owner.end();
    await files.drop();
  });
  beforeEach(() => {
    told = [];
  });

  const register = (id: string) =>
    database.query(
      `insert into clients (id, metadata, created_at, updated_at) values ($1, '{}', now(), now())`,
      [id],
    );
  const cut = () =>
    owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );

  it('tells of a change of a table, whoever made it, and of no other', async () => {
    await register('a');
    await eventually('told', async () => told.length > 0);
    await owner.query(`delete from clients where id = 'a'`);
    await eventually('told again', async () => told.length > 1);
    expect(new Set(told)).to.deep.equal(new Set(['clients']));
  });

  it('tells of a change when it is committed, and of none that is rolled back', async () => {
    await owner.query('begin');
    await owner.query(
      `insert into clients (id, metadata, created_at, updated_at) values ('b', '{}', now(), now())`,
    );
    await owner.query('rollback');
    await register('c');
    await eventually('told', async () => told.length > 0);
    expect(told).to.deep.equal(['clients']);
  });

  it('says that it is cut off, tells everybody, and comes back by itself', async () => {
    expect(feed.connected).to.equal(true);
    await cut();
    const everybody = ['clients', 'resources', 'signing_keys'];
    await eventually('it noticed, and is back', async () => feed.connected && told.length === 6);
    expect(told, 'when it was cut off, and for what happened meanwhile').to.deep.equal([
      ...everybody,
      ...everybody,
    ]);
    told = [];
    await register('d');
    await eventually('told', async () => told.includes('clients'));
  });

  it('keeps trying while the database refuses it', async () => {
    const name = new URL(files.ownerUrl).pathname.slice(1);
    const admin = new pg.Client({ connectionString: files.ownerUrl.replace(`/${name}`, '/postgres') });
    await admin.connect();
    try {
      await admin.query(`alter database ${name} with allow_connections false`);
      await cut();
      await eventually('it noticed', async () => !feed.connected);
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      expect(feed.connected).to.equal(false);
      await admin.query(`alter database ${name} with allow_connections true`);
      await eventually('it is back', async () => feed.connected);
    } finally {
      await admin.query(`alter database ${name} with allow_connections true`);
      await admin.end();
    }
  });

  it('notices that the other end is gone without a word', async () => {
    const proxy = await startProxy(Number(new URL(files.serverUrl).port));
    const url = new URL(files.serverUrl);
    url.host = `127.0.0.1:${proxy.port}`;
    const distant = await openDatabase({
      url: url.href,
      entities: ENTITIES,
      role: 'server',
      poolSize: 3,
      migrationsPath: MIGRATIONS_PATH,
    });
    const listening = await listenForChanges(distant, { heartbeatMs: 100 });
    try {
      let calls = 0;
      listening.onChange('clients', () => {
        calls += 1;
      });
      await new Promise((resolve) => setTimeout(resolve, 350));
      expect(listening.connected, 'while it answers').to.equal(true);
      proxy.swallow(true);
      await eventually('it noticed', async () => !listening.connected);
      expect(calls, 'nothing is trusted that was read before').to.equal(1);
      proxy.swallow(false);
      await eventually('it is back', async () => listening.connected);
      expect(calls, 'nor what changed meanwhile').to.equal(2);
    } finally {
      await listening.close();
      await distant.close();
      proxy.close();
    }
  });

  it('lets go of everybody who waits where what answers after a loss hangs', async () => {
    const proxy = await startProxy(Number(new URL(files.serverUrl).port));
    const url = new URL(files.serverUrl);
    url.host = `127.0.0.1:${proxy.port}`;
    const distant = await openDatabase({
      url: url.href,
      entities: ENTITIES,
      role: 'server',
      poolSize: 3,
      migrationsPath: MIGRATIONS_PATH,
    });
    let inspections = 0;
    const listening = await listenForChanges(distant, {
      inspect: async (client) => {
        inspections += 1;
        if (inspections === 2) proxy.swallow(true);
        await client.query('select 1');
      },
    });
    try {
      await cut();
      await eventually('it hangs', async () => inspections === 2);
      const waiting = distant.query<{ one: number }>('select 1 as one');
      proxy.swallow(false);
      expect(await waiting).to.deep.equal([{ one: 1 }]);
      await eventually('it is back', async () => listening.connected);
      expect(inspections).to.equal(3);
    } finally {
      await listening.close();
      await distant.close();
      proxy.close();
    }
  }).timeout(30_000);

  it('lets nobody in after a refusal until a whole verification has passed, whatever fails in between', async () => {
    const refused = await openDatabase({
      url: files.serverUrl,
      entities: ENTITIES,
      role: 'server',
      poolSize: 3,
      migrationsPath: MIGRATIONS_PATH,
    });
    let inspections = 0;
    let passes = true;
    const listening = await listenForChanges(refused, {
      inspect: async () => {
        inspections += 1;
        if (passes) return;
        if (inspections === 2) throw poolerRefused('DATABASE_URL', 'two statements met two servers');
        throw new Error('a failure that proves nothing');
      },
    });
    try {
      passes = false;
      await cut();
      await eventually('it has failed for another reason', async () => inspections > 3);
      const answer = await refused.query('select 1').catch((error) => error);
      expect(answer).to.have.property('code', 'database_unavailable');
      passes = true;
      await eventually('it is back', async () => listening.connected);
      expect(await refused.query('select 1 as one')).to.deep.equal([{ one: 1 }]);
    } finally {
      await listening.close();
      await refused.close();
    }
  }).timeout(30_000);

  it('is silent after it was closed', async () => {
    const other = await listenForChanges(database);
    let calls = 0;
    other.onChange('clients', () => {
      calls += 1;
    });
    await other.close();
    expect(other.connected).to.equal(false);
    await register('e');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(calls).to.equal(0);
  });
});

/** Passes on to a port of this machine; told to, it swallows everything and keeps the connections. */
async function startProxy(port: number) {
  let swallowing = false;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    if (swallowing) return near.destroy();
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (data) => swallowing || to.write(data));
      from.on('error', () => to.destroy());
      from.on('close', () => swallowing || to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    swallow: (swallow: boolean) => {
      swallowing = swallow;
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
