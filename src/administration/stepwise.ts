import type { z } from 'zod';
import type { AuditedBy } from '../domain/audit/events.ts';
import type { Database, Transaction } from '../storage/database.ts';
import {
  type Act,
  type ActDependencies,
  type ActEvent,
  admitted,
  type Danger,
  type Description,
  recorder,
} from './act.ts';
import { type Actor, auditedBy } from './actor.ts';

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

export interface StepwiseContext<Input> {
  readonly input: Input;
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
export function defineStepwise<Input extends z.ZodType, Result extends z.ZodType, Dependencies = unknown>(
  definition: Description<Input, Result> & {
    readonly dangerous: Danger;
    readonly run: (
      dependencies: Dependencies,
      context: StepwiseContext<z.output<Input>>,
    ) => Promise<z.input<Result>>;
  },
): Act<ActDependencies & Dependencies, Input, Result> {
  const { name, needs, dangerous, input, result, run } = definition;
  return {
    name,
    needs,
    readOnly: false,
    atomic: false,
    dangerous,
    input,
    result,
    async perform(dependencies, actor: Actor, given) {
      const parsed = admitted(definition, actor, given);
      const by = auditedBy(actor);
      const stepOn =
        (database: Pick<Database, 'transaction'>): RunsSteps =>
        (work) =>
          database.transaction((tx) => work({ tx, by, record: recorder(dependencies, tx, by) }));
      return result.parse(
        await run(dependencies, { input: parsed, step: stepOn(dependencies.database), stepOn }),
      );
    },
  };
}
