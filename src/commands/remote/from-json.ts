import { z } from 'zod';

/**
 * A value as the API has told it, as the schema of an act's result describes it: times become dates again, and what the schema does
 * not name is left out. Throws a ZodError for what does not fit.
 */
export const fromJson = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> =>
  schema.parse(revived(schema, value));

const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;

function revived(schema: z.core.$ZodType, value: unknown): unknown {
  const { def } = schema._zod as unknown as { def: Def };
  switch (def.type) {
    case 'date':
      return typeof value === 'string' && DATE.test(value) ? new Date(value) : value;
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return value === null || value === undefined ? value : revived(def.innerType, value);
    case 'lazy':
      return revived(def.getter(), value);
    case 'pipe':
      return revived(def.in, value);
    case 'array':
      return Array.isArray(value) ? value.map((each) => revived(def.element, each)) : value;
    case 'tuple':
      return Array.isArray(value)
        ? value.map((each, index) => {
            const item = def.items[index] ?? def.rest;
            return item ? revived(item, each) : each;
          })
        : value;
    case 'object':
      return isObject(value)
        ? mapped(value, (each, name) => {
            const member = Object.hasOwn(def.shape, name) ? def.shape[name] : undefined;
            return member === undefined ? each : revived(member, each);
          })
        : value;
    case 'record':
      return isObject(value) ? mapped(value, (each) => revived(def.valueType, each)) : value;
    case 'union':
      return ofUnion(def.options, value);
    case 'intersection':
      return revived(def.right, revived(def.left, value));
    default:
      return value;
  }
}

/** The first of the alternatives that it fits. */
function ofUnion(options: readonly z.core.$ZodType[], value: unknown): unknown {
  for (const option of options) {
    const candidate = revived(option, value);
    if (z.safeParse(option, candidate).success) return candidate;
  }
  return value;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mapped = (value: Record<string, unknown>, change: (each: unknown, name: string) => unknown) =>
  Object.fromEntries(Object.entries(value).map(([name, each]) => [name, change(each, name)]));

/** What is read of zod's descriptions. */
type Def =
  | { type: 'date' }
  | {
      type: 'optional' | 'nullable' | 'default' | 'prefault' | 'nonoptional' | 'readonly' | 'catch';
      innerType: z.core.$ZodType;
    }
  | { type: 'lazy'; getter: () => z.core.$ZodType }
  | { type: 'pipe'; in: z.core.$ZodType }
  | { type: 'array'; element: z.core.$ZodType }
  | { type: 'tuple'; items: readonly z.core.$ZodType[]; rest: z.core.$ZodType | null }
  | { type: 'object'; shape: Record<string, z.core.$ZodType | undefined> }
  | { type: 'record'; valueType: z.core.$ZodType }
  | { type: 'union'; options: readonly z.core.$ZodType[] }
  | { type: 'intersection'; left: z.core.$ZodType; right: z.core.$ZodType }
  | { type: 'string' };
