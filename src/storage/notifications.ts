import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import type { Database } from './database.ts';
import { poolerRefused, readOnlyProblem, UnfitDatabase } from './session.ts';

/** Tells the caches of this node that a table changed, on whichever node or command line the change was made. */
export interface ChangeFeed {
  /** Calls `listener` when `table` changed; and after a lost connection, when it may have changed unseen. */
  onChange(table: string, listener: () => void): void;
  /** False while changes may go unseen: a cache must then not be trusted. */
  readonly connected: boolean;
  close(): Promise<void>;
}

const CHANNEL = 'gatehouse_changes';
/** Between two attempts to connect again; the first is made at once. */
const RECONNECT_MS = 1_000;

/**
 * A connection that only listens never learns that nothing comes any more: the other end is gone without a word (a failover,
 * a firewall that forgot it), or a pooler has given the session to somebody else. So a notification of our own is sent every
 * so often by another connection, and has as long to arrive: what changes may go unseen for twice that.
 */
const HEARTBEAT_MS = 5_000;
/** How long a new connection may take to hear the first of them. */
const FIRST_ECHO_MS = 5_000;
/**
 * How long it may take to be inspected before that: everybody waits meanwhile, and a peer that hangs must not hold them for
 * ever.
 */
const INSPECTION_MS = 5_000;

export interface ListenOptions {
  readonly heartbeatMs?: number;
  /** Verifies what answers a new connection; what it throws keeps it from being used. `first` is true at the start only. */
  readonly inspect?: (client: PoolClient, first: boolean) => Promise<void>;
  /** Told why changes cannot be heard, once for each reason; and `undefined` when they can again. */
  readonly onProblem?: (problem: Error | undefined) => void;
}

/**
 * Listens on PostgreSQL's NOTIFY, which is delivered at the commit of the change. Reconnects by itself. Rejects where the first
 * connection cannot be made, does not pass `inspect`, or does not hear a notification of our own (`database_pooler`).
 */
export async function listenForChanges(
  database: Database,
  { heartbeatMs = HEARTBEAT_MS, inspect, onProblem = () => undefined }: ListenOptions = {},
): Promise<ChangeFeed> {
  const listeners = new Map<string, Set<() => void>>();
  let release: (() => void) | undefined;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;
  let first = true;
  let told: string | undefined;

  const tell = (table?: string) => {
    for (const [name, set] of listeners) {
      if (table === undefined || table === name) for (const listener of set) listener();
    }
  };

  /**
   * What is not as it must be for the one connection is not for the others either: nobody may use one until a whole verification
   * has passed. An attempt that fails for another reason has proven nothing, and takes nothing back.
   */
  const report = (problem: Error | undefined) => {
    if (problem === undefined || problem instanceof UnfitDatabase) database.refuse(problem);
    if (told === problem?.message) return;
    told = problem?.message;
    onProblem(problem);
  };

  /** `concluded` is settled when it is known, and told, how this has ended. */
  async function connect(concluded: Promise<void>): Promise<void> {
    const client = await database.reserve();
    let released = false;
    let heartbeat: NodeJS.Timeout | undefined;
    const giveBack = () => {
      clearTimeout(heartbeat);
      if (!released) client.release(true);
      released = true;
    };
    const lost = (problem: Error) => {
      // Of a connection that never listened, or that another one has replaced, nothing is to be said.
      if (release !== giveBack) return;
      release = undefined;
      giveBack();
      tell();
      if (closed) return;
      report(problem);
      reconnect();
    };
    const echo = createEcho(database, client);
    const listenToHeart = () => {
      heartbeat = setTimeout(() => {
        echo.hear(heartbeatMs).then(() => {
          if (release === giveBack) listenToHeart();
        }, lost);
      }, heartbeatMs).unref();
    };
    client.on('error', lost);
    client.on('end', () => lost(new Error('The connection that listens was ended.')));
    client.on('notification', ({ payload }) => {
      if (!released) tell(payload);
    });
    const verify = async () => {
      await within(INSPECTION_MS, async () => {
        await inspect?.(client, first);
        await client.query(`listen ${CHANNEL}`);
      });
      await echo.hear(FIRST_ECHO_MS).catch((error) => {
        throw error instanceof Unheard ? poolerRefused(database.setting, error.message) : error;
      });
    };
    try {
      // Closed meanwhile: a connection that is kept would keep the pool, and the process, from ending.
      if (closed) return giveBack();
      // Another server may answer now, or a pooler: nobody works with it before that is known.
      database.hold(concluded);
      await verify();
    } catch (error) {
      giveBack();
      throw error;
    }
    if (closed) return giveBack();
    release = giveBack;
    first = false;
    report(undefined);
    listenToHeart();
    tell();
  }

  function reconnect(): void {
    const { promise: concluded, resolve } = Promise.withResolvers<void>();
    connect(concluded)
      .catch((error: Error) => {
        if (closed) return;
        report(error);
        retry = setTimeout(reconnect, RECONNECT_MS);
      })
      .finally(resolve);
  }

  await connect(Promise.resolve());
  return {
    onChange(table, listener) {
      listeners.set(table, (listeners.get(table) ?? new Set()).add(listener));
    },
    get connected() {
      return release !== undefined;
    },
    async close() {
      closed = true;
      clearTimeout(retry);
      const end = release;
      release = undefined;
      end?.();
    },
  };
}

/** Rejects where `work` takes longer. What it has begun is for the caller to end. */
async function within(milliseconds: number, work: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  const silence = sleep(milliseconds, undefined, { signal: over.signal }).then(() => {
    throw new Error('The database does not answer.');
  });
  silence.catch(() => undefined);
  const done = work();
  done.catch(() => undefined);
  try {
    await Promise.race([done, silence]);
  } finally {
    over.abort();
  }
}

/** It was said, and did not arrive. */
class Unheard extends Error {}

const SAY = `select pg_notify($1, $2), pg_is_in_recovery() as recovering,
  current_setting('transaction_read_only') as read_only`;

/**
 * Says something by one connection and hears it on another: the way that a change takes. Said by the one that listens it
 * would be heard by whoever has the session while the statement lasts.
 */
function createEcho(database: Database, listening: PoolClient) {
  const awaited = new Map<string, () => void>();
  listening.on('notification', ({ payload }) => awaited.get(payload ?? '')?.());

  async function say(nonce: string, patienceMs: number): Promise<void> {
    const client = await database.reserve();
    let failure: Error | undefined;
    try {
      const query = { text: SAY, values: [CHANNEL, nonce], query_timeout: patienceMs };
      const [found] = (await client.query<{ recovering: boolean; read_only: string }>(query)).rows;
      const problem = found && readOnlyProblem(found, database.setting);
      if (problem !== undefined) throw problem;
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      client.release(failure);
    }
  }

  return {
    /** Rejects where it was not heard in time ({@link Unheard}), or could not be said. */
    async hear(patienceMs: number): Promise<void> {
      const nonce = `heartbeat ${randomUUID()}`;
      let problem = new Error('The database does not answer.');
      const heard = new Promise<void>((resolve) => awaited.set(nonce, resolve));
      const said = say(nonce, patienceMs).then(() => {
        problem = new Unheard('LISTEN does not hear a NOTIFY of our own');
        return heard;
      });
      const over = new AbortController();
      const silence = sleep(patienceMs, undefined, { signal: over.signal }).then(() => {
        throw problem;
      });
      silence.catch(() => undefined);
      said.catch(() => undefined);
      try {
        await Promise.race([said, silence]);
      } finally {
        over.abort();
        awaited.delete(nonce);
      }
    },
  };
}
