/**
 * The identifier key: keys the digests under which typed identifiers are counted (lockouts, rate limits), told to the audit
 * trail, and given a stand-in for a password hash. This folder owns how it comes to be and is kept. What is derived from it, and
 * what is digested, it leaves to others.
 *
 * It is made once and never changed: with another key every lock would be lifted, every count would begin anew, nodes would
 * count apart, and nobody could find what the trail has told of an identifier. So it does not depend on any setting that is
 * rotated; `ENCRYPTION_KEYS` only seal it, and it is sealed anew when they change.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import { hmacSha256, type Keyring, seal, unseal } from '../../kernel/crypto.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { Randomness } from '../../kernel/ids.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import type { SealedColumn } from '../../storage/resealing.ts';
import type { AuditEvent } from '../audit/events.ts';

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

export interface IdentifierKeyDependencies {
  readonly database: Database;
  /** The keys of `ENCRYPTION_KEYS`. */
  readonly keyring: Keyring;
  /**
   * What earlier versions used as the key, which followed from `COOKIE_KEYS`: one for each of them, in their order. A database
   * that was in use before there was an identifier key goes on with one of these.
   */
  readonly formerKeys: readonly Buffer[];
  readonly clock: Clock;
  readonly random: Randomness;
  /** Writes audit events inside the caller's transaction. */
  readonly record: (tx: Executor, ...events: AuditEvent[]) => Promise<void>;
}

const NAME = 'identifier';
const KEY_BYTES = 32;

const FIND: Statement = {
  name: 'sealed_keys_find',
  // Signing keys are made at the first start of all, after this key: where there are some without it, an earlier version was here.
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

const COUNTED: Statement = {
  name: 'sealed_keys_counted',
  text: `
    select a.email_key as "emailKey", l.key_hash as "keyHash" from lockouts l join accounts a on a.id = l.account_id
    where not l.of_device order by l.updated_at desc limit $1`,
};

/** Counters by which the key of an earlier version is recognised. */
const SAMPLE = 200;

interface Found {
  sealed: string | null;
  usedBefore: boolean;
}

/**
 * The identifier key of this database; made, and sealed, where there is none yet. Throws `unknown_encryption_key` or
 * `sealed_value_invalid`, with a message that names `ENCRYPTION_KEYS`, when it cannot be opened: another key is never put in
 * its place.
 */
export async function openIdentifierKey(deps: IdentifierKeyDependencies): Promise<Buffer> {
  const { database } = deps;
  const found = await find(database);
  if (found.sealed !== null) return opened(deps.keyring, found.sealed);
  await create(deps, found.usedBefore);
  const { sealed } = await find(database);
  if (sealed === null) throw new Error('the identifier key that was just stored is not there');
  return opened(deps.keyring, sealed);
}

async function find(database: Database): Promise<Found> {
  const [row] = await database.query<Found>(FIND, [NAME]);
  return row as Found;
}

async function create(deps: IdentifierKeyDependencies, usedBefore: boolean): Promise<void> {
  const { database, keyring, clock, random, record } = deps;
  const key = usedBefore ? await formerKey(deps) : random.bytes(KEY_BYTES);
  const sealed = seal(keyring, random, SEALED_KEYS.contextOf(NAME), key);
  await database.transaction(async (tx) => {
    if ((await tx.query(INSERT, [NAME, sealed, clock.now()])).length === 0) return;
    const details = { adopted: usedBefore };
    await record(tx, { type: 'identifier_key.created', outcome: 'success', actor: 'system', details });
  });
}

/**
 * The key that the counters of this database were made with: an upgrade may come together with new `COOKIE_KEYS`. The first
 * one where that cannot be told.
 */
async function formerKey({ database, formerKeys }: IdentifierKeyDependencies): Promise<Buffer> {
  const rows = await database.query<{ emailKey: string; keyHash: Buffer }>(COUNTED, [SAMPLE]);
  const counted = formerKeys.map((key) => ({
    key,
    matches: rows.filter(({ emailKey, keyHash }) => hmacSha256(key, emailKey).equals(keyHash)).length,
  }));
  const [first, ...others] = counted;
  if (first === undefined) throw new Error('no key of an earlier version is given');
  return others.reduce((best, each) => (each.matches > best.matches ? each : best), first).key;
}

function opened(keyring: Keyring, sealed: string): Buffer {
  try {
    return unseal(keyring, SEALED_KEYS.contextOf(NAME), sealed);
  } catch (cause) {
    const [, id] = sealed.split('.');
    const why = keyring.keys.has(id ?? '')
      ? `the key "${id}" does not open it`
      : `it is sealed under the key "${id}", which is not among them`;
    throw new GatehouseError(cause instanceof GatehouseError ? cause.code : 'sealed_value_invalid', {
      message:
        `ENCRYPTION_KEYS: the key by which sign-in failures are counted cannot be opened: ${why}. Put the key back with which ` +
        'this database was used; see "Keys" in docs/security.md.',
      cause,
    });
  }
}
