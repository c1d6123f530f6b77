import { didYouMean } from './nearest.ts';

/**
 * What a person is told of a value that does not have the expected shape. The one place that turns what the validating
 * library found into words: its own never reach anybody, and neither does a value, which may be a secret.
 */

/** One finding of zod, as far as the words need it (its `$ZodIssue`, which the kernel does not import). */
export interface ShapeIssue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly expected?: unknown;
  readonly input?: unknown;
  readonly origin?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly inclusive?: unknown;
  readonly divisor?: unknown;
  readonly format?: unknown;
  readonly values?: unknown;
  readonly keys?: unknown;
  readonly errors?: unknown;
}

export interface ShapeOptions {
  /** What was checked. Without it nothing can be said of what came instead. */
  readonly input?: unknown;
  /** How the whole is called where the finding is about it, e.g. "the file". */
  readonly whole?: string;
  /** The names that there are at a path: of an unknown one, the nearest is told. */
  readonly known?: (path: readonly PropertyKey[]) => readonly string[];
}

/** What is wrong, and where. */
export interface ShapeFinding {
  readonly path: readonly PropertyKey[];
  /** Completes a sentence about the value: `is a number; expected text`. */
  readonly words: string;
}

/** For so many unknown names the nearest is looked for: for each of a hundred thousand it would keep everybody else waiting. */
const MOST_SUGGESTED = 100;

/** Each finding with its place, for those who have a form of their own for it. */
export function shapeFindings(issues: readonly ShapeIssue[], options: ShapeOptions = {}): ShapeFinding[] {
  const { known } = options;
  let suggested = 0;
  return issues.flatMap((issue) => {
    const found = valueAt(options.input, issue.path);
    return wordsOf(issue, 'input' in options ? found : undefined).map(({ path, words, unknown }) => {
      if (unknown !== undefined) suggested += 1;
      const isLookedFor = unknown !== undefined && suggested <= MOST_SUGGESTED;
      const near = isLookedFor ? (known?.([...issue.path, ...path.slice(0, -1)]) ?? []) : [];
      return { path: [...issue.path, ...path], words: `${words}${didYouMean(unknown ?? '', near)}` };
    });
  });
}

/** One line for each finding: `redirect_uris.0: is a number; expected text`. */
export function shapeProblems(issues: readonly ShapeIssue[], options: ShapeOptions = {}): string[] {
  const { whole = 'all of it' } = options;
  const lines = shapeFindings(issues, options).map(
    ({ path, words }) => `${pathText(path) || whole}: ${words}`,
  );
  // Where several schemas are to hold, each finds the same.
  return [...new Set(lines)];
}

/** `scopes.0.name`, entries of a list counted from 0; without characters that would move a terminal's cursor. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.map((key) => printable(String(key)).slice(0, 80)).join('.');
}

interface Words {
  readonly path: readonly PropertyKey[];
  readonly words: string;
  /** The name that nobody knows, where that is what is wrong. */
  readonly unknown?: string;
}

type Found = { readonly there: boolean; readonly value: unknown } | undefined;

function wordsOf(issue: ShapeIssue, found: Found): Words[] {
  const here = (words: string): Words[] => [{ path: [], words }];
  switch (issue.code) {
    case 'invalid_type':
      return here(`${isWhat(found)}${ownWords(issue) ?? `expected ${article(String(issue.expected))}`}`);
    case 'invalid_value':
      return here(`${isWhat(found)}${ownWords(issue) ?? `expected ${oneOf(issue.values)}`}`);
    case 'unrecognized_keys':
      return Array.isArray(issue.keys)
        ? issue.keys.map((key) => ({ path: [String(key)], words: 'is unknown', unknown: String(key) }))
        : here('holds something unknown');
    case 'too_small':
    case 'too_big':
      return here(ownWords(issue) ?? `expected ${bounds(issue)}`);
    case 'not_multiple_of':
      return here(`expected a multiple of ${String(issue.divisor)}`);
    case 'invalid_format':
      return here(ownWords(issue) ?? `expected ${FORMATS[String(issue.format)] ?? 'text of another form'}`);
    case 'invalid_union':
      return unionWords(issue, found);
    default:
      return here(ownWords(issue) ?? 'is not what was expected');
  }
}

/** What a schema of ours says itself; the library's own beginnings are not for people. */
function ownWords({ message }: ShapeIssue): string | undefined {
  if (/^(Invalid|Too |Unrecognized|Required)/.test(message)) return undefined;
  return `${VERB.test(message) ? '' : 'expected '}${printable(message)}`;
}

/** How a sentence about the value goes on; other words complete "expected …". */
const VERB = /^(is|are|has|have|holds?|must|may|can|cannot|does|do)\b/;

/** Where several shapes are allowed, the one that fits best was meant: the one whose findings lie deepest. */
function unionWords({ errors, path }: ShapeIssue, found: Found): Words[] {
  const options = Array.isArray(errors) ? (errors as ShapeIssue[][]).filter((each) => each.length > 0) : [];
  // Where the kind of value fits, what is wrong with it is what is wanted; the other shapes were not meant.
  const ofItsKind = options.filter((each) => each.every(({ code }) => code !== 'invalid_type'));
  const [only] = ofItsKind;
  if (ofItsKind.length === 1 && only !== undefined && typeOf(found?.value) !== 'object')
    return only.flatMap((issue) => wordsOf(issue, found));
  const ofItself = options.filter((each) => each.some((issue) => issue.path.length === 0));
  const deeper = options.find((each) => each.every((issue) => issue.path.length > 0));
  if (deeper !== undefined) {
    return deeper.flatMap((issue) =>
      wordsOf(issue, undefined).map((words) => ({ ...words, path: [...issue.path, ...words.path] })),
    );
  }
  const values = ofItself.flatMap((each) =>
    each.flatMap((issue) =>
      issue.path.length > 0
        ? []
        : issue.code === 'invalid_type'
          ? [article(String(issue.expected))]
          : issue.code === 'unrecognized_keys'
            ? []
            : wordsOf({ ...issue, path }, undefined).map(({ words }) => words.replace(/^expected /, '')),
    ),
  );
  const unknown = ofItself.flat().find(({ code }) => code === 'unrecognized_keys');
  if (unknown !== undefined && typeOf(found?.value) === 'object') return wordsOf(unknown, undefined);
  return [
    { path: [], words: `${isWhat(found)}expected ${[...new Set(values)].join(' or ') || 'another value'}` },
  ];
}

function isWhat(found: Found): string {
  if (found === undefined) return '';
  if (!found.there || found.value === undefined) return 'is missing; ';
  return `is ${article(typeOf(found.value))}; `;
}

/** Names of types as JSON and people have them. */
const TYPES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
  undefined: 'nothing',
  date: 'a date',
  never: 'nothing',
};

const article = (type: string): string => TYPES[type] ?? 'another value';

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

const oneOf = (values: unknown): string =>
  Array.isArray(values) && values.length > 0
    ? `${values.length === 1 ? '' : 'one of '}${values.map((value) => String(value)).join(', ')}`
    : 'another value';

const FORMATS: Record<string, string> = {
  url: 'a URL',
  email: 'an email address',
  uuid: 'a UUID',
  date: 'a day such as 2027-01-31',
  datetime: 'a time such as 2027-01-31T12:00:00Z',
  json_string: 'JSON',
};

/** The library counts characters, entries and amounts alike. */
function bounds({ code, origin, minimum, maximum, inclusive }: ShapeIssue): string {
  const unit =
    { string: ' characters', array: ' entries', set: ' entries', file: ' bytes' }[String(origin)] ?? '';
  if (code === 'too_small' && unit !== '' && Number(minimum) === 1)
    return unit === ' characters' ? 'some text' : 'at least one entry';
  const limit = code === 'too_small' ? minimum : maximum;
  const words =
    code === 'too_small'
      ? inclusive === false
        ? 'more than'
        : 'at least'
      : inclusive === false
        ? 'less than'
        : 'at most';
  return `${words} ${String(limit)}${unit}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): Found {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key))
      return { there: false, value: undefined };
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return { there: true, value };
}

const printable = (text: string) => text.replace(/\p{C}/gu, '?');
