import { fromBase64, toBase64 } from './encoding.ts';
import { HASH_BYTES } from './hashing.ts';
import {
  type NoteCryptography,
  type NoteSigner,
  parseNote,
  signNote,
  type VerifierKey,
  verifyNote,
} from './note.ts';
import type { TreeHead } from './proofs.ts';

/** Checkpoints of the audit trail (C2SP tlog-checkpoint, https://c2sp.org/tlog-checkpoint), as signed notes. */

export interface Checkpoint extends TreeHead {
  /** Name of the trail, `HOST/audit`; also the name of the key that signs. */
  readonly origin: string;
  /** When it was signed, by the clock of who signed: the extension line `time`. Undefined where there is none. */
  readonly time: Date | undefined;
}

export interface VerifiedCheckpoint extends Checkpoint {
  readonly key: VerifierKey;
}

/** A checkpoint with its signed note, as verifiers and anchors keep it. */
export interface SignedCheckpoint extends VerifiedCheckpoint {
  readonly note: string;
}

const TIME = /^time (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)$/;

/** The origin of a trail: host of the issuer, with its port where that is named, and `/audit`. */
export const originOf = (issuer: string): string => `${new URL(issuer).host}/audit`;

/** What of a checkpoint is signed. */
export const checkpointText = ({ origin, size, root, time }: Checkpoint): string =>
  `${origin}\n${size}\n${toBase64(root)}\n${time === undefined ? '' : `time ${time.toISOString()}\n`}`;

/** The signed note of a tree at a time; the origin is the key's name. */
export const signCheckpoint = (signer: NoteSigner, { size, root }: TreeHead, time: Date): string =>
  signNote(checkpointText({ origin: signer.name, size, root, time }), signer);

/** A checkpoint's text; undefined where it is none. Extension lines that are not known are passed over. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin, size, encoded, ...rest] = text.split('\n');
  if (origin === undefined || origin === '' || size === undefined || encoded === undefined) return undefined;
  if (rest.pop() !== '' || rest.includes('')) return undefined;
  const root = fromBase64(encoded);
  if (root?.length !== HASH_BYTES || !/^(?:0|[1-9]\d{0,15})$/.test(size)) return undefined;
  if (!Number.isSafeInteger(Number(size))) return undefined;
  const [time, ...more] = rest.flatMap((line) => TIME.exec(line)?.slice(1) ?? []);
  if (more.length > 0) return undefined;
  const signedAt = time === undefined ? undefined : new Date(time);
  if (signedAt !== undefined && Number.isNaN(signedAt.getTime())) return undefined;
  return { origin, size: Number(size), root, time: signedAt };
}

/**
 * The checkpoint of a note that one of the keys has signed. Undefined where it is not a checkpoint, is signed by none of them, or
 * by one whose name is not its origin.
 */
export function openCheckpoint(
  cryptography: NoteCryptography,
  note: string,
  keys: readonly VerifierKey[],
): SignedCheckpoint | undefined {
  const parsed = parseNote(note);
  const key = parsed && verifyNote(cryptography, parsed, keys);
  const checkpoint = parsed && parseCheckpoint(parsed.text);
  if (key === undefined || checkpoint === undefined || checkpoint.origin !== key.name) return undefined;
  return { ...checkpoint, key, note };
}
