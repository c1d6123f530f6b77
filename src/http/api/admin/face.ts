import type { z } from 'zod';
import { MAX_REASON } from '../../../administration/actor.ts';
import type { Method } from '../route.ts';
import { hasSecrets, type JsonSchema, jsonSchemaOf } from './json-schema.ts';

/** Where an act is found over HTTP: `POST /people/{person}/disable`. What stands in braces are members of its input. */
export interface HttpFace {
  readonly method: Method;
  readonly path: string;
  /** Of an answer that is no refusal; 200 without it. */
  readonly status?: 200 | 201 | 202;
}

/** An act, as far as its face over HTTP is made from it. */
export interface FacedAct {
  readonly name: string;
  readonly scope: string;
  readonly summary?: string | undefined;
  /** It needs a reason. */
  readonly dangerous: boolean | 'sometimes';
  readonly readOnly: boolean;
  readonly atomic: boolean;
  readonly http?: HttpFace | undefined;
  readonly input: z.ZodType;
  readonly result: z.ZodType;
}

/** How a request is taken apart into the input of an act, and what is told of its answer. */
export interface Face {
  readonly name: string;
  /** Of the operation: the act's, and where it is a search by POST that too. */
  readonly operation: string;
  readonly method: Method;
  /** Below the base, with braces: `/people/{person}`. */
  readonly path: string;
  readonly status: number;
  /** The members of the input that stand in the path. */
  readonly inPath: readonly string[];
  /** Where the other members stand. */
  readonly rest: 'query' | 'body';
  /** The JSON Schema of each member of the input, but for {@link EXPECTED}. */
  readonly members: Readonly<Record<string, JsonSchema>>;
  readonly required: ReadonlySet<string>;
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
  /** An `Idempotency-Key` counts. */
  readonly idempotent: boolean;
}

/** The member of an input that says which edition a change is for; over HTTP that is said by `If-Match` alone. */
export const EXPECTED = 'expects';
/** The member of a result that becomes the `ETag`. */
export const VERSION = 'version';

/** Why somebody does something, in their words. */
export const REASON = 'reason';
const reasonSchema: JsonSchema = {
  type: 'string',
  minLength: 1,
  maxLength: MAX_REASON,
  description: 'Why, in one line; the audit trail keeps it.',
};

/** What stands in the query or in the body. */
export const takenMembers = ({ members, inPath, takesReason }: Face): Record<string, JsonSchema> => ({
  ...Object.fromEntries(Object.entries(members).filter(([name]) => !inPath.includes(name))),
  ...(takesReason ? { [REASON]: reasonSchema } : {}),
});

const IN_PATH = /\{([a-z][A-Za-z0-9]*)\}/gu;

/**
 * The faces of an act: its own, and for a list with free text (`text`) one by POST, so that what was typed about a person need not
 * stand in an address, which is logged on the way. Throws for an act that cannot be asked for over HTTP as it is declared.
 */
export function facesOf(act: FacedAct): Face[] {
  const { http } = act;
  if (http === undefined) return [];
  const own = faceOf(act, act.name, http);
  if (own.rest === 'body' || !act.readOnly || !('text' in own.members)) return [own];
  return [own, faceOf(act, `${act.name}.search`, { method: 'POST', path: `${http.path}/search` })];
}

function faceOf(act: FacedAct, operation: string, { method, path, status = 200 }: HttpFace): Face {
  const input = jsonSchemaOf(act.input, 'input');
  const answer = jsonSchemaOf(act.result, 'output');
  const { [EXPECTED]: expected, ...members } = input.properties ?? {};
  const inPath = [...path.matchAll(IN_PATH)].map(([, name]) => String(name));
  const rest = method === 'GET' || method === 'DELETE' ? 'query' : 'body';
  const face: Face = {
    name: act.name,
    operation,
    method,
    path,
    status,
    inPath,
    rest,
    members,
    required: new Set([
      ...(input.required ?? []).filter((name) => name !== EXPECTED),
      ...(act.dangerous === true ? [REASON] : []),
    ]),
    expected,
    expectedRequired: expected !== undefined && (input.required ?? []).includes(EXPECTED),
    takesReason: !act.readOnly && !(REASON in members),
    answer,
    hasSecrets: hasSecrets(answer),
    hasVersion: VERSION in (answer.properties ?? {}),
    readOnly: act.readOnly,
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
