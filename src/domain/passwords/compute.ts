import {
  type BinaryLike,
  createCipheriv,
  createHash,
  hash as hashOnce,
  pbkdf2,
  type ScryptOptions,
  scrypt,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { Argon2Engine } from './argon2.ts';
import type { Derivation, FirebaseDerivation } from './derivation.ts';
import type { HashThreads } from './hash-threads.ts';
import { SCRYPT_MAX_MEMORY } from './limits.ts';

const pbkdf2Async = promisify(pbkdf2);
const scryptAsync = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt);

export interface HashTools {
  readonly engine: Argon2Engine;
  readonly threads: HashThreads;
  /** The signer key of a Firebase project by its name; undefined = there is none. */
  readonly signerKey: (name: string) => Promise<Buffer | undefined>;
}

/**
 * Derives `bytes` bytes from a password; give it only what is affordable. Off the main thread, but for a single digest; the time
 * is that of the parameters. A pepper is the caller's.
 */
export async function compute(
  derivation: Derivation,
  bytes: number,
  password: string,
  tools: HashTools,
): Promise<Buffer> {
  const { salt } = derivation;
  switch (derivation.algorithm) {
    case 'argon2id':
    case 'argon2i':
    case 'argon2d':
      return tools.engine.digest({ ...derivation, password: Buffer.from(password), digestBytes: bytes });
    case 'scrypt':
      return scryptAsync(password, salt, bytes, {
        N: 2 ** derivation.logCost,
        r: derivation.blockSize,
        p: derivation.parallelism,
        maxmem: SCRYPT_MAX_MEMORY,
      });
    case 'firebase-scrypt':
      return firebase(derivation, bytes, password, tools);
    case 'pbkdf2-sha1':
    case 'pbkdf2-sha256':
    case 'pbkdf2-sha512':
      return pbkdf2Async(
        password,
        salt,
        derivation.iterations,
        bytes,
        derivation.algorithm.slice('pbkdf2-'.length),
      );
    case 'bcrypt':
      return tools.threads.bcrypt(password, derivation);
    case 'bcrypt-sha256':
      return tools.threads.bcrypt(hashOnce('sha256', password, 'hex'), derivation);
    case 'sha512crypt':
      return tools.threads.sha512crypt(password, derivation);
    default:
      return createHash(derivation.algorithm).update(password).update(salt).digest();
  }
}

/** The key that scrypt derives encrypts the signer key of the project: AES-256 in counter mode, from zero. */
async function firebase(
  { salt, separator, logCost, blockSize, signerKey }: FirebaseDerivation,
  bytes: number,
  password: string,
  tools: HashTools,
): Promise<Buffer> {
  const key = await scryptAsync(password, Buffer.concat([salt, separator]), 64, {
    N: 2 ** logCost,
    r: blockSize,
    p: 1,
    maxmem: SCRYPT_MAX_MEMORY,
  });
  // Without its signer key a hash costs the same, and what comes out matches nothing.
  const signed = (await tools.signerKey(signerKey)) ?? Buffer.alloc(bytes);
  const cipher = createCipheriv('aes-256-ctr', key.subarray(0, 32), Buffer.alloc(16));
  return Buffer.concat([cipher.update(signed), cipher.final()]);
}
