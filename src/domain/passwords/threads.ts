import { Worker } from 'node:worker_threads';

/**
 * Threads for what computes in JavaScript and would hold up every other request on the main thread. They start when there
 * is work and end when there was none for a while. How much runs at a time is for the caller to bound.
 */
export interface Threads<Task, Result> {
  /** Rejects with what the thread threw, or when it ended. */
  run(task: Task): Promise<Result>;
  close(): Promise<void>;
}

export interface ThreadsOptions {
  /** A module that answers each message of its `parentPort` with one. */
  readonly module: URL;
  readonly name: string;
  /** How long a thread without work is kept. */
  readonly idleMs: number;
}

export function createThreads<Task, Result>({ module, name, idleMs }: ThreadsOptions): Threads<Task, Result> {
  const all = new Set<Worker>();
  const idle: { worker: Worker; timer: NodeJS.Timeout }[] = [];

  function take(): Worker {
    const rested = idle.pop();
    if (rested !== undefined) {
      clearTimeout(rested.timer);
      return rested.worker;
    }
    const worker = new Worker(module, { name });
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
    async run(task) {
      const worker = take();
      worker.ref();
      const { promise, resolve, reject } = Promise.withResolvers<Result>();
      const ended = () => reject(new Error(`the ${name} thread ended`));
      worker.once('message', resolve).once('error', reject).once('exit', ended);
      try {
        worker.postMessage(task);
        const result = await promise;
        worker.off('message', resolve).off('error', reject).off('exit', ended);
        rest(worker);
        return result;
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
