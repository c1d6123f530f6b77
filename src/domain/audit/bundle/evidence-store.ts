import type { Executor, Statement } from '../../../storage/database.ts';
import { sixDigitsSql } from '../mac.ts';
import { createCheckpointStore, SIGNED_SIZE, type StoredCheckpoint } from '../sealing/checkpoint-store.ts';
import type { SignedTree } from '../sealing/fit.ts';
import type { AuditKeyStore } from '../sealing/key-store.ts';
import type { ProofStore } from '../sealing/proof-store.ts';
import { toBase64, toHex } from '../tree/encoding.ts';
import { LEAF_MEMBERS, type Leaf, type LeafRow, leafOf } from '../tree/leaf.ts';
import type { BundleKey, BundleLine, KeyChange, PersonalValue } from './format.ts';
import { EVENT_KEY_CHANGED } from './key-chain.ts';
import type { SealedLine } from './write-bundle.ts';

/** A sealed event as the database has it, with what its leaf would be today. */
export interface StoredLine extends SealedLine {
  /** The event that the tree has at this place, also where its row is gone. */
  readonly event: string;
}

export interface EvidenceStore {
  /** The newest tree that is signed; undefined where none is. */
  newest(): Promise<StoredCheckpoint | undefined>;
  /** Index behind the last event that was archived, and so taken out of the table; 0 where none was. */
  archivedUntil(): Promise<number>;
  /** The smallest range of leaves below `size` that has every event in [from, to); undefined where there is none. */
  range(
    size: number,
    from: Date | undefined,
    to: Date | undefined,
  ): Promise<{ first: number; last: number } | undefined>;
  /** The sealed events from `first` to `last`, a batch at a time, with their personal values. */
  lines(first: number, last: number): AsyncGenerator<readonly StoredLine[]>;
  /** Signed notes that were kept, of trees with more than `first` and at most `last + 1` leaves; then the newest, that of `signed`. */
  checkpoints(first: number, last: number, signed: SignedTree): AsyncGenerator<readonly string[]>;
  /** The keys, from the first one on whose changes are still in the trail. */
  keys(): Promise<BundleKey[]>;
  /** Where the event is, and its leaf; undefined where it is not sealed. */
  find(event: string): Promise<StoredLine | undefined>;
}

const BATCH = 2_000;
const NOTES = 1_000;

const MEMBERS = LEAF_MEMBERS.filter((member) => member !== 'at' && member !== 'told_at' && member !== 'mac');

const COLUMNS = `
  l.index, l.event, l.hash, l.mac, e.id is not null as there, ${MEMBERS.map((member) => `e.${member}`).join(', ')},
  ${sixDigitsSql('e.at')} as at, ${sixDigitsSql('e.told_at')} as told_at`;

/** By id and time: that finds the partition. */
const LINES: Statement = {
  name: 'audit_evidence_lines',
  text: `
    select ${COLUMNS} from audit_leaves l left join audit_events e on e.id = l.event and e.at = l.at
    where l.index >= $1 and l.index <= $2 order by l.index`,
};

const NEXT_LEAF: Statement = {
  name: 'audit_evidence_next_leaf',
  text: 'select min(index) as index from audit_leaves where index >= $1',
};

/** Somebody may have changed the time of a row: then its id finds it. */
const BY_EVENT: Statement = {
  name: 'audit_evidence_events',
  text: `select ${COLUMNS} from audit_leaves l join audit_events e on e.id = l.event where l.event = any ($1::uuid[])`,
};

const PERSONAL: Statement = {
  name: 'audit_evidence_personal',
  text: 'select event, path, salt, value from audit_personal where event = any ($1::uuid[]) order by event, path',
};

const CHECKPOINTS: Statement = {
  name: 'audit_evidence_checkpoints',
  text: `
    select size, id, note from audit_checkpoints
    where size > $1 and (size <= $2 or size = $3) and size <= $3 and note <> $4 and (size, id) > ($5, $6)
    order by size, id limit ${NOTES}`,
};

/**
 * The event that tells of an archive is behind what it tells of, and in the tree that is signed, so whatever somebody makes of it, it is
 * verified itself.
 */
const ARCHIVED: Statement = {
  name: 'audit_evidence_archived',
  text: `
    select max((e.details ->> 'last')::numeric + 1) as until from audit_events e join audit_leaves l on l.event = e.id
    where e.type = 'audit.archived' and l.mac = 'valid' and jsonb_typeof(e.details -> 'last') = 'number'
      and (e.details ->> 'last')::numeric < l.index and l.index < ${SIGNED_SIZE}`,
};

const CHANGES: Statement = {
  name: 'audit_evidence_key_changes',
  text: `
    select l.event from audit_events e join audit_leaves l on l.event = e.id
    where e.type = '${EVENT_KEY_CHANGED}' and l.mac = 'valid' and e.details ->> 'to' = $1 order by l.index limit 1`,
};

const HANDOVER: Statement = {
  name: 'audit_evidence_handover',
  text: 'select size, note from audit_checkpoints where size > $1 and key = $2 order by size, id limit 1',
};

type Row = Omit<LeafRow, 'id'> & {
  readonly id: string | null;
  readonly index: string;
  readonly event: string;
  readonly hash: Buffer;
  readonly there: boolean;
};

interface Kept {
  readonly event: string;
  readonly path: string;
  readonly salt: Buffer;
  readonly value: string;
}

function leafIn({ index: _index, event: _event, hash: _hash, there, ...row }: Row): Leaf | null {
  return there ? leafOf(row as LeafRow) : null;
}

export function createEvidenceStore(
  database: Executor,
  { proofs, keys }: { readonly proofs: ProofStore; readonly keys: Pick<AuditKeyStore, 'list'> },
): EvidenceStore {
  const checkpoints = createCheckpointStore(database);

  async function stored(rows: readonly Row[]): Promise<StoredLine[]> {
    const lost = rows.filter(({ there }) => !there).map(({ event }) => event);
    const moved = lost.length === 0 ? [] : await database.query<Row>(BY_EVENT, [lost]);
    const elsewhere = new Map(moved.map((row) => [row.event, row]));
    const personal = await personalOf(rows.map(({ event }) => event));
    return rows.map((row) => {
      const found = elsewhere.get(row.event) ?? row;
      const line: BundleLine = {
        index: Number(row.index),
        leaf: leafIn(found),
        personal: personal.get(row.event),
      };
      return { line, hash: row.hash, event: row.event };
    });
  }

  async function personalOf(events: readonly string[]): Promise<Map<string, Record<string, PersonalValue>>> {
    const found = new Map<string, Record<string, PersonalValue>>();
    for (const { event, path, salt, value } of await database.query<Kept>(PERSONAL, [events])) {
      const values = found.get(event) ?? {};
      values[path] = { salt: toBase64(salt), value };
      found.set(event, values);
    }
    return found;
  }

  /** Index of the first leaf from there on; infinite where there is none. */
  async function nextLeaf(from: number): Promise<number> {
    const [row] = await database.query<{ index: string | null }>(NEXT_LEAF, [String(from)]);
    return row?.index == null ? Number.POSITIVE_INFINITY : Number(row.index);
  }

  async function find(event: string): Promise<StoredLine | undefined> {
    const rows = await database.query<Row>(BY_EVENT, [[event]]);
    return (await stored(rows))[0];
  }

  /** The event by which a key has followed, and what its predecessor has signed of it. */
  async function changeTo(verifier: string, before: string): Promise<KeyChange | undefined> {
    const [row] = await database.query<{ event: string }>(CHANGES, [verifier]);
    const found = row && (await find(row.event));
    if (found === undefined || found.line.leaf === null) return undefined;
    const { index, leaf } = found.line;
    const [handover] = await database.query<{ size: string; note: string }>(HANDOVER, [
      String(index),
      before,
    ]);
    if (handover === undefined) return undefined;
    const path = (await proofs.inclusion(index, Number(handover.size))).map(toHex);
    return { index, leaf, path, checkpoint: handover.note };
  }

  return {
    find,

    newest: () => checkpoints.newest(),

    async archivedUntil() {
      const [row] = await database.query<{ until: string | null }>(ARCHIVED);
      return Number(row?.until ?? 0);
    },

    async range(size, from, to) {
      const [row] = await database.query<{ first: string | null; last: string | null }>(
        `select
          (select min(index) from audit_leaves where at >= coalesce($2, '-infinity'::timestamptz) and index < $1) as first,
          (select max(index) from audit_leaves where at < coalesce($3, 'infinity'::timestamptz) and index < $1) as last`,
        [String(size), from ?? null, to ?? null],
      );
      if (row?.first == null || row.last == null || Number(row.first) > Number(row.last)) return undefined;
      return { first: Number(row.first), last: Number(row.last) };
    },

    async *lines(first, last) {
      for (let begin = first; begin <= last; ) {
        const end = Math.min(last, begin + BATCH - 1);
        const rows = await database.query<Row>(LINES, [String(begin), String(end)]);
        if (rows.length > 0) yield await stored(rows);
        // Somebody may have taken out, or claim, any number of them.
        begin = rows.length > 0 ? end + 1 : await nextLeaf(end + 1);
      }
    },

    async *checkpoints(first, last, signed) {
      let cursor: readonly [string, string] = ['0', '0'];
      for (;;) {
        const bounds = [first, last + 1, signed.size].map(String);
        const rows = await database.query<{ size: string; id: string; note: string }>(CHECKPOINTS, [
          ...bounds,
          signed.note,
          ...cursor,
        ]);
        if (rows.length > 0) yield rows.map(({ note }) => note);
        const end = rows.at(-1);
        if (end === undefined || rows.length < NOTES) break;
        cursor = [end.size, end.id];
      }
      yield [signed.note];
    },

    async keys() {
      const all = await keys.list();
      let chain: BundleKey[] = [];
      for (const [place, { verifier }] of all.entries()) {
        const before = all[place - 1];
        const change = before && (await changeTo(verifier, before.id));
        // A key that waits has not followed yet; of one that has, the event may be in an archive.
        if (before !== undefined && change === undefined && before.retiredAt === undefined) break;
        chain = change === undefined ? [{ verifier }] : [...chain, { verifier, change }];
      }
      return chain;
    },
  };
}
