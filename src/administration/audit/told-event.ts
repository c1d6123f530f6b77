import { z } from 'zod';
import { NODE_TREE_HASH } from '../../domain/audit/node-cryptography.ts';
import { actorOf, operatorOf } from '../../domain/audit/reading/event.ts';
import { type Labels, readLabels } from '../../domain/audit/reading/labels-store.ts';
import { type PersonalValues, readPersonalValues } from '../../domain/audit/reading/personal-store.ts';
import type { FoundEvent } from '../../domain/audit/reading/reader-store.ts';
import { toHex } from '../../domain/audit/tree/encoding.ts';
import { leafBytes, leafDetails, leafOf } from '../../domain/audit/tree/leaf.ts';
import type { Executor } from '../../storage/database.ts';

const label = z.object({ name: z.string(), email: z.string().optional() });

/** An event of the trail as it is told. */
export const eventSchema = z.object({
  id: z.string(),
  /** In UTC, with microseconds. */
  at: z.string(),
  /** What the clock of the node said, where it was wrong. */
  toldAt: z.string().nullable(),
  type: z.string(),
  /** Of the type's schema; null where a version before wrote it. */
  version: z.number().nullable(),
  outcome: z.enum(['success', 'failure']),
  actor: z
    .object({ kind: z.enum(['person', 'client', 'command', 'system']), id: z.string().nullable() })
    .nullable(),
  account: z.string().nullable(),
  client: z.string().nullable(),
  session: z.string().nullable(),
  factor: z.string().nullable(),
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
  requestId: z.string().nullable(),
  command: z.string().nullable(),
  operator: z.string().nullable(),
  reason: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
  /** Values of `details` that identify a person, by JSON pointer. */
  personal: z.record(
    z.string(),
    z.object({ state: z.enum(['known', 'erased', 'wrong']), value: z.string().optional() }),
  ),
  /** What people call them today; without one they are gone. */
  labels: z.object({ account: label.optional(), actor: label.optional(), client: label.optional() }),
  proof: z.object({
    /**
     * `sealed`; `unproven`: sealed, and was written before there was proof; `invalid`: sealed, and was not written by Gatehouse as it
     * is; `changed`: what is there is not what was
     * sealed; `unsealed`: will be sealed within seconds.
     */
    state: z.enum(['sealed', 'unproven', 'invalid', 'changed', 'unsealed']),
    /** Of the leaf. */
    index: z.number().nullable(),
  }),
});

export type ToldEvent = z.output<typeof eventSchema>;

const PROOF = { valid: 'sealed', none: 'unproven', invalid: 'invalid' } as const;

type ShownEvent = FoundEvent & Pick<ToldEvent, 'details'>;

/** Events with what people call those whom they are about, and with what is kept of personal values. */
export async function tellEvents(executor: Executor, found: readonly FoundEvent[]): Promise<ToldEvent[]> {
  const rows = found.map((row) => ({ ...row, details: leafDetails(row.details) }));
  const actors = rows.map((row) => actorOf(row));
  const ids = (kind: 'person' | 'client') =>
    actors.flatMap((actor) => (actor?.kind === kind && actor.id !== null ? [actor.id] : []));
  const given = (values: readonly (string | null)[]) => values.filter((value) => value !== null);
  const labels = await readLabels(
    executor,
    [...given(rows.map(({ account }) => account)), ...ids('person')],
    [...given(rows.map(({ client }) => client)), ...ids('client')],
  );
  const personal = await readPersonalValues(executor, rows);
  return rows.map((row) => tell(row, labels, personal.get(row.id) ?? {}));
}

function tell(row: ShownEvent, { accounts, clients }: Labels, personal: PersonalValues): ToldEvent {
  const actor = actorOf(row);
  const labelOf = (id: string | null, of: typeof accounts | typeof clients) =>
    id === null ? undefined : of.get(id);
  const labels = {
    account: labelOf(row.account, accounts),
    actor: actor && labelOf(actor.id, actor.kind === 'client' ? clients : accounts),
    client: labelOf(row.client, clients),
  };
  return {
    id: row.id,
    at: row.at ?? row.micros,
    toldAt: row.told_at,
    type: row.type,
    version: row.version,
    outcome: row.outcome,
    actor,
    account: row.account,
    client: row.client,
    session: row.session,
    factor: row.factor,
    ip: row.ip,
    userAgent: row.user_agent,
    requestId: row.request_id,
    command: row.command,
    ...operatorOf(row),
    details: row.details,
    personal,
    labels: Object.fromEntries(Object.entries(labels).filter(([, each]) => each != null)),
    proof: {
      state: proofOf(row),
      index: row.leaf === null ? null : Number(row.leaf),
    },
  };
}

/** How an event stands in the proof. That its leaf stands in the tree, and the tree under the signed ones, others verify. */
function proofOf(row: FoundEvent): ToldEvent['proof']['state'] {
  const { mac, leaf_hash: hash } = row;
  if (mac === null) return 'unsealed';
  return toHex(NODE_TREE_HASH.leaf(leafBytes(leafOf({ ...row, mac })))) === hash ? PROOF[mac] : 'changed';
}
