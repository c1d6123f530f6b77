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
    return readRoles(kinds, given, report) as ByRole<K>;
  }),
});

function readRoles(kinds: Kinds, given: unknown, report: Report): Record<string, Record<string, unknown>> {
  const value = typeof given === 'string' ? parseJson(given, report) : given;
  if (value === NO_JSON) return {};
  if (!isObject(value)) {
    report('it is no object');
    return {};
  }
  const policies: Record<string, Record<string, unknown>> = {};
  for (const [role, entries] of Object.entries(value)) {
    if (!isRole(role)) report(`${quoted(role)} is no role`);
    else if (!isObject(entries)) report(`${role} is no object`);
    else policies[role] = readEntries(kinds, role, entries, report);
  }
  return policies;
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
