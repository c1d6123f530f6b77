import { usesSecret } from '../../domain/clients/policy.ts';
import { withPreset } from '../../domain/clients/presets.ts';
import { groupNameKey } from '../../domain/groups/policy.ts';
import { MAX_DEPTH, unitNameKey } from '../../domain/units/policy.ts';
import { isUuid } from '../../kernel/ids.ts';
import { didYouMean } from '../../kernel/nearest.ts';
import type { ShapeFinding } from '../../kernel/shape-words.ts';
import type { ConfigurationDocument, DeclaredClient } from './document.ts';

/** What a document of the right shape may still contradict. Pure. */

/** What is said otherwise, or follows from when it is made: by the member of the metadata. */
const NOT_DECLARED: Readonly<Record<string, string>> = {
  client_id: 'is said by the key; leave it out',
  client_secret: 'is a secret, and no document holds one: use "secret" with a reference beside "metadata"',
  client_id_issued_at: 'follows from when it is registered; leave it out',
  client_secret_expires_at: 'follows from its secrets; leave it out',
};

/** Everything that is wrong with it, each with its place. */
export function findingsOfDocument(document: ConfigurationDocument): ShapeFinding[] {
  const { clients, units, groups } = document;
  return [
    ...Object.entries(clients).flatMap(([id, client]) => ofClient(['clients', id], client)),
    ...ofUnits(units),
    ...twice('units', units, ({ name, parent = '' }) => `${parent}\n${unitNameKey(name)}`),
    ...twice('groups', groups, ({ name }) => groupNameKey(name)),
  ];
}

function ofClient(path: readonly string[], { metadata, secret, preset }: DeclaredClient): ShapeFinding[] {
  const findings = Object.keys(metadata)
    .filter((member) => Object.hasOwn(NOT_DECLARED, member))
    .map((member) => ({ path: [...path, 'metadata', member], words: NOT_DECLARED[member] ?? '' }));
  if (secret !== undefined && !usesSecret(usualOf(preset, metadata)))
    findings.push({
      path: [...path, 'secret'],
      words: 'is not needed: the client authenticates without one',
    });
  return findings;
}

/** What contradicts the preset is said by the rules of clients. */
function usualOf(preset: DeclaredClient['preset'], metadata: DeclaredClient['metadata']) {
  try {
    return withPreset(preset, metadata);
  } catch {
    return metadata;
  }
}

type Units = ConfigurationDocument['units'];

/** For so many findings, and among so many keys, the nearest is looked for: each with each would keep the server from everybody else. */
const MOST_SUGGESTED = 20;
const MOST_COMPARED = 200;

function ofUnits(units: Units): ShapeFinding[] {
  const keys = Object.keys(units).slice(0, MOST_COMPARED);
  let suggested = 0;
  return Object.entries(units).flatMap(([key, { parent }]) => {
    if (parent === undefined || isUuid(parent)) return [];
    const wrong = (words: string) => [{ path: ['units', key, 'parent'], words }];
    if (!Object.hasOwn(units, parent)) {
      suggested += 1;
      const nearest = suggested > MOST_SUGGESTED ? '' : didYouMean(parent, keys);
      return wrong(`is no unit of this document${nearest}; expected a key, or the id of another unit`);
    }
    const above = aboveOf(units, key);
    if (above === undefined) return wrong('leads back to the unit itself');
    return above.size >= MAX_DEPTH
      ? wrong(`is too deep: at most ${MAX_DEPTH} units are one above the other`)
      : [];
  });
}

/** The keys of the units above one, as far as the document says; undefined where they go round in a circle. */
function aboveOf(units: Units, key: string): ReadonlySet<string> | undefined {
  const above = new Set<string>();
  let parent = units[key]?.parent;
  while (parent !== undefined && Object.hasOwn(units, parent)) {
    if (parent === key || above.has(parent)) return undefined;
    above.add(parent);
    parent = units[parent]?.parent;
  }
  return above;
}

function twice<Value>(
  kind: string,
  objects: Readonly<Record<string, Value>>,
  nameOf: (value: Value) => string,
): ShapeFinding[] {
  const seen = new Map<string, string>();
  return Object.entries(objects).flatMap(([key, value]) => {
    const name = nameOf(value);
    const other = seen.get(name);
    seen.set(name, other ?? key);
    return other === undefined ? [] : [{ path: [kind, key, 'name'], words: `is that of "${other}" already` }];
  });
}

/** The keys of units, each after the one above it. Of a document without findings. */
export function parentsFirst(units: Units): string[] {
  const depth = (key: string) => aboveOf(units, key)?.size ?? 0;
  return Object.keys(units).sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
}
