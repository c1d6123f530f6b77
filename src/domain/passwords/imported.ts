import { GatehouseError } from '../../kernel/errors.ts';
import { type ForeignHash, parseForeign } from './foreign.ts';
import { invalid } from './hash-fields.ts';
import { assertAffordable, isWeak } from './limits.ts';
import { MAX_LENGTH } from './phc.ts';

/**
 * Hashes that come from elsewhere: the one entry for whoever imports them. What is read here is either kept as
 * {@link ImportedHash.kept} says, or has to be wrapped (`wrapping.ts`) before it is stored anywhere.
 */
export interface ImportedHash {
  readonly hash: ForeignHash['hash'];
  /** The text that is stored; undefined = it is weak, or of a form that is only verified wrapped. */
  readonly kept: string | undefined;
}

/** Which signer keys there are, with the number of their bytes. */
export type SignerKeyLengths = ReadonlyMap<string, number>;

/** Throws `password_hash_invalid`, `password_hash_too_costly` or `password_hash_peppered`, with nothing of the hash in it. */
export function readImported(text: string): ImportedHash {
  if (text.length > MAX_LENGTH) throw invalid('it is too long');
  if (text.startsWith('{pepper=')) {
    throw new GatehouseError('password_hash_peppered', {
      status: 400,
      message: 'The password hash cannot be used: it went through a pepper of another installation.',
    });
  }
  if (text.startsWith('$wrapped$')) throw invalid('it was wrapped under the key of another installation');
  const { hash, text: here } = parseForeign(text);
  assertAffordable(hash);
  return { hash, kept: isWeak(hash) ? undefined : here };
}

/**
 * Whether a hash may come in from elsewhere: it can be read, is affordable, and went through no pepper; one of Firebase has its
 * signer key here. Throws with a safe message that says why not.
 */
export function assertImportable(stored: string, signerKeys: SignerKeyLengths = new Map()): void {
  const { hash } = readImported(stored);
  if (hash.algorithm !== 'firebase-scrypt') return;
  const bytes = signerKeys.get(hash.signerKey);
  if (bytes === undefined) {
    throw new GatehouseError('signer_key_missing', {
      status: 400,
      message: `The password hash cannot be used: the signer key "${hash.signerKey}" of its Firebase project is not here; add it with gatehouse passwords firebase-key.`,
    });
  }
  if (bytes !== hash.digest.length) {
    throw invalid(
      `its length is not that of the signer key "${hash.signerKey}", so it is of another project`,
    );
  }
}
