import { createAccountStore } from '../../../src/domain/accounts/store.ts';
import { createLogoutDeliveries } from '../../../src/domain/logout-deliveries/store.ts';
import { createSessionStore } from '../../../src/domain/sessions/store.ts';
import { createSignInStore } from '../../../src/domain/sign-ins/store.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import { PostgresAdapter } from '../../../src/oidc/adapter.ts';
import { createArtifactStore } from '../../../src/oidc/artifact-store.ts';
import { createSessionRecords } from '../../../src/oidc/session-records.ts';
import { createTerminations } from '../../../src/oidc/terminations.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { ENTITIES, MIGRATIONS_PATH } from '../../../src/wire.ts';
import { adapterContract } from '../../support/adapter-contract.ts';
import { testStamp } from '../../support/audit-stamp.ts';
import { dumpDatabase } from '../../support/database-dump.ts';
import { createStoreDatabase } from '../../support/postgres.ts';

const settings = {
  timeoutMinutes: 20,
  warningMinutes: 18,
  absoluteSeconds: 43_200,
  maxConcurrent: 2,
  capPolicy: 'evict-oldest',
  byRole: {},
  sharedWorkstation: { timeoutMinutes: 5 },
} as const;
const keyring = { current: 'a', keys: new Map([['a', Buffer.alloc(32, 7)]]) };

adapterContract('PostgreSQL', async (clock) => {
  const { serverUrl: url, drop } = await createStoreDatabase();
  const connect = () =>
    openDatabase({ url, entities: ENTITIES, role: 'server', poolSize: 5, migrationsPath: MIGRATIONS_PATH });
  const nodes = [await connect(), await connect()];
  return {
    adapter: (model, node = 0) => {
      const database = nodes[node] as (typeof nodes)[number];
      const sessions = createSessionStore(database);
      const logouts = createLogoutDeliveries(database, clock, systemRandomness);
      const terminations = createTerminations({ sessions, logouts, clock, stamp: testStamp(clock) });
      return new PostgresAdapter(model, {
        database,
        artifacts: createArtifactStore(database, clock),
        findClient: async () => undefined,
        keyring,
        clock,
        random: systemRandomness,
        guardUserCode: (find) => find(),
        sessionRecords: createSessionRecords({
          sessions,
          settings,
          sharedWorkstations: () => undefined,
          clock,
          logouts,
          terminations,
          accounts: createAccountStore(database, clock, systemRandomness),
          signIns: createSignInStore(database),
        }),
      });
    },
    dump: () => dumpDatabase(url),
    async close() {
      for (const node of nodes) await node.close();
      await drop();
    },
  };
});
