import { z } from 'zod';
import { isUuid } from '../../../kernel/ids.ts';
import type { AuditEventType } from '../events.ts';

/** Events that a restored database has lost, read from a copy that somebody has kept: which of them changed what counts. Pure. */

export interface LostEvent {
  readonly id: string;
  /** Its place in the trail; not every copy says it. */
  readonly index: number | undefined;
  readonly at: string;
  readonly type: string;
  readonly outcome: string | undefined;
  readonly account: string | undefined;
  readonly client: string | undefined;
  /** Who did it: an account, a client, the user of a command, `system`. */
  readonly actor: string | undefined;
  /** What it was about, beside ids: the kind of a factor, roles, … */
  readonly details: Readonly<Record<string, unknown>>;
}

const text = z.string().max(1_000);
const details = z.record(z.string(), z.unknown());

/** A line of an exported bundle. */
const exported = z.object({
  index: z.int().min(0),
  leaf: z.object({
    id: text,
    at: text,
    type: text,
    outcome: text.optional(),
    account: text.optional(),
    client: text.optional(),
    actor_kind: text.optional(),
    actor: text.optional(),
    operator: text.optional(),
    details: details.optional(),
  }),
});

/** A line of the events that are sent on, in the field names of ECS (`sinks/ecs.ts`). */
const sent = z.object({
  '@timestamp': text,
  event: z.object({ id: text, action: text, outcome: text.optional() }),
  gatehouse: z
    .object({
      leaf: z.object({ index: z.int().min(0) }).optional(),
      account: text.optional(),
      client: text.optional(),
      actor: z.object({ kind: text.optional(), id: text.optional() }).optional(),
      operator: text.nullish(),
      details: details.optional(),
    })
    .default({}),
});

/** The event of a line; undefined where it is none. */
export function lostEventOf(line: string): LostEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const event = fromBundle(value) ?? fromSink(value);
  return event !== undefined && isUuid(event.id) ? event : undefined;
}

function fromBundle(value: unknown): LostEvent | undefined {
  const { success, data } = exported.safeParse(value);
  if (!success) return undefined;
  const { index, leaf } = data;
  return {
    id: leaf.id,
    index,
    at: leaf.at,
    type: leaf.type,
    outcome: leaf.outcome,
    account: leaf.account,
    client: leaf.client,
    actor: leaf.actor ?? leaf.operator ?? leaf.actor_kind,
    details: leaf.details ?? {},
  };
}

function fromSink(value: unknown): LostEvent | undefined {
  const { success, data } = sent.safeParse(value);
  if (!success) return undefined;
  const { event, gatehouse } = data;
  return {
    id: event.id,
    index: gatehouse.leaf?.index,
    at: data['@timestamp'],
    type: event.action,
    outcome: event.outcome,
    account: gatehouse.account,
    client: gatehouse.client,
    actor: gatehouse.actor?.id ?? gatehouse.operator ?? gatehouse.actor?.kind,
    details: gatehouse.details ?? {},
  };
}

/** What has changed an account, an application or a key for longer than a session. */
const CHANGES: ReadonlySet<string> = new Set<AuditEventType>([
  'account.created',
  'account.disabled',
  'account.enabled',
  'account.schedule_changed',
  'account.deleted',
  'account.merged',
  'account.roles_changed',
  'account.unit_changed',
  'account.profile_changed',
  'group.created',
  'group.changed',
  'group.roles_changed',
  'group.deleted',
  'group.roles_lost',
  'group.member_added',
  'group.member_removed',
  'account.secured',
  'account.signed_out',
  'account.unlocked',
  'address.changed',
  'address.restored',
  'agreement.accepted',
  'consent.granted',
  'consent.withdrawn',
  'invitation.accepted',
  'registration.completed',
  'password_reset.completed',
  'password.changed',
  'password.change_required',
  'password.disabled',
  'factor.added',
  'factor.renamed',
  'factor.removed',
  'factor.reset',
  'recovery_code.used',
  'temporary_code.issued',
  'temporary_code.used',
  'setup.completed',
  'break_glass.created',
  'break_glass.used',
  'break_glass.ended',
  'break_glass.revoked',
  'break_glass.reviewed',
  'break_glass.drilled',
  'client.created',
  'client.updated',
  'client.secret_rotated',
  'client.secret_ended',
  'client.disabled',
  'client.enabled',
  'client.registration_token_issued',
  'client.registration_token_revoked',
  'client.owner_added',
  'client.owner_removed',
  'client.deleted',
  'resource.created',
  'resource.deleted',
  'unit.created',
  'unit.changed',
  'unit.deleted',
  'key.published',
  'key.retired',
]);

/** Whether whoever restores a database has to know that it is gone. */
export const isLostChange = ({ type, outcome }: Pick<LostEvent, 'type' | 'outcome'>): boolean =>
  outcome !== 'failure' && CHANGES.has(type);

/** Whether recovery codes that the restored database takes were spent, or replaced, by then. */
export const touchesRecoveryCodes = ({
  type,
  details: { kind },
}: Pick<LostEvent, 'type' | 'details'>): boolean =>
  type === 'recovery_code.used' ||
  type === 'factor.reset' ||
  (/^factor\.(added|removed)$/.test(type) && kind === 'recovery_codes');
