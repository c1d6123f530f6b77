import { z } from 'zod';

/** What a member of an act's input is at the command line, read from the schema. */

interface Said {
  /** What the schema says of it. */
  readonly description?: string | undefined;
  /** The values that it may have, where they are few. */
  readonly choices?: readonly string[] | undefined;
  readonly needed: boolean;
  /** The act decides otherwise; as it was written in the schema. */
  readonly fallback?: unknown;
}

export type Shape =
  | { readonly of: 'text' }
  /** Not to be typed: it would stand in the list of processes. */
  | { readonly of: 'secret' }
  | { readonly of: 'number' }
  | { readonly of: 'flag' }
  /** A time; `date` where the act takes a Date and no text. */
  | { readonly of: 'moment'; readonly date: boolean }
  | { readonly of: 'json' }
  /** Text or something else: what is no JSON is text. */
  | { readonly of: 'either' }
  | { readonly of: 'list'; readonly entry: Shape };

export interface Member extends Said {
  readonly name: string;
  readonly shape: Shape;
  /** Null is a value of it. */
  readonly nullable: boolean;
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
  readonly default?: unknown;
  readonly writeOnly?: boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly isDate?: boolean;
  readonly isCode?: boolean;
}

/** JSON has no times, and no functions: both are marked. */
export const jsonSchemaOf = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema =>
  z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { type } = zodSchema._zod.def;
      if (type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time', isDate: true });
      if (type === 'custom' || type === 'function') Object.assign(jsonSchema, { isCode: true });
    },
  }) as JsonSchema;

/** The members of an input, in the order of the schema; those of every alternative where there are some. */
export function membersOf(schema: z.ZodType): Member[] {
  const members = new Map<string, Member>();
  for (const { properties = {}, required = [] } of objectsOf(jsonSchemaOf(schema, 'input')))
    for (const [name, property] of Object.entries(properties)) {
      if (members.has(name) || property.isCode === true) continue;
      members.set(name, memberOf(name, property, required.includes(name)));
    }
  return [...members.values()];
}

/** Whether times are told or taken somewhere in it. */
export const hasTimes = (schema: z.ZodType, io: 'input' | 'output'): boolean =>
  JSON.stringify(jsonSchemaOf(schema, io)).includes('"format":"date-time"');

/** How many entries a page has at most, by the schema of the member that says it. */
export function mostOf(schema: z.ZodType, name: string): number | undefined {
  const { properties = {} } = jsonSchemaOf(schema, 'input');
  const { maximum } = (properties[name] ?? {}) as { maximum?: number };
  return maximum;
}

const objectsOf = (schema: JsonSchema): JsonSchema[] => {
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return schema.properties === undefined ? inner.flatMap(objectsOf) : [schema, ...inner.flatMap(objectsOf)];
};

function memberOf(name: string, property: JsonSchema, needed: boolean): Member {
  const alternatives = alternativesOf(property);
  const others = alternatives.filter(({ type }) => type !== 'null');
  const shape = shapeOf(others);
  const entries = shape.of === 'list' ? alternativesOf(others[0]?.items ?? {}) : others;
  const choices = entries.map(({ enum: all, const: only }) => all ?? (only === undefined ? [] : [only]));
  const description = property.description ?? others.find((each) => each.description)?.description;
  return {
    name,
    shape: secret(property, name) ? { of: 'secret' } : shape,
    nullable: others.length < alternatives.length,
    needed: needed && property.default === undefined,
    description,
    choices: choices.every((each) => each.length > 0) ? choices.flat().map(String) : undefined,
    fallback: property.default,
  };
}

const secret = ({ writeOnly, type }: JsonSchema, name: string): boolean =>
  writeOnly === true || (type === 'string' && /^(password|secret)$|(Password|Secret)$/.test(name));

const alternativesOf = (schema: JsonSchema): JsonSchema[] => {
  const inner = schema.anyOf ?? schema.oneOf;
  if (inner !== undefined) return inner.flatMap(alternativesOf);
  return typeof schema.type === 'object' ? schema.type.map((type) => ({ ...schema, type })) : [schema];
};

function shapeOf(alternatives: readonly JsonSchema[]): Shape {
  const shapes = alternatives.map(shapeOfOne);
  const [first = { of: 'either' }] = shapes;
  return shapes.every(({ of }) => of === first.of) ? first : { of: 'either' };
}

function shapeOfOne(schema: JsonSchema): Shape {
  const { type = typeof (schema.const ?? schema.enum?.[0]), format, isDate = false, items = {} } = schema;
  switch (type) {
    case 'string':
      return format === 'date-time' ? { of: 'moment', date: isDate } : { of: 'text' };
    case 'integer':
    case 'number':
      return { of: 'number' };
    case 'boolean':
      return { of: 'flag' };
    case 'array':
      return { of: 'list', entry: shapeOf(alternativesOf(items)) };
    case 'object':
      return { of: 'json' };
    default:
      return { of: 'either' };
  }
}
