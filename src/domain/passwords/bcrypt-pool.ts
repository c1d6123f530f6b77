import { createThreads } from './threads.ts';

/**
 * bcrypt on threads of its own, because `bcryptjs` computes in JavaScript. Each such hash is replaced at the next sign-in,
 * so the need passes. The hasher's queue bounds how many run.
 */
export interface BcryptPool {
  /** bcrypt itself ignores what comes after 72 bytes: nothing can be done about it for a hash made elsewhere. */
  compare(password: string, encoded: string): Promise<boolean>;
  close(): Promise<void>;
}

const IDLE_MS = 30_000;

export function createBcryptPool(idleMs = IDLE_MS): BcryptPool {
  const threads = createThreads<{ password: string; encoded: string }, boolean>({
    module: new URL('./bcrypt-worker.ts', import.meta.url),
    name: 'bcrypt',
    idleMs,
  });
  return {
    compare: (password, encoded) => threads.run({ password, encoded }),
    close: () => threads.close(),
  };
}
