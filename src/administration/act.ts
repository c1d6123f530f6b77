import type { z } from 'zod';
import type { AuditedBy } from '../domain/audit/events.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { AdminScope } from '../domain/clients/admin-scopes.ts';
import type { Alarms } from '../lifecycle/alarms.ts';
import type { Database, Transaction } from '../storage/database.ts';
import {
  type About,
  admittedTarget,
  assertNotInvolved,
  assertStillHarmless,
  enterApproved,
  isDangerous,
  keptTarget,
  ROWS,
  stillAdmitted,
  type Targeted,
} from './about.ts';
import { type Actor, auditedBy } from './actor.ts';
import { type AdmissionDependencies, assertMayBeDangerous, permittedLimit, validInput } from './admission.ts';
import { askForApproval, bypassing, needsSecond } from './asking.ts';
import { type Approved, assertSameVersion, type FourEyes } from './four-eyes.ts';
import type { HttpFace } from './http-face.ts';
import { type ActEvent, recorder } from './recording.ts';
import type { Limit } from './rights/limit.ts';

export { InvalidInput } from './admission.ts';
export type { HttpFace } from './http-face.ts';
export { type ActEvent, recorder } from './recording.ts';

/**
 * Administration: every act of operators, and later of the helpdesk and of programs, each defined once. This folder owns
 * what an act is called, who may do it, what it takes and answers, and that it is one transaction with its audit event. What
 * happens in that transaction it leaves to `lifecycle`, `oidc` and the stores; how it is asked for, to `commands` and
 * `http`.
 */

/** Of a member of a result: it is told this once, and left out where the answer to a request is repeated. `z.string().meta(TOLD_ONCE)`. */
export const TOLD_ONCE = { secret: true } as const;

/** What is known of an act before it is called: descriptions for people and programs are made from it. */
export interface Act<Dependencies, Input extends z.ZodType, Result extends z.ZodType> {
  /** Subject and verb, e.g. `people.disable`. Stable. */
  readonly name: string;
  /** One sentence for those who call it. */
  readonly summary?: string | undefined;
  /** What a token has to have for it. */
  readonly scope: AdminScope;
  /** Only for whoever has a shell on the machine of the server. */
  readonly operatorOnly: boolean;
  readonly http?: HttpFace | undefined;
  /** What it is about, and so what a limited right is limited by; `installation` cannot be limited. */
  readonly subject: About<never, never, never>['subject'] | typeof ROWS | 'installation';
  /** True where nothing is changed. */
  readonly readOnly: boolean;
  /** All of it or nothing. False only for what `stepwise.ts` describes. */
  readonly atomic: boolean;
  readonly irreversible: Danger;
  /** `sometimes`: it depends on the input. */
  readonly dangerous: boolean | 'sometimes';
  readonly leadsIn: boolean;
  /** An object; its unknown keys are refused. */
  readonly input: Input;
  /** What leaves this layer: keys that it does not name are left out. */
  readonly result: Result;
  /**
   * Does it. Throws what `admission.ts` says of those who may not, `input_invalid` ({@link InvalidInput}, 400), and what the act
   * itself says; then nothing was changed.
   */
  readonly perform: (
    dependencies: Dependencies,
    actor: Actor,
    input: z.input<Input>,
  ) => Promise<z.output<Result>>;
  /**
   * Does what a second person has approved, as `perform` does; only of acts that are one transaction. Answers what `keep` does, and not
   * what the act has: that is not for whoever approves.
   */
  readonly performApproved?: (
    dependencies: Dependencies,
    approved: Approved,
    input: z.input<Input>,
  ) => Promise<unknown>;
}

/**
 * Whether something is lost that nobody can bring back. Then whoever asks for it has to say so twice; `asks`: only where
 * somebody is there to ask, because it is a helpdesk's daily work.
 */
export type Danger = boolean | 'asks';

/** What an act has in its transaction, apart from what it depends on. */
export interface ActContext<Input, Prepared, Target> {
  readonly tx: Transaction;
  readonly by: AuditedBy;
  readonly actor: Actor;
  readonly input: Input;
  /** What it is about. */
  readonly target: Target;
  /** What `prepare` has answered. */
  readonly prepared: Prepared;
  /** How far the actor may do this. */
  readonly limit: Limit;
  /** Who has approved it, where it needed a second person. */
  readonly approver: Actor | undefined;
  /** Writes events of success, by whoever acts, in the transaction. */
  readonly record: (...events: ActEvent[]) => Promise<void>;
}

/** What every kind of act is defined with. */
export interface Description<
  Input extends z.ZodType,
  Result extends z.ZodType,
  Target = undefined,
  Finding = unknown,
> extends Targeted<z.output<Input>, Target, Finding> {
  readonly summary?: string;
  readonly http?: HttpFace;
  readonly input: Input;
  readonly result: Result;
}

interface ActDefinition<
  Preparing,
  Running,
  Input extends z.ZodType,
  Result extends z.ZodType,
  Prepared,
  Target,
  Finding,
> extends Description<Input, Result, Target, Finding> {
  readonly irreversible: Danger;
  /** Before the transaction: what takes long (hashing, reading a file), and look-ups that need no lock. Changes nothing. */
  readonly prepare?: (
    dependencies: Preparing,
    input: z.output<Input>,
    target: Target,
    actor: Actor,
  ) => Promise<Prepared>;
  /** The transaction: commits when it resolves, rolls back when it throws. */
  readonly run: (
    dependencies: Running,
    context: ActContext<z.output<Input>, Prepared, Target>,
  ) => Promise<z.input<Result>>;
}

/** What every act depends on. */
export interface ActDependencies extends AdmissionDependencies {
  readonly fourEyes: FourEyes;
  readonly alarms: Pick<Alarms, 'ring'>;
  readonly database: Pick<Database, 'transaction'>;
  readonly audit: Pick<AuditLog, 'record'>;
}

/** What is known of an act by its definition, but for what its kind decides. */
export function described<Input extends z.ZodType, Result extends z.ZodType, Target, Finding>(
  definition: Description<Input, Result, Target, Finding>,
) {
  const { name, summary, scope, http, about, input, result, dangerous = false } = definition;
  return {
    name,
    summary,
    scope,
    operatorOnly: definition.operatorOnly === true,
    http,
    subject: about === undefined ? 'installation' : about === ROWS ? ROWS : about.subject,
    dangerous: typeof dangerous === 'function' ? 'sometimes' : dangerous,
    leadsIn: definition.leadsIn === true,
    input,
    result,
  } as const;
}

/** An act that changes something: one transaction, with the audit events that tell of it. */
export function defineAct<
  Input extends z.ZodType,
  Result extends z.ZodType,
  Running = unknown,
  Preparing = unknown,
  Prepared = undefined,
  Target = undefined,
  Finding = unknown,
>(
  definition: ActDefinition<Preparing, Running, Input, Result, Prepared, Target, Finding>,
): Act<ActDependencies & Preparing & Running & Finding, Input, Result> {
  const { irreversible, result, prepare, run } = definition;
  type Dependencies = ActDependencies & Preparing & Running & Finding;
  type Admitted = Awaited<ReturnType<typeof admitted<Input, Result, Target, Finding>>>;

  /** Once everything is admitted; `enter` is the first thing in the transaction. Of an approved act, what `keep` answers is the result. */
  async function perform(
    dependencies: Dependencies,
    actor: Actor,
    { input, target }: Admitted,
    enter?: (tx: Transaction) => Promise<void>,
    { approver, keep }: Partial<Approved> = {},
  ): Promise<z.output<Result>> {
    const prepared = (await prepare?.(dependencies, input, target, actor)) as Prepared;
    const by = auditedBy(actor);
    return dependencies.database.transaction(async (tx) => {
      await enter?.(tx);
      const limit = await stillAdmitted(definition, dependencies, actor, tx, { input, target });
      const record = recorder(dependencies, tx, by);
      const context = { tx, by, actor, input, target, prepared, limit, approver, record };
      const answer = result.parse(await run(dependencies, context));
      return keep === undefined ? answer : ((await keep(tx, answer)) as typeof answer);
    });
  }

  return {
    ...described(definition),
    readOnly: false,
    atomic: true,
    irreversible,
    async perform(dependencies, actor, given) {
      const admission = await admitted(definition, dependencies, actor, given);
      if (!isDangerous(definition, admission.input, admission.target))
        return perform(dependencies, actor, admission, (tx) =>
          assertStillHarmless(definition, dependencies, tx, admission),
        );
      const { name } = definition;
      const waits = await needsSecond(name, dependencies, actor);
      assertMayBeDangerous(dependencies, actor, waits);
      if (waits)
        throw await askForApproval(
          name,
          dependencies,
          actor,
          given,
          keptTarget(definition, admission.target),
        );
      return perform(dependencies, actor, admission, bypassing(name, dependencies, actor));
    },
    async performApproved(dependencies, approved, given) {
      const { asker, approver, version } = approved;
      const seen = await admitted(definition, dependencies, approver, given);
      await assertNotInvolved(definition, dependencies, approver, seen);
      const admission = await admitted(definition, dependencies, asker, given);
      assertSameVersion(version, keptTarget(definition, admission.target).version);
      const enter = (tx: Transaction) => enterApproved(definition, dependencies, tx, admission, approved);
      return perform(dependencies, asker, admission, enter, approved);
    },
  };
}

/** What an act that only looks has, apart from what it depends on. */
export interface ReadContext<Target> {
  readonly actor: Actor;
  readonly target: Target;
  /** How far the actor may look: of a list, a condition in its SQL. */
  readonly limit: Limit;
}

/** An act that only looks. */
export function defineRead<
  Input extends z.ZodType,
  Result extends z.ZodType,
  Dependencies = unknown,
  Target = undefined,
  Finding = unknown,
>(
  definition: Description<Input, Result, Target, Finding> & {
    readonly run: (
      dependencies: Dependencies,
      input: z.output<Input>,
      context: ReadContext<Target>,
    ) => Promise<z.input<Result>>;
  },
): Act<AdmissionDependencies & Dependencies & Finding, Input, Result> {
  const { result, run } = definition;
  return {
    ...described(definition),
    readOnly: true,
    atomic: true,
    irreversible: false,
    async perform(dependencies, actor, given) {
      const { input, target, limit } = await admitted(definition, dependencies, actor, given);
      return result.parse(await run(dependencies, input, { actor, target, limit }));
    },
  };
}

/** What everybody has to pass before anything happens: may they, is the input right, may they do it to this target. */
export async function admitted<Input extends z.ZodType, Result extends z.ZodType, Target, Finding>(
  definition: Description<Input, Result, Target, Finding>,
  dependencies: AdmissionDependencies & Finding,
  actor: Actor,
  given: unknown,
): Promise<{ readonly input: z.output<Input>; readonly target: Target; readonly limit: Limit }> {
  const limit = await permittedLimit(definition, dependencies, actor);
  const input = validInput(definition.input, given);
  const target = await admittedTarget(definition, dependencies, actor, input, limit);
  return { input, target, limit };
}
