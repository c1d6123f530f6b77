import { z } from 'zod';
import { duplicateNames } from '../kernel/json.ts';
import { JsonMistake, parseJsonText } from '../kernel/json-text.ts';
import { didYouMean } from '../kernel/nearest.ts';
import type { Kind } from './kinds.ts';

/** Settings that say, for some roles, what holds otherwise than for everybody. */

/** A role, as part of a regular expression. */
export const ROLE = '[a-z0-9]+(?:[-_.:][a-z0-9]+)*';

type Kinds = Readonly<Record<string, Kind<unknown>>>;
type Given<K extends Kinds> = { readonly [Name in keyof K]?: K[Name] extends Kind<infer T> ? T : never };
export type ByRole<K extends Kinds> = Readonly<Record<string, Given<K>>>;
export type Report = (message: string) => void;

/** An entry for each role that has one, each holding any of these. Every problem is collected, with its role and name. */
export const byRole = <const K extends Kinds>(kinds: K): Kind<ByRole<K>> => ({
  expected: 'an object with a policy for each role that has one, in the environment as JSON',
  schema: z.unknown().transform((given, issues) => {
    const report: Report = (message) => issues.addIssue({ code: 'custom', message });
    return readRoles(given, report, (role, entries) => {
      if (isObject(entries)) return readEntries(kinds, role, entries, report);
      report(`${role} is no object`);
      return undefined;
    }) as ByRole<K>;
  }),
});

export type ValueByRole<T> = Readonly<Record<string, T>>;

/** One value for each role that has one. Every problem is collected, with its role. */
export const valueByRole = <T>(kind: Kind<T>): Kind<ValueByRole<T>> => ({
  expected: `an object with ${kind.expected} for each role that has one, in the environment as JSON`,
  schema: z.unknown().transform((given, issues) => {
    const report: Report = (message) => issues.addIssue({ code: 'custom', message });
    return readRoles(given, report, (role, value) => {
      const result = kind.schema.safeParse(value);
      if (result.success) return result.data;
      report(`${role} is ${quoted(value)} instead of ${kind.expected}`);
      return undefined;
    });
  }),
});

/** `read` answers what is kept of an entry, or reports why it cannot be. */
function readRoles<T>(
  given: unknown,
  report: Report,
  read: (role: string, value: unknown) => T | undefined,
): Record<string, T> {
  const value = typeof given === 'string' ? parseJson(given, report) : given;
  if (value === NO_JSON) return {};
  if (!isObject(value)) {
    report('it is no object');
    return {};
  }
  const byName: Record<string, T> = {};
  for (const [role, entry] of Object.entries(value)) {
    if (!isRole(role)) {
      report(`${quoted(role)} is no role`);
      continue;
    }
    const kept = read(role, entry);
    if (kept !== undefined) byName[role] = kept;
  }
  return byName;
}

function readEntries(
  kinds: Kinds,
  role: string,
  entries: Record<string, unknown>,
  report: Report,
): Record<string, unknown> {
  const policy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(entries)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) {
      const names = Object.keys(kinds);
      report(`${role}.${quoted(name)} is unknown (${names.join(', ')})${didYouMean(name, names)}`);
      continue;
    }
    const result = kind.schema.safeParse(value);
    if (result.success) policy[name] = result.data;
    else report(`${role}.${name} is ${quoted(value)} instead of ${kind.expected}`);
  }
  return policy;
}

const isRole = (name: string) => name.length <= 64 && new RegExp(`^${ROLE}$`).test(name);
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const quoted = (value: unknown) => String(JSON.stringify(value)).slice(0, 80);

export const NO_JSON = Symbol('not JSON');

/** Answers {@link NO_JSON}, having reported why, for what is none. */
export function parseJson(text: string, report: Report): unknown {
  try {
    const value = parseJsonText(text);
    for (const name of duplicateNames(text)) report(`${name} is there twice`);
    return value;
  } catch (error) {
    report(`it is no JSON${error instanceof JsonMistake ? ` (${error.message})` : ''}`);
    return NO_JSON;
  }
}
