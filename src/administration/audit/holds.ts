import { z } from 'zod';
import { isAccountId } from '../../domain/accounts/policy.ts';
import type { AuditHold, AuditHolds } from '../../domain/audit/retention/holds-store.ts';
import type { Clock } from '../../kernel/clock.ts';
import { notFound } from '../../kernel/errors.ts';
import type { Database } from '../../storage/database.ts';
import { defineAct, defineRead } from '../act.ts';
import { isReason, MAX_REASON } from '../actor.ts';
import { type FindsPeople, findPerson } from '../people/person.ts';

interface KeepsHolds {
  readonly auditHolds: AuditHolds;
  readonly clock: Clock;
}

const holdSchema = z.object({
  hold: z.int(),
  /** The account that it is about; null: everybody. */
  account: z.string().nullable(),
  reason: z.string(),
  placedAt: z.date(),
  liftedAt: z.date().nullable(),
});

const told = ({ id, account, reason, placedAt, liftedAt }: AuditHold) => ({
  hold: id,
  account: account ?? null,
  reason,
  placedAt,
  liftedAt: liftedAt ?? null,
});

/**
 * From here on nothing of the trail is archived, and no personal value in it is erased: of everybody, or of one person, who may have been
 * deleted already. Throws `account_unknown` (404).
 */
export const placeHold = defineAct({
  name: 'audit.place_hold',
  summary: 'Keeps events from being archived and personal values from being erased.',
  http: { method: 'POST', path: '/audit/holds', status: 201 },
  scope: 'system:write',
  irreversible: false,
  input: z.strictObject({
    /** As everywhere; of somebody who was deleted, the id that their account had. Without one, everybody. */
    person: z.string().optional(),
    reason: z.string().refine(isReason, `must be one line of 1 to ${MAX_REASON} characters`),
  }),
  result: holdSchema,
  async prepare(deps: FindsPeople, { person }) {
    if (person === undefined) return undefined;
    const found = await findPerson(deps, { person }).catch((error) => {
      if (isAccountId(person)) return { id: person };
      throw error;
    });
    return found.id;
  },
  async run({ auditHolds, clock }: KeepsHolds, { tx, input: { reason }, prepared: account, record }) {
    const hold = await auditHolds.place(tx, { account, reason }, clock.now());
    const about = account === undefined ? {} : { account };
    await record({ type: 'audit.hold_placed', ...about, details: { hold: hold.id } });
    return told(hold);
  },
});

/** Ends a hold. What it alone has kept from being erased is erased within minutes. Throws `hold_unknown` (404). */
export const liftHold = defineAct({
  name: 'audit.lift_hold',
  summary: 'Ends a hold.',
  http: { method: 'POST', path: '/audit/holds/{hold}/lift' },
  scope: 'system:write',
  irreversible: 'asks',
  input: z.strictObject({ hold: z.int().min(1) }),
  result: holdSchema,
  async run({ auditHolds, clock }: KeepsHolds, { tx, input, record }) {
    const hold = await auditHolds.lift(tx, input.hold, clock.now());
    if (hold === undefined)
      throw notFound('hold_unknown', `There is no hold ${input.hold}, or it has been lifted.`);
    const about = hold.account === undefined ? {} : { account: hold.account };
    await record({ type: 'audit.hold_lifted', ...about, details: { hold: hold.id } });
    return told(hold);
  },
});

/** The holds in force, the newest first; with `lifted`, those of before too. */
export const listHolds = defineRead({
  name: 'audit.list_holds',
  summary: 'Lists holds.',
  http: { method: 'GET', path: '/audit/holds' },
  scope: 'audit:read',
  input: z.strictObject({ lifted: z.boolean().default(false) }),
  result: z.object({ holds: z.array(holdSchema) }),
  async run(
    { auditHolds, database }: Pick<KeepsHolds, 'auditHolds'> & { readonly database: Database },
    input,
  ) {
    return { holds: (await auditHolds.list(database, input.lifted)).map(told) };
  },
});
