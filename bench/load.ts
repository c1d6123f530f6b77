import { Connection, type Target } from './http.ts';

/** A closed loop: so many users at a time, each beginning again as soon as it is done. */
export interface LoadOptions {
  readonly users: number;
  /** How long is measured, after `rampMs` that are not. */
  readonly milliseconds: number;
  readonly rampMs?: number;
  /** One turn of a user; throws when the answer is not the expected one. */
  readonly turn: (connection: Connection, user: number) => Promise<void>;
}

export interface LoadResult {
  readonly count: number;
  readonly perSecond: number;
  /** Milliseconds of each turn that ended in the measured time. */
  readonly durations: readonly number[];
}

/** No measurement does more turns than this, however fast the server. */
const MOST_TURNS = 100_000;

export async function drive(target: Target, options: LoadOptions): Promise<LoadResult> {
  const { users, milliseconds, rampMs = 0, turn } = options;
  const from = performance.now() + rampMs;
  const until = from + milliseconds;
  const durations: number[] = [];
  let turns = 0;
  const user = async (index: number) => {
    const connection = new Connection(target);
    try {
      while (turns < MOST_TURNS) {
        const began = performance.now();
        if (began >= until) return;
        turns += 1;
        await turn(connection, index);
        const ended = performance.now();
        if (ended >= from && ended < until) durations.push(ended - began);
      }
    } finally {
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: users }, (_, index) => user(index)));
  const seconds = Math.min(performance.now() - from, milliseconds) / 1000;
  return { count: durations.length, perSecond: durations.length / seconds, durations };
}

/** Runs something while a load is on, and ends the load with it. */
export async function during<T>(
  target: Target,
  load: Pick<LoadOptions, 'users' | 'turn'>,
  rampMs: number,
  work: () => Promise<T>,
): Promise<T> {
  let over = false;
  const user = async (index: number) => {
    const connection = new Connection(target);
    try {
      while (!over) await load.turn(connection, index);
    } finally {
      connection.close();
    }
  };
  const users = Promise.all(Array.from({ length: load.users }, (_, index) => user(index)));
  try {
    const ready = new Promise((resolve) => setTimeout(resolve, rampMs));
    await Promise.race([ready, users]);
    return await work();
  } finally {
    over = true;
    await users;
  }
}
