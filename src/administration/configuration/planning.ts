import { z } from 'zod';
import { conflict, GatehouseError } from '../../kernel/errors.ts';
import { pathText } from '../../kernel/shape-words.ts';
import { ROWS } from '../about.ts';
import { defineRead } from '../act.ts';
import type { Actor } from '../actor.ts';
import { type AdmissionDependencies, InvalidInput, permittedLimit } from '../admission.ts';
import { givesAdminScopes } from '../rights/admin-scopes.ts';
import { EVERYTHING } from '../rights/limit.ts';
import { type ComparesConfiguration, compare } from './comparing.ts';
import { type ConfigurationDocument, HELD_KINDS, type HeldKind, MOST_BYTES } from './document.ts';
import { type Compared, difference, planHash, type Step, UNDECLARED, type Undeclared } from './plan.ts';
import { readDocument } from './read-document.ts';
import type { DeclaredSettings, SettingDifference } from './settings.ts';

/** What applying a document would do. */

export interface PlansConfiguration extends ComparesConfiguration {
  readonly declaredSettings: DeclaredSettings;
}

/** A document as JSON is larger than its text. */
export const BODY_BYTES = 2 * MOST_BYTES;

export const documentInput = {
  /** What was declared, as JSON: docs/declarative.md. */
  document: z.record(z.string(), z.unknown()),
  /** What becomes of objects that the document had declared and declares no more. */
  undeclared: z.enum(UNDECLARED).default('keep'),
};

const objectName = z.object({ kind: z.enum(HELD_KINDS), key: z.string() });

export const stepSchema = objectName.extend({
  action: z.enum(['create', 'update', 'delete']),
  /** The act by which it is done. */
  act: z.string(),
  changes: z.array(
    z.object({
      field: z.string(),
      /** Null where it is not there. */
      before: z.unknown(),
      after: z.unknown(),
    }),
  ),
  /** Needs a reason and a fresh proof, and where the installation says so a second person. */
  dangerous: z.boolean(),
});

export const settingSchema = z.object({
  /** The environment variable. */
  setting: z.string(),
  /** The key in the configuration file. */
  key: z.string(),
  declared: z.unknown(),
  inForce: z.unknown(),
});

export const planSchema = z.object({
  owner: z.string(),
  /** By which `config.apply` knows the plan. */
  hash: z.string(),
  steps: z.array(stepSchema),
  /** What is there and belongs to no document, and belongs to this one once it is applied. */
  adopts: z.array(objectName),
  /** What the document had declared and declares no more. */
  undeclared: z.array(objectName),
  /** What is set otherwise in the server's own configuration, where alone it can be changed. */
  settings: z.array(settingSchema),
  /** The clients whose secrets are needed to apply it. */
  secrets: z.array(z.string()),
});

/** A plan with what it was made of. */
export interface Plan {
  readonly document: ConfigurationDocument;
  readonly hash: string;
  readonly steps: readonly (Step & { readonly dangerous: boolean })[];
  readonly adopts: readonly { readonly kind: HeldKind; readonly key: string }[];
  readonly undeclared: readonly { readonly kind: HeldKind; readonly key: string }[];
  readonly settings: readonly SettingDifference[];
  readonly compared: readonly Compared[];
}

/** Throws `input_invalid` (400) with everything that is wrong, and `declared_elsewhere` (409) for what belongs to other documents. */
export async function planOf(
  deps: PlansConfiguration,
  given: unknown,
  undeclared: Undeclared,
): Promise<Plan> {
  const { document, findings: own } = readDocument(given);
  if (document === undefined) throw invalidDocument(own);
  const settings = deps.declaredSettings.compare(document);
  // A document whose units go round in a circle is compared with nothing.
  const { compared, findings: held } =
    own.length > 0 ? await judged(deps, document) : await compare(deps, document);
  const findings = [...own, ...held, ...settings.findings];
  if (findings.length > 0) throw invalidDocument(findings);
  const found = difference(compared, { owner: document.owner, undeclared });
  if (found.conflicts.length > 0)
    throw conflict(
      'declared_elsewhere',
      found.conflicts
        .map(
          ({ kind, key, owner }) =>
            `${kind}.${key}: belongs to the document "${owner}"; declare it in one of the two`,
        )
        .join('\n'),
    );
  return {
    document,
    hash: planHash(document, undeclared, found.steps),
    steps: found.steps.map((step) => ({ ...step, dangerous: isDangerous(step, compared) })),
    adopts: found.adopts,
    undeclared: found.undeclared,
    settings: settings.differences,
    compared,
  };
}

/** What else is wrong with a document that contradicts itself: its clients are judged all the same. */
const judged = (deps: PlansConfiguration, document: ConfigurationDocument) =>
  compare(deps, { ...document, units: {} });

export function invalidDocument(
  findings: readonly { path: readonly PropertyKey[]; words: string }[],
): InvalidInput {
  const placed = findings.map(({ path, words }) => ({ path: ['document', ...path], words }));
  return new InvalidInput(
    findings.map(({ path, words }) => `${pathText(path) || 'the document'}: ${words}`),
    placed,
  );
}

const ALWAYS: ReadonlySet<string> = new Set([
  'clients.delete',
  'groups.delete',
  'groups.set_roles',
  'resources.delete',
  'units.move',
]);
const BY_METADATA: ReadonlySet<string> = new Set(['clients.create', 'clients.update', 'clients.set_secret']);

/** As the acts say of themselves. */
function isDangerous({ act, kind, key }: Step, compared: readonly Compared[]): boolean {
  const { desired = {} } = compared.find((each) => each.kind === kind && each.key === key) ?? {};
  if (act === 'groups.create') return (desired.roles as readonly string[]).length > 0;
  if (!BY_METADATA.has(act)) return ALWAYS.has(act);
  return givesAdminScopes(desired);
}

/** As it is told. */
export const toldPlan = ({
  document,
  hash,
  steps,
  adopts,
  undeclared,
  settings,
}: Plan): z.input<typeof planSchema> => ({
  ...{ owner: document.owner, hash },
  steps: steps.map(({ changes, ...step }) => ({
    ...step,
    changes: changes.map((change) => ({ ...change })),
  })),
  ...{ adopts: [...adopts], undeclared: [...undeclared], settings: [...settings] },
  secrets: steps.filter(({ act }) => act === 'clients.set_secret').map(({ key }) => key),
});

/** What one has to be allowed to list without a limit, to see objects of a kind. */
const LISTS = {
  clients: { name: 'clients.list', scope: 'clients:read' },
  resources: { name: 'resources.list', scope: 'clients:read' },
  units: { name: 'units.list', scope: 'people:read' },
  groups: { name: 'groups.list', scope: 'people:read' },
} as const;

/** Throws `not_permitted` (403) where the actor may not see all of these. */
export async function assertMaySee(
  deps: Pick<AdmissionDependencies, 'rights'>,
  actor: Actor,
  kinds: readonly HeldKind[],
): Promise<void> {
  for (const kind of kinds)
    if ((await permittedLimit({ ...LISTS[kind], about: ROWS }, deps, actor)) !== EVERYTHING)
      throw new GatehouseError('not_permitted', { status: 403, message: 'This is not permitted.' });
}

/** The kinds of which a document says something. */
export const kindsIn = (document: Readonly<Record<string, unknown>>): HeldKind[] =>
  HELD_KINDS.filter((kind) => Object.keys(document[kind] ?? {}).length > 0);

/** Says what applying a document would do; changes nothing. */
export const plan = defineRead({
  name: 'config.plan',
  scope: 'system:read',
  summary: 'Says what applying a configuration document would change.',
  http: { method: 'POST', path: '/config/plan', mostBytes: BODY_BYTES },
  input: z.strictObject(documentInput),
  result: planSchema,
  async run(
    deps: PlansConfiguration & Pick<AdmissionDependencies, 'rights'>,
    { document, undeclared },
    { actor },
  ) {
    await assertMaySee(deps, actor, kindsIn(document));
    const made = await planOf(deps, document, undeclared);
    await assertMaySee(
      deps,
      actor,
      made.undeclared.map(({ kind }) => kind),
    );
    return toldPlan(made);
  },
});
