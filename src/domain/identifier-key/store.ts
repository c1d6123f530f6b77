/**
 * The identifier key: keys the digests under which typed identifiers are counted (lockouts, rate limits), told to the audit
 * trail, and given a stand-in for a password hash. This folder owns how it comes to be and is kept. What is derived from it, and
 * what is digested, it leaves to others.
 *
 * It is made once and never changed: with another key every lock would be lifted, every count would begin anew, nodes would
 * count apart, and nobody could find what the trail has told of an identifier. So it does not depend on any setting that is
 * rotated; `ENCRYPTION_KEYS` only seal it, and it is sealed anew when they change.
 */
import { hmacSha256 } from '../../kernel/crypto.ts';
import type { Executor, Statement } from '../../storage/database.ts';
import { openSealedKey, type SealedKeyDependencies } from '../../storage/sealed-keys.ts';
import type { AuditEvent } from '../audit/events.ts';

export interface IdentifierKeyDependencies extends SealedKeyDependencies {
  /**
   * What earlier versions used as the key, which followed from `COOKIE_KEYS`: one for each of them, in their order. A database
   * that was in use before there was an identifier key goes on with one of these.
   */
  readonly formerKeys: readonly Buffer[];
  /** Writes audit events inside the caller's transaction. */
  readonly record: (tx: Executor, ...events: AuditEvent[]) => Promise<void>;
}

const NAME = 'identifier';
const KEY_BYTES = 32;

const COUNTED: Statement = {
  name: 'sealed_keys_counted',
  text: `
    select a.email_key as "emailKey", l.key_hash as "keyHash" from lockouts l join accounts a on a.id = l.account_id
    where not l.of_device order by l.updated_at desc limit $1`,
};

/** Counters by which the key of an earlier version is recognised. */
const SAMPLE = 200;

/**
 * The identifier key of this database; made, and sealed, where there is none yet. Throws `unknown_encryption_key` or
 * `sealed_value_invalid`, with a message that names `ENCRYPTION_KEYS`, when it cannot be opened: another key is never put in
 * its place.
 */
export const openIdentifierKey = (deps: IdentifierKeyDependencies): Promise<Buffer> =>
  openSealedKey(deps, {
    name: NAME,
    purpose: 'the key by which sign-in failures are counted',
    make: async (usedBefore) => (usedBefore ? await formerKey(deps) : deps.random.bytes(KEY_BYTES)),
    async onMade(tx, usedBefore) {
      const details = { adopted: usedBefore };
      await deps.record(tx, {
        type: 'identifier_key.created',
        outcome: 'success',
        actor: { kind: 'system' },
        details,
      });
    },
  });

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
