/**
 * Exports of other systems as lines of an import: each converter reads one kind of file and says, for each person in it, which fields
 * of a line they become, and what of them cannot be taken. What may stand in a line is for `import-lines.ts` to say.
 */

/** A person of an export. */
export interface Converted {
  /** Where they are in the file, counted from 1. */
  readonly line: number;
  /** The fields of their line; undefined where there is none to be made of them. */
  readonly fields: Fields | undefined;
  /** What of them is left, a sentence each; none where everything is taken. */
  readonly left: readonly string[];
}

/** By the names of an import; undefined is as good as not there. */
export type Fields = Readonly<Record<string, unknown>>;

export interface ConvertOptions {
  /** The field of the export whose value applications know a person by. */
  readonly sub?: string | undefined;
  /** By fields of the export, which attributes they become. */
  readonly attributes?: ReadonlyMap<string, string> | undefined;
}

/** The attributes of a person whose export has these values in a field; undefined where there are none. */
export function attributesOf(
  { attributes }: ConvertOptions,
  valuesOf: (field: string) => readonly unknown[] | undefined,
): Fields | undefined {
  const found = [...(attributes ?? [])].flatMap(([field, name]) => {
    const values = (valuesOf(field) ?? []).filter((value) => value != null && value !== '');
    // Whether there may be several is for the import to say.
    return values.length === 0 ? [] : [[name, values.length === 1 ? values[0] : values] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

export type Converter = (chunks: AsyncIterable<Buffer>, options: ConvertOptions) => AsyncIterable<Converted>;

/** Nothing of the person is taken. */
export const leftOut = (line: number, why: string): Converted => ({ line, fields: undefined, left: [why] });

/** Text that is there: no white space around it, and undefined for what is empty or no text. */
export function textOf(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
}

/** A name to show: the one that is there, or made of its parts, or what is in front of the address. */
export const nameOf = (
  name: string | undefined,
  givenName: string | undefined,
  familyName: string | undefined,
  email: string | undefined,
): string | undefined =>
  name ?? textOf([givenName, familyName].filter(Boolean).join(' ')) ?? textOf(email?.split('@', 1)[0]);

/** A user name beside the address; none where it is the address itself. */
export function usernameOf(
  username: string | undefined,
  email: string | undefined,
  left: string[],
): string | undefined {
  if (username === undefined || username.toLowerCase() === email?.toLowerCase()) return undefined;
  if (!username.includes('@')) return username;
  left.push('the user name has an @: they sign in with their address');
  return undefined;
}

/** Names of groups and roles as ours: lower case, what separates words a hyphen. */
export const roleOf = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_.:]+/g, '-')
    .replace(/^[-_.:]+|[-_.:]+$/g, '')
    .replace(/[-_.:]{2,}/g, '-');

/** The text of a file, whatever its chunks cut through. Throws a TypeError for what is not UTF-8. */
export async function* decoded(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** The longest value of one person in a JSON export, in characters. */
export const LONGEST_ELEMENT = 32 * 1024 * 1024;
