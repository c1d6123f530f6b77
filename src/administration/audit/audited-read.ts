import type { z } from 'zod';
import type { Transaction } from '../../storage/database.ts';
import { stillAdmitted } from '../about.ts';
import {
  type Act,
  type ActDependencies,
  type ActEvent,
  admitted,
  type Description,
  described,
  recorder,
} from '../act.ts';
import { auditedBy, nameOfReader } from '../actor.ts';
import type { Limit } from '../rights/limit.ts';

/** What a look at the audit trail has in its transaction, apart from what it depends on. */
export interface AuditedLook<Input, Target = undefined> {
  readonly tx: Transaction;
  readonly input: Input;
  readonly target: Target;
  /** How far they may look. */
  readonly limit: Limit;
  /** Who reads, as cursors are bound to it. */
  readonly reader: string;
  /** Writes events of success, by whoever reads, in the transaction. */
  readonly record: (...events: ActEvent[]) => Promise<void>;
}

/**
 * An act that only looks, and of which the trail tells that somebody has looked: where that cannot be written, nothing is shown.
 * Nothing else is changed.
 */
export function defineAuditedRead<
  Input extends z.ZodType,
  Result extends z.ZodType,
  Dependencies,
  Target = undefined,
  Finding = unknown,
>(
  definition: Description<Input, Result, Target, Finding> & {
    readonly run: (
      dependencies: Dependencies,
      look: AuditedLook<z.output<Input>, Target>,
    ) => Promise<z.input<Result>>;
  },
): Act<ActDependencies & Dependencies & Finding, Input, Result> {
  const { result, run } = definition;
  return {
    ...described(definition),
    readOnly: true,
    atomic: true,
    irreversible: false,
    perform: async (dependencies, actor, given) => {
      const { input, target } = await admitted(definition, dependencies, actor, given);
      return dependencies.database.transaction(async (tx) => {
        const limit = await stillAdmitted(definition, dependencies, actor, tx, { input, target });
        const record = recorder(dependencies, tx, auditedBy(actor));
        const look = { tx, input, target, limit, reader: nameOfReader(actor), record };
        return result.parse(await run(dependencies, look));
      });
    },
  };
}
