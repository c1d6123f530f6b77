import type { Argon2Hash, Argon2Parameters } from './derivation.ts';

/** What is computed from: a password (or the pepper's output), a salt, and how much work to spend. */
export interface Argon2Input extends Argon2Parameters {
  readonly algorithm: Argon2Hash['algorithm'];
  readonly version: number;
  readonly password: Buffer;
  readonly salt: Buffer;
  readonly digestBytes: number;
}

/**
 * One implementation of Argon2 (RFC 9106). Only the raw function is taken from a library: writing, reading and comparing
 * hashes is ours, so stored strings are the same whichever library computed them. Runs on libuv's thread pool.
 */
export interface Argon2Engine {
  readonly implementation: '@node-rs/argon2' | 'argon2';
  digest(input: Argon2Input): Promise<Buffer>;
}

// The libraries' numbers: 0 = d, 1 = i, 2 = id.
const TYPE = { argon2d: 0, argon2i: 1, argon2id: 2 } as const;
const RFC_VERSION = 0x13;

/** `@node-rs/argon2`: prebuilt, about twice as fast as `argon2`. Rejects where the optional package is not installed. */
export async function loadNodeRsArgon2(): Promise<Argon2Engine> {
  const { hashRaw } = await import('@node-rs/argon2');
  return {
    implementation: '@node-rs/argon2',
    digest: (input) =>
      hashRaw(input.password, {
        algorithm: TYPE[input.algorithm],
        version: input.version === RFC_VERSION ? 1 : 0,
        memoryCost: input.memoryKib,
        timeCost: input.timeCost,
        parallelism: input.parallelism,
        salt: input.salt,
        outputLen: input.digestBytes,
      }),
  };
}

/** `argon2`: the reference implementation in C, there wherever Gatehouse is installed. */
export async function loadReferenceArgon2(): Promise<Argon2Engine> {
  const { default: argon2 } = await import('argon2');
  return {
    implementation: 'argon2',
    digest: (input) =>
      argon2.hash(input.password, {
        raw: true,
        type: TYPE[input.algorithm],
        version: input.version,
        memoryCost: input.memoryKib,
        timeCost: input.timeCost,
        parallelism: input.parallelism,
        salt: input.salt,
        hashLength: input.digestBytes,
      }),
  };
}

/** The faster engine where it is installed and its binary fits this machine, else the reference one. */
export async function loadArgon2Engine(loadPreferred = loadNodeRsArgon2): Promise<Argon2Engine> {
  try {
    return await loadPreferred();
  } catch {
    return await loadReferenceArgon2();
  }
}
