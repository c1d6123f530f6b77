/**
 * Passwords: how they are stored and compared, and which new ones are good enough (`policy.ts`). This folder owns the hash
 * formats, their cost and the bound on how many are computed at a time. It leaves to others whose password it is,
 * counting failures, and writing a replaced hash back.
 */
import { availableParallelism } from 'node:os';
import { constantTimeEqual, hmacSha256, type Keyring } from '../../kernel/crypto.ts';
import { badRequest, GatehouseError } from '../../kernel/errors.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { type Argon2Engine, loadArgon2Engine } from './argon2.ts';
import { compute } from './compute.ts';
import { type Argon2Hash, type Argon2Parameters, isArgon2, type PasswordHash } from './derivation.ts';
import { createHashThreads } from './hash-threads.ts';
import { assertAffordable } from './limits.ts';
import { formatArgon2, parsePasswordHash } from './phc.ts';
import { isTooLong, normalisePassword, passwordForms } from './policy.ts';
import { lowerPool } from './priority.ts';
import { createHashQueue } from './queue.ts';
import { wrappedInput } from './wrapping.ts';

export interface PasswordHasher {
  /** Throws `hashing_busy` (503), or `password_too_long` (400): nothing is ever cut off. */
  hash(password: string, options?: HashingOptions): Promise<string>;
  /**
   * Compares. Where there is nothing to compare with (no such account, none with a password, a hash that cannot be read) the
   * first stand-in is verified, or a current hash where none is given, and never matches. A password longer than any that can have
   * been set, and one whose pepper is gone, never match either, and cost what the hash costs. `needsRehash` is true only of a
   * match. A hash of another algorithm or cost takes the time of that algorithm until it is replaced. A password whose
   * normal forms differ is computed in two of them at most ({@link passwordForms}). Throws `hashing_busy` (503).
   */
  verify(stored: string | undefined, password: string, options?: VerifyOptions): Promise<PasswordMatch>;
  /** The library that computes Argon2, for the log. */
  readonly implementation: string;
  /** Hashes that wait for their turn, for metrics. */
  readonly waiting: number;
  close(): Promise<void>;
}

export interface PasswordMatch {
  readonly matches: boolean;
  readonly needsRehash: boolean;
}

export interface HashingOptions {
  /** Aborted when the caller has gone: a hash that still waits is dropped, rejecting with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface VerifyOptions extends HashingOptions {
  /** Whose password it would be, normalised: adds the stand-in of the identifier (`with-stand-ins.ts`). */
  readonly identifier?: string;
  /** What to verify where there is nothing to compare with: the first hash that can be read. */
  readonly standIns?: readonly (string | undefined)[];
}

export interface PasswordHasherOptions {
  readonly argon2: Argon2Parameters;
  readonly peppers: Keyring | undefined;
  /** Code points. */
  readonly maxLength: number;
  /** Hashes computed at a time; 0 = as many as there are cores. */
  readonly hashConcurrency: number;
  /** By how much the threads that hash give way to others; none by default. See {@link lowerPool}. */
  readonly hashNiceness?: number;
  /** Hashes that may wait. */
  readonly hashQueueLimit: number;
  readonly random: Randomness;
  readonly engine?: Argon2Engine;
  /** The wrapping key (`wrapping-key.ts`): without it, a wrapped hash matches nothing. */
  readonly wrappingKey?: Buffer | undefined;
  /** The signer key of a Firebase project by its name: without it, a hash of such a project matches nothing. */
  readonly signerKey?: (name: string) => Promise<Buffer | undefined>;
  /** Computes what came from elsewhere; tests count what it is given. */
  readonly computeOthers?: typeof compute;
  /** Told of a stored hash that nobody can match because it cannot be read (its pepper is gone, it is damaged). */
  readonly onUnusableHash?: (error: unknown) => void;
}

interface Candidate {
  readonly hash: PasswordHash;
  readonly canMatch: boolean;
}

const SALT_BYTES = 16;
const DIGEST_BYTES = 32;
const VERSION = 0x13;
const KEY_BYTES = 32;
const PEPPER_ID = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Argon2id (RFC 9106) over the NFC form of the password (NIST SP 800-63B-4, section 3.1.1.2), through a pepper first
 * where one is configured. Makes the dummy hash of the unknown account before it resolves.
 */
export async function createPasswordHasher(options: PasswordHasherOptions): Promise<PasswordHasher> {
  const { argon2, peppers, maxLength, random, onUnusableHash, computeOthers = compute } = options;
  assertPepperIds(peppers);
  const engine = options.engine ?? (await loadArgon2Engine());
  const threads = createHashThreads();
  const tools = { engine, threads, signerKey: options.signerKey ?? (async () => undefined) };
  // Another key in its place costs the same, and matches nothing.
  const wrappingKey = options.wrappingKey ?? random.bytes(KEY_BYTES);
  const queue = createHashQueue({
    concurrency: options.hashConcurrency || availableParallelism(),
    limit: options.hashQueueLimit,
  });

  async function makeHash(password: string): Promise<Argon2Hash> {
    const current = { ...argon2, algorithm: 'argon2id', version: VERSION, pepper: peppers?.current } as const;
    const salt = random.bytes(SALT_BYTES);
    const input = pepperedInput(peppers, current.pepper, password);
    return {
      ...current,
      salt,
      digest: await engine.digest({ ...current, salt, password: input, digestBytes: DIGEST_BYTES }),
    };
  }

  async function matchesArgon2(hash: Argon2Hash, password: string): Promise<boolean> {
    const input = pepperedInput(peppers, hash.pepper, password);
    const computed = await engine.digest({ ...hash, password: input, digestBytes: hash.digest.length });
    return constantTimeEqual(computed, hash.digest);
  }

  const dummy = await makeHash(random.bytes(SALT_BYTES).toString('base64url'));
  lowerPool(options.hashNiceness ?? 0);

  /** The hash to verify; undefined where it cannot be read, or nobody can afford it: no import would have taken it. */
  function readable(stored: string | undefined, report = onUnusableHash): Candidate | undefined {
    if (stored === undefined) return undefined;
    try {
      const hash = parsePasswordHash(stored);
      if (!isArgon2(hash)) assertAffordable(hash);
      return isArgon2(hash) ? withPepper(hash, report) : { hash, canMatch: true };
    } catch (error) {
      report?.(error);
      return undefined;
    }
  }

  function firstReadable(standIns: readonly (string | undefined)[]): Candidate | undefined {
    for (const standIn of standIns) {
      const found = readable(standIn, () => undefined);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A hash whose pepper is gone is computed without it: that costs the same, and matches nothing. */
  function withPepper(hash: Argon2Hash, report: typeof onUnusableHash): Candidate {
    try {
      pepperedInput(peppers, hash.pepper, '');
      return { hash, canMatch: true };
    } catch (error) {
      report?.(error);
      return { hash: { ...hash, pepper: undefined }, canMatch: false };
    }
  }

  async function matchesForm(hash: PasswordHash, password: string): Promise<boolean> {
    if (isArgon2(hash)) return matchesArgon2(hash, password);
    if (hash.algorithm !== 'wrapped') {
      const computed = await computeOthers(hash, hash.digest.length, password, tools);
      return constantTimeEqual(computed, hash.digest);
    }
    const output = await computeOthers(hash.inner, hash.innerBytes, password, tools);
    const input = wrappedInput(wrappingKey, output);
    const { outer } = hash;
    return constantTimeEqual(
      await engine.digest({ ...outer, password: input, digestBytes: outer.digest.length }),
      outer.digest,
    );
  }

  /** The form of the password that matches. What went through a pepper was made here, of the normalised form. */
  async function matchingForm(hash: PasswordHash, password: string): Promise<string | undefined> {
    const [normalised, ...others] = passwordForms(password);
    const ours = isArgon2(hash) && hash.pepper !== undefined;
    for (const form of [normalised, ...(ours ? [] : others)]) {
      if (await matchesForm(hash, form)) return form;
    }
    return undefined;
  }

  return {
    implementation: engine.implementation,
    get waiting() {
      return queue.waiting;
    },
    async hash(password, { signal } = {}) {
      const normalised = normalisePassword(password);
      if (isTooLong(normalised, maxLength))
        throw badRequest('password_too_long', 'The password is too long.');
      return formatArgon2(await queue.run(() => makeHash(normalised), signal));
    },
    async verify(stored, password, { signal, standIns = [] } = {}) {
      const tooLong = isTooLong(password, 4 * maxLength) || isTooLong(normalisePassword(password), maxLength);
      const own = readable(stored);
      const { hash } = own ?? firstReadable(standIns) ?? { hash: dummy };
      const canMatch = own?.canMatch === true && !tooLong;
      const form = await queue.run(() => matchingForm(hash, tooLong ? '' : password), signal);
      const matches = canMatch && form !== undefined;
      const behind = form !== normalisePassword(password) || needsRehash(hash, argon2, peppers?.current);
      return { matches, needsRehash: matches && behind };
    },
    close: () => threads.close(),
  };
}

/**
 * Whether a hash is not what would be made today: another algorithm, version, cost, pepper, or a shorter salt or digest.
 * A costlier one too: the operator lowered the cost for a reason, and every account should take the same time.
 */
export function needsRehash(
  hash: PasswordHash,
  current: Argon2Parameters,
  pepper: string | undefined,
): boolean {
  return (
    hash.algorithm !== 'argon2id' ||
    hash.version !== VERSION ||
    hash.memoryKib !== current.memoryKib ||
    hash.timeCost !== current.timeCost ||
    hash.parallelism !== current.parallelism ||
    hash.pepper !== pepper ||
    hash.salt.length < SALT_BYTES ||
    hash.digest.length < DIGEST_BYTES
  );
}

/** What Argon2 is given: the password, or its HMAC under the pepper, so that a stolen table alone cannot be guessed at. */
function pepperedInput(peppers: Keyring | undefined, id: string | undefined, password: string): Buffer {
  if (id === undefined) return Buffer.from(password);
  const key = peppers?.keys.get(id);
  if (key === undefined) {
    throw new GatehouseError('unknown_pepper', {
      message: 'A stored password went through a pepper that is not configured.',
      detail: `password pepper "${id}" is not configured`,
    });
  }
  return hmacSha256(key, password);
}

function assertPepperIds(peppers: Keyring | undefined): void {
  if (peppers === undefined) return;
  const unfit = [...peppers.keys.keys()].find((id) => !PEPPER_ID.test(id));
  if (unfit !== undefined || !peppers.keys.has(peppers.current)) {
    throw new GatehouseError('pepper_id_invalid', {
      message:
        'A password pepper id must be 1 to 64 letters, digits, dots, dashes or underscores, and the current one present.',
    });
  }
}
