import type { z } from 'zod';
import type { Transaction } from '../../storage/database.ts';
import {
  type Act,
  type ActDependencies,
  type ActEvent,
  admitted,
  type Description,
  recorder,
} from '../act.ts';
import { type Actor, auditedBy } from '../actor.ts';

/** What a look at the audit trail has in its transaction, apart from what it depends on. */
export interface AuditedLook<Input> {
  readonly tx: Transaction;
  readonly input: Input;
  /** Who reads, as cursors are bound to it. */
  readonly reader: string;
  /** Writes events of success, by whoever reads, in the transaction. */
  readonly record: (...events: ActEvent[]) => Promise<void>;
}

/**
 * An act that only looks, and of which the trail tells that somebody has looked: where that cannot be written, nothing is shown.
 * Nothing else is changed.
 */
export function defineAuditedRead<Input extends z.ZodType, Result extends z.ZodType, Dependencies>(
  definition: Description<Input, Result> & {
    readonly run: (
      dependencies: Dependencies,
      look: AuditedLook<z.output<Input>>,
    ) => Promise<z.input<Result>>;
  },
): Act<ActDependencies & Dependencies, Input, Result> {
  const { name, needs, input, result, run } = definition;
  return {
    name,
    needs,
    readOnly: true,
    atomic: true,
    dangerous: false,
    input,
    result,
    perform: async (dependencies, actor, given) => {
      const parsed = admitted(definition, actor, given);
      return dependencies.database.transaction(async (tx) => {
        const record = recorder(dependencies, tx, auditedBy(actor));
        return result.parse(await run(dependencies, { tx, input: parsed, reader: readerOf(actor), record }));
      });
    },
  };
}

function readerOf(actor: Actor): string {
  switch (actor.kind) {
    case 'person':
      return `person ${actor.accountId}`;
    case 'client':
      return `client ${actor.clientId}`;
    case 'command':
      return `command ${actor.user}`;
    case 'system':
      return 'system';
  }
}
