/**
 * Rate limits: how often something may be asked for. This folder owns the budgets, whose they are, and counting them, on
 * Redis where there is one and in PostgreSQL otherwise. What happens to a request that is refused, it leaves to its callers.
 *
 * In PostgreSQL the count is a statement of our own: the library's counts one budget a statement, by each node's own clock,
 * and could not be part of the one statement with which a sign-in takes its slot.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Redis } from 'ioredis';
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { deriveKey, hmacKey, hmacSha256 } from '../../kernel/crypto.ts';
import type { Database, Statement } from '../../storage/database.ts';
import type { Write } from '../../storage/unit-of-work.ts';
import { type Claim, type Count, type Decision, decide, UNLIMITED } from './policy.ts';
import { createRedisCounter } from './redis-counter.ts';

export const RateLimitRecord = defineEntity({
  name: 'RateLimitRecord',
  tableName: 'rate_limits',
  properties: {
    keyHash: p.blob().primary(),
    points: p.integer(),
    expiresAt: p.datetime().index('rate_limits_expires_at_index'),
  },
});

export interface RateLimitDependencies {
  readonly database: Database;
  readonly redis: Redis | undefined;
  /** Keys the digests of the names of budgets. */
  readonly digestKey: Buffer;
  readonly clock: Clock;
  /** Redis was asked and did not answer: PostgreSQL counts instead for a while. */
  readonly onFallback: (error: unknown) => void;
  /** A budget has refused a request; `limit` is its name. */
  readonly onRefusal?: (limit: string) => void;
}

/** Asks for the placeholder of a value in the statement that is being made. */
type Parameter = (value: unknown) => string;

/** A decision that was made, or what a PostgreSQL statement still has to count. */
export type Taking =
  | { readonly kind: 'decided'; readonly decision: Decision }
  | { readonly kind: 'uncounted'; readonly claims: readonly Claim[] };

/** Counting as part of a larger statement. */
export interface LimitParts {
  readonly ctes: readonly string[];
  /** A condition: every budget had a point left. */
  readonly passed: string;
  /** Columns for {@link RateLimits.decisionFrom}. */
  readonly columns: string;
}

export interface LimitColumns {
  readonly limits: readonly ({ points: number; expires_at: string } | null)[];
}

export interface RateLimits {
  /** Takes a point from each budget in order, until one refuses. Throws `database_unavailable` (503) rather than let pass. */
  take(claims: readonly Claim[]): Promise<Decision>;
  /** Gives back a point of each budget, which {@link take} has taken for something that did not count in the end. */
  giveBack(claims: readonly Claim[]): Promise<void>;
  /** The same for a caller that has a statement to run anyway: what is left for it, if anything. */
  begin(claims: readonly Claim[]): Promise<Taking>;
  parts(parameter: Parameter, claims: readonly Claim[], now: Date): LimitParts;
  decisionFrom(claims: readonly Claim[], columns: LimitColumns, now: Date): Decision;
  /**
   * Takes a point as part of a unit of work, in PostgreSQL wherever else is counted: writes that follow it read `points`, how many
   * were taken in all, and `expires_at` by its name. Whether the budget bears it is for them to say.
   */
  count(name: string, claim: Claim): Write;
  /** Deletes counts that are over. */
  sweep(): Promise<void>;
}

/** For so long PostgreSQL counts after Redis failed, so that not every request waits for it. */
const PAUSE_MS = 5_000;

const GIVE_BACK: Statement = {
  name: 'rate_limits_give_back',
  text: `
    update rate_limits set points = points - 1
    where key_hash = any (array(select decode(hex, 'hex') from unnest($1::text[]) as hex))
      and points > 0 and expires_at > $2`,
};

/** Exhausted budgets that this node keeps in mind. */
const MAX_EXHAUSTED = 10_000;

export function createRateLimits({
  database,
  redis,
  digestKey,
  clock,
  onFallback,
  onRefusal = () => undefined,
}: RateLimitDependencies): RateLimits {
  const key = hmacKey(deriveKey(digestKey, 'rate-limit'));
  const keyOf = ({ limit, key: whose }: Claim) => hmacSha256(key, `${limit.name}\n${whose}`);
  const counter = redis && createRedisCounter(redis, keyOf);
  const exhausted = createExhausted((claim) => keyOf(claim).toString('base64url'));
  let pausedUntil = 0;

  async function countOnRedis(claims: readonly Claim[]): Promise<Count[] | undefined> {
    if (counter === undefined || performance.now() < pausedUntil) return undefined;
    try {
      return await (await counter).take(claims);
    } catch (error) {
      pausedUntil = performance.now() + PAUSE_MS;
      onFallback(error);
      return undefined;
    }
  }

  /** False where PostgreSQL counts. A point that cannot be given back stays taken until its budget is whole again. */
  async function giveBackOnRedis(claims: readonly Claim[]): Promise<boolean> {
    if (counter === undefined || performance.now() < pausedUntil) return false;
    await (await counter).giveBack(claims).catch(onFallback);
    return true;
  }

  function concluded(claims: readonly Claim[], counts: readonly Count[], now: Date): Decision {
    const decision = decide(claims, counts);
    exhausted.remember(claims, decision, now);
    return told(decision);
  }

  function told(decision: Decision): Decision {
    if (decision.refusedBy !== undefined) onRefusal(decision.refusedBy.limit.name);
    return decision;
  }

  async function begin(asked: readonly Claim[]): Promise<Taking> {
    const claims = asked.filter(({ limit }) => limit.points > 0);
    if (claims.length === 0) return { kind: 'decided', decision: UNLIMITED };
    const now = clock.now();
    const known = exhausted.find(claims, now);
    if (known !== undefined) return { kind: 'decided', decision: told(known) };
    const counts = await countOnRedis(claims);
    return counts === undefined
      ? { kind: 'uncounted', claims }
      : { kind: 'decided', decision: concluded(claims, counts, now) };
  }

  function takePoint(parameter: Parameter, claim: Claim, at: string, when: string): string {
    const over = `r.expires_at <= ${at}`;
    return `
      insert into rate_limits as r (key_hash, points, expires_at)
      select ${parameter(keyOf(claim))}::bytea, 1, ${at} + make_interval(secs => ${parameter(claim.limit.seconds)}::int)
      where ${when}
      on conflict (key_hash) do update set
        points = case when ${over} then 1 else r.points + 1 end,
        expires_at = case when ${over} then excluded.expires_at else r.expires_at end
      returning points, expires_at`;
  }

  function parts(parameter: Parameter, claims: readonly Claim[], now: Date): LimitParts {
    const at = `${parameter(now)}::timestamptz`;
    let passed = 'true';
    const ctes = claims.map((claim, index) => {
      const cte = `limit${index} as (${takePoint(parameter, claim, at, passed)})`;
      passed = `exists (select from limit${index} where points <= ${parameter(claim.limit.points)}::int)`;
      return cte;
    });
    const rows = claims.map((_, index) => `(select row_to_json(limit${index}) from limit${index})`);
    const columns = `json_build_array(${rows.join(', ')}) as limits, ${passed} as passed`;
    return { ctes, passed, columns };
  }

  function decisionFrom(claims: readonly Claim[], { limits }: LimitColumns, now: Date): Decision {
    const counts = limits
      .filter((count) => count !== null)
      .map(({ points, expires_at: expiresAt }) => ({
        points,
        resetSeconds: (new Date(expiresAt).getTime() - now.getTime()) / 1000,
      }));
    return concluded(claims, counts, now);
  }

  return {
    begin,
    parts,
    decisionFrom,

    async take(asked) {
      const taking = await begin(asked);
      if (taking.kind === 'decided') return taking.decision;
      const { claims } = taking;
      const now = clock.now();
      const values: unknown[] = [];
      const { ctes, columns } = parts((value) => `$${values.push(value)}`, claims, now);
      const text = `with ${ctes.join(', ')} select ${columns}`;
      const name = `rate_limits_take_${claims.length}`;
      const [row] = await database.query<LimitColumns>({ name, text }, values);
      return decisionFrom(claims, row as LimitColumns, now);
    },

    async giveBack(asked) {
      const claims = asked.filter(({ limit }) => limit.points > 0);
      if (claims.length === 0) return;
      exhausted.forget(claims);
      if (await giveBackOnRedis(claims)) return;
      await database.query(GIVE_BACK, [claims.map((claim) => keyOf(claim).toString('hex')), clock.now()]);
    },

    count: (name, claim) => ({
      name,
      sql: (parameter) => takePoint(parameter, claim, `${parameter(clock.now())}::timestamptz`, 'true'),
    }),

    async sweep() {
      await database.query('delete from rate_limits where expires_at <= $1', [clock.now()]);
    },
  };
}

/**
 * The budgets that this node has seen run out. One stays empty until its time is over, so whatever asks of it until then
 * is refused without being counted: a flood costs no statements.
 */
function createExhausted(nameOf: (claim: Claim) => string) {
  const until = new Map<string, number>();
  return {
    find(claims: readonly Claim[], now: Date): Decision | undefined {
      for (const claim of until.size === 0 ? [] : claims) {
        const name = nameOf(claim);
        const resetSeconds = ((until.get(name) ?? 0) - now.getTime()) / 1000;
        // Not the first one too many, which was told of.
        if (resetSeconds > 0) return decide([claim], [{ points: claim.limit.points + 2, resetSeconds }]);
        until.delete(name);
      }
      return undefined;
    },
    forget(claims: readonly Claim[]): void {
      for (const claim of claims) until.delete(nameOf(claim));
    },
    remember(claims: readonly Claim[], { refusedBy, standings }: Decision, now: Date): void {
      const claim = claims[standings.length - 1];
      if (refusedBy === undefined || claim === undefined) return;
      if (until.size >= MAX_EXHAUSTED) until.clear();
      until.set(nameOf(claim), addSeconds(now, refusedBy.resetSeconds).getTime());
    },
  };
}
