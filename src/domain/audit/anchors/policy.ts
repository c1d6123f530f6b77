import { type Checkpoint, parseCheckpoint } from '../tree/checkpoint.ts';
import { sameBytes } from '../tree/hashing.ts';
import { type NoteCryptography, parseNote, type VerifierKey, verifyNote } from '../tree/note.ts';
import { AnchorProblem } from './target.ts';

/** What an anchor says about the trail, and what a declared restore covers. Pure, so that verifiers can use it in a browser too. */

/** A checkpoint as an anchor keeps it. */
export interface KeptCheckpoint extends Checkpoint {
  readonly note: string;
  /** Whether a key that the database knows has signed it. One that was made after a backup, its restored database does not know. */
  readonly signed: boolean;
}

/** What judges what an anchor keeps. */
export interface Judging {
  readonly cryptography: NoteCryptography;
  readonly origin: string;
  readonly keys: readonly VerifierKey[];
}

/** More than any target answers. */
const MOST_LOOKED_AT = 1_000;

/** What of an anchor counts: at least one of them is there. */
export interface Kept {
  /** The newest checkpoint that a key of the database has signed. */
  readonly signed: KeptCheckpoint | undefined;
  /** The newest of all, where it is newer than that, and signed by a key that the database does not know. */
  readonly strange: KeptCheckpoint | undefined;
}

/**
 * The newest checkpoints of this trail that an anchor keeps; undefined where it keeps nothing at all. Passed over is what
 * is none, is of another trail, or carries a false signature of a key that is known. Throws {@link AnchorProblem} where nothing else
 * is there.
 */
export async function newestKept(notes: AsyncIterable<string>, judging: Judging): Promise<Kept | undefined> {
  let strange: KeptCheckpoint | undefined;
  let other: string | undefined;
  let looked = 0;
  for await (const note of notes) {
    const kept = keptCheckpoint(note, judging);
    if (kept?.origin !== judging.origin) other ??= kept?.origin;
    else if (kept.signed) return { signed: kept, strange };
    else strange ??= kept;
    looked += 1;
    if (looked === MOST_LOOKED_AT) break;
  }
  if (strange !== undefined) return { signed: undefined, strange };
  if (looked === 0) return undefined;
  throw new AnchorProblem(
    other === undefined
      ? 'nothing that it keeps is a checkpoint of this audit trail'
      : `it keeps checkpoints of ${other}; expected ${judging.origin}`,
  );
}

function keptCheckpoint(
  note: string,
  { cryptography, keys }: Pick<Judging, 'cryptography' | 'keys'>,
): KeptCheckpoint | undefined {
  const parsed = parseNote(note);
  const checkpoint = parsed && parseCheckpoint(parsed.text);
  if (parsed === undefined || checkpoint === undefined) return undefined;
  const own = parsed.signatures.filter(({ name }) => name === checkpoint.origin);
  if (own.length === 0) return undefined;
  const signed = verifyNote(cryptography, parsed, keys) !== undefined;
  const known = own.some(({ name, id }) => keys.some((key) => key.name === name && key.id === id));
  return known && !signed ? undefined : { ...checkpoint, note, signed };
}

/** A restore that an event `audit.restored` declares. */
export interface DeclaredRestore {
  /** The newest checkpoint that the database had after it. Undefined where it had none. */
  readonly restored: Checkpoint | undefined;
  /** The newest checkpoints that the anchors kept. */
  readonly anchored: readonly Checkpoint[];
}

/**
 * Whether a restore declares that a checkpoint is of the state before it: it is named itself; or it is signed, of a size between what
 * was restored and what was anchored, and no younger than that: other anchors, and older copies, keep such ones.
 */
export const covers = (
  { restored, anchored }: DeclaredRestore,
  kept: Checkpoint & { signed: boolean },
): boolean =>
  anchored.some((named) =>
    named.size === kept.size
      ? sameBytes(named.root, kept.root)
      : kept.signed &&
        kept.size > (restored?.size ?? 0) &&
        kept.size < named.size &&
        kept.time !== undefined &&
        named.time !== undefined &&
        kept.time <= named.time,
  );

/** How the trail stands to the newest checkpoint of an anchor. */
export type Standing =
  /** The trail holds it: as large or larger, and with this root at its size. */
  | 'held'
  /** It does not, and a declared restore says why. */
  | 'declared'
  /** The trail is smaller. */
  | 'shorter'
  /** The trail has another root at this size. */
  | 'another'
  /** The trail does not hold it, and it is signed by a key that the database does not know: nothing proves that it was ever right. */
  | 'strange';

export interface Trail {
  readonly size: number;
  readonly restores: readonly DeclaredRestore[];
  /** The root over the first leaves; undefined where they are not all there. */
  readonly rootAt: (size: number) => Promise<Uint8Array | undefined>;
}

export async function standingOf(kept: KeptCheckpoint, trail: Trail): Promise<Standing> {
  const isShorter = trail.size < kept.size;
  const root = isShorter ? undefined : await trail.rootAt(kept.size);
  if (root !== undefined && sameBytes(root, kept.root)) return 'held';
  if (trail.restores.some((restore) => covers(restore, kept))) return 'declared';
  if (!kept.signed) return 'strange';
  return isShorter ? 'shorter' : 'another';
}

/** A checkpoint that an anchor keeps, and how the trail stands to it. */
export interface Judged {
  readonly kept: KeptCheckpoint;
  readonly state: Standing;
}

/**
 * Of what an anchor keeps, the checkpoint that decides: one that is signed, unless the trail holds that and not a newer one; and
 * `missing`, all that the trail does not hold.
 */
export async function judged(
  { signed, strange }: Kept,
  trail: Trail,
): Promise<Judged & { readonly missing: readonly Judged[] }> {
  const found: Judged[] = [];
  for (const kept of [signed, strange])
    if (kept !== undefined) found.push({ kept, state: await standingOf(kept, trail) });
  const deciding = found.find(({ state }) => isBehind(state)) ?? found.at(-1);
  if (deciding === undefined) throw new Error('an anchor that keeps nothing has no standing');
  return { ...deciding, missing: found.filter(({ state }) => state !== 'held') };
}

/** Whether the trail must not be served: what it is behind was signed by a key that is, or was, its own. */
export const isBehind = (standing: Standing): boolean => standing === 'shorter' || standing === 'another';

/** What is told of a checkpoint by a key that is not known. Nothing is put over it, so that it stays in sight. */
export const strangeProblem = ({ size }: KeptCheckpoint): string =>
  `it keeps a checkpoint over ${size} events, which this database does not hold, signed by a key that this database does not know: ` +
  'either a backup from before a change of keys was restored (gatehouse recover), or somebody else has put it there';

/** What a server says that is behind an anchor. */
export function behindMessage(
  anchor: string,
  kept: KeptCheckpoint,
  standing: Standing,
  size: number,
): string {
  const when = kept.time === undefined ? '' : ` of ${kept.time.toISOString()}`;
  const what =
    standing === 'shorter'
      ? `and this database has ${size} sealed`
      : 'and the events sealed in this database are not those';
  return (
    `AUDIT_ANCHORS: the audit trail is behind its newest anchor. ${anchor} keeps a checkpoint${when} over ${kept.size} events, ${what}: ` +
    `the database was put back to an earlier state, or events were taken out. Nothing is served, because what was spent or ` +
    'ended since could be used again. If a backup was restored, run gatehouse recover --reason "…"; see "Restoring a backup" in ' +
    'docs/operations.md.'
  );
}
