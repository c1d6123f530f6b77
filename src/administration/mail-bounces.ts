import { z } from 'zod';
import { personal } from '../domain/audit/personal.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import { notFound } from '../kernel/errors.ts';
import { isUuid } from '../kernel/ids.ts';
import { isStorable } from '../kernel/text.ts';
import type { RowCondition } from '../storage/outbox.ts';
import { ROWS } from './about.ts';
import { defineAct } from './act.ts';
import { aboutPeopleWithin, EVERYTHING, type Limit } from './rights/limit.ts';

/** The condition that a mail is written to somebody within the limit. */
export const toPeopleWithin = (limit: Limit): RowCondition | undefined =>
  limit === EVERYTHING ? undefined : (parameter) => aboutPeopleWithin(limit, 'account_id', parameter);

/**
 * Keeps that a mail came back after it was sent, for a program that reads the bounces (its Message-ID begins with the mail's id). Told
 * again it changes nothing, unless it is for good now. Throws `mail_unknown` (404), also for a mail that was not tried yet.
 */
export const reportBounce = defineAct({
  name: 'mail.report_bounce',
  summary: 'Reports that a mail came back.',
  scope: 'people:assist',
  irreversible: false,
  http: { method: 'POST', path: '/mail/{mail}/bounce' },
  about: ROWS,
  input: z.strictObject({
    mail: z.string().max(100),
    /** As the mail server has said it, e.g. its status code (RFC 3463). */
    reason: z
      .string()
      .min(1)
      .max(500)
      .refine((text) => isStorable(text) && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text), 'one line of text'),
    /** No mail to that address arrives (5.x.x); else another may. */
    permanent: z.boolean(),
  }),
  result: z.object({
    mail: z.string(),
    kind: z.string(),
    account: z.string().nullable(),
    changed: z.boolean(),
  }),
  async run(
    { mail }: { readonly mail: Pick<MailOutbox, 'reportBounce'> },
    { tx, input: { mail: id, reason, permanent }, limit, record },
  ) {
    const only = toPeopleWithin(limit);
    const reported = isUuid(id) ? await mail.reportBounce(tx, id, { reason, permanent }, only) : undefined;
    if (reported === undefined) throw notFound('mail_unknown', `There is no mail "${id}" that was sent.`);
    const { kind, accountId } = reported.mail;
    if (reported.changed) {
      const about = accountId === undefined ? {} : { account: accountId };
      const told = accountId === undefined ? {} : { reason: personal(reason) };
      await record({ type: 'mail.bounced', ...about, details: { mail: id, kind, permanent, ...told } });
    }
    return { mail: id, kind, account: accountId ?? null, changed: reported.changed };
  },
});
