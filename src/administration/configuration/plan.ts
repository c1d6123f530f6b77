import canonicalize from 'canonicalize';
import { sha256 } from '../../kernel/crypto.ts';
import type { ShapeFinding } from '../../kernel/shape-words.ts';
import { type ConfigurationDocument, HELD_KINDS, type HeldKind } from './document.ts';

/** What is to be done so that what is held is what was declared: a pure comparison, and the hash by which a plan is known. */

/** A value of an object, as JSON; undefined where there is none. */
export type Fields = Readonly<Record<string, unknown>>;

/** Something that was declared, with what is there of it. */
export interface Compared {
  readonly kind: HeldKind;
  /** In the document. */
  readonly key: string;
  /** What was declared; undefined where it is declared no more. */
  readonly desired: Fields | undefined;
  /** What is there; undefined where nothing is. */
  readonly held: HeldObject | undefined;
}

export interface HeldObject {
  readonly id: string;
  readonly fields: Fields;
  /** The document that it belongs to. */
  readonly owner: string | undefined;
  /** Of a client: it has a secret that somebody may be using. */
  readonly hasKnownSecret?: boolean;
}

export interface Comparison {
  readonly compared: readonly Compared[];
  /** What is wrong with the document as things are, by its place. */
  readonly findings: readonly ShapeFinding[];
}

export type Action = 'create' | 'update' | 'delete';

/** One act about one object, in a transaction. */
export interface Step {
  readonly action: Action;
  /** The act, e.g. `units.move`. */
  readonly act: string;
  readonly kind: HeldKind;
  readonly key: string;
  readonly changes: readonly Change[];
}

export interface Change {
  readonly field: string;
  /** Null where there is none. */
  readonly before: unknown;
  readonly after: unknown;
}

/** What becomes of objects that are declared no more. */
export const UNDECLARED = ['keep', 'release', 'delete'] as const;
export type Undeclared = (typeof UNDECLARED)[number];

export interface ObjectName {
  readonly kind: HeldKind;
  readonly key: string;
}

export interface Difference {
  readonly steps: readonly Step[];
  /** What is there and belongs to no document: it belongs to this one from now on. */
  readonly adopts: readonly ObjectName[];
  /** What was declared and is no more. */
  readonly undeclared: readonly ObjectName[];
  /** What belongs to another document. */
  readonly conflicts: readonly (ObjectName & { readonly owner: string })[];
}

/** Which act changes which fields; what no act is named for, the first one of a kind does. */
const ACTS: Readonly<Record<HeldKind, readonly [act: string, fields?: readonly string[]][]>> = {
  units: [
    ['units.rename', ['name']],
    ['units.move', ['parent']],
  ],
  resources: [['resources.update']],
  groups: [['groups.update'], ['groups.set_roles', ['roles']]],
  clients: [['clients.update'], ['clients.set_secret', ['secret']], ['clients.disable', ['status']]],
};

/** What a new object has by itself, and is changed by acts of their own after it was made. */
const NEW: Readonly<Record<HeldKind, Fields>> = {
  units: {},
  resources: {},
  groups: {},
  clients: { status: 'active', secret: null },
};
const MADE_LATER: Readonly<Record<HeldKind, readonly string[]>> = {
  units: [],
  resources: [],
  groups: [],
  clients: ['secret', 'status'],
};

/**
 * The steps, in an order in which each finds what it needs: what is made or changed in the order of the document's kinds, as
 * `compared` has it within a kind; deletions last and the other way round.
 */
export function difference(
  compared: readonly Compared[],
  { owner, undeclared: becomes }: { readonly owner: string; readonly undeclared: Undeclared },
): Difference {
  const sorted = HELD_KINDS.flatMap((kind) => compared.filter((each) => each.kind === kind));
  const declared = sorted.filter(({ desired }) => desired !== undefined);
  const gone = sorted.filter(({ desired, held }) => desired === undefined && held !== undefined);
  const isForeign = ({ held }: Compared) => held?.owner !== undefined && held.owner !== owner;
  const own = declared.filter((each) => !isForeign(each));
  const deletions = becomes === 'delete' ? [...gone].reverse().map(deletion) : [];
  return {
    steps: [...own.flatMap(stepsOf), ...deletions],
    adopts: own.filter(({ held }) => held !== undefined && held.owner === undefined).map(nameOf),
    undeclared: gone.map(nameOf),
    conflicts: declared.flatMap((each) =>
      isForeign(each) ? [{ ...nameOf(each), owner: each.held?.owner ?? '' }] : [],
    ),
  };
}

const nameOf = ({ kind, key }: Compared): ObjectName => ({ kind, key });

const deletion = ({ kind, key, held }: Compared): Step => ({
  ...{ action: 'delete', act: `${kind}.delete`, kind, key },
  changes: changesBetween(kind, held?.fields ?? {}, {}),
});

function stepsOf({ kind, key, desired = {}, held }: Compared): Step[] {
  const later = MADE_LATER[kind];
  if (held !== undefined) return updates(kind, key, changesBetween(kind, held.fields, desired));
  const first = Object.fromEntries(Object.entries(desired).filter(([field]) => !later.includes(field)));
  const create: Step = {
    ...{ action: 'create', act: `${kind}.create`, kind, key },
    changes: changesBetween(kind, {}, first),
  };
  const rest = Object.fromEntries(Object.entries(desired).filter(([field]) => later.includes(field)));
  const made = Object.fromEntries(Object.entries(NEW[kind]).filter(([field]) => Object.hasOwn(rest, field)));
  return [create, ...updates(kind, key, changesBetween(kind, made, rest))];
}

function updates(kind: HeldKind, key: string, changes: readonly Change[]): Step[] {
  const acts = ACTS[kind];
  const named = acts.flatMap(([, fields = []]) => fields);
  return acts.flatMap(([act, fields]): Step[] => {
    const own = changes.filter(({ field }) =>
      fields === undefined ? !named.includes(field) : fields.includes(field),
    );
    return own.length === 0 ? [] : [{ action: 'update', act: actOf(act, own), kind, key, changes: own }];
  });
}

const actOf = (act: string, [change]: readonly Change[]): string =>
  act === 'clients.disable' && change?.after === 'active' ? 'clients.enable' : act;

/** The fields that differ, by their names. What is undefined or null is not there. */
export function changesBetween(kind: HeldKind, before: Fields, after: Fields): Change[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => !isSame(kind, before[field], after[field]))
    .sort()
    .map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null }));
}

/** Of clients and groups, lists are sets; the scopes of a resource are shown in their order. */
function isSame(kind: HeldKind, one: unknown, other: unknown): boolean {
  const text = (value: unknown) => {
    if (!Array.isArray(value) || kind === 'resources') return canonicalize(value ?? null);
    return canonicalize(value.map((each) => canonicalize(each)).sort());
  };
  return text(one) === text(other);
}

/** A digest of anything that JSON can say, whatever the order of its members (RFC 8785). */
export const digestOf = (value: unknown): string =>
  sha256(canonicalize(JSON.parse(JSON.stringify(value))) ?? '').toString('hex');

/** By which a plan is known: another document, state or treatment of what is no longer declared has another one. */
export const planHash = (
  document: ConfigurationDocument,
  undeclared: Undeclared,
  steps: readonly Step[],
): string => digestOf({ gatehouse: 1, document: digestOf(document), undeclared, steps });

/** Whether every step is one of those whose digests are given. */
export const isPartOf = (steps: readonly Step[], digests: readonly string[]): boolean =>
  steps.every((step) => digests.includes(digestOf(step)));
