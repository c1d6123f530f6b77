import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { constantTimeEqual } from '../../kernel/crypto.ts';

/**
 * The MAC of a row, from its insertion to its sealing: whoever can write to the database and does not have the key can neither add nor
 * change a row. Rows that a statement makes by itself get theirs from the SQL function `audit_row_mac`, of the same bytes.
 */

export const MAC_DOMAIN = 'gatehouse audit row 1';
const KEY_DOMAIN = 'gatehouse audit row key 1';

/** What the MAC covers, in this order, behind the name of the format. `at` is what the node's clock said. */
export const MAC_FIELDS = [
  'id',
  'at',
  'type',
  'version',
  'outcome',
  'actor_kind',
  'actor',
  'account',
  'client',
  'session',
  'factor',
  'ip',
  'user_agent',
  'request_id',
  'command',
  'operator',
  'reason',
  'details',
] as const;

export type MacFields = {
  readonly [Field in Exclude<(typeof MAC_FIELDS)[number], 'id'>]: string | null;
} & { readonly id: string };

/** The key of a row as HMAC takes it apart (RFC 2104): key ⊕ ipad, key ⊕ opad, in hexadecimal. */
export interface KeyPads {
  readonly ipad: string;
  readonly opad: string;
}

export interface AuditMac {
  /** In hexadecimal. */
  of(fields: MacFields): string;
  /** What `audit_row_mac` needs for ids that begin with these 18 characters: the time and the sequence, not the random digits. */
  pads(id: string): KeyPads;
  verify(fields: MacFields, mac: Uint8Array): boolean;
}

/** The characters of an id by which a row has a key of its own. */
export const KEYED_ID_LENGTH = 18;

const BLOCK = 64;

/** JSON as RFC 8785 writes it. Throws where the value is none. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('the value is no JSON');
  return text;
}

/** A time as the MAC and the leaf have it: UTC, six digits. */
export const sixDigits = (at: Date): string => `${at.toISOString().slice(0, -1)}000Z`;

/** The same in SQL, of a column. */
export const sixDigitsSql = (column: string): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Every field as its length in bytes (int4, big-endian) and its UTF-8; null as the length −1. */
export function macMessage(fields: MacFields): Buffer {
  const message = Buffer.alloc(mostBytes(fields));
  return message.subarray(0, writeMessage(message, 0, fields));
}

const TEXT_BYTES = 3;
const LENGTH_BYTES = 4;

/** A character of UTF-16 is at most three bytes of UTF-8. */
const mostBytes = (fields: MacFields): number =>
  MAC_FIELDS.reduce(
    (sum, field) => sum + LENGTH_BYTES + TEXT_BYTES * (fields[field]?.length ?? 0),
    LENGTH_BYTES + MAC_DOMAIN.length,
  );

function writeMessage(target: Buffer, start: number, fields: MacFields): number {
  let end = writeField(target, start, MAC_DOMAIN);
  for (const field of MAC_FIELDS) end = writeField(target, end, fields[field]);
  return end;
}

function writeField(target: Buffer, start: number, text: string | null): number {
  if (text === null) return target.writeInt32BE(-1, start);
  const length = target.write(text, start + LENGTH_BYTES);
  target.writeInt32BE(length, start);
  return start + LENGTH_BYTES + length;
}

/** Room for most messages, behind the pad. */
const ROOM = 4_096;

/**
 * HMAC-SHA-256 of two calls for hashes into text, with room that is used again: several times as fast as `createHmac`, whose
 * keys here are used once, and every event of a sign-in pays for it.
 */
class Hmac {
  #inner = Buffer.alloc(ROOM);
  readonly #outer = Buffer.alloc(BLOCK + 32);

  /** The inner half, with the pad of `key` in its place and room for `bytes` more. */
  begin(key: string, bytes: number): Buffer {
    if (this.#inner.length < BLOCK + bytes) this.#inner = Buffer.alloc(BLOCK + bytes);
    this.#outer.write(key, 0, 'hex');
    for (let index = 0; index < 32; index += 1) {
      const byte = this.#outer[index] as number;
      this.#inner[index] = byte ^ 0x36;
      this.#outer[index] = byte ^ 0x5c;
    }
    this.#inner.fill(0x36, 32, BLOCK);
    this.#outer.fill(0x5c, 32, BLOCK);
    return this.#inner;
  }

  /** The MAC in hexadecimal, of what the inner half holds up to `end`. */
  end(end: number): string {
    this.#outer.write(hash('sha256', this.#inner.subarray(0, end), 'hex'), BLOCK, 'hex');
    return hash('sha256', this.#outer, 'hex');
  }
}

/** `key`: the 32 bytes of `audit-mac` among the sealed keys. */
export function createAuditMac(key: Buffer): AuditMac {
  if (key.length !== 32) throw new Error(`the key of the audit trail has ${key.length} bytes; expected 32`);
  const main = key.toString('hex');
  const hmac = new Hmac();

  function keyOf(id: string): string {
    const text = KEY_DOMAIN + id.slice(0, KEYED_ID_LENGTH);
    return hmac.end(BLOCK + hmac.begin(main, TEXT_BYTES * text.length).write(text, BLOCK));
  }

  function of(fields: MacFields): string {
    const inner = hmac.begin(keyOf(fields.id), mostBytes(fields));
    return hmac.end(writeMessage(inner, BLOCK, fields));
  }

  return {
    of,
    pads(id) {
      const rowKey = Buffer.from(keyOf(id), 'hex');
      const pad = (byte: number) =>
        Buffer.from(Array.from({ length: BLOCK }, (_, index) => byte ^ (rowKey[index] ?? 0))).toString('hex');
      return { ipad: pad(0x36), opad: pad(0x5c) };
    },
    verify: (fields, mac) => constantTimeEqual(Buffer.from(of(fields), 'hex'), Buffer.from(mac)),
  };
}

/** Columns of a stored row for {@link storedMacFields}; `row` names the table or its alias. */
export const macColumns = (row: string): string =>
  MAC_FIELDS.map((field) =>
    field === 'at' ? `${sixDigitsSql(`coalesce(${row}.told_at, ${row}.at)`)} as mac_at` : `${row}.${field}`,
  ).join(', ');

/** A row as {@link macColumns} reads it. */
export type StoredMacRow = {
  readonly [Field in Exclude<(typeof MAC_FIELDS)[number], 'id' | 'at' | 'version' | 'details'>]:
    | string
    | null;
} & {
  readonly id: string;
  readonly mac_at: string;
  readonly version: number | null;
  readonly details: unknown;
};

export const storedMacFields = ({ mac_at: at, version, details, ...row }: StoredMacRow): MacFields => ({
  ...row,
  at,
  version: version === null ? null : String(version),
  details: canonicalJson(details),
});
