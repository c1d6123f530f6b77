import pg from 'pg';
import { SYSTEM_ACTOR } from '../../src/domain/audit/actor.ts';
import { NODE_CRYPTOGRAPHY, NODE_TREE_HASH } from '../../src/domain/audit/node-cryptography.ts';
import { createCheckpointStore } from '../../src/domain/audit/sealing/checkpoint-store.ts';
import { openAuditKey } from '../../src/domain/audit/sealing/first-key.ts';
import { createAuditKeyStore } from '../../src/domain/audit/sealing/key-store.ts';
import { createProofStore } from '../../src/domain/audit/sealing/proof-store.ts';
import { createSealer } from '../../src/domain/audit/sealing/sealer.ts';
import { createSealingStore } from '../../src/domain/audit/sealing/sealing-store.ts';
import { createSealingStandingStore } from '../../src/domain/audit/sealing/standing-store.ts';
import { createAuditLog } from '../../src/domain/audit/store.ts';
import { openCheckpoint, type SignedCheckpoint } from '../../src/domain/audit/tree/checkpoint.ts';
import { parseVkey } from '../../src/domain/audit/tree/note.ts';
import { systemRandomness } from '../../src/kernel/ids.ts';
import type { Database, Executor } from '../../src/storage/database.ts';
import { openDatabase } from '../../src/storage/orm.ts';
import { ENTITIES } from '../../src/wire.ts';
import { testStamp } from './audit-stamp.ts';
import { createTestDatabase, migrationsPath, type TestDatabase } from './postgres.ts';
import { eventually } from './processes.ts';

export const ORIGIN = 'id.example/audit';

const KEYRING = { current: 'k', keys: new Map([['k', Buffer.alloc(32, 7)]]) };

/** A leaf as it is stored, with the event that it seals. */
export interface SealedLeaf {
  readonly index: number;
  readonly mac: string;
  readonly hash: Buffer;
  readonly id: string;
  readonly type: string;
  readonly kid: string | null;
}

/** A node that seals: everything but the server. */
export function sealingOn(database: Database, options: { readonly batchSize?: number } = {}) {
  const stamp = testStamp();
  const { mac } = stamp;
  const log = createAuditLog(stamp);
  const keys = createAuditKeyStore(database, KEYRING, systemRandomness);
  const checkpoints = createCheckpointStore(database);
  const invalid: string[] = [];
  const sealer = createSealer({
    ...options,
    database,
    mac,
    keys,
    checkpoints,
    store: createSealingStore(database, NODE_TREE_HASH),
    record: log.record,
    onInvalid: (events) => invalid.push(...events),
  });
  return {
    sealer,
    keys,
    checkpoints,
    invalid,
    log,
    standing: createSealingStandingStore(database),
    proofs: createProofStore(database, NODE_TREE_HASH),
    openKey: () => openAuditKey({ database, keys, origin: ORIGIN, record: log.record }),
  };
}

export type Sealing = ReturnType<typeof sealingOn>;

/** A database for the sealer, with its owner beside it. Call it inside a `describe`; each test gets one of its own. */
export function useSealing() {
  let test: TestDatabase;
  const opened: { database: Database; owner: pg.Client }[] = [];
  let sealing: Sealing;
  const here = {
    get database(): Database {
      return (opened[0] as { database: Database }).database;
    },
    get owner(): pg.Client {
      return (opened[0] as { owner: pg.Client }).owner;
    },
    get url(): string {
      return test.ownerUrl;
    },
    get sealing(): Sealing {
      return sealing;
    },

    /** Writes events of which each names its number. */
    async events(numbers: readonly (number | string)[], executor?: Executor): Promise<void> {
      const details = numbers.map((each) => ({ kid: String(each) }));
      await sealing.log.record(
        executor ?? here.database,
        ...details.map(
          (each) =>
            ({ type: 'key.retired', outcome: 'success', actor: SYSTEM_ACTOR, details: each }) as const,
        ),
      );
    },

    /** Does it as a superuser, with the guards of the tables off. */
    async tamper(sql: string, values: unknown[] = []): Promise<void> {
      await here.owner.query(`set session_replication_role = replica`);
      await here.owner.query(sql, values);
      await here.owner.query(`set session_replication_role = origin`);
    },

    /** Seals until nothing is left. The cluster is also used by others, whose transactions may be in the way for a moment. */
    sealAll: (by?: Sealing): Promise<void> =>
      eventually('every event is sealed', async () => {
        while ((await (by ?? sealing).sealer.seal()).more);
        const { rows } = await here.owner.query(
          'select 1 from audit_events e where not exists (select from audit_leaves where event = e.id) limit 1',
        );
        return rows.length === 0;
      }),

    async leaves(): Promise<SealedLeaf[]> {
      const { rows } = await here.owner.query(
        `select l.index::int as index, l.mac, l.hash, e.id, e.type, e.details ->> 'kid' as kid
         from audit_leaves l join audit_events e on e.id = l.event order by l.index`,
      );
      return rows;
    },

    /** The newest checkpoint, its signature verified by the keys of the database. */
    async newest(): Promise<SignedCheckpoint | undefined> {
      const stored = await sealing.checkpoints.newest();
      const keys = (await sealing.keys.list()).flatMap(
        ({ verifier }) => parseVkey(NODE_CRYPTOGRAPHY.sha256, verifier) ?? [],
      );
      return openCheckpoint(NODE_CRYPTOGRAPHY, stored?.note ?? '', keys);
    },
  };
  beforeEach(async () => {
    test = await createTestDatabase();
    const options = { entities: ENTITIES, migrationsPath, role: 'server' as const, poolSize: 8 };
    const database = await openDatabase({ ...options, url: test.serverUrl });
    const owner = new pg.Client({ connectionString: test.ownerUrl });
    await owner.connect();
    opened.unshift({ database, owner });
    sealing = sealingOn(database);
    await sealing.openKey();
  });
  afterEach(async () => {
    for (const { database, owner } of opened.splice(0)) {
      await owner.end();
      await database.close();
    }
    await test.drop();
  });
  return here;
}
