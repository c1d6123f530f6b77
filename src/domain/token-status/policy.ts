import { constants, deflateSync } from 'node:zlib';

/**
 * Where the status of a token stands, and what a list of them looks like (Token Status List, draft-ietf-oauth-status-list).
 * Pure. An index is unique among all tokens that were ever given one; a list holds a stretch of them.
 */

/** Tokens of one list, one bit each: enough to be lost among, and no more than 16 KiB before compression. */
export const LIST_SIZE = 2 ** 17;

/** Indexes that a node takes at a time. A list is made of whole blocks. */
export const BLOCK_SIZE = 2 ** 10;
export const BLOCKS_OF_LIST = LIST_SIZE / BLOCK_SIZE;

/** A node gives out indexes of a block for so many seconds, so that it is known when the last token of a list was issued. */
export const BLOCK_SECONDS = 3_600;

/** The longest life of a token: the bound of every setting of one. */
const LONGEST_TOKEN_SECONDS = 86_400;
/** Nodes and services may see the time so differently, in seconds. */
const CLOCKS_APART_SECONDS = 300;

/** How long a list is served after a block of it was taken: until the last of its tokens has expired, in seconds. */
export const LIST_SECONDS = BLOCK_SECONDS + LONGEST_TOKEN_SECONDS + CLOCKS_APART_SECONDS;

/** Which bit of which list. */
export interface StatusPlace {
  readonly list: number;
  readonly bit: number;
}

export const placeOf = (index: number): StatusPlace => ({
  list: Math.floor(index / LIST_SIZE),
  bit: index % LIST_SIZE,
});

export const indexAt = ({ list, bit }: StatusPlace): number => list * LIST_SIZE + bit;

/**
 * Few bits are set, so nearly everything is runs of zeros. Looking for nothing else packs as small as the highest level that
 * section 4.1 recommends, a hundred times as fast: that level holds the event loop for ten milliseconds.
 */
const COMPRESSION = { level: constants.Z_BEST_COMPRESSION, strategy: constants.Z_RLE };

/** The bits of a list as section 4.1 packs them, from the least significant of each byte, compressed and base64url. */
export function packList(revoked: readonly number[]): string {
  const bytes = Buffer.alloc(LIST_SIZE / 8);
  for (const bit of revoked) bytes.writeUInt8(bytes.readUInt8(bit >> 3) | (1 << (bit & 7)), bit >> 3);
  return deflateSync(bytes, COMPRESSION).toString('base64url');
}

/** Lists that are left out at least where nobody knows how many tokens were issued. */
const LISTS_LEFT_OUT = 1_024;
/** PostgreSQL's `integer`, in which lists are numbered. */
const LAST_LIST = 2 ** 31 - 1;

/**
 * The first list beyond every one that may have been begun, where this block was the last that is known and so many seconds are not:
 * a list a second, which is 131,072 tokens, and some more. Throws where there are no numbers left.
 */
export function listBeyond(block: number, secondsUnknown: number): number {
  const list = Math.floor(block / BLOCKS_OF_LIST) + LISTS_LEFT_OUT + Math.max(0, Math.ceil(secondsUnknown));
  if (list > LAST_LIST) throw new RangeError('there are no numbers of status lists left');
  return list;
}
