import { ecsLine, type Sender } from '../domain/audit/sinks/ecs.ts';
import type { OpenedSink } from '../domain/audit/sinks/open.ts';
import type { AuditSinkStore } from '../domain/audit/sinks/sink-store.ts';
import { backoffSeconds } from '../kernel/backoff.ts';
import { GatehouseError } from '../kernel/errors.ts';
import type { Randomness } from '../kernel/ids.ts';
import type { Job } from './runner.ts';

/** What is sealed is on its way within so long. */
const LOOK_AGAIN_MS = 1_000;
/** Events of one batch, where the sink takes as many: as many as pay for a connection. */
const BATCH = 1_000;
/** A sink that takes longer for a batch has not taken it. */
const SEND_MS = 25_000;
/** Longer than a batch may take, so that nobody takes a sink over that is being used. */
const LEASE_SECONDS = 60;
const LONGEST_RETRY_SECONDS = 60;
const LONGEST_PROBLEM = 300;

export interface EmitAuditDependencies {
  readonly auditSinks: readonly OpenedSink[];
  readonly auditSinkStore: AuditSinkStore;
  readonly auditSender: Sender;
  readonly random: Randomness;
}

/**
 * Gives the sealed trail on to each sink, in its order. A job a sink, so that one that is away holds up no other. One node at a time
 * has a sink, by a lease in its row; when it dies, another one goes on within a minute where the cursor stands, and what was sent
 * last may come again.
 */
export const createEmitAudit = (deps: EmitAuditDependencies): Job[] => {
  const node = deps.random.uuid();
  return deps.auditSinks.map((sink) => createEmitter(sink, node, deps));
};

function createEmitter({ name, label, sink }: OpenedSink, node: string, deps: EmitAuditDependencies): Job {
  const { auditSinkStore: store, auditSender: sender } = deps;
  /** A batch that the sink may still take after we have given it up: another one beside it would mix with it. */
  let underWay: Promise<void> | undefined;

  async function send(lines: Parameters<typeof sink.send>[0]): Promise<void> {
    const sending = sink.send(lines);
    const over = sending.then(
      () => undefined,
      () => undefined,
    );
    underWay = over.then(() => {
      underWay = undefined;
    });
    await within(SEND_MS, sending);
  }

  return {
    name: `emit-audit-${label}`,

    async round() {
      if (underWay !== undefined) return LOOK_AGAIN_MS;
      const standing = await store.standing(name, node);
      if (standing === undefined) {
        await store.begin(name);
        return LOOK_AGAIN_MS;
      }
      if (standing.taken || standing.retrySeconds > 0) return LOOK_AGAIN_MS;
      if (standing.waiting <= 0) {
        // Whoever has it keeps it, so that a file is written on one machine for as long as that runs.
        const { heldSeconds } = standing;
        if (heldSeconds !== null && heldSeconds < LEASE_SECONDS / 2)
          await store.take(name, node, LEASE_SECONDS);
        return LOOK_AGAIN_MS;
      }
      const size = batchSize(sink.atOnce, standing.failures);
      const position = await store.take(name, node, LEASE_SECONDS);
      if (position === undefined) return LOOK_AGAIN_MS;
      const events = await store.read(position, size);
      const last = events.at(-1);
      if (last === undefined) return LOOK_AGAIN_MS;
      try {
        await send(events.map((event) => ecsLine(event, sender)));
      } catch (error) {
        const retry = backoffSeconds(
          standing.failures + 1,
          deps.random.bytes(4).readUInt32BE() / 2 ** 32,
          LONGEST_RETRY_SECONDS,
        );
        await store.failed(name, node, problemOf(error), retry);
        throw new GatehouseError('audit_sink_failed', {
          message: `The audit sink ${label} has not taken its events: ${problemOf(error)}`,
          cause: error,
        });
      }
      await store.sent(name, node, last.index + 1);
      return events.length === size ? 0 : LOOK_AGAIN_MS;
    },

    finish: () => store.release(name, node),
  };
}

/** After failures fewer, down to one: where a sink is too slow for a batch, it would be given the same one for ever. */
const batchSize = (atOnce = BATCH, failures = 0): number =>
  Math.max(1, Math.floor(Math.min(atOnce, BATCH) / 2 ** failures));

const problemOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .replaceAll(/\p{C}/gu, ' ')
    .slice(0, LONGEST_PROBLEM);

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => late.reject(new Error('it took too long')), milliseconds);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
