import { Worker } from 'node:worker_threads';

/**
 * bcrypt on threads of its own: `bcryptjs` computes in JavaScript, so on the main thread an imported hash would hold up
 * every other request for as long as it takes. Threads start when a bcrypt hash is met and end when none was for a while:
 * each such hash is replaced at the next sign-in, so the need passes. The hasher's queue bounds how many run.
 */
export interface BcryptPool {
  /** bcrypt itself ignores what comes after 72 bytes: nothing can be done about it for a hash made elsewhere. */
  compare(password: string, encoded: string): Promise<boolean>;
  close(): Promise<void>;
}

const IDLE_MS = 30_000;

export function createBcryptPool(idleMs = IDLE_MS): BcryptPool {
  const all = new Set<Worker>();
  const idle: { worker: Worker; timer: NodeJS.Timeout }[] = [];

  function take(): Worker {
    const rested = idle.pop();
    if (rested !== undefined) {
      clearTimeout(rested.timer);
      return rested.worker;
    }
    const worker = new Worker(new URL('./bcrypt-worker.ts', import.meta.url), { name: 'bcrypt' });
    all.add(worker);
    return worker;
  }

  function discard(worker: Worker): Promise<unknown> {
    all.delete(worker);
    return worker.terminate();
  }

  function rest(worker: Worker): void {
    // An idle thread must not keep the process alive.
    worker.unref();
    const timer = setTimeout(() => {
      idle.splice(
        idle.findIndex((entry) => entry.worker === worker),
        1,
      );
      void discard(worker);
    }, idleMs);
    idle.push({ worker, timer: timer.unref() });
  }

  return {
    async compare(password, encoded) {
      const worker = take();
      worker.ref();
      const { promise, resolve, reject } = Promise.withResolvers<boolean>();
      const ended = () => reject(new Error('the bcrypt thread ended'));
      worker.once('message', resolve).once('error', reject).once('exit', ended);
      try {
        worker.postMessage({ password, encoded });
        const matches = await promise;
        worker.off('message', resolve).off('error', reject).off('exit', ended);
        rest(worker);
        return matches;
      } catch (error) {
        void discard(worker);
        throw error;
      }
    },
    async close() {
      for (const { timer } of idle.splice(0)) clearTimeout(timer);
      await Promise.all([...all].map(discard));
    },
  };
}
