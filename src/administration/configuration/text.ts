import { isMap, isPair, isScalar, LineCounter, parseAllDocuments, stringify } from 'yaml';
import type { ConfigurationDocument } from './document.ts';
import { MOST_BYTES } from './document.ts';

/** A document as text: YAML 1.2 (core schema), of which JSON is a part. No tags of anybody's own, no merge keys, few aliases. */

/** Where something is in the text; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface TextMistake {
  readonly place: Place | undefined;
  /** Completes a sentence about the text; nothing of the text is repeated. */
  readonly words: string;
}

export type ReadText =
  | { readonly mistakes: readonly TextMistake[] }
  | {
      readonly value: unknown;
      /** Where the value of a path stands, or the nearest thing around it. */
      readonly placeOf: (path: readonly PropertyKey[]) => Place | undefined;
    };

/** An alias that stands for much more than was written is an attack, not a document. */
const MOST_ALIASES = 100;

/** Reads the text, or says everything that is wrong with it. Pure. */
export function readText(text: string): ReadText {
  if (Buffer.byteLength(text) > MOST_BYTES)
    return { mistakes: [{ place: undefined, words: `has more than ${MOST_BYTES} bytes` }] };
  const lines = new LineCounter();
  const documents = parsed(text, lines);
  if (documents === undefined) return { mistakes: [{ place: undefined, words: 'is nested too deeply' }] };
  if (!Array.isArray(documents) || documents.length === 0)
    return { mistakes: [{ place: undefined, words: 'is empty' }] };
  const [document, another] = documents;
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (document === undefined || another !== undefined)
    return {
      mistakes: [{ place: another && at(another.range[0]), words: 'holds several documents; expected one' }],
    };
  const mistakes = [...document.errors, ...document.warnings].map(({ code, pos: [offset] }) => ({
    place: at(offset),
    words: WORDS[code] ?? 'is not YAML that can be read',
  }));
  if (mistakes.length > 0) return { mistakes };
  try {
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    return { value, placeOf: (path) => placeIn(document.contents, path, at) };
  } catch {
    return {
      mistakes: [
        { place: undefined, words: 'has an alias for something that is not there, or too many of them' },
      ],
    };
  }
}

function parsed(text: string, lineCounter: LineCounter) {
  try {
    return parseAllDocuments(text, {
      ...{ version: '1.2', schema: 'core', strict: true, uniqueKeys: true, stringKeys: true, merge: false },
      ...{ customTags: [], resolveKnownTags: false, prettyErrors: false, logLevel: 'silent' },
      lineCounter,
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The library's own words quote the text. */
const WORDS: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'has an alias with properties',
  BAD_ALIAS: 'has an alias for something that is not there',
  BAD_INDENT: 'is not indented as what stands around it',
  DUPLICATE_KEY: 'has a name twice',
  MISSING_CHAR: 'misses a character such as a colon, a quote or a bracket',
  MULTILINE_IMPLICIT_KEY: 'has a name over several lines',
  NON_STRING_KEY: 'has a name that is no text; put it in quotes',
  TAB_AS_INDENT: 'is indented with a tab; use blanks',
  TAG_RESOLVE_FAILED: 'has a tag; none are read here',
  UNEXPECTED_TOKEN: 'has something that does not belong there',
};

function placeIn(
  contents: unknown,
  path: readonly PropertyKey[],
  at: (offset: number) => Place,
): Place | undefined {
  let node = contents;
  let offset = offsetOf(node);
  for (const name of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(name),
      );
      if (pair === undefined) break;
      offset = offsetOf(pair.key) ?? offset;
      node = pair.value;
    } else {
      const items = (node as { readonly items?: readonly unknown[] } | null)?.items;
      const item = items?.[Number(name)];
      if (item === undefined) break;
      offset = offsetOf(item) ?? offset;
      node = item;
    }
  }
  return offset === undefined ? undefined : at(offset);
}

const offsetOf = (node: unknown): number | undefined =>
  (node as { readonly range?: readonly [number, number, number] | null } | null)?.range?.[0];

/** The text of a document, as YAML or as JSON. */
export function writeText(
  document: Partial<ConfigurationDocument> | object,
  format: 'yaml' | 'json',
  comment?: string,
): string {
  if (format === 'json') return `${JSON.stringify(document, null, 2)}\n`;
  const head = comment === undefined ? '' : `${comment.replace(/^/gmu, '# ')}\n`;
  return `${head}${stringify(document, { version: '1.2', lineWidth: 0, aliasDuplicateObjects: false })}`;
}
