import canonicalize from 'canonicalize';
import { nearestName } from '../kernel/nearest.ts';
import type { Resolution } from './load.ts';
import { allSettings } from './schema.ts';
import { allowedInFile, type Placed, type Setting } from './setting.ts';

/** What configuration documents say of settings: compared with what is in force here, and never set from there. */

/** Which setting a section of a document is the value of. */
const WHOLE: Readonly<Record<string, string>> = { roles: 'ADMINISTRATION_ROLES', attributes: 'ATTRIBUTES' };

/** Sections of the configuration that say where something is, and not how people are treated. */
const PLACES: ReadonlySet<string> = new Set([
  'environment',
  'dataDir',
  'server',
  'database',
  'redis',
  'secrets',
  'outbound',
  'mail',
  'metrics',
  'auditAnchors',
  'auditSinks',
  'brand',
]);

type Sections = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

interface Finding {
  readonly path: readonly PropertyKey[];
  readonly words: string;
}

interface Difference {
  readonly setting: string;
  readonly key: string;
  readonly declared: unknown;
  readonly inForce: unknown;
}

const settingOf = (name: string): Placed | undefined =>
  allSettings.find(({ setting }) => setting.env === name);

const policies: readonly Placed[] = allSettings.filter(
  ({ path: [first = ''], setting }) =>
    allowedInFile(setting) && !PLACES.has(first) && !Object.values(WHOLE).includes(setting.env),
);

/** The comparisons for the configuration that was read. */
export const declaredSettings = ({ values }: Pick<Resolution, 'values'>) => ({
  compare(sections: Sections): { findings: Finding[]; differences: Difference[] } {
    const findings: Finding[] = [];
    const differences: Difference[] = [];
    const judge = (path: readonly string[], placed: Placed, declared: unknown) => {
      const { setting } = placed;
      const read = readBy(setting, declared);
      if (read === undefined) {
        findings.push({ path, words: `is no value of ${setting.env}; expected ${setting.kind.expected}` });
        return;
      }
      const inForce = values.get(setting.env);
      if (isSame(read.value, inForce)) return;
      const key = placed.path.join('.');
      differences.push({ setting: setting.env, key, declared: asJson(read.value), inForce: asJson(inForce) });
    };
    for (const [section, name] of Object.entries(WHOLE)) {
      if (sections[section] === undefined) continue;
      const placed = settingOf(name);
      if (placed === undefined)
        findings.push({ path: [section], words: `is unknown: there is no setting ${name}` });
      else judge([section], placed, sections[section]);
    }
    for (const { path, placed, words, value } of leavesOf(sections.policies ?? {}))
      if (placed === undefined) findings.push({ path: ['policies', ...path], words });
      else judge(['policies', ...path], placed, value);
    return { findings, differences };
  },

  inForce() {
    const told: Record<string, unknown> = {};
    for (const [section, name] of Object.entries(WHOLE)) {
      const placed = settingOf(name);
      const value = placed && exportable(placed.setting, values.get(name));
      if (value !== undefined) told[section] = value;
    }
    const tree: Record<string, unknown> = {};
    for (const { path, setting } of policies) {
      const value = exportable(setting, values.get(setting.env));
      if (value !== undefined) put(tree, path, value);
    }
    return Object.keys(tree).length === 0 ? told : { ...told, policies: tree };
  },
});

interface Leaf {
  readonly path: readonly string[];
  readonly placed: Placed | undefined;
  readonly words: string;
  readonly value: unknown;
}

const policyAt: ReadonlyMap<string, Placed> = new Map(policies.map((each) => [each.path.join('\n'), each]));

/** For so many unknown names of a group the nearest is looked for: for each of many it would keep everybody else waiting. */
const MOST_SUGGESTED = 20;

/** The settings that a tree of keys names, with what it says of each; a name that leads nowhere without one. */
function leavesOf(tree: object, above: readonly string[] = []): Leaf[] {
  const siblings = new Set(
    policies
      .filter((each) => above.every((part, index) => each.path[index] === part))
      .map((each) => each.path[above.length] ?? ''),
  );
  let unknown = 0;
  return Object.entries(tree).flatMap(([name, value]): Leaf[] => {
    const path = [...above, name];
    const placed = policyAt.get(path.join('\n'));
    if (placed !== undefined) return [{ path, placed, words: '', value }];
    if (siblings.has(name) && typeof value === 'object' && value !== null && !Array.isArray(value))
      return leavesOf(value, path);
    if (!siblings.has(name)) unknown += 1;
    const nearest = siblings.has(name) || unknown > MOST_SUGGESTED ? undefined : nearestName(name, siblings);
    const words = siblings.has(name)
      ? 'is a group of settings; expected an object'
      : `is no setting that a document may name${nearest === undefined ? '' : ` (did you mean ${nearest}?)`}`;
    return [{ path, placed: undefined, words, value }];
  });
}

function readBy({ kind }: Setting<unknown>, declared: unknown): { readonly value: unknown } | undefined {
  const read = kind.schema.safeParse(declared);
  return read.success ? { value: read.data } : undefined;
}

/** As the configuration file would say it; undefined for what is so by default, and for what JSON cannot say. */
function exportable(setting: Setting<unknown>, value: unknown): unknown {
  if (value === undefined || isSame(value, setting.fallback)) return undefined;
  const told = asJson(value);
  const read = readBy(setting, told);
  return read !== undefined && isSame(read.value, value) ? told : undefined;
}

const DAY_MS = 86_400_000;

/** A day is kept as the moment at which it is over. */
const asJson = (value: unknown): unknown =>
  value instanceof Date
    ? new Date(value.getTime() - DAY_MS).toISOString().slice(0, 10)
    : value === undefined
      ? null
      : JSON.parse(JSON.stringify(value));

const isSame = (one: unknown, other: unknown): boolean =>
  (one === undefined) === (other === undefined) && canonicalize(asJson(one)) === canonicalize(asJson(other));

function put(tree: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) tree[name] = value;
  else {
    tree[name] ??= {};
    put(tree[name] as Record<string, unknown>, rest, value);
  }
}
