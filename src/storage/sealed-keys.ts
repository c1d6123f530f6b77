import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../kernel/clock.ts';
import { type Keyring, seal, unseal } from '../kernel/crypto.ts';
import { GatehouseError } from '../kernel/errors.ts';
import type { Randomness } from '../kernel/ids.ts';
import type { Database, Executor, Statement } from './database.ts';
import type { SealedColumn } from './resealing.ts';

/**
 * Keys that the server makes itself, once, and never changes: sealed under `ENCRYPTION_KEYS`, and the same for every node. What
 * each is for is its owner's to say.
 */
export const SealedKeyRecord = defineEntity({
  name: 'SealedKeyRecord',
  tableName: 'sealed_keys',
  properties: {
    name: p.text().primary(),
    sealed: p.text(),
    createdAt: p.datetime(),
  },
});

export const SEALED_KEYS: SealedColumn = {
  table: 'sealed_keys',
  id: 'name',
  column: 'sealed',
  contextOf: (name) => `sealed-key:${name}`,
};

export interface SealedKeyDependencies {
  readonly database: Database;
  /** The keys of `ENCRYPTION_KEYS`. */
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly random: Randomness;
}

export interface SealedKeyDescription {
  readonly name: string;
  /** What it does, for the message that says that it cannot be opened: "the key by which …". */
  readonly purpose: string;
  /** The key, where there is none yet. `usedBefore`: a version without this table was here. */
  readonly make: (usedBefore: boolean) => Promise<Buffer>;
  /** Told, in the transaction, where this call has made it. */
  readonly onMade: (tx: Executor, usedBefore: boolean) => Promise<void>;
}

const FIND: Statement = {
  name: 'sealed_keys_find',
  // Signing keys are made at the first start of all, after these keys: where there are some without one, an earlier version was here.
  text: `
    select (select sealed from sealed_keys where name = $1) as sealed,
      exists (select 1 from signing_keys) as "usedBefore"`,
};

// Of several nodes that start together the first one's key is everybody's: the others wait for it here, and read it.
const INSERT: Statement = {
  name: 'sealed_keys_insert',
  text: `
    insert into sealed_keys (name, sealed, created_at) values ($1, $2, $3) on conflict (name) do nothing returning 1`,
};

interface Found {
  sealed: string | null;
  usedBefore: boolean;
}

/**
 * The key of this name of this database; made, and sealed, where there is none yet. Throws `unknown_encryption_key` or
 * `sealed_value_invalid`, with a message that names `ENCRYPTION_KEYS`, when it cannot be opened: another key is never put in
 * its place.
 */
export async function openSealedKey(
  deps: SealedKeyDependencies,
  description: SealedKeyDescription,
): Promise<Buffer> {
  const found = await find(deps.database, description.name);
  if (found.sealed !== null) return opened(deps.keyring, description, found.sealed);
  await create(deps, description, found.usedBefore);
  const { sealed } = await find(deps.database, description.name);
  if (sealed === null) throw new Error(`the key "${description.name}" that was just stored is not there`);
  return opened(deps.keyring, description, sealed);
}

async function find(database: Database, name: string): Promise<Found> {
  const [row] = await database.query<Found>(FIND, [name]);
  return row as Found;
}

async function create(
  { database, keyring, clock, random }: SealedKeyDependencies,
  { name, make, onMade }: SealedKeyDescription,
  usedBefore: boolean,
): Promise<void> {
  const sealed = seal(keyring, random, SEALED_KEYS.contextOf(name), await make(usedBefore));
  await database.transaction(async (tx) => {
    if ((await tx.query(INSERT, [name, sealed, clock.now()])).length === 1) await onMade(tx, usedBefore);
  });
}

const opened = (keyring: Keyring, { name, purpose }: SealedKeyDescription, sealed: string): Buffer =>
  unsealKey(keyring, SEALED_KEYS.contextOf(name), purpose, sealed);

/**
 * Opens a key of the server's own. Throws `unknown_encryption_key` or `sealed_value_invalid`, with a message that says what the
 * key does and names `ENCRYPTION_KEYS`.
 */
export function unsealKey(keyring: Keyring, context: string, purpose: string, sealed: string): Buffer {
  try {
    return unseal(keyring, context, sealed);
  } catch (cause) {
    const [, id] = sealed.split('.');
    const why = keyring.keys.has(id ?? '')
      ? `the key "${id}" does not open it`
      : `it is sealed under the key "${id}", which is not among them`;
    throw new GatehouseError(cause instanceof GatehouseError ? cause.code : 'sealed_value_invalid', {
      message:
        `ENCRYPTION_KEYS: ${purpose} cannot be opened: ${why}. Put the key back with which ` +
        'this database was used; see "Keys" in docs/security.md.',
      cause,
    });
  }
}
