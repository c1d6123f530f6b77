import type { Pool, PoolClient } from 'pg';
import type { Secret } from '../kernel/secret.ts';
import { asNotConnected, isRefusedLogin } from './failures.ts';

/** What stands before the pool of connections, whoever asks it: the ORM, a statement of ours, or the one that listens. */
export interface PoolGuard {
  /** A connection, also while the pool is closed to others. */
  admit(): Promise<PoolClient>;
  /** Until this is settled, whoever wants a connection waits. */
  hold(until: Promise<unknown>): void;
  /** From now on nobody gets a connection, for this reason; with `undefined` everybody does again. */
  refuse(reason: Error | undefined): void;
  /** The same for good, whatever is asked after. */
  halt(reason: Error): void;
}

type Callback = (error: Error | undefined, client?: PoolClient, release?: PoolClient['release']) => void;

/**
 * Stands before a pool. A login that is refused reads the password again and, where it is another one now, is made once more.
 * What fails while connecting is marked as such.
 */
export function guardPool(pool: Pool, password: Secret | undefined): PoolGuard {
  const connect = pool.connect.bind(pool) as () => Promise<PoolClient>;
  let refusal: Error | undefined;
  let halted: Error | undefined;
  let held: Promise<void> | undefined;

  async function admit(): Promise<PoolClient> {
    const used = password?.value;
    try {
      return await connect().catch((error) => {
        const changed = isRefusedLogin(error) && (password?.value !== used || password?.renew());
        if (changed === true) return connect();
        throw error;
      });
    } catch (error) {
      throw asNotConnected(error);
    }
  }

  function enter(): Promise<PoolClient> {
    if (held !== undefined) return held.then(enter);
    return refusal === undefined ? admit() : Promise.reject(asNotConnected(refusal));
  }
  pool.connect = ((callback?: Callback) => {
    const entered = enter();
    if (callback === undefined) return entered;
    entered.then(
      (client) => callback(undefined, client, client.release),
      (error) => callback(error),
    );
    return undefined;
  }) as typeof pool.connect;

  return {
    admit,
    hold(until) {
      const settled = until.then(
        () => undefined,
        () => undefined,
      );
      const ours = settled.then(() => {
        if (held === ours) held = undefined;
      });
      held = ours;
    },
    refuse: (reason) => {
      refusal = halted ?? reason;
    },
    halt: (reason) => {
      halted ??= reason;
      refusal = halted;
    },
  };
}
