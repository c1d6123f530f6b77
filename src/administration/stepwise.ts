import type { z } from 'zod';
import type { AuditedBy } from '../domain/audit/events.ts';
import { conflict } from '../kernel/errors.ts';
import type { Database, Transaction } from '../storage/database.ts';
import { isDangerous, stillAdmitted } from './about.ts';
import {
  type Act,
  type ActDependencies,
  type ActEvent,
  admitted,
  type Danger,
  type Description,
  described,
  recorder,
} from './act.ts';
import { type Actor, auditedBy } from './actor.ts';
import { assertMayBeDangerous } from './admission.ts';
import { needsSecond } from './asking.ts';

/**
 * Acts that one transaction cannot hold: because there is so much to do that its locks would be in everybody's way, or because
 * what they do is not in the database at all.
 */

/** One step has a transaction, in which it writes the events that tell of it. */
export interface Step {
  readonly tx: Transaction;
  readonly by: AuditedBy;
  /** Writes events of success, by whoever acts, in the transaction. */
  readonly record: (...events: ActEvent[]) => Promise<void>;
}

export interface StepwiseContext<Input, Target = undefined> {
  readonly input: Input;
  readonly target: Target;
  readonly actor: Actor;
  /** A transaction of its own: commits when `work` resolves; that step alone is undone when it throws. */
  readonly step: RunsSteps;
  /** The same on another connection: of the tables' owner, for what the server's role may not do. */
  readonly stepOn: (database: Pick<Database, 'transaction'>) => RunsSteps;
}

export type RunsSteps = <T>(work: (step: Step) => Promise<T>) => Promise<T>;

/**
 * An act of any number of steps. What a step has committed stays when a later one fails, so each has to be right by itself, and
 * whoever asks for the act again has to find it go on where it ended.
 */
export function defineStepwise<
  Input extends z.ZodType,
  Result extends z.ZodType,
  Dependencies = unknown,
  Target = undefined,
  Finding = unknown,
>(
  definition: Description<Input, Result, Target, Finding> & {
    readonly irreversible: Danger;
    readonly run: (
      dependencies: Dependencies,
      context: StepwiseContext<z.output<Input>, Target>,
    ) => Promise<z.input<Result>>;
  },
): Act<ActDependencies & Dependencies & Finding, Input, Result> {
  const { irreversible, result, run } = definition;
  return {
    ...described(definition),
    readOnly: false,
    atomic: false,
    irreversible,
    async perform(dependencies, actor: Actor, given) {
      const { input, target } = await admitted(definition, dependencies, actor, given);
      if (isDangerous(definition, input, target))
        await assertMayGoInSteps(definition.name, dependencies, actor);
      const by = auditedBy(actor);
      const stepOn =
        (database: Pick<Database, 'transaction'>): RunsSteps =>
        (work) =>
          database.transaction(async (tx) => {
            await stillAdmitted(definition, dependencies, actor, tx, { input, target });
            return work({ tx, by, record: recorder(dependencies, tx, by) });
          });
      const context = { input, target, actor, step: stepOn(dependencies.database), stepOn };
      return result.parse(await run(dependencies, context));
    },
  };
}

/**
 * What is done in steps cannot be done with a decision in one transaction: where a second person would be needed it is refused. Throws
 * `approval_impossible` (409), and what `assertMayBeDangerous` throws.
 */
async function assertMayGoInSteps(act: string, dependencies: ActDependencies, actor: Actor): Promise<void> {
  if (await needsSecond(act, dependencies, actor))
    throw conflict(
      'approval_impossible',
      `${act} cannot wait for a second person; the operator can do it as an emergency.`,
    );
  assertMayBeDangerous(dependencies, actor, false);
}
