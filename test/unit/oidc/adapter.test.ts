import { systemRandomness } from '../../../src/kernel/ids.ts';
import { PostgresAdapter } from '../../../src/oidc/adapter.ts';
import { createArtifactStore } from '../../../src/oidc/artifact-store.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { ENTITIES, MIGRATIONS_PATH } from '../../../src/wire.ts';
import { adapterContract } from '../../support/adapter-contract.ts';
import { dumpDatabase } from '../../support/database-dump.ts';
import { createTestDatabase } from '../../support/postgres.ts';

const keyring = { current: 'a', keys: new Map([['a', Buffer.alloc(32, 7)]]) };

adapterContract('PostgreSQL', async (clock) => {
  const { serverUrl: url, drop } = await createTestDatabase();
  const connect = () =>
    openDatabase({ url, entities: ENTITIES, role: 'server', poolSize: 5, migrationsPath: MIGRATIONS_PATH });
  const nodes = [await connect(), await connect()];
  return {
    adapter: (model, node = 0) => {
      const database = nodes[node] as (typeof nodes)[number];
      return new PostgresAdapter(model, {
        database,
        artifacts: createArtifactStore(database, clock),
        findClient: async () => undefined,
        keyring,
        clock,
        random: systemRandomness,
      });
    },
    dump: () => dumpDatabase(url),
    async close() {
      for (const node of nodes) await node.close();
      await drop();
    },
  };
});
