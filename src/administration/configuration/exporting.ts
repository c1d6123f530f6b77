import { z } from 'zod';
import { usesSecret } from '../../domain/clients/policy.ts';
import type { ClientRegistrationStore } from '../../domain/clients/registration-store.ts';
import type { Client } from '../../domain/clients/store.ts';
import type { DeclaredObject } from '../../domain/declared/store.ts';
import type { Group } from '../../domain/groups/store.ts';
import type { Unit } from '../../domain/units/store.ts';
import { defineRead } from '../act.ts';
import type { AdmissionDependencies } from '../admission.ts';
import { clientFields, declarable, type JudgesClients, judgedClient, UNKNOWN_SECRET } from './clients.ts';
import { resourceFields } from './comparing.ts';
import { DEFAULT_OWNER, HELD_KINDS, type HeldKind, ownerSchema } from './document.ts';
import { everyGroup } from './groups.ts';
import { changesBetween, type Fields } from './plan.ts';
import { assertMaySee, type PlansConfiguration } from './planning.ts';

/** What is there as a document: to begin with, or to see what somebody has changed by hand. */

interface ExportsConfiguration extends PlansConfiguration {
  readonly registrations: Pick<ClientRegistrationStore, 'selfRegistered'>;
}

const SECTIONS = [...HELD_KINDS, 'settings'] as const;

/**
 * What is there as a configuration document of that owner: what belongs to it and what belongs to none, but for the clients that have
 * registered themselves. No secret is in it, only where one would be looked for.
 */
export const exportConfiguration = defineRead({
  name: 'config.export',
  scope: 'system:read',
  summary: 'Tells clients, resources, groups, units and settings as a configuration document.',
  http: { method: 'GET', path: '/config/export' },
  input: z.strictObject({
    owner: ownerSchema.default(DEFAULT_OWNER),
    /** Only these; all without it. */
    sections: z.array(z.enum(SECTIONS)).optional(),
  }),
  result: z.object({ document: z.record(z.string(), z.unknown()) }),
  async run(
    deps: ExportsConfiguration & Pick<AdmissionDependencies, 'rights'>,
    { owner, sections = SECTIONS },
    { actor },
  ) {
    const has = (section: (typeof SECTIONS)[number]) => sections.includes(section);
    await assertMaySee(deps, actor, HELD_KINDS.filter(has));
    const rows = await deps.declared.objects(deps.database);
    const mine = rowsFor(owner, rows);
    const exported = {
      units: has('units') ? unitsOf(await deps.units.all(deps.database), mine) : {},
      groups: has('groups') ? groupsOf(await everyGroup(deps.database), mine) : {},
      resources: has('resources') ? await resourcesOf(deps, mine) : {},
      clients: has('clients') ? await clientsOf(deps, mine) : {},
    };
    const held = Object.fromEntries(
      Object.entries(exported).filter(([, objects]) => Object.keys(objects).length > 0),
    );
    const document = {
      gatehouse: 1,
      owner,
      ...held,
      ...(has('settings') ? deps.declaredSettings.inForce() : {}),
    };
    return { document };
  },
});

/** Whether an object goes into the document, and under which key it was declared. */
type Mine = (kind: HeldKind, id: string) => { readonly row: DeclaredObject | undefined } | undefined;

function rowsFor(owner: string, rows: readonly DeclaredObject[]): Mine {
  const byObject = new Map(rows.map((row) => [`${row.kind} ${row.object}`, row]));
  return (kind, id) => {
    const row = byObject.get(`${kind} ${id}`);
    return row === undefined || row.owner === owner ? { row } : undefined;
  };
}

async function resourcesOf(
  { resources, database }: ExportsConfiguration,
  mine: Mine,
): Promise<Record<string, Fields>> {
  const stored = await resources.stored(database);
  return Object.fromEntries(
    stored
      .filter(({ identifier }) => mine('resources', identifier) !== undefined)
      .map((resource) => [resource.identifier, resourceFields(resource)]),
  );
}

async function clientsOf(deps: ExportsConfiguration, mine: Mine): Promise<Record<string, object>> {
  const self = new Set(await deps.registrations.selfRegistered(deps.database));
  const names = new Names();
  const exported: Record<string, object> = {};
  for (const client of await deps.clients.list()) {
    const { row } = mine('clients', client.id) ?? {};
    if (mine('clients', client.id) === undefined || (row === undefined && self.has(client.id))) continue;
    const known =
      row?.secret === undefined || row.secret === UNKNOWN_SECRET ? undefined : JSON.parse(row.secret);
    const placeholder = {
      env: names.take(`CLIENT_SECRET_${client.id.toUpperCase().replaceAll(/[^A-Z0-9]+/gu, '_')}`, '_'),
    };
    exported[client.id] = {
      metadata: await shortest(deps, client),
      ...(usesSecret(client.metadata) ? { secret: known ?? placeholder } : {}),
      ...(client.disabledAt === undefined ? {} : { status: 'disabled' }),
    };
  }
  return exported;
}

/** What a client of its kind has without being told. */
const ITS_KIND = [
  'redirect_uris',
  'grant_types',
  'response_types',
  'token_endpoint_auth_method',
  'application_type',
  'jwks',
  'jwks_uri',
];

/** The metadata without what is so anyway, as long as the same is registered by it. */
async function shortest(deps: JudgesClients, { id, metadata, ...rest }: Client): Promise<Fields> {
  const all = declarable(metadata);
  const least = pick(all, (member) => ITS_KIND.includes(member));
  const usual = await judgedClient(deps, id, { metadata: least });
  if (!('fields' in usual)) return all;
  const short = pick(
    all,
    (member) =>
      changesBetween('clients', { [member]: usual.fields[member] }, { [member]: all[member] }).length > 0 ||
      ITS_KIND.includes(member),
  );
  const again = await judgedClient(deps, id, { metadata: short });
  const { status: _status, ...before } = clientFields({ metadata, ...rest });
  return 'fields' in again && changesBetween('clients', before, again.fields).length === 0 ? short : all;
}

const pick = (fields: Fields, wanted: (member: string) => boolean): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([member]) => wanted(member)));

function groupsOf(stored: readonly Group[], mine: Mine): Record<string, object> {
  const keys = keysOf('groups', stored, mine);
  return Object.fromEntries(
    stored
      .filter(({ id }) => keys.has(id))
      .map(({ id, name, description, roles }) => [
        keys.get(id) ?? id,
        {
          name,
          ...(description === '' ? {} : { description }),
          ...(roles.length === 0 ? {} : { roles: [...roles] }),
        },
      ]),
  );
}

/** A key for each that goes into the document: that under which it was declared, or one made of its name. */
function keysOf(
  kind: 'groups' | 'units',
  stored: readonly { readonly id: string; readonly name: string }[],
  mine: Mine,
): Map<string, string> {
  const names = new Names();
  const keys = new Map<string, string>();
  const wanted = stored.filter(({ id }) => mine(kind, id) !== undefined);
  for (const { id } of wanted) {
    const { row } = mine(kind, id) ?? {};
    if (row !== undefined) keys.set(id, names.take(row.key, '-'));
  }
  for (const { id, name } of wanted)
    if (!keys.has(id)) keys.set(id, names.take(slug(name, kind.slice(0, -1)), '-'));
  return keys;
}

function unitsOf(stored: readonly Unit[], mine: Mine): Record<string, object> {
  const keys = keysOf('units', stored, mine);
  return Object.fromEntries(
    stored
      .filter(({ id }) => keys.has(id))
      .map(({ id, name, parent }) => [
        keys.get(id) ?? id,
        { name, ...(parent === undefined ? {} : { parent: keys.get(parent) ?? parent }) },
      ]),
  );
}

/** A key made of a name. */
export function slug(name: string, otherwise: string): string {
  const letters = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .slice(0, 50)
    .replaceAll(/^-+|-+$/gu, '');
  return letters === '' ? otherwise : letters;
}

/** Names of which each is taken once. */
export class Names {
  readonly #taken = new Set<string>();

  take(name: string, separator: string): string {
    let free = name;
    for (let count = 2; this.#taken.has(free); count += 1) free = `${name}${separator}${count}`;
    this.#taken.add(free);
    return free;
  }
}
