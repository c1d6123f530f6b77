import type { ChangeReason } from '../../../domain/passwords/expiry.ts';
import type { FailureFact, MailFact, SignInFacts } from './facts.ts';

export type { MailFact, SignInFacts } from './facts.ts';

/**
 * Why somebody cannot sign in: from what is kept about them to findings, the gravest first, each with the acts that help. Pure.
 * `gathering.ts` collects the facts, `words.ts` has a sentence for each finding. Nothing here is a secret, or made of one.
 */

/** What a finding does to a sign-in: nobody gets in, something is asked for on the way, or it may be what the person means. */
export type Effect = 'blocks' | 'asks' | 'hints';

/** Every cause with its effect. Of several with the same effect, the one that comes first here is told first. */
export const CAUSES = {
  disabled: 'blocks',
  disabled_dormant: 'blocks',
  client_disabled: 'blocks',
  invitation_undelivered: 'blocks',
  invitation_waiting: 'blocks',
  invitation_over: 'blocks',
  password_none: 'blocks',
  password_ineffective: 'blocks',
  locked: 'blocks',
  device_locked: 'blocks',
  code_needed: 'blocks',
  sessions_full: 'blocks',
  code_waiting: 'asks',
  passkey_missing: 'asks',
  factor_missing: 'asks',
  password_compromised: 'asks',
  password_must_change: 'asks',
  password_expired: 'asks',
  session_choice: 'asks',
  mail_bounced: 'hints',
  mail_given_up: 'hints',
  mail_late: 'hints',
  wrong_factor: 'hints',
  wrong_password: 'hints',
  refused_lately: 'hints',
  disabling_scheduled: 'hints',
  dormant_soon: 'hints',
  nothing_found: 'hints',
} as const satisfies Readonly<Record<string, Effect>>;

export type Cause = keyof typeof CAUSES;

export const CAUSE_NAMES = Object.keys(CAUSES) as readonly Cause[];

/** One reason why a sign-in does not succeed, or might not. */
export interface Finding {
  readonly cause: Cause;
  readonly effect: Effect;
  /** Since when it is so, or when it has happened last. */
  readonly since?: Date;
  /** When it ends by itself. */
  readonly until?: Date;
  readonly count?: number;
  /** A kind of mail, a reason of the audit trail, or the id of a client. */
  readonly subject?: string;
  /** Acts that help, by name, the one to try first in front. */
  readonly acts: readonly string[];
}

type Found = Omit<Finding, 'effect'>;

/** A mail that waits for longer than this, in minutes, is late. */
export const LATE_MAIL_MINUTES = 5;
/** Failures are looked at for so many hours. */
export const FAILURE_HOURS = 24;

/** Reasons of `sign_in.failed` that say that the second factor was not right. */
const FACTOR_REASONS: ReadonlySet<string> = new Set([
  'malformed',
  'wrong',
  'none',
  'used',
  'factor_used',
  'challenge_invalid',
  'answer_invalid',
  'credential_unknown',
  'credential_foreign',
  'counter_reversed',
]);

const SEND_RESET = 'passwords.send_reset_link';
const INVITE_AGAIN = 'invitations.resend';
const ISSUE_CODE = 'factors.issue_temporary_code';

/**
 * What keeps the person from signing in, or may have, the gravest first. There is always one: `nothing_found` where nothing is
 * known to be wrong.
 */
export function diagnose(facts: SignInFacts): readonly [Finding, ...Finding[]] {
  const found = RULES.flatMap((rule) => rule(facts));
  const order = (finding: Found) => CAUSE_NAMES.indexOf(finding.cause);
  const findings = found
    .toSorted((one, other) => order(one) - order(other))
    .map((finding) => ({ ...finding, effect: CAUSES[finding.cause] }));
  const [first = { cause: 'nothing_found', effect: CAUSES.nothing_found, acts: [] }, ...rest] = findings;
  return [first, ...rest];
}

const RULES: readonly ((facts: SignInFacts) => readonly Found[])[] = [
  statusOf,
  clientOf,
  firstPassword,
  ineffectivePassword,
  locksOf,
  secondFactor,
  sessionsOf,
  passwordChange,
  mailsOf,
  failuresOf,
];

function statusOf({ status, disabledAt, disablesAt, enablesAt, dormancy }: SignInFacts): Found[] {
  if (status === 'disabled') {
    const until = enablesAt === undefined ? {} : { until: enablesAt };
    const cause = dormancy?.is === 'disabled' ? 'disabled_dormant' : 'disabled';
    return [{ cause, ...since(disabledAt), ...until, acts: ['people.enable'] }];
  }
  if (dormancy?.is === 'active' && dormancy.toldAt !== undefined)
    return [{ cause: 'dormant_soon', since: dormancy.since, until: dormancy.disableAt, acts: [] }];
  return disablesAt === undefined ? [] : [{ cause: 'disabling_scheduled', until: disablesAt, acts: [] }];
}

function clientOf({ client }: SignInFacts): Found[] {
  return client?.disabled ? [{ cause: 'client_disabled', subject: client.id, acts: ['clients.enable'] }] : [];
}

/** A passkey is enough by itself. */
function firstPassword({ password, factors, invitation, mails }: SignInFacts): Found[] {
  if (password.present || factors.passkeys > 0) return [];
  if (invitation === undefined) return [{ cause: 'password_none', acts: [SEND_RESET] }];
  const { works, expiresAt } = invitation;
  const mail = mails.find(({ kind }) => kind === 'invitation');
  if (mail !== undefined) {
    const acts = mail.permanent ? ['people.set_address', INVITE_AGAIN] : [INVITE_AGAIN, 'mail.retry'];
    return [{ cause: 'invitation_undelivered', since: mail.since, acts }];
  }
  if (works) return [{ cause: 'invitation_waiting', until: expiresAt, acts: [INVITE_AGAIN] }];
  return [{ cause: 'invitation_over', since: expiresAt, acts: [INVITE_AGAIN] }];
}

function ineffectivePassword({ password: { present, ineffective }, factors }: SignInFacts): Found[] {
  return present && ineffective && factors.passkeys === 0
    ? [{ cause: 'password_ineffective', acts: [SEND_RESET] }]
    : [];
}

/** Of several locks of one kind the one that lasts longest. */
function locksOf({ locks }: SignInFacts): Found[] {
  return (['unknown_devices', 'known_device'] as const).flatMap((counter): Found[] => {
    const [lock] = locks
      .filter((each) => each.counter === counter)
      .toSorted((one, other) => other.until.getTime() - one.until.getTime());
    if (lock === undefined) return [];
    const cause = counter === 'known_device' ? 'device_locked' : 'locked';
    return [{ cause, since: lock.since, until: lock.until, acts: ['people.unlock', SEND_RESET] }];
  });
}

function secondFactor({ factors }: SignInFacts): Found[] {
  const { demand, grace, authenticators, passkeys, codeNeeded, codeUntil } = factors;
  const isEnrolled = authenticators + passkeys > 0;
  if (codeNeeded && !isEnrolled) {
    return codeUntil === undefined
      ? [{ cause: 'code_needed', acts: [ISSUE_CODE] }]
      : [{ cause: 'code_waiting', until: codeUntil, acts: [ISSUE_CODE] }];
  }
  if (demand === 'phishing_resistant' && passkeys === 0)
    return [{ cause: 'passkey_missing', acts: isEnrolled ? [ISSUE_CODE] : [] }];
  if (!isEnrolled && grace.offered && !grace.skippable) return [{ cause: 'factor_missing', acts: [] }];
  return [];
}

function sessionsOf({ sessions: { open, most, policy } }: SignInFacts): Found[] {
  if (open < most || policy === 'evict-oldest') return [];
  const cause = policy === 'refuse' ? 'sessions_full' : 'session_choice';
  return [{ cause, count: open, acts: ['sessions.list', 'sessions.end', 'sessions.end_all'] }];
}

const CHANGES = {
  compromised: 'password_compromised',
  must_change: 'password_must_change',
  expired: 'password_expired',
} as const satisfies Record<ChangeReason, Cause>;

function passwordChange({ password: { present, changeDue, expiresAt } }: SignInFacts): Found[] {
  if (!present || changeDue === undefined) return [];
  const expired = changeDue === 'expired' ? since(expiresAt) : {};
  return [{ cause: CHANGES[changeDue], ...expired, acts: [SEND_RESET] }];
}

const MAILS = {
  bounced: { cause: 'mail_bounced', acts: ['people.set_address'] },
  given_up: { cause: 'mail_given_up', acts: ['mail.retry', 'people.set_address'] },
  late: { cause: 'mail_late', acts: ['mail.retry'] },
} as const satisfies Record<MailFact['state'], Pick<Found, 'cause' | 'acts'>>;

/** One finding for each way in which mails fail, of the latest that did. */
function mailsOf({ mails }: SignInFacts): Found[] {
  return (['bounced', 'given_up', 'late'] as const).flatMap((state): Found[] => {
    const [mail] = mails
      .filter((each) => each.state === state)
      .toSorted((one, other) => other.since.getTime() - one.since.getTime());
    return mail === undefined ? [] : [{ ...MAILS[state], since: mail.since, subject: mail.kind }];
  });
}

function failuresOf({ failures, factors }: SignInFacts): Found[] {
  const groups = { wrong_factor: [], wrong_password: [], refused_lately: [] } as Record<
    string,
    FailureFact[]
  >;
  for (const failure of failures) groups[groupOf(failure.reason)]?.push(failure);
  return (['wrong_factor', 'wrong_password', 'refused_lately'] as const).flatMap((cause): Found[] => {
    const [most, ...others] = groups[cause] ?? [];
    if (most === undefined) return [];
    const all = [most, ...others];
    const lastAt = new Date(Math.max(...all.map((each) => each.lastAt.getTime())));
    const count = all.reduce((sum, each) => sum + each.count, 0);
    const subject = cause === 'refused_lately' ? { subject: most.reason } : {};
    return [{ cause, since: lastAt, count, ...subject, acts: actsAfter(cause, factors) }];
  });
}

const groupOf = (reason: string) =>
  reason === 'password_wrong'
    ? 'wrong_password'
    : FACTOR_REASONS.has(reason)
      ? 'wrong_factor'
      : 'refused_lately';

function actsAfter(cause: Cause, { authenticators, passkeys }: SignInFacts['factors']): readonly string[] {
  if (cause === 'wrong_password') return [SEND_RESET];
  if (cause !== 'wrong_factor' || authenticators + passkeys === 0) return [];
  return ['factors.list', ISSUE_CODE, 'factors.reset'];
}

const since = (at: Date | undefined) => (at === undefined ? {} : { since: at });
