/**
 * Idempotency keys: what was answered to a change that a program may ask for again because it never heard the answer. This folder
 * owns that of requests with one key one alone runs, and what is kept of it, for a day. Which request a key belongs to and what of
 * an answer may be kept, it leaves to `http`.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { constantTimeEqual, deriveKey, hmacSha256, type Keyring, seal, unseal } from '../../kernel/crypto.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { type Database, type Executor, type Statement, sweepStatement } from '../../storage/database.ts';

export const IdempotencyKeyRecord = defineEntity({
  name: 'IdempotencyKeyRecord',
  tableName: 'idempotency_keys',
  properties: {
    keyHash: p.blob().primary(),
    requestHash: p.blob(),
    answer: p.text(),
    createdAt: p.datetime(),
    expiresAt: p.datetime().index('idempotency_keys_expires_at_index'),
  },
});

/** For so long a repeated request gets the first one's answer. */
const KEPT_SECONDS = 86_400;
/** Rows of one statement of the sweeper. */
const BATCH = 1_000;

/** A request that says with a key that it is to happen once. */
export interface KeyedRequest {
  /** Who asks. */
  readonly actor: string;
  /** What for: the name of an act. */
  readonly act: string;
  readonly key: string;
  /** The input, always in the same form: another one with the same key is refused. */
  readonly content: string;
}

/** What was answered: a status and a JSON value. */
export interface KeptAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface IdempotencyKeys {
  /**
   * At the beginning of the transaction that does what is asked: nobody else does it before its end. Resolves to what was answered
   * where it was done before. Throws `idempotency_in_progress` (409) where another request with this key is under way, and
   * what {@link find} throws.
   */
  begin(tx: Executor, request: KeyedRequest): Promise<KeptAnswer | undefined>;
  /** At the end of that transaction. The answer must hold nothing that may not be told twice. */
  keep(tx: Executor, request: KeyedRequest, answer: KeptAnswer): Promise<void>;
  /**
   * What was answered. Throws `idempotency_key_reused` (422) where the key was used with other content, and
   * `idempotency_answer_unreadable` (409) where the key with which the answer was sealed is not configured any more.
   */
  find(request: KeyedRequest): Promise<KeptAnswer | undefined>;
  /** Deletes what is older than a day. */
  sweep(): Promise<void>;
}

export interface IdempotencyDependencies {
  readonly database: Database;
  readonly keyring: Keyring;
  /** Keys the digests, so that a copy of the database does not tell what was asked, a password in it included. */
  readonly digestKey: Buffer;
  readonly clock: Clock;
  readonly random: Randomness;
}

// Apart from the reading behind it: that has to begin when the lock is held, or it would not see what its last holder has done.
const LOCK: Statement = {
  name: 'idempotency_keys_lock',
  text: 'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as mine',
};

const FIND: Statement = {
  name: 'idempotency_keys_find',
  text: `
    select request_hash as "requestHash", answer from idempotency_keys
    where key_hash = $1 and expires_at > $2`,
};

// A row that is there is past its time: the lock is held, and it was looked for.
const KEEP: Statement = {
  name: 'idempotency_keys_keep',
  text: `
    insert into idempotency_keys (key_hash, request_hash, answer, created_at, expires_at)
    values ($1, $2, $3, $4, $5)
    on conflict (key_hash) do update set request_hash = excluded.request_hash, answer = excluded.answer,
      created_at = excluded.created_at, expires_at = excluded.expires_at`,
};

const SWEEP = sweepStatement('idempotency_keys');

export function createIdempotencyKeys({
  database,
  keyring,
  digestKey,
  clock,
  random,
}: IdempotencyDependencies): IdempotencyKeys {
  const secret = deriveKey(digestKey, 'idempotency');
  const hashOf = ({ actor, act, key }: KeyedRequest) =>
    hmacSha256(secret, JSON.stringify(['key', actor, act, key]));
  const contentHash = ({ content }: KeyedRequest) => hmacSha256(secret, JSON.stringify(['content', content]));
  const contextOf = (hash: Buffer) => `idempotency ${hash.toString('base64url')}`;

  async function find(on: Executor, request: KeyedRequest): Promise<KeptAnswer | undefined> {
    const hash = hashOf(request);
    const [row] = await on.query<{ requestHash: Buffer; answer: string }>(FIND, [hash, clock.now()]);
    if (row === undefined) return undefined;
    if (!constantTimeEqual(row.requestHash, contentHash(request))) throw reused();
    return opened(contextOf(hash), row.answer);
  }

  function opened(context: string, answer: string): KeptAnswer {
    try {
      return JSON.parse(unseal(keyring, context, answer).toString()) as KeptAnswer;
    } catch (cause) {
      throw new GatehouseError('idempotency_answer_unreadable', {
        status: 409,
        message: 'This was done before. What was answered cannot be told any more.',
        cause,
      });
    }
  }

  return {
    async begin(tx, request) {
      const name = `gatehouse:idempotency:${hashOf(request).toString('base64url')}`;
      const [lock] = await tx.query<{ mine: boolean }>(LOCK, [name]);
      if (lock?.mine !== true) throw inProgress();
      return find(tx, request);
    },
    async keep(tx, request, answer) {
      const hash = hashOf(request);
      const now = clock.now();
      const sealed = seal(keyring, random, contextOf(hash), JSON.stringify(answer));
      await tx.query(KEEP, [hash, contentHash(request), sealed, now, addSeconds(now, KEPT_SECONDS)]);
    },
    find: (request) => find(database, request),
    async sweep() {
      while ((await database.query(SWEEP, [clock.now(), BATCH])).length === BATCH);
    },
  };
}

const reused = () =>
  new GatehouseError('idempotency_key_reused', {
    status: 422,
    message: 'This Idempotency-Key was used for another request. Use a new one for each.',
  });

const inProgress = () =>
  new GatehouseError('idempotency_in_progress', {
    status: 409,
    message: 'A request with this Idempotency-Key is under way. Ask again when it is done.',
    retryAfter: 1,
  });
