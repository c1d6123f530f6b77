import { LEAF_FORMAT, LEAF_MEMBERS, type Leaf } from '../tree/leaf.ts';
import {
  BUNDLE_FORMAT,
  type BundleKey,
  type KeyChange,
  LINE_FORMATS,
  type Manifest,
  type PersonalValue,
  type TreeData,
  Unreadable,
} from './format.ts';

/** Reads the small files of a bundle and the members of its lines, strictly: what is not known is refused. */

type Members = Readonly<Record<string, unknown>>;

export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown) => value === null || isText(value);

/** Whether it has these members and no other. */
export function has(
  value: unknown,
  required: readonly string[],
  optional: readonly string[] = [],
): value is Members {
  if (!isMembers(value)) return false;
  const names = Object.keys(value);
  return (
    required.every((name) => names.includes(name)) &&
    names.every((name) => required.includes(name) || optional.includes(name))
  );
}

const MANIFEST_MEMBERS = [
  'format',
  'origin',
  'lines',
  'asked',
  'first',
  'last',
  'size',
  'events',
  'segments',
  'created',
  'by',
];

/** Throws {@link Unreadable} where the text is not that of a manifest of this format. */
export function readManifest(text: string): Manifest {
  const value = readJson(text, 'manifest.json');
  if (!isMembers(value) || value.format !== BUNDLE_FORMAT)
    throw new Unreadable(`This is not a bundle of the format ${BUNDLE_FORMAT}.`);
  const numbers = [value.first, value.size, value.events, value.segments];
  const known =
    has(value, MANIFEST_MEMBERS) &&
    has(value.asked, ['from', 'to']) &&
    isTextOrNull(value.asked.from) &&
    isTextOrNull(value.asked.to) &&
    [value.origin, value.created, value.by].every(isText) &&
    (LINE_FORMATS as readonly unknown[]).includes(value.lines) &&
    numbers.every(isIndex) &&
    value.size !== 0 &&
    Number.isSafeInteger(value.last) &&
    (value.last as number) >= (value.first as number) - 1;
  if (!known) throw new Unreadable('manifest.json does not have the members of its format.');
  return value as unknown as Manifest;
}

export function readTree(text: string): TreeData {
  const value = readJson(text, 'tree.json');
  const isHashes = (list: unknown) => Array.isArray(list) && list.length <= 128 && list.every(isText);
  if (!has(value, ['left', 'right']) || !isHashes(value.left) || !isHashes(value.right))
    throw new Unreadable('tree.json does not have the members of its format.');
  return value as unknown as TreeData;
}

export function readKeys(text: string): BundleKey[] {
  const value = readJson(text, 'keys.json');
  if (!Array.isArray(value) || !value.every(isKey))
    throw new Unreadable('keys.json does not have the members of its format.');
  return value as BundleKey[];
}

export const isKey = (value: unknown): value is BundleKey =>
  has(value, ['verifier'], ['change']) &&
  isText(value.verifier) &&
  (value.change === undefined || isChange(value.change));

const isChange = (value: unknown): value is KeyChange =>
  has(value, ['index', 'leaf', 'path', 'checkpoint']) &&
  isIndex(value.index) &&
  isLeaf(value.leaf) &&
  Array.isArray(value.path) &&
  value.path.every(isText) &&
  isText(value.checkpoint);

const NUMBERS = new Set(['v', 'version']);
const KNOWN = new Set<string>(['v', ...LEAF_MEMBERS]);

/** Whether it has the members of a leaf, each of its type. */
export function isLeaf(value: unknown): value is Leaf {
  if (!isMembers(value) || value.v !== LEAF_FORMAT) return false;
  for (const name of ['id', 'at', 'type', 'outcome', 'details', 'mac']) {
    if (!Object.hasOwn(value, name)) return false;
  }
  for (const name of Object.keys(value)) {
    if (!KNOWN.has(name)) return false;
    const member = value[name];
    if (name === 'details' ? !isMembers(member) : !(NUMBERS.has(name) ? isIndex(member) : isText(member)))
      return false;
  }
  return value.mac === 'valid' || value.mac === 'none' || value.mac === 'invalid';
}

export const isPersonal = (value: unknown): value is Record<string, PersonalValue> =>
  isMembers(value) &&
  Object.values(value).every(
    (each) => has(each, ['salt', 'value']) && isText(each.salt) && isText(each.value),
  );

export const isLabels = (value: unknown): value is Record<string, string> =>
  isMembers(value) && Object.values(value).every(isText);

export function readJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Unreadable(`${name} is not JSON.`);
  }
}
