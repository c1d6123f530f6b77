import { availableParallelism } from 'node:os';
import { deriveKey, hmacSha256 } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { type Argon2Engine, loadArgon2Engine } from './argon2.ts';
import type { Argon2Parameters, Derivation } from './derivation.ts';
import { readImported } from './imported.ts';
import { formatArgon2 } from './phc.ts';
import { formatWrapped } from './wrapped-text.ts';

/**
 * Wrapping: what is stored in the place of a weak hash is argon2id over the HMAC of its output. So a copy of the table has
 * nothing that could be guessed at fast, and nothing at all for who has not the wrapping key as well; and a password is verified
 * as before, through the old algorithm first. Nobody has to be there for it: only the output is needed, not the password.
 */

const SALT_BYTES = 16;
const DIGEST_BYTES = 32;
const VERSION = 0x13;

/** What Argon2 is given in the place of a password: the output of the old algorithm, through the wrapping key. */
export const wrappedInput = (wrappingKey: Buffer, output: Buffer): Buffer =>
  hmacSha256(deriveKey(wrappingKey, 'wrapped-password-hash'), output);

export interface HashWrapperOptions {
  /** The cost of what is wrapped around: that of new hashes. */
  readonly argon2: Argon2Parameters;
  readonly wrappingKey: Buffer;
  readonly random: Randomness;
  readonly loadEngine?: () => Promise<Argon2Engine>;
}

export interface HashWrapper {
  /**
   * What may be stored in the place of these hashes, in their order: one that is weak is wrapped, any other is kept, as this
   * version writes it. As many are wrapped at a time as there are processor cores. Rejects with what `readImported` throws.
   */
  wrapAll(texts: readonly string[]): Promise<string[]>;
}

export function createHashWrapper(options: HashWrapperOptions): HashWrapper {
  const { argon2, wrappingKey, random, loadEngine = loadArgon2Engine } = options;

  async function wrap(engine: Argon2Engine, text: string): Promise<string> {
    const { hash, kept } = readImported(text);
    if (kept !== undefined) return kept;
    const { digest, ...inner } = hash;
    const made = { ...argon2, algorithm: 'argon2id', version: VERSION, pepper: undefined } as const;
    const salt = random.bytes(SALT_BYTES);
    const outer = await engine.digest({
      ...made,
      salt,
      password: wrappedInput(wrappingKey, digest),
      digestBytes: DIGEST_BYTES,
    });
    return formatWrapped(
      { algorithm: 'wrapped', inner: inner as Derivation, innerBytes: digest.length },
      formatArgon2({ ...made, salt, digest: outer }),
    );
  }

  return {
    async wrapAll(texts) {
      const engine = await loadEngine();
      const wrapped: string[] = [];
      const waiting = texts.entries();
      const work = async () => {
        for (const [index, text] of waiting) wrapped[index] = await wrap(engine, text);
      };
      await Promise.all(Array.from({ length: availableParallelism() }, work));
      return wrapped;
    },
  };
}
