import type { ClientStore } from '../../domain/clients/store.ts';
import type { DeclaredObject, DeclaredStore } from '../../domain/declared/store.ts';
import type { Resource, ResourceStore } from '../../domain/resources/store.ts';
import { unitNameKey } from '../../domain/units/policy.ts';
import type { UnitStore } from '../../domain/units/store.ts';
import { isUuid } from '../../kernel/ids.ts';
import type { ShapeFinding } from '../../kernel/shape-words.ts';
import type { Executor } from '../../storage/database.ts';
import { comparedClients, type JudgesClients } from './clients.ts';
import type { ConfigurationDocument, HeldKind } from './document.ts';
import { parentsFirst } from './document-rules.ts';
import { comparedGroups, everyGroup } from './groups.ts';
import { Matching } from './matching.ts';
import type { Compared, Comparison, Fields } from './plan.ts';

/** What was declared, beside what is there of it. */

export interface ComparesConfiguration extends JudgesClients {
  readonly database: Executor;
  readonly clients: Pick<ClientStore, 'list'>;
  readonly resources: Pick<ResourceStore, 'stored'>;
  readonly units: Pick<UnitStore, 'all'>;
  readonly declared: Pick<DeclaredStore, 'objects'>;
}

/** Compares a document that has no findings by itself. */
export async function compare(
  deps: ComparesConfiguration,
  document: ConfigurationDocument,
): Promise<Comparison> {
  const rows = await deps.declared.objects(deps.database);
  const [units, clients] = [
    await comparedUnits(deps, document, rows),
    await comparedClients(deps, document, rows, await deps.clients.list()),
  ];
  const resources = comparedResources(document, rows, await deps.resources.stored(deps.database));
  const groups = comparedGroups(document, rows, await everyGroup(deps.database));
  return {
    compared: [...units.compared, ...resources, ...groups, ...clients.compared],
    findings: [...units.findings, ...clients.findings],
  };
}

/** What can be changed of a resource. */
export const resourceFields = ({
  name,
  scopes,
  tokenAlgorithm,
  tokenSeconds,
}: Omit<Resource, 'identifier'>): Fields => ({
  name,
  scopes: scopes.map(({ name: scope, description }) => ({
    name: scope,
    ...(description === undefined ? {} : { description }),
  })),
  tokenAlgorithm,
  tokenSeconds,
});

function comparedResources(
  { owner, resources }: ConfigurationDocument,
  rows: readonly DeclaredObject[],
  stored: readonly Resource[],
): Compared[] {
  const kind: HeldKind = 'resources';
  const matching = new Matching(kind, owner, rows);
  const byId = new Map(stored.map((resource) => [resource.identifier, resource]));
  const compared = Object.entries(resources).map(([key, resource]): Compared => {
    const found = byId.get(key);
    const held = found && matching.held(key, found.identifier, resourceFields(found));
    return { kind, key, desired: resourceFields(resource), held };
  });
  const gone = matching.gone((object) => {
    const found = byId.get(object);
    return found && resourceFields(found);
  });
  return [...compared, ...gone];
}

async function comparedUnits(
  { units: store, database }: ComparesConfiguration,
  { owner, units }: ConfigurationDocument,
  rows: readonly DeclaredObject[],
): Promise<Comparison> {
  const kind: HeldKind = 'units';
  const stored = await store.all(database);
  const byId = new Map(stored.map((unit) => [unit.id, unit]));
  const matching = new Matching(kind, owner, rows);
  const findings: ShapeFinding[] = [];
  const keyOf = new Map<string, string>();
  const idOf = new Map<string, string>();
  const keys = parentsFirst(units);
  for (const key of keys) {
    const { name = '', parent } = units[key] ?? {};
    const above = parent === undefined || isUuid(parent) ? parent : idOf.get(parent);
    if (parent !== undefined && isUuid(parent) && !byId.has(parent))
      findings.push({ path: ['units', key, 'parent'], words: 'is the id of no unit' });
    const known = matching.known(key);
    // Below a unit that is only to be made, nothing is yet.
    const isNew = parent !== undefined && above === undefined;
    const here = stored.find(
      (unit) =>
        !isNew &&
        unit.parent === above &&
        unitNameKey(unit.name) === unitNameKey(name) &&
        !keyOf.has(unit.id),
    );
    const found =
      (known !== undefined && byId.get(known)) || (matching.isFree(here?.id, units) ? here : undefined);
    if (found === undefined) continue;
    idOf.set(key, found.id);
    keyOf.set(found.id, key);
  }
  const named = (parent: string | undefined) => (parent === undefined ? null : (keyOf.get(parent) ?? parent));
  const fieldsOf = (id: string): Fields | undefined => {
    const unit = byId.get(id);
    return unit && { name: unit.name, parent: named(unit.parent) };
  };
  const compared = keys.map((key): Compared => {
    const { name = '', parent } = units[key] ?? {};
    const id = idOf.get(key);
    const held = id === undefined ? undefined : matching.held(key, id, fieldsOf(id) ?? {});
    return {
      kind,
      key,
      desired: { name: name.normalize('NFC').trim(), parent: parent === undefined ? null : named(parent) },
      held,
    };
  });
  const depth = (id: string): number => {
    const parent = byId.get(id)?.parent;
    return parent === undefined ? 0 : 1 + depth(parent);
  };
  const gone = matching.gone(fieldsOf).sort((a, b) => depth(a.held?.id ?? '') - depth(b.held?.id ?? ''));
  return { compared: [...compared, ...gone], findings };
}
