import { fromBase64, fromHex, toBase64, toHex } from './encoding.ts';
import { type Sha256, sameBytes } from './hashing.ts';

/** Signed notes (C2SP signed-note, https://c2sp.org/signed-note), with Ed25519. */

/** Whether it is the Ed25519 signature (RFC 8032) of the message by this 32-byte public key. */
export type VerifyEd25519 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

export interface NoteCryptography {
  readonly sha256: Sha256;
  readonly verifyEd25519: VerifyEd25519;
}

/** A public key by which notes are verified. */
export interface VerifierKey {
  /** Name of the key; of ours, the origin of the checkpoints. */
  readonly name: string;
  /** The key hash as 8 hexadecimal digits. */
  readonly id: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** What signs notes: the key, and its signature of a text. */
export interface NoteSigner extends VerifierKey {
  sign(message: Uint8Array): Uint8Array;
}

export interface NoteSignature {
  readonly name: string;
  readonly id: string;
  readonly signature: Uint8Array;
}

export interface SignedNote {
  /** What is signed, with the line feed at its end. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const ED25519 = 1;
const PUBLIC_KEY_BYTES = 32;
const KEY_HASH_BYTES = 4;
const SIGNATURE_BYTES = 64;
/** More lines than any note of ours has: bounds what a stranger's file makes a verifier do. */
const MAX_SIGNATURES = 100;
const MAX_LENGTH = 1_000_000;

const encoder = new TextEncoder();

const isName = (name: string) => name !== '' && !/[\s+\p{Cc}]/u.test(name) && name.isWellFormed();

function concat(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const typed = (publicKey: Uint8Array) => concat(Uint8Array.of(ED25519), publicKey);

/** The key hash of an Ed25519 key: first 4 bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key), as hexadecimal digits. */
export const keyIdOf = (sha256: Sha256, name: string, publicKey: Uint8Array): string =>
  toHex(sha256(concat(encoder.encode(`${name}\n`), typed(publicKey))).slice(0, KEY_HASH_BYTES));

/** The key with this name. Throws where the name is empty or has spaces or `+`, or the key has not 32 bytes. */
export function verifierKey(sha256: Sha256, name: string, publicKey: Uint8Array): VerifierKey {
  if (!isName(name) || publicKey.length !== PUBLIC_KEY_BYTES)
    throw new RangeError(`not a key of notes: ${name}`);
  return { name, id: keyIdOf(sha256, name, publicKey), publicKey };
}

/** The text form of a key (vkey): `name+key hash+base64(0x01 ‖ public key)`. */
export const vkeyOf = ({ name, id, publicKey }: VerifierKey): string =>
  `${name}+${id}+${toBase64(typed(publicKey))}`;

/** The key of a vkey; undefined where the text is none, is of another algorithm, or its key hash is not that of the key. */
export function parseVkey(sha256: Sha256, text: string): VerifierKey | undefined {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/s.exec(text) ?? [];
  if (name === undefined || id === undefined || encoded === undefined || !isName(name)) return undefined;
  const key = fromBase64(encoded);
  if (key?.length !== 1 + PUBLIC_KEY_BYTES || key[0] !== ED25519) return undefined;
  const publicKey = key.slice(1);
  return keyIdOf(sha256, name, publicKey) === id ? { name, id, publicKey } : undefined;
}

/** Whether a note may have this text: lines, the last one ended, and no control characters. */
const isText = (text: string) => text.endsWith('\n') && text.isWellFormed() && !/[^\P{Cc}\n]/u.test(text);

/** The note of a text, signed. Throws where the text does not end a line or has control characters. */
export function signNote(text: string, ...signers: readonly NoteSigner[]): string {
  if (!isText(text)) throw new RangeError('not the text of a note');
  const lines = signers.map((signer) => {
    const id = fromHex(signer.id) as Uint8Array;
    return `\u2014 ${signer.name} ${toBase64(concat(id, signer.sign(encoder.encode(text))))}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/** A note's text and signatures, of which none is verified yet; undefined where it is not a signed note. */
export function parseNote(note: string): SignedNote | undefined {
  if (note.length > MAX_LENGTH || !isText(note)) return undefined;
  const blank = note.lastIndexOf('\n\n');
  if (blank < 0) return undefined;
  const text = note.slice(0, blank + 1);
  const lines = note.slice(blank + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) return undefined;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const [, name, encoded] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
    const bytes = encoded === undefined ? undefined : fromBase64(encoded);
    if (name === undefined || !isName(name) || bytes === undefined || bytes.length <= KEY_HASH_BYTES)
      return undefined;
    const id = toHex(bytes.slice(0, KEY_HASH_BYTES));
    signatures.push({ name, id, signature: bytes.slice(KEY_HASH_BYTES) });
  }
  return { text, signatures };
}

/**
 * Which of the keys has signed the note. As the specification demands, a note that carries a false signature of a known key
 * is refused as a whole; signatures of other keys are passed over. Undefined: by none of them, or refused.
 */
export function verifyNote(
  { verifyEd25519 }: NoteCryptography,
  { text, signatures }: SignedNote,
  keys: readonly VerifierKey[],
): VerifierKey | undefined {
  const message = encoder.encode(text);
  let signedBy: VerifierKey | undefined;
  for (const { name, id, signature } of signatures) {
    const key = keys.find((each) => each.name === name && each.id === id);
    if (key === undefined) continue;
    if (signature.length !== SIGNATURE_BYTES || !verifyEd25519(key.publicKey, message, signature))
      return undefined;
    signedBy ??= key;
  }
  return signedBy;
}

/** Whether both are the same key under the same name. */
export const sameKey = (one: VerifierKey, other: VerifierKey): boolean =>
  one.name === other.name && one.id === other.id && sameBytes(one.publicKey, other.publicKey);
