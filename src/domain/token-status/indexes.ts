import { addSeconds, type Clock } from '../../kernel/clock.ts';
import type { Randomness } from '../../kernel/ids.ts';
import { BLOCK_SECONDS, BLOCK_SIZE } from './policy.ts';
import type { TokenStatusStore } from './store.ts';

/** Where new tokens get their index from. */
export interface StatusIndexes {
  /**
   * One that no other token has, on any node, after any crash. A node leases many at a time, so this mostly waits for
   * nothing. Rejects where it has none left and the database is away: a token that could not be taken back is not issued.
   */
  take(): Promise<number>;
}

interface Block {
  readonly indexes: number[];
  readonly endsAt: Date;
}

/** The next block is leased when so many are left of one. */
const LOW = BLOCK_SIZE / 4;

export interface StatusIndexDependencies {
  readonly statuses: Pick<TokenStatusStore, 'leaseBlock'>;
  readonly clock: Clock;
  readonly random: Randomness;
}

export function createStatusIndexes({ statuses, clock, random }: StatusIndexDependencies): StatusIndexes {
  let blocks: Block[] = [];
  let leasing: Promise<void> | undefined;

  function lease(): Promise<void> {
    leasing ??= (async () => {
      const endsAt = addSeconds(clock.now(), BLOCK_SECONDS);
      const number = await statuses.leaseBlock();
      blocks.push({ indexes: shuffled(number * BLOCK_SIZE, random), endsAt });
    })().finally(() => {
      leasing = undefined;
    });
    return leasing;
  }

  /** The next index of those that are leased; undefined when they are used up or too old. */
  function next(): number | undefined {
    const now = clock.now();
    blocks = blocks.filter(({ indexes, endsAt }) => indexes.length > 0 && endsAt > now);
    return blocks[0]?.indexes.pop();
  }

  return {
    async take() {
      let index = next();
      while (index === undefined) {
        await lease();
        index = next();
      }
      // Whoever takes the last one tells of a failure; until then it is tried again with each.
      if (blocks.length === 1 && Number(blocks[0]?.indexes.length) < LOW) void lease().catch(() => {});
      return index;
    },
  };
}

/**
 * The indexes of a block in an order of chance (Fisher and Yates): from its index nobody learns how many tokens were issued
 * before it, nor which were issued together (section 12.4 of the draft).
 */
function shuffled(first: number, random: Randomness): number[] {
  const indexes = Array.from({ length: BLOCK_SIZE }, (_, offset) => first + offset);
  const chance = random.bytes(4 * BLOCK_SIZE);
  for (let last = BLOCK_SIZE - 1; last > 0; last -= 1) {
    const other = chance.readUInt32LE(4 * last) % (last + 1);
    const [a, b] = [indexes[last] as number, indexes[other] as number];
    indexes[last] = b;
    indexes[other] = a;
  }
  return indexes;
}
