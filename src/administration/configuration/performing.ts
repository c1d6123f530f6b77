import { usesSecret } from '../../domain/clients/policy.ts';
import type { ClientStore } from '../../domain/clients/store.ts';
import { versionOf } from '../../domain/clients/version.ts';
import type { DeclaredStore } from '../../domain/declared/store.ts';
import type { Group, GroupStore } from '../../domain/groups/store.ts';
import type { ResourceStore } from '../../domain/resources/store.ts';
import type { UnitStore } from '../../domain/units/store.ts';
import { conflict } from '../../kernel/errors.ts';
import type { Database, Transaction } from '../../storage/database.ts';
import type { Actor } from '../actor.ts';
import { clients as clientActs } from '../clients/index.ts';
import { DEFAULT_OVERLAP } from '../clients/secrets.ts';
import { ApprovalNeeded } from '../four-eyes.ts';
import { groups as groupActs } from '../groups/index.ts';
import { resources as resourceActs } from '../resources.ts';
import { takingPart } from '../taking-part.ts';
import { units as unitActs } from '../units/index.ts';
import { clientFields, referenceText, UNKNOWN_SECRET } from './clients.ts';
import { resourceFields } from './comparing.ts';
import type { HeldKind } from './document.ts';
import { groupFields } from './groups.ts';
import { changesBetween, type Fields, type Step } from './plan.ts';
import type { Plan } from './planning.ts';

/** Does one step of a plan: the act by which anybody would do it, with the right of who applies the document, in its transaction. */

type Needs<Act> = Act extends { perform: (dependencies: infer D, ...rest: never) => unknown } ? D : never;

export type PerformsSteps = Needs<typeof clientActs.create> &
  Needs<typeof clientActs.update> &
  Needs<typeof clientActs.setSecret> &
  Needs<typeof clientActs.disable> &
  Needs<typeof clientActs.enable> &
  Needs<typeof clientActs.delete> &
  Needs<typeof resourceActs.create> &
  Needs<typeof resourceActs.update> &
  Needs<typeof resourceActs.delete> &
  Needs<typeof groupActs.create> &
  Needs<typeof groupActs.update> &
  Needs<typeof groupActs.setRoles> &
  Needs<typeof groupActs.delete> &
  Needs<typeof unitActs.create> &
  Needs<typeof unitActs.rename> &
  Needs<typeof unitActs.move> &
  Needs<typeof unitActs.delete> & {
    readonly database: Database;
    readonly declared: Pick<DeclaredStore, 'lock' | 'declare' | 'setSecret' | 'release'>;
    readonly clients: Pick<ClientStore, 'hold'>;
    readonly resources: Pick<ResourceStore, 'hold'>;
    readonly units: Pick<UnitStore, 'lock' | 'lockTree'>;
    readonly groups: Pick<GroupStore, 'lock'>;
  };

/** What the steps of a plan share. */
export interface Performance {
  readonly actor: Actor;
  readonly plan: Plan;
  /** By client. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The ids of what is there, and of what was made, by kind and key. */
  readonly ids: Map<string, string>;
  /** A transaction in which nothing is written. */
  readonly read: <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>;
}

/** What is there already, by kind and key. */
export const idsOf = ({ compared }: Plan): Map<string, string> =>
  new Map(
    compared.flatMap(({ kind, key, held }) => (held === undefined ? [] : [[`${kind}.${key}`, held.id]])),
  );

/**
 * Does the step; that the object belongs to the document is written in the same transaction. Throws what the act throws, and
 * `plan_outdated` (409) where the object is not as it was planned.
 */
export async function performStep(deps: PerformsSteps, performance: Performance, step: Step): Promise<void> {
  const { ids, plan } = performance;
  const name = `${step.kind}.${step.key}`;
  const database = takingPart(deps.database, {
    async before(tx) {
      await deps.declared.lock(tx);
      await assertAsPlanned(deps, tx, performance, step);
    },
    async after(tx, result) {
      if (result instanceof ApprovalNeeded) return;
      const { id: made } = result as { readonly id?: string };
      const object = ids.get(name) ?? (step.kind === 'units' || step.kind === 'groups' ? made : step.key);
      if (object === undefined) throw new Error(`${step.act} has no id`);
      await noteOwner(deps, tx, plan, step, object, result);
      ids.set(name, object);
    },
  });
  const held = ids.get(name) ?? step.key;
  await DOES[step.act]?.({ ...deps, database }, performance, step, held);
}

/** What an object is at this moment, held until the end of the transaction. */
async function heldFields(
  deps: PerformsSteps,
  tx: Transaction,
  kind: HeldKind,
  id: string,
): Promise<Fields | undefined> {
  switch (kind) {
    case 'clients': {
      const client = await deps.clients.hold(tx, id);
      return client && clientFields(client);
    }
    case 'resources': {
      const resource = await deps.resources.hold(tx, id);
      return resource && resourceFields(resource);
    }
    case 'units': {
      await deps.units.lockTree(tx);
      const unit = await deps.units.lock(tx, id);
      return unit && { name: unit.name, parent: unit.parent ?? null };
    }
    case 'groups': {
      const group: Group | undefined = await deps.groups.lock(tx, id);
      return group && groupFields(group);
    }
  }
}

/** What acts write as a whole, but for the fields that have acts of their own: what somebody else has changed meanwhile would be lost. */
const WRITTEN_WHOLE: Readonly<Record<string, readonly string[]>> = {
  'clients.update': ['secret', 'status'],
  'resources.update': [],
  'groups.update': ['roles'],
};

const isWrittenBeside = ({ act }: Step, field: string): boolean =>
  WRITTEN_WHOLE[act] !== undefined && !WRITTEN_WHOLE[act].includes(field);

async function assertAsPlanned(
  deps: PerformsSteps,
  tx: Transaction,
  { ids, plan }: Performance,
  step: Step,
): Promise<void> {
  const { action, kind, key, changes } = step;
  const id = ids.get(`${kind}.${key}`);
  // What is there of that name, the act itself refuses.
  if (action === 'create' || id === undefined) return;
  const now = await heldFields(deps, tx, kind, id);
  const found = plan.compared.find((each) => each.kind === kind && each.key === key)?.held?.fields ?? {};
  const beside = Object.entries({ ...now, ...found })
    .filter(([field]) => isWrittenBeside(step, field))
    .map(([field]): [string, unknown] => [field, found[field]]);
  const planned = Object.fromEntries([
    ...beside,
    ...changes
      .filter(({ field }) => field !== 'secret')
      .map(({ field, before }) => [field, field === 'parent' ? unitIn(ids, before) : before]),
  ]);
  const there = Object.fromEntries(Object.keys(planned).map((field) => [field, now?.[field]]));
  if (now !== undefined && changesBetween(kind, planned, there).length === 0) return;
  throw planOutdated(`${kind}.${key} was changed`);
}

export const planOutdated = (why: string) =>
  conflict('plan_outdated', `This is not what was planned: ${why}. Nothing more was done; plan again.`);

const unitIn = (ids: ReadonlyMap<string, string>, unit: unknown): unknown =>
  typeof unit === 'string' ? (ids.get(`units.${unit}`) ?? unit) : unit;

async function noteOwner(
  { declared }: Pick<PerformsSteps, 'declared'>,
  tx: Transaction,
  { document }: Plan,
  { action, act, kind, key }: Step,
  object: string,
  result: unknown,
): Promise<void> {
  const reference = kind === 'clients' ? document.clients[key]?.secret : undefined;
  if (action === 'delete') return declared.release(tx, [{ kind, object }]);
  if (action === 'create') {
    const secret = reference === undefined ? undefined : UNKNOWN_SECRET;
    return declared.declare(tx, { kind, object, owner: document.owner, key, secret });
  }
  if (act === 'clients.set_secret' && reference !== undefined)
    return declared.setSecret(tx, { kind, object, secret: referenceText(reference) });
  if (act === 'clients.update' && (result as { readonly secret: string | null }).secret !== null)
    await declared.setSecret(tx, { kind, object, secret: UNKNOWN_SECRET });
}

type Does = (deps: PerformsSteps, performance: Performance, step: Step, id: string) => Promise<unknown>;

const afterOf = ({ changes }: Step, field: string): unknown =>
  changes.find((change) => change.field === field)?.after ?? null;

const desiredOf = ({ plan }: Performance, { kind, key }: Step): Fields =>
  plan.compared.find((each) => each.kind === kind && each.key === key)?.desired ?? {};

const metadataOf = (performance: Performance, step: Step): Record<string, unknown> => {
  const { status: _status, secret: _secret, ...metadata } = desiredOf(performance, step);
  return metadata;
};

const resourceOf = (performance: Performance, step: Step) =>
  ({ identifier: step.key, ...desiredOf(performance, step) }) as never;

interface DesiredGroup {
  readonly name: string;
  readonly description: string;
  readonly roles: string[];
}

const DOES: Readonly<Record<string, Does>> = {
  'clients.create': (deps, performance, step, id) =>
    clientActs.create.perform(deps, performance.actor, {
      metadata: { ...metadataOf(performance, step), client_id: id },
    }),
  async 'clients.update'(deps, performance, step, id) {
    const known = await performance.read((tx) => deps.clients.hold(tx, id));
    const { client_secret_expires_at: expires, ...before } = known?.metadata ?? {};
    const metadata = metadataOf(performance, step);
    const kept = expires !== undefined && usesSecret(metadata) ? { client_secret_expires_at: expires } : {};
    return clientActs.update.perform(deps, performance.actor, {
      metadata: { ...metadata, ...kept, client_id: id },
      expects: versionOf(known?.metadata ?? before),
    });
  },
  'clients.set_secret'(deps, { actor, secrets, plan }, step, client) {
    const { held } = plan.compared.find(({ kind, key }) => kind === 'clients' && key === step.key) ?? {};
    return clientActs.setSecret.perform(deps, actor, {
      client,
      secret: secrets[step.key] ?? '',
      overlapSeconds: held?.hasKnownSecret === true ? DEFAULT_OVERLAP : 0,
    });
  },
  'clients.disable': (deps, { actor }, _step, client) => clientActs.disable.perform(deps, actor, { client }),
  'clients.enable': (deps, { actor }, _step, client) => clientActs.enable.perform(deps, actor, { client }),
  'clients.delete': (deps, { actor }, _step, client) => clientActs.delete.perform(deps, actor, { client }),
  'resources.create': (deps, performance, step) =>
    resourceActs.create.perform(deps, performance.actor, resourceOf(performance, step)),
  'resources.update': (deps, performance, step) =>
    resourceActs.update.perform(deps, performance.actor, resourceOf(performance, step)),
  'resources.delete': (deps, { actor }, _step, identifier) =>
    resourceActs.delete.perform(deps, actor, { identifier }),
  'groups.create': (deps, performance, step) =>
    groupActs.create.perform(
      deps,
      performance.actor,
      desiredOf(performance, step) as unknown as DesiredGroup,
    ),
  'groups.update': (deps, performance, step, group) => {
    const { name, description } = desiredOf(performance, step) as unknown as DesiredGroup;
    return groupActs.update.perform(deps, performance.actor, { group, name, description });
  },
  'groups.set_roles': (deps, performance, step, group) => {
    const { roles } = desiredOf(performance, step) as unknown as DesiredGroup;
    return groupActs.setRoles.perform(deps, performance.actor, { group, roles });
  },
  'groups.delete': (deps, { actor }, _step, group) => groupActs.delete.perform(deps, actor, { group }),
  'units.create': (deps, { actor, ids }, step) =>
    unitActs.create.perform(deps, actor, {
      name: String(afterOf(step, 'name')),
      parent: unitIn(ids, afterOf(step, 'parent')) as string | null,
    }),
  'units.rename': (deps, { actor }, step, unit) =>
    unitActs.rename.perform(deps, actor, { unit, name: String(afterOf(step, 'name')) }),
  'units.move': (deps, { actor, ids }, step, unit) =>
    unitActs.move.perform(deps, actor, {
      unit,
      parent: unitIn(ids, afterOf(step, 'parent')) as string | null,
    }),
  'units.delete': (deps, { actor }, _step, unit) => unitActs.delete.perform(deps, actor, { unit }),
};
