import { z } from 'zod';
import type { ApprovalStore } from '../../domain/approvals/store.ts';
import { secretSchema } from '../../domain/clients/policy.ts';
import type { AppliedDocument, DeclaredStore, WaitingStep } from '../../domain/declared/store.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { ActDependencies } from '../act.ts';
import { assertMayBeDangerous, InvalidInput } from '../admission.ts';
import { needsSecond } from '../asking.ts';
import { ApprovalNeeded } from '../four-eyes.ts';
import { defineStepwise, type RunsSteps } from '../stepwise.ts';
import { referenceText } from './clients.ts';
import { HELD_KINDS, type SecretReference } from './document.ts';
import { idsOf, type Performance, type PerformsSteps, performStep, planOutdated } from './performing.ts';
import { digestOf, isPartOf, type Step, type Undeclared } from './plan.ts';
import {
  assertMaySee,
  BODY_BYTES,
  documentInput,
  kindsIn,
  type Plan,
  type PlansConfiguration,
  planOf,
} from './planning.ts';

/** Does what was planned, one object after another, each in a transaction. */

type Applies = ActDependencies &
  PlansConfiguration &
  PerformsSteps & {
    readonly declared: DeclaredStore;
    readonly approvals: Pick<ApprovalStore, 'find'>;
  };

const stepName = z.object({ act: z.string(), kind: z.enum(HELD_KINDS), key: z.string() });

const applied = z.object({
  owner: z.string(),
  plan: z.string(),
  /** `waiting`: for a second person; `stopped`: at something that was refused. What was done stays, and the next time it goes on there. */
  outcome: z.enum(['applied', 'waiting', 'stopped']),
  done: z.array(stepName),
  adopted: z.array(z.object({ kind: z.enum(HELD_KINDS), key: z.string() })),
  /** Why it went no further; null where it did. */
  failure: stepName.extend({ code: z.string(), message: z.string() }).nullable(),
  /** What a second person has to approve first. */
  approval: z.object({ id: z.string(), expiresAt: z.date() }).nullable(),
  /** How many steps are left. */
  left: z.int(),
});

/**
 * Applies a configuration document as it was planned. Throws as `config.plan`, `plan_outdated` (409) where the document or the state is
 * another than was planned, and what dangerous acts throw where a reason or a proof is missing: then nothing was done.
 */
export const apply = defineStepwise({
  name: 'config.apply',
  scope: 'system:write',
  summary: 'Applies a configuration document as it was planned.',
  http: { method: 'POST', path: '/config/apply', mostBytes: BODY_BYTES },
  irreversible: false,
  input: z.strictObject({
    ...documentInput,
    /** The hash of the plan. */
    plan: z.string().regex(/^[0-9a-f]{64}$/u, 'the hash of a plan: 64 hexadecimal digits'),
    /** By client: those secrets that the plan names. They are given to the client and stored nowhere else. */
    secrets: z.record(z.string(), secretSchema).default({}),
  }),
  result: applied,
  async run(deps: Applies, { input, actor, step }) {
    await assertMaySee(deps, actor, kindsIn(input.document));
    const plan = await planOf(deps, input.document, input.undeclared);
    await assertMaySee(
      deps,
      actor,
      plan.undeclared.map(({ kind }) => kind),
    );
    const known = (await deps.declared.documents(deps.database)).find(
      ({ owner }) => owner === plan.document.owner,
    );
    const digests = digestsToDo(plan, input, known);
    assertSecrets(plan.steps, input.secrets);
    for (const { act, dangerous } of plan.steps)
      if (dangerous) assertMayBeDangerous(deps, actor, await needsSecond(act, deps, actor));
    const told = { owner: plan.document.owner, plan: input.plan, adopted: [...plan.adopts] };
    const nothing = { failure: null, approval: null, left: 0 };
    if (isApplied(plan, known, input.undeclared))
      return { ...told, ...nothing, outcome: 'applied' as const, done: [] };
    await begin(deps, step, plan, input.plan, digests);
    const { secrets } = input;
    const { done, ...stopped } = await performSteps(deps, { actor, plan, secrets }, known ?? {});
    const [next] = plan.steps.slice(done.length);
    if (stopped.approval !== null && next !== undefined) {
      const waits = { approval: stopped.approval.id, step: digestOf(bare(next)) };
      await step(({ tx }) => deps.declared.wait(tx, plan.document.owner, waits));
    }
    const left = plan.steps.length - done.length;
    if (left > 0) return { ...told, ...stopped, done, left };
    await finish(deps, step, plan, input);
    return { ...told, ...nothing, outcome: 'applied' as const, done };
  },
});

interface Asked {
  readonly plan: string;
  readonly undeclared: Undeclared;
}

/**
 * The digests of everything that may be done under this plan: of all of it where it is the plan as things are, or of the plan as it was
 * begun, where nothing else is left to do. Throws `plan_outdated` (409).
 */
function digestsToDo(
  plan: Plan,
  { plan: hash, undeclared }: Asked,
  known: AppliedDocument | undefined,
): string[] {
  const identity = digestOf({ document: plan.document, undeclared });
  if (plan.hash === hash) return [identity, ...plan.steps.map((step) => digestOf(bare(step)))];
  if (known?.plan === hash && known.steps.includes(identity)) {
    const rest = plan.steps.map(bare);
    // What was done to its end is not done again because somebody has changed it back.
    if (known.isDone ? rest.length === 0 : isPartOf(rest, known.steps)) return [...known.steps];
  }
  throw planOutdated('the document, or what is there, has changed since');
}

const bare = ({ action, act, kind, key, changes }: Step): Step => ({ action, act, kind, key, changes });

function assertSecrets(steps: readonly Step[], secrets: Readonly<Record<string, string>>): void {
  const missing = steps
    .filter(({ act, key }) => act === 'clients.set_secret' && !Object.hasOwn(secrets, key))
    .map(({ key }) => ({ path: ['secrets', key], words: 'is missing; this client is given its secret' }));
  if (missing.length === 0) return;
  throw new InvalidInput(
    missing.map(({ path, words }) => `${path.join('.')}: ${words}`),
    missing,
  );
}

/** Whether there is nothing to do, and nothing to note either. */
const isApplied = (plan: Plan, known: AppliedDocument | undefined, undeclared: Undeclared): boolean =>
  plan.steps.length === 0 &&
  plan.adopts.length === 0 &&
  known?.isDone === true &&
  (undeclared !== 'release' || plan.undeclared.length === 0) &&
  digestOf(known.document) === digestOf(plan.document);

const text = ({ kind, key }: { readonly kind: string; readonly key: string }) => `${kind}.${key}`;

/** What is there and is declared from now on, belongs to the document before anything is changed. */
const begin = (deps: Applies, step: RunsSteps, plan: Plan, hash: string, digests: readonly string[]) =>
  step(async ({ tx, record }) => {
    const { declared } = deps;
    const { owner } = plan.document;
    await declared.lock(tx);
    const taken = await declared.objects(tx);
    await declared.begin(tx, { owner, plan: hash, steps: digests });
    for (const name of plan.adopts) {
      const { held } = plan.compared.find(({ kind, key }) => kind === name.kind && key === name.key) ?? {};
      if (held === undefined) continue;
      const other = taken.find(({ kind, object }) => kind === name.kind && object === held.id);
      if (other !== undefined && other.owner !== owner)
        throw planOutdated(`${text(name)} belongs to "${other.owner}"`);
      const { secret: reference } = held.fields;
      const secret = other?.secret ?? (reference ? referenceText(reference as SecretReference) : undefined);
      await declared.declare(tx, { ...name, object: held.id, owner, secret });
    }
    await record({
      type: 'config.apply_started',
      details: { owner, plan: hash, steps: plan.steps.length, adopted: plan.adopts.map(text) },
    });
  });

const finish = (deps: Applies, step: RunsSteps, plan: Plan, { plan: hash, undeclared }: Asked) =>
  step(async ({ tx, record }) => {
    const { declared } = deps;
    const { document } = plan;
    const { owner } = document;
    await declared.lock(tx);
    const begun = (await declared.documents(tx)).find((each) => each.owner === owner);
    if (begun?.plan !== hash) throw planOutdated('somebody else has begun another plan of this document');
    const kept = undeclared === 'keep' ? plan.undeclared.map(text) : [];
    const released = (await declared.objects(tx)).filter(
      (row) =>
        row.owner === owner &&
        !Object.hasOwn(document[row.kind as keyof Plan['document']] as object, row.key) &&
        !kept.includes(text(row)),
    );
    await declared.release(tx, released);
    await declared.finish(tx, owner, document);
    await record({ type: 'config.applied', details: { owner, plan: hash, released: released.map(text) } });
  });

/** How far it came. */
interface Performed {
  readonly outcome: 'applied' | 'waiting' | 'stopped';
  readonly done: z.input<typeof stepName>[];
  readonly approval: { readonly id: string; readonly expiresAt: Date } | null;
  readonly failure: z.input<typeof applied>['failure'];
}

async function performSteps(
  deps: Applies,
  { actor, plan, secrets }: Pick<Performance, 'actor' | 'plan' | 'secrets'>,
  { waits }: { readonly waits?: WaitingStep | undefined },
): Promise<Performed> {
  const done: Performed['done'] = [];
  const read: Performance['read'] = (work) => deps.database.transaction(work);
  const performance: Performance = { actor, plan, secrets, ids: idsOf(plan), read };
  for (const step of plan.steps) {
    const { act, kind, key } = step;
    // One request is enough, however often it is tried meanwhile.
    const asked =
      waits?.step === digestOf(bare(step)) ? await deps.approvals.find(waits.approval) : undefined;
    if (asked?.state === 'waiting') return { outcome: 'waiting', done, approval: asked, failure: null };
    try {
      await performStep(deps, performance, step);
    } catch (error) {
      if (error instanceof ApprovalNeeded) {
        const approval = { id: error.approval, expiresAt: error.expiresAt };
        return { outcome: 'waiting', done, approval, failure: null };
      }
      if (!(error instanceof GatehouseError) || error.status >= 500) throw error;
      const failure = { act, kind, key, code: error.code, message: error.safeMessage };
      return { outcome: 'stopped', done, approval: null, failure };
    }
    done.push({ act, kind, key });
  }
  return { outcome: 'applied', done, approval: null, failure: null };
}
