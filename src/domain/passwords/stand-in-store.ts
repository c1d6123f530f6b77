import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import { deriveKey, hmacKey, hmacSha256 } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';
import type { Database, Statement } from '../../storage/database.ts';
import { isWeak } from './limits.ts';
import { parsePasswordHash } from './phc.ts';
import { type Allocation, isSame, reallocate, type Shape, SLOTS, shapeOf, standInOf } from './stand-ins.ts';

/** Changes of how many accounts have hashes of a shape, written by triggers on `accounts`; the sum of them is the number. */
export const PasswordHashCountRecord = defineEntity({
  name: 'PasswordHashCountRecord',
  tableName: 'password_hash_counts',
  properties: {
    id: p.uuid().primary().defaultRaw('gen_random_uuid()'),
    shape: p.text().index('password_hash_counts_shape_index'),
    accounts: p.bigint(),
  },
});

/** The one row of what all nodes go by: two bytes a slot, an index of `shapes`, the lower byte first. */
export const PasswordStandInRecord = defineEntity({
  name: 'PasswordStandInRecord',
  tableName: 'password_stand_ins',
  properties: {
    id: p.smallint().primary().autoincrement(false),
    version: p.integer(),
    shapes: p.array(),
    slots: p.blob(),
    updatedAt: p.datetime(),
  },
});

/** The table whose changes wake those who deal out stand-ins. */
export const PASSWORD_HASH_COUNTS_TABLE = 'password_hash_counts';

/** What is told besides when somebody is the first with a hash of a shape. */
export const PASSWORD_HASH_SHAPES = 'password_hash_shapes';

export interface StandIns {
  /**
   * The hash to verify in the place of one that this identifier, normalised, would have: the same on every node and at each
   * call, as long as proportions stay. Asks nobody. Undefined where no account has a password yet.
   */
  of(identifier: string): string | undefined;
  /** Reads how many accounts have which kind of hash, and has the stand-ins follow. Nobody who signs in waits for it. */
  refresh(): Promise<void>;
  /** Somebody is the first with a hash of its shape: whoever has no stand-ins of it tells that there is an account. */
  expectNewShape(): void;
  /** Whether that was said since the last refresh. */
  readonly urgent: boolean;
  /** How many accounts have hashes that went through each pepper, as of the last refresh. */
  readonly peppered: ReadonlyMap<string, number>;
  /** How many accounts have a weak hash that is not wrapped, as of the last refresh. */
  readonly weak: number;
  /** How many accounts have which kind of hash, the commonest first. */
  kinds(): Promise<readonly HashKind[]>;
}

export interface HashKind {
  /** Algorithm and parameters, without salt and digest. */
  readonly kind: string;
  readonly accounts: number;
}

export interface StandInDependencies {
  readonly database: Database;
  /** The identifier key. */
  readonly digestKey: Buffer;
  readonly clock: Clock;
  readonly random: Randomness;
}

/** Shapes beyond so many, the rarest, get no stand-ins of their own: whoever made up a cost for each account has thousands. */
const MOST_SHAPES = 1_024;

/** Changes beyond so many are folded together. */
const FOLD_AT = 500;

const READ: Statement = {
  name: 'password_stand_ins_read',
  text: `
    with counted as (
      select shape, sum(accounts) as accounts, count(*) as changes from password_hash_counts group by shape)
    select
      (select coalesce(json_agg(json_build_array(shape, accounts)), '[]') from (
        select shape, accounts from counted where accounts > 0 order by accounts desc, shape limit ${MOST_SHAPES}
      ) as commonest) as counts,
      (select coalesce(sum(changes), 0)::int from counted) as changes,
      version, shapes, slots
    from (select 1) as one left join password_stand_ins on true`,
};

// Whoever comes second changes nothing, and reads what the first has made.
const WRITE: Statement = {
  name: 'password_stand_ins_write',
  text: `
    insert into password_stand_ins as s (id, version, shapes, slots, updated_at) values (1, $1 + 1, $2, $3, $4)
    on conflict (id) do update set version = excluded.version, shapes = excluded.shapes, slots = excluded.slots,
      updated_at = excluded.updated_at
    where s.version = $1 returning 1`,
};

const FOLD: Statement = {
  name: 'password_hash_counts_fold',
  text: `
    with folded as (
      delete from password_hash_counts where id in (select id from password_hash_counts for update skip locked)
      returning shape, accounts)
    insert into password_hash_counts (shape, accounts)
    select shape, sum(accounts) from folded group by shape having sum(accounts) <> 0`,
};

// The lengths of salts and digest tell an operator nothing.
const KINDS: Statement = {
  name: 'password_hash_kinds',
  text: `
    select regexp_replace(regexp_replace(shape, '[$][0-9]+[$][0-9]+$', ''), '[$][0-9]+([$]argon2id[$])', '\\1') as kind, sum(accounts)::int as accounts
    from password_hash_counts group by 1 having sum(accounts) > 0 order by 2 desc, 1`,
};

interface ReadRow {
  counts: [shape: Shape, accounts: number][];
  changes: number;
  version: number | null;
  shapes: Shape[] | null;
  slots: Buffer | null;
}

const TRIES = 5;

const PEPPER = /^\{pepper=([^}]+)\}/;

function pepperedOf(counts: ReadRow['counts']): Map<string, number> {
  const found = new Map<string, number>();
  for (const [shape, accounts] of counts) {
    const pepper = PEPPER.exec(shape)?.[1];
    if (pepper !== undefined) found.set(pepper, (found.get(pepper) ?? 0) + accounts);
  }
  return found;
}

export function createStandIns({ database, digestKey, clock, random }: StandInDependencies): StandIns {
  const key = hmacKey(deriveKey(digestKey, 'password-stand-in'));
  const made = new Map<Shape, string | undefined>();
  let allocation: Allocation | undefined;
  let peppered: ReadonlyMap<string, number> = new Map();
  let weak = 0;
  let urgent = false;

  function standInOfShape(shape: Shape): string | undefined {
    if (!made.has(shape)) made.set(shape, standInOf(shape, random));
    return made.get(shape);
  }

  const hashOf = (shape: Shape) => parsePasswordHash(standInOfShape(shape) ?? '');

  async function read() {
    const [row] = (await database.query<ReadRow>(READ)) as [ReadRow];
    peppered = pepperedOf(row.counts);
    // What could not be verified costs an account a stand-in, too: it must not be counted as if it were.
    const usable = row.counts.filter(([shape]) => standInOfShape(shape) !== undefined);
    weak = usable.reduce((sum, [shape, count]) => sum + (isWeak(hashOf(shape)) ? count : 0), 0);
    return {
      counts: new Map(usable),
      changes: row.changes,
      version: row.version ?? 0,
      stored: allocationOf(row),
    };
  }

  /** True when what this node has is what all have. */
  async function follow(): Promise<boolean> {
    const { counts, changes, version, stored } = await read();
    const next = reallocate(stored, counts);
    if (next !== undefined && (stored === undefined || !isSame(stored, next))) {
      const values = [version, next.shapes, bytesOf(next), clock.now()];
      if ((await database.query(WRITE, values)).length === 0) return false;
    }
    allocation = next;
    if (changes > FOLD_AT) await database.query(FOLD);
    return true;
  }

  return {
    of(identifier) {
      const shape = shapeOf(allocation, hmacSha256(key, identifier).readUInt32BE() % SLOTS);
      return shape === undefined ? undefined : standInOfShape(shape);
    },

    kinds: () => database.query<HashKind>(KINDS),

    expectNewShape() {
      urgent = true;
    },
    get peppered() {
      return peppered;
    },
    get weak() {
      return weak;
    },
    get urgent() {
      return urgent;
    },

    async refresh() {
      urgent = false;
      for (let tries = 0; tries < TRIES; tries += 1) if (await follow()) return;
    },
  };
}

function bytesOf({ slots }: Allocation): Buffer {
  const bytes = Buffer.alloc(SLOTS * 2);
  for (const [slot, index] of slots.entries()) bytes.writeUInt16LE(index, slot * 2);
  return bytes;
}

/** Undefined also for a row that is not as this version would write it: it is made anew. */
function allocationOf({ shapes, slots }: ReadRow): Allocation | undefined {
  if (shapes === null || slots === null || slots.length !== SLOTS * 2) return undefined;
  return { shapes, slots: Uint16Array.from({ length: SLOTS }, (_, slot) => slots.readUInt16LE(slot * 2)) };
}
