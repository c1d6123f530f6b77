/**
 * Mail: what people are told by email. This folder owns the closed list of mails and what each needs to know (here), how it
 * reads in every language (`render.ts`, `locales/`, `views/mail`), the outbox in which it waits durably (`store.ts`),
 * when to try again (`policy.ts`), and the ways out (`smtp.ts`, `folder.ts`). Who is told what, and when, it leaves to
 * those who change something: they put the mail into the transaction of the change. Emptying the outbox is a job
 * (`src/jobs`).
 */
import { z } from 'zod';
import { GatehouseError } from '../../kernel/errors.ts';
import { isAddress } from './addresses.ts';

/** A moment, also as JSON has it. */
const moment = z.union([z.date(), z.iso.datetime().transform((text) => new Date(text))]);
const link = z.url({ protocol: /^https?$/ });
const count = z.int().min(0);
const MAX_TEXT = 512;
const text = z.string().transform((value) => value.slice(0, MAX_TEXT));

/** What every security notice says: when, from where, and where to act. */
const occurrence = {
  at: moment,
  ip: text.optional(),
  userAgent: text.optional(),
  /** Where the person can make the account safe again, e.g. the form for a forgotten password. */
  secureLink: link.optional(),
};

/** Every mail there is, with what it has to know. Adding one is a line here, its words in `locales/` and a view. */
export const mailSchemas = {
  invitation: z.object({ link, expiresAt: moment, invitedBy: text.optional() }),
  'verify-address': z.object({ link, expiresAt: moment }),
  /** To the old address; where an administrator has changed it, to both. */
  'address-changed': z.object({
    newAddress: text,
    changedBy: z.enum(['person', 'administrator']).default('person'),
    ...occurrence,
  }),
  'password-reset': z.object({
    link,
    expiresAt: moment,
    requestedBy: z.enum(['person', 'administrator']),
    ...occurrence,
  }),
  'password-changed': z.object({
    changedBy: z.enum(['person', 'link', 'administrator']),
    /** Whether the sessions elsewhere were ended with it. */
    sessionsEnded: z.boolean(),
    ...occurrence,
  }),
  'password-expires': z.object({ link, daysLeft: count, expiresAt: moment }),
  /** Nobody has signed in for long; `expiresAt`: when the account is disabled for it. */
  'account-dormant': z.object({ link, since: moment, expiresAt: moment }),
  /** Without `until` it stays locked until a new password is chosen. */
  'account-locked': z.object({ until: moment.optional(), ...occurrence }),
  /** `signedIn`: a sign-in has succeeded after them. */
  'failed-attempts': z.object({ count, since: moment, signedIn: z.boolean(), ...occurrence }),
  'new-device': z.object(occurrence),
  /** A device without a browser was signed in by its code, which was confirmed at the time and address of the occurrence. */
  'device-signed-in': z.object({
    client: text,
    askedAt: moment,
    askedFrom: text.optional(),
    ...occurrence,
  }),
  'factor-changed': z.object({
    change: z.enum(['added', 'removed']),
    /** `all`: by an administrator, for somebody who has lost theirs. */
    factor: z.enum(['totp', 'passkey', 'recovery-codes', 'all']),
    ...occurrence,
  }),
  /** A recovery code took the place of the second factor. */
  'recovery-used': z.object({ codesLeft: count, ...occurrence }),
  /** A temporary access code was made by an administrator (`issued`: to sign in once, or to set up a first factor), or used. */
  'temporary-code': z.object({
    what: z.enum(['issued', 'issued_for_factor', 'used']),
    /** Until when it works that was made. */
    expiresAt: moment.optional(),
    ...occurrence,
  }),
  /** The answer to a registration with an address that has an account, so that the page need not tell. */
  /** To those who watch over the installation: something has happened that is rare and has to be looked at. */
  alarm: z.object({
    what: z.enum(['break_glass_created', 'break_glass_used', 'break_glass_drill_due', 'approval_bypassed']),
    /** The name of the account, or the act. */
    about: text.optional(),
    /** Who did it. */
    by: text.optional(),
    ...occurrence,
  }),
  'already-registered': z.object({ signInLink: link, resetLink: link, ...occurrence }),
} as const;

export type MailKind = keyof typeof mailSchemas;
export const mailKinds = Object.keys(mailSchemas) as MailKind[];

/** What each mail has to know, by kind. */
export type MailModels = { readonly [K in MailKind]: z.output<(typeof mailSchemas)[K]> };

const recipientSchema = z.object({
  accountId: z.uuid().optional(),
  address: z.string().refine(isAddress),
  name: text.optional(),
  /** A BCP 47 tag; the first language of ours that it fits is spoken. */
  locale: z.string().max(100).optional(),
  /** An IANA time zone; moments are told in it and in UTC. */
  zone: z.string().max(100).optional(),
});

export type Recipient = z.output<typeof recipientSchema>;

/** A mail with everything it says. */
export type Mail = {
  [K in MailKind]: { readonly kind: K; readonly to: Recipient; readonly model: MailModels[K] };
}[MailKind];

/**
 * A mail to be sent. With `once`, a text that names its occasion (`password-expires:ACCOUNT:DAY`), it is put into the
 * outbox only where none with the same one was in the last `KEPT_DAYS` days, by whichever node.
 */
export type NewMail = Mail & { readonly once?: string };

/** The account as its mails need it. */
export const recipientOf = (account: {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly locale?: string;
  readonly zoneinfo?: string;
}): Recipient => ({
  accountId: account.id,
  address: account.email,
  name: account.name,
  ...(account.locale === undefined ? {} : { locale: account.locale }),
  ...(account.zoneinfo === undefined ? {} : { zone: account.zoneinfo }),
});

const isKind = (kind: string): kind is MailKind => Object.hasOwn(mailSchemas, kind);

/** Checks what somebody wants to say, or what was read back. Throws `mail_invalid`, without the content. */
export function parseMail(mail: { kind: string; to: unknown; model: unknown }): Mail {
  const { kind } = mail;
  if (!isKind(kind)) throw invalid(kind, 'there is no such mail');
  const to = recipientSchema.safeParse(mail.to);
  const model = mailSchemas[kind].safeParse(mail.model);
  const issues = [...(to.error?.issues ?? []), ...(model.error?.issues ?? [])];
  if (!to.success || !model.success) {
    throw invalid(kind, issues.map(({ path }) => path.join('.') || 'all of it').join(', '));
  }
  return { kind, to: to.data, model: model.data } as Mail;
}

const invalid = (kind: string, problem: string) =>
  new GatehouseError('mail_invalid', {
    message: 'A mail could not be written.',
    detail: `mail "${kind.slice(0, 40)}" is not valid: ${problem}`,
  });
