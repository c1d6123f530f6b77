import { type Keyring, seal } from '../../../kernel/crypto.ts';
import { conflict } from '../../../kernel/errors.ts';
import type { Randomness } from '../../../kernel/ids.ts';
import type { Database, Executor, Statement, Transaction } from '../../../storage/database.ts';
import { lock } from '../../../storage/locks.ts';
import type { SealedColumn } from '../../../storage/resealing.ts';
import { unsealKey } from '../../../storage/sealed-keys.ts';
import { type NoteSigner, vkeyOf } from '../tree/note.ts';
import { noteSigner, SEED_BYTES } from './signer.ts';

/** Private halves of the keys that sign checkpoints. That of a retired key is erased. */
export const SEALED_AUDIT_KEYS: SealedColumn = {
  table: 'audit_keys',
  id: 'id',
  column: 'sealed',
  contextOf: (id) => `audit-key:${id}`,
};

/** What of a key anybody may know. */
export interface AuditKey {
  /** Its key hash, 8 hexadecimal digits. */
  readonly id: string;
  /** Its text form (vkey): what auditors verify with. */
  readonly verifier: string;
  readonly createdAt: Date;
  readonly retiredAt: Date | undefined;
}

/** The keys that have not been retired. */
export interface SigningAuditKeys {
  readonly current: NoteSigner;
  /** The vkey of the one that signs once the current one has sealed and signed the event of the change. */
  readonly next: string | undefined;
}

export interface AuditKeyStore {
  /** Every key, in the order in which they sign. */
  list(executor?: Executor): Promise<AuditKey[]>;
  /** Makes the first key of this database where there is none. Answers its vkey where this call has made it. */
  ensure(tx: Transaction, name: string): Promise<string | undefined>;
  /**
   * Makes the key that comes after the current one. Until {@link AuditKeyStore.change} it signs nothing. Throws
   * `audit_key_change_waits` (409) where such a key is there.
   */
  prepare(tx: Transaction, name: string): Promise<{ readonly from: string; readonly to: string }>;
  /** The key that signs. Throws what {@link unsealKey} throws where it cannot be opened. */
  signing(executor?: Executor): Promise<SigningAuditKeys>;
  /** Retires the current key for good, and answers the one that signs from now on. */
  change(tx: Executor): Promise<NoteSigner>;
}

const LIST: Statement = {
  name: 'audit_keys_list',
  text: 'select id, verifier, sealed, created_at, retired_at from audit_keys order by created_at, id',
};

interface Row {
  id: string;
  verifier: string;
  sealed: string | null;
  created_at: Date | string;
  retired_at: Date | string | null;
}

export function createAuditKeyStore(
  database: Pick<Database, 'query'>,
  keyring: Keyring,
  random: Randomness,
): AuditKeyStore {
  const rows = (executor: Executor) => executor.query<Row>(LIST);
  const unretired = async (executor: Executor) =>
    (await rows(executor)).filter(({ retired_at: retiredAt }) => retiredAt === null);

  async function make(tx: Executor, name: string): Promise<string> {
    const seed = random.bytes(SEED_BYTES);
    const signer = noteSigner(name, seed);
    const verifier = vkeyOf(signer);
    await tx.query(
      'insert into audit_keys (id, verifier, sealed, created_at) values ($1, $2, $3, clock_timestamp())',
      [signer.id, verifier, seal(keyring, random, SEALED_AUDIT_KEYS.contextOf(signer.id), seed)],
    );
    return verifier;
  }

  function open({ id, verifier, sealed }: Row): NoteSigner {
    const purpose = 'the key that signs the checkpoints of the audit trail';
    const seed = unsealKey(keyring, SEALED_AUDIT_KEYS.contextOf(id), purpose, sealed ?? '');
    return noteSigner(verifier.slice(0, verifier.indexOf('+')), seed);
  }

  async function signing(executor: Executor = database): Promise<SigningAuditKeys> {
    const [current, next] = await unretired(executor);
    if (current === undefined) throw new Error('the audit trail has no key');
    return { current: open(current), next: next?.verifier };
  }

  return {
    signing,

    async list(executor = database) {
      return (await rows(executor)).map(({ id, verifier, created_at: createdAt, retired_at: retiredAt }) => ({
        id,
        verifier,
        createdAt: new Date(createdAt),
        retiredAt: retiredAt === null ? undefined : new Date(retiredAt),
      }));
    },

    async ensure(tx, name) {
      await lock(tx, 'audit-key');
      return (await rows(tx)).length === 0 ? await make(tx, name) : undefined;
    },

    async prepare(tx, name) {
      await lock(tx, 'audit-key');
      const [current, next] = await unretired(tx);
      if (current === undefined) throw new Error('the audit trail has no key');
      if (next !== undefined) {
        throw conflict(
          'audit_key_change_waits',
          `A new key (${next.verifier}) waits to sign already: the event of its change has to be sealed first.`,
        );
      }
      return { from: current.verifier, to: await make(tx, name) };
    },

    async change(tx) {
      const [current] = await unretired(tx);
      await tx.query(
        'update audit_keys set sealed = null, retired_at = clock_timestamp() where id = $1 and retired_at is null',
        [current?.id],
      );
      return (await signing(tx)).current;
    },
  };
}
