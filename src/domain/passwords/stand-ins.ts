/**
 * Stand-ins: hashes that nobody's password matches, verified in the place of the one that an account would have. They cost
 * what the accounts cost, or the time of an answer would tell who has one (OWASP ASVS 6.3.8): of every kind of hash that is
 * stored there are as many stand-ins, and an identifier always gets the same, so that asking again tells nothing.
 *
 * The identifiers are dealt out to {@link SLOTS} slots, by a keyed digest, and the slots to the kinds of hashes. As people sign
 * in and their hashes are replaced, the slots follow, each only from a kind that there are fewer of to one that there are more
 * of: so an unknown identifier changes its kind as rarely, and the same way, as an account does.
 */
import type { Randomness } from '../../kernel/ids.ts';
import { isArgon2 } from './derivation.ts';
import { assertAffordable } from './limits.ts';
import { parsePasswordHash } from './phc.ts';

/** A power of two, so that every slot gets as many identifiers. */
export const SLOTS = 8_192;

/**
 * A hash without its salt and its digest, of which it has the lengths: `$argon2id$v=19$m=19456,t=2,p=1$22$43`; of bcrypt only the
 * cost, `$2b$12`. A wrapped hash has both salts by their lengths:
 * `$wrapped$sha1$l=20$11$argon2id$v=19$m=19456,t=2,p=1$22$43`. Made by `password_hash_shape` in the database.
 */
export type Shape = string;

/** Which shape each slot has, as an index of `shapes`. */
export interface Allocation {
  readonly shapes: readonly Shape[];
  readonly slots: Uint16Array;
}

/** How many accounts have hashes of each shape. */
export type ShapeCounts = ReadonlyMap<Shape, number>;

const BCRYPT = /^\$2b\$\d\d$/;
const BCRYPT_CHARACTERS = 53;
const BCRYPT_ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const SHAPE = /^(.+)\$(\d{1,3})\$(\d{1,3})$/;
const WRAPPED_SHAPE = /^(\$wrapped\$.+)\$(\d{1,3})\$(argon2id\$.+)$/;

/** A hash of this shape with a random salt and digest; undefined where no hash of it would ever be verified. */
export function standInOf(shape: Shape, random: Randomness): string | undefined {
  try {
    const standIn = BCRYPT.test(shape) ? bcryptOf(shape, random) : phcOf(shape, random);
    const hash = parsePasswordHash(standIn);
    // Argon2 is verified whatever it costs: its parameters may be our own.
    if (!isArgon2(hash)) assertAffordable(hash);
    return standIn;
  } catch {
    return undefined;
  }
}

function bcryptOf(shape: Shape, random: Randomness): string {
  const characters = [...random.bytes(BCRYPT_CHARACTERS)].map((byte) => BCRYPT_ALPHABET[byte % 64]);
  return `${shape}$${characters.join('')}`;
}

function phcOf(shape: Shape, random: Randomness): string {
  const [, inner, innerSalt, outer] = WRAPPED_SHAPE.exec(shape) ?? [];
  if (outer !== undefined)
    return [inner, base64Of(Number(innerSalt), random), phcOf(outer, random)].join('$');
  const [, before = '', salt, digest] = SHAPE.exec(shape) ?? [];
  return [before, base64Of(Number(salt), random), base64Of(Number(digest), random)].join('$');
}

/** So many characters of base64 hold three quarters as many bytes (RFC 4648, section 4). */
const base64Of = (characters: number, random: Randomness): string =>
  random
    .bytes(Math.floor((characters * 3) / 4))
    .toString('base64')
    .replace(/=+$/, '');

/**
 * Deals the slots out in the proportions of the counts, and moves as few of them as that takes. Every shape gets one slot at
 * least: one that no stand-in had would give an account away. No counts leave things as they are. What was dealt out right is
 * dealt out the same again.
 */
export function reallocate(before: Allocation | undefined, counts: ShapeCounts): Allocation | undefined {
  if (counts.size === 0) return before;
  const present = new Map<Shape, number[]>([...counts.keys()].map((shape) => [shape, []]));
  const free: number[] = [];
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const shape = before?.shapes[before.slots[slot] ?? -1];
    (present.get(shape ?? '') ?? free).push(slot);
  }
  const targets = slotsOfEach(counts, (shape) => present.get(shape)?.length ?? 0);
  for (const [shape, own] of present) free.push(...own.splice(targets.get(shape) ?? 0));
  for (const [shape, own] of present) own.push(...free.splice(0, (targets.get(shape) ?? 0) - own.length));

  const shapes = [...present.keys()].toSorted();
  const slots = new Uint16Array(SLOTS);
  for (const [index, shape] of shapes.entries()) {
    for (const slot of present.get(shape) ?? []) slots[slot] = index;
  }
  return { shapes, slots };
}

/**
 * How many slots each shape is to have: its share, rounded down or up. A number that is one of the two stays as it is, so that
 * an account more or less moves nothing back and forth.
 */
function slotsOfEach(counts: ShapeCounts, presentOf: (shape: Shape) => number): Map<Shape, number> {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const shares = [...counts].map(([shape, count]) => {
    const exact = (count / total) * SLOTS;
    const low = Math.max(1, Math.floor(exact));
    const high = Math.max(1, Math.ceil(exact));
    return { shape, exact, low, high, slots: Math.min(Math.max(presentOf(shape), low), high) };
  });
  const missing = () => SLOTS - shares.reduce((sum, { slots }) => sum + slots, 0);
  // Those furthest from their share first; equals by name, so that every node comes to the same.
  const furthest = (sign: 1 | -1) =>
    shares.toSorted(
      (a, b) => sign * (b.exact - b.slots - (a.exact - a.slots)) || a.shape.localeCompare(b.shape, 'en'),
    );
  for (const share of furthest(1)) if (missing() > 0 && share.slots < share.high) share.slots += 1;
  for (const share of furthest(-1)) if (missing() < 0 && share.slots > share.low) share.slots -= 1;
  // What rare shapes have beyond their share is taken from the commonest.
  const commonest = shares.reduce((most, share) => (share.slots > most.slots ? share : most));
  commonest.slots += missing();
  return new Map(shares.map(({ shape, slots }) => [shape, slots]));
}

/** The shape of a slot; undefined while nothing was dealt out. */
export const shapeOf = (allocation: Allocation | undefined, slot: number): Shape | undefined =>
  allocation?.shapes[allocation.slots[slot] ?? -1];

export const isSame = (a: Allocation, b: Allocation): boolean =>
  a.shapes.length === b.shapes.length &&
  a.shapes.every((shape, index) => shape === b.shapes[index]) &&
  a.slots.every((index, slot) => index === b.slots[slot]);
