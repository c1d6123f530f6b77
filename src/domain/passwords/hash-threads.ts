import type { BcryptDerivation, Sha512CryptDerivation } from './derivation.ts';
import { toBcryptBase64 } from './hash-fields.ts';
import { createThreads } from './threads.ts';

/**
 * The algorithms that compute in JavaScript (bcrypt by `bcryptjs`, sha512crypt by ourselves), on threads of their own. Each such
 * hash is replaced at the next sign-in, so the need passes. The hasher's queue bounds how many run.
 */
export interface HashThreads {
  /** 23 bytes. bcrypt itself ignores what comes after 72 bytes: nothing can be done about it for a hash made elsewhere. */
  bcrypt(password: string, derivation: Pick<BcryptDerivation, 'cost' | 'salt'>): Promise<Buffer>;
  /** 86 characters, as bytes. */
  sha512crypt(password: string, derivation: Pick<Sha512CryptDerivation, 'rounds' | 'salt'>): Promise<Buffer>;
  close(): Promise<void>;
}

export type HashTask =
  | { readonly algorithm: 'bcrypt'; readonly password: string; readonly salt: string }
  | {
      readonly algorithm: 'sha512crypt';
      readonly password: string;
      readonly salt: Uint8Array;
      readonly rounds: number;
    };

const IDLE_MS = 30_000;

export function createHashThreads(idleMs = IDLE_MS): HashThreads {
  const threads = createThreads<HashTask, Uint8Array>({
    module: new URL('./hash-worker.ts', import.meta.url),
    name: 'password hash',
    idleMs,
  });
  const run = async (task: HashTask) => Buffer.from(await threads.run(task));
  return {
    bcrypt: (password, { cost, salt }) =>
      run({
        algorithm: 'bcrypt',
        password,
        salt: `$2b$${String(cost).padStart(2, '0')}$${toBcryptBase64(salt)}`,
      }),
    sha512crypt: (password, { salt, rounds }) => run({ algorithm: 'sha512crypt', password, salt, rounds }),
    close: () => threads.close(),
  };
}
