import type { Database } from './database.ts';

/** Tells the caches of this node that a table changed, on whichever node or command line the change was made. */
export interface ChangeFeed {
  /** Calls `listener` when `table` changed; and after a lost connection, when it may have changed unseen. */
  onChange(table: string, listener: () => void): void;
  /** False while changes may go unseen: a cache must then not be trusted. */
  readonly connected: boolean;
  close(): Promise<void>;
}

const CHANNEL = 'gatehouse_changes';
const RECONNECT_MS = 1_000;

/**
 * A connection that only listens never learns that the other end is gone without a word (a failover, a firewall that
 * forgot it). So the server is asked every so often, and has as long to answer: what changes may go unseen for twice that.
 */
const HEARTBEAT_MS = 5_000;

/** Listens on PostgreSQL's NOTIFY, which is delivered at the commit of the change. Reconnects by itself. */
export async function listenForChanges(
  database: Database,
  { heartbeatMs = HEARTBEAT_MS } = {},
): Promise<ChangeFeed> {
  const listeners = new Map<string, Set<() => void>>();
  let release: (() => void) | undefined;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  const tell = (table?: string) => {
    for (const [name, set] of listeners) {
      if (table === undefined || table === name) for (const listener of set) listener();
    }
  };

  async function connect(): Promise<void> {
    const client = await database.reserve();
    let released = false;
    let heartbeat: NodeJS.Timeout | undefined;
    const giveBack = () => {
      clearTimeout(heartbeat);
      if (!released) client.release(true);
      released = true;
    };
    const lost = () => {
      // Of a connection that never listened, or that another one has replaced, nothing is to be said.
      if (release !== giveBack) return;
      release = undefined;
      giveBack();
      tell();
      if (!closed) retry = setTimeout(reconnect, RECONNECT_MS);
    };
    const listenToHeart = () => {
      heartbeat = setTimeout(() => {
        heartbeat = setTimeout(lost, heartbeatMs).unref();
        client.query('select 1').then(() => {
          clearTimeout(heartbeat);
          if (release === giveBack) listenToHeart();
        }, lost);
      }, heartbeatMs).unref();
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', ({ payload }) => tell(payload));
    try {
      await client.query(`listen ${CHANNEL}`);
    } catch (error) {
      giveBack();
      throw error;
    }
    // Closed meanwhile: a connection that is kept would keep the pool, and the process, from ending.
    if (closed) return giveBack();
    release = giveBack;
    listenToHeart();
    tell();
  }

  function reconnect(): void {
    connect().catch(() => {
      if (!closed) retry = setTimeout(reconnect, RECONNECT_MS);
    });
  }

  await connect();
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
