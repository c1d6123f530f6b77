import type { z } from 'zod';
import type { AuditEvent, AuditedBy } from '../domain/audit/events.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { GatehouseError } from '../kernel/errors.ts';
import { shapeProblems } from '../kernel/shape-words.ts';
import type { Database, Transaction } from '../storage/database.ts';
import { type Actor, auditedBy } from './actor.ts';
import { assertPermitted, type Permission } from './permissions.ts';

/**
 * Administration: every act of operators, and later of the helpdesk and of programs, each defined once. This folder owns
 * what an act is called, what it needs, what it takes and answers, and that it is one transaction with its audit event. What
 * happens in that transaction it leaves to `lifecycle`, `oidc` and the stores; how it is asked for, to `commands` and
 * `http`.
 */

/** What is known of an act before it is called: descriptions for people and programs are made from it. */
export interface Act<Dependencies, Input extends z.ZodType, Result extends z.ZodType> {
  /** Subject and verb, e.g. `people.disable`. Stable. */
  readonly name: string;
  readonly needs: Permission;
  /** True where nothing is changed. */
  readonly readOnly: boolean;
  /** All of it or nothing. False only for what `stepwise.ts` describes. */
  readonly atomic: boolean;
  readonly dangerous: Danger;
  /** An object; its unknown keys are refused. */
  readonly input: Input;
  /** What leaves this layer: keys that it does not name are left out. */
  readonly result: Result;
  /**
   * Does it. Throws `not_permitted` (403), `input_invalid` ({@link InvalidInput}, 400), and what the act itself says; then
   * nothing was changed.
   */
  readonly perform: (
    dependencies: Dependencies,
    actor: Actor,
    input: z.input<Input>,
  ) => Promise<z.output<Result>>;
}

/**
 * Whether something is lost that nobody can bring back. Then whoever asks for it has to say so twice; `asks`: only where
 * somebody is there to ask, because it is a helpdesk's daily work.
 */
export type Danger = boolean | 'asks';

/** The input does not have the shape that the act takes. */
export class InvalidInput extends GatehouseError {
  /** One line for each finding, without any value: `email: is missing; expected text`. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('input_invalid', { status: 400, message: problems.join('; ') });
    this.problems = problems;
  }
}

/** An audit event without what every event of an act has in common. */
export type ActEvent = {
  [E in AuditEvent as E['type']]: Omit<E, 'outcome' | 'actor' | 'origin' | 'reason'>;
}[AuditEvent['type']];

/** What an act has in its transaction, apart from what it depends on. */
export interface ActContext<Input, Prepared> {
  readonly tx: Transaction;
  readonly by: AuditedBy;
  readonly input: Input;
  /** What `prepare` has answered. */
  readonly prepared: Prepared;
  /** Writes events of success, by whoever acts, in the transaction. */
  readonly record: (...events: ActEvent[]) => Promise<void>;
}

export interface Description<Input extends z.ZodType, Result extends z.ZodType> {
  readonly name: string;
  readonly needs: Permission;
  readonly input: Input;
  readonly result: Result;
}

interface ActDefinition<Preparing, Running, Input extends z.ZodType, Result extends z.ZodType, Prepared>
  extends Description<Input, Result> {
  readonly dangerous: Danger;
  /** Before the transaction: what takes long (hashing, reading a file), and look-ups that need no lock. Changes nothing. */
  readonly prepare?: (dependencies: Preparing, input: z.output<Input>) => Promise<Prepared>;
  /** The transaction: commits when it resolves, rolls back when it throws. */
  readonly run: (
    dependencies: Running,
    context: ActContext<z.output<Input>, Prepared>,
  ) => Promise<z.input<Result>>;
}

/** What every act depends on. */
export interface ActDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly audit: Pick<AuditLog, 'record'>;
}

/** An act that changes something: one transaction, with the audit events that tell of it. */
export function defineAct<
  Input extends z.ZodType,
  Result extends z.ZodType,
  Running = unknown,
  Preparing = unknown,
  Prepared = undefined,
>(
  definition: ActDefinition<Preparing, Running, Input, Result, Prepared>,
): Act<ActDependencies & Preparing & Running, Input, Result> {
  const { name, needs, dangerous, input, result, prepare, run } = definition;
  return {
    name,
    needs,
    readOnly: false,
    atomic: true,
    dangerous,
    input,
    result,
    async perform(dependencies, actor, given) {
      const parsed = admitted(definition, actor, given);
      const prepared = (await prepare?.(dependencies, parsed)) as Prepared;
      const by = auditedBy(actor);
      return dependencies.database.transaction(async (tx) => {
        const record = recorder(dependencies, tx, by);
        return result.parse(await run(dependencies, { tx, by, input: parsed, prepared, record }));
      });
    },
  };
}

/** An act that only looks. */
export function defineRead<Input extends z.ZodType, Result extends z.ZodType, Dependencies = unknown>(
  definition: Description<Input, Result> & {
    readonly run: (dependencies: Dependencies, input: z.output<Input>) => Promise<z.input<Result>>;
  },
): Act<Dependencies, Input, Result> {
  const { name, needs, input, result, run } = definition;
  return {
    name,
    needs,
    readOnly: true,
    atomic: true,
    dangerous: false,
    input,
    result,
    perform: async (dependencies, actor, given) =>
      result.parse(await run(dependencies, admitted(definition, actor, given))),
  };
}

/** Writes events of success in the transaction. */
export const recorder =
  ({ audit }: Pick<ActDependencies, 'audit'>, tx: Transaction, by: AuditedBy) =>
  (...events: ActEvent[]): Promise<void> =>
    audit.record(tx, ...events.map((event) => ({ ...event, ...by, outcome: 'success' }) as AuditEvent));

/** What everybody has to pass before anything happens. Throws `not_permitted`, {@link InvalidInput}. */
export function admitted<Input extends z.ZodType>(
  { needs, input }: { readonly needs: Permission; readonly input: Input },
  actor: Actor,
  given: unknown,
): z.output<Input> {
  assertPermitted(actor, needs);
  const parsed = input.safeParse(given);
  if (!parsed.success)
    throw new InvalidInput(shapeProblems(parsed.error.issues, { input: given, whole: 'the input' }));
  return parsed.data;
}
