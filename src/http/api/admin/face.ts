import type { z } from 'zod';
import type { Act, HttpFace } from '../../../administration/act.ts';
import { MAX_REASON } from '../../../administration/actor.ts';
import type { Method } from '../route.ts';
import { hasSecrets, type JsonSchema, jsonSchemaOf } from './json-schema.ts';

/** An act, as far as its face over HTTP is made from it. */
export type FacedAct = Pick<
  Act<never, z.ZodType, z.ZodType>,
  'name' | 'summary' | 'scope' | 'http' | 'readOnly' | 'atomic' | 'dangerous' | 'input' | 'result'
>;

/** How a request is taken apart into the input of an act, and what is told of its answer. */
export interface Face {
  readonly name: string;
  /** Of the operation: the act's, and where it is a search by POST that too. */
  readonly operation: string;
  readonly method: Method;
  /** Below the base, with braces: `/people/{person}`. */
  readonly path: string;
  readonly status: number;
  /** The most bytes of a body, where it may be larger than others. */
  readonly mostBytes: number | undefined;
  /** The members of the input that stand in the path. */
  readonly inPath: readonly string[];
  /** Where the other members stand. */
  readonly rest: 'query' | 'body';
  /** The JSON Schema of each member of the input, but for {@link EXPECTED}. */
  readonly members: Readonly<Record<string, JsonSchema>>;
  readonly required: ReadonlySet<string>;
  /** Members that the act takes as a moment; JSON has them as text. */
  readonly moments: readonly string[];
  /** The answer is no JSON, but this file. */
  readonly file: HttpFace['file'];
  /** The schema of the member that `If-Match` gives, where the act checks which edition it is for. */
  readonly expected: JsonSchema | undefined;
  readonly expectedRequired: boolean;
  /** The caller may say why, beside the members of the input; the audit trail tells it. */
  readonly takesReason: boolean;
  readonly answer: JsonSchema;
  readonly hasSecrets: boolean;
  /** Its answer tells which edition of something it is about. */
  readonly hasVersion: boolean;
  /** True where nothing is changed. */
  readonly readOnly: boolean;
  /** It may wait for a second person. */
  readonly mayWait: boolean;
  /** An `Idempotency-Key` counts. */
  readonly idempotent: boolean;
}

/** The member of an input that says which edition a change is for; over HTTP that is said by `If-Match` alone. */
export const EXPECTED = 'expects';
/** The member of a result that becomes the `ETag`. */
export const VERSION = 'version';

/** The member of an input that a file is written into. */
export const SINK = 'sink';
/** Why somebody does something, in their words. */
export const REASON = 'reason';
const reasonSchema: JsonSchema = {
  type: 'string',
  minLength: 1,
  maxLength: MAX_REASON,
  pattern:
    '^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\u0000- \\u007f-\\u00a0][^\\u0000-\\u001f\\u007f-\\u009f]*$',
  description: 'Why, in one line; the audit trail keeps it.',
};

/** What stands in the query or in the body. */
export const takenMembers = ({ members, inPath, takesReason }: Face): Record<string, JsonSchema> => ({
  ...Object.fromEntries(Object.entries(members).filter(([name]) => !inPath.includes(name))),
  ...(takesReason ? { [REASON]: reasonSchema } : {}),
});

const IN_PATH = /\{([a-z][A-Za-z0-9]*)\}/gu;

/**
 * The faces of an act: its own, the one for all that there is, and for a list that is filtered by what was typed about people one by
 * POST, so that it need not stand in an address, which is logged on the way. Throws for an act that cannot be asked for over HTTP as
 * it is declared.
 */
export function facesOf(act: FacedAct): readonly Face[] {
  const known = made.get(act);
  if (known !== undefined) return known;
  const faces = makeFaces(act);
  made.set(act, faces);
  return faces;
}

const made = new WeakMap<FacedAct, readonly Face[]>();

function makeFaces(act: FacedAct): Face[] {
  const { http } = act;
  if (http === undefined) return [];
  const own = faceOf(act, act.name, http);
  const all = http.all === undefined ? [] : [faceOf(act, `${act.name}.all`, { ...http, path: http.all })];
  const search = { method: 'POST', path: `${http.path}/search` } as const;
  return [own, ...all, ...(isSearch(own) ? [faceOf(act, `${act.name}.search`, search)] : [])];
}

const isSearch = ({ readOnly, rest, members, inPath }: Face): boolean =>
  readOnly &&
  rest === 'query' &&
  'limit' in members &&
  TYPED.some((name) => name in members && !inPath.includes(name));

/** Filters in which addresses and names stand. */
const TYPED = ['text', 'search', 'person'];

function faceOf(
  act: FacedAct,
  operation: string,
  { method, path, status = 200, file, mostBytes }: HttpFace,
): Face {
  const input = jsonSchemaOf(act.input, 'input');
  const answer = jsonSchemaOf(act.result, 'output');
  const { [EXPECTED]: expected, ...members } = input.properties ?? {};
  if (file !== undefined) delete members[SINK];
  const inPath = [...path.matchAll(IN_PATH)].map(([, name]) => String(name));
  const rest = method === 'GET' || method === 'DELETE' ? 'query' : 'body';
  const face: Face = {
    name: act.name,
    operation,
    method,
    path,
    status,
    mostBytes,
    inPath,
    rest,
    members,
    moments: momentsOf(act.input),
    file,
    required: new Set([
      ...(input.required ?? []).filter((name) => name in members),
      ...(act.dangerous === true ? [REASON] : []),
    ]),
    expected,
    expectedRequired: expected !== undefined && (input.required ?? []).includes(EXPECTED),
    takesReason: !act.readOnly && !(REASON in members),
    answer,
    hasSecrets: hasSecrets(answer),
    hasVersion: VERSION in (answer.properties ?? {}),
    readOnly: act.readOnly,
    mayWait: act.dangerous !== false && act.atomic,
    idempotent: !act.readOnly && act.atomic && method !== 'GET',
  };
  assertSound(face, act, input);
  return face;
}

function assertSound(face: Face, act: FacedAct, input: JsonSchema): void {
  const at = `${act.name} as ${face.method} ${face.path}`;
  if (input.type !== 'object' || input.properties === undefined)
    throw new Error(`${at}: its input is no object whose members are known`);
  for (const name of face.inPath) {
    if (face.members[name] === undefined) throw new Error(`${at}: there is no member ${name} in its input`);
  }
  if (face.method === 'GET' && !act.readOnly) throw new Error(`${at}: GET changes nothing`);
  if (face.rest === 'body') return;
  for (const [name, member] of Object.entries(face.members)) {
    if (!fitsQuery(member)) throw new Error(`${at}: ${name} cannot stand in a query`);
  }
}

function momentsOf(input: z.ZodType): string[] {
  const { shape = {} } = input as { readonly shape?: Readonly<Record<string, z.ZodType>> };
  return Object.keys(shape).filter((name) => isMoment(shape[name]));
}

function isMoment(schema: unknown): boolean {
  const { type, innerType } = (schema as z.ZodType)._zod.def as { type: string; innerType?: unknown };
  return type === 'date' || (innerType !== undefined && isMoment(innerType));
}

/** Values, and lists of values. */
const fitsQuery = (schema: JsonSchema): boolean => {
  const types = typesOf(schema);
  return types.size > 0 && !types.has('object') && (schema.items === undefined || fitsQuery(schema.items));
};

/** The types that a value may have. */
export function typesOf(schema: JsonSchema): Set<string> {
  const { type, enum: values, anyOf = [], oneOf = [], allOf = [] } = schema;
  const own = type === undefined ? [] : [type].flat();
  const constant = schema.const === undefined ? [] : [schema.const];
  const named = own.length > 0 ? [] : [...(values ?? []), ...constant].map((value) => typeof value);
  return new Set([...own, ...named, ...[...anyOf, ...oneOf, ...allOf].flatMap((each) => [...typesOf(each)])]);
}
