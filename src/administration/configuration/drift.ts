import { z } from 'zod';
import { SYSTEM_ACTOR } from '../../domain/audit/actor.ts';
import type { AuditLog } from '../../domain/audit/store.ts';
import type { AppliedDocument, DeclaredStore } from '../../domain/declared/store.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { Database } from '../../storage/database.ts';
import { defineRead } from '../act.ts';
import { type AdmissionDependencies, InvalidInput } from '../admission.ts';
import { ownerSchema } from './document.ts';
import { digestOf } from './plan.ts';
import {
  assertMaySee,
  kindsIn,
  type PlansConfiguration,
  planOf,
  settingSchema,
  stepSchema,
  toldPlan,
} from './planning.ts';

/** What is there otherwise than it was declared when a document was applied last. */

interface FindsDrift extends PlansConfiguration {
  readonly declared: DeclaredStore;
}

const driftSchema = z.object({
  owner: z.string(),
  appliedAt: z.date(),
  /** What applying it again would do. */
  steps: z.array(stepSchema),
  settings: z.array(settingSchema),
  /** Why the document could not be applied any more, a line each. */
  problems: z.array(z.string()),
});
type Drift = z.input<typeof driftSchema>;

/** Of a document that was applied. */
async function driftOf(deps: FindsDrift, { owner, document, appliedAt }: AppliedDocument): Promise<Drift> {
  const told = { owner, appliedAt: appliedAt ?? new Date(0) };
  try {
    const { steps, settings } = toldPlan(await planOf(deps, document, 'keep'));
    return { ...told, steps, settings, problems: [] };
  } catch (error) {
    // A later version may refuse what this one has applied; that too is a difference.
    if (!(error instanceof GatehouseError) || error.status >= 500) throw error;
    const problems = error instanceof InvalidInput ? [...error.problems] : error.safeMessage.split('\n');
    return { ...told, steps: [], settings: [], problems };
  }
}

/** Says what is there otherwise than the documents say that were applied. */
export const showDrift = defineRead({
  name: 'config.show_drift',
  scope: 'system:read',
  summary: 'Says what differs from the configuration documents that were applied.',
  http: { method: 'GET', path: '/config/drift' },
  input: z.strictObject({
    /** Of this document only. */
    owner: ownerSchema.optional(),
  }),
  result: z.object({ documents: z.array(driftSchema) }),
  async run(deps: FindsDrift & Pick<AdmissionDependencies, 'rights'>, { owner }, { actor }) {
    const documents = (await deps.declared.documents(deps.database)).filter(
      (each) => each.document !== null && (owner === undefined || each.owner === owner),
    );
    for (const { document } of documents)
      await assertMaySee(deps, actor, kindsIn(document as object as never));
    const drifts: Drift[] = [];
    for (const document of documents) drifts.push(await driftOf(deps, document));
    return { documents: drifts };
  },
});

export interface WatchesDrift extends FindsDrift {
  readonly database: Database;
  readonly audit: Pick<AuditLog, 'record'>;
}

/** The most objects that one event names. */
const MOST_NAMED = 100;

/**
 * Compares one document that was last compared before that time, and tells the trail where something else differs than the last time.
 * Answers false where there was none.
 */
export async function checkDrift(deps: WatchesDrift, before: Date): Promise<boolean> {
  const document = await deps.database.transaction((tx) => deps.declared.takeUnchecked(tx, before));
  if (document === undefined) return false;
  const { owner } = document;
  const { steps, settings, problems } = await driftOf(deps, document);
  const differing = new Set([
    ...steps.map(({ kind, key }) => `${kind}.${key}`),
    ...settings.map(({ setting }) => setting),
    ...problems.map((problem) => problem.split(':', 1)[0] ?? ''),
  ]);
  const found = [...differing].sort();
  const finding = found.length === 0 ? undefined : digestOf({ steps, settings, problems });
  await deps.database.transaction(async (tx) => {
    if (!(await deps.declared.found(tx, owner, finding, found.length))) return;
    await deps.audit.record(tx, {
      ...{ type: 'config.drifted', outcome: 'success', actor: SYSTEM_ACTOR, origin: {} },
      details: { owner, differing: found.slice(0, MOST_NAMED), count: found.length },
    });
  });
  return true;
}
