import { SYSTEM_ACTOR } from '../domain/audit/actor.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import { mailboxOf, type Sender } from '../domain/mail/addresses.ts';
import type { ClaimedMail, MailDelivery } from '../domain/mail/delivery-store.ts';
import type { Mail } from '../domain/mail/mails.ts';
import { afterFailure, type DeliveryDecision, refusedBeforehand } from '../domain/mail/policy.ts';
import type { MailRenderer } from '../domain/mail/render.ts';
import { DeliveryError, type MailTransport, type Message } from '../domain/mail/transport.ts';
import { leaseSeconds } from '../kernel/backoff.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Randomness } from '../kernel/ids.ts';
import type { Logger } from '../log.ts';
import type { Meters } from '../metrics/meters.ts';
import { scrub } from '../redaction.ts';
import type { Database } from '../storage/database.ts';
import { createOutboxWorker, recordDone } from './outbox-worker.ts';
import type { Job } from './runner.ts';

export interface SendMailDependencies {
  readonly database: Database;
  readonly outbox: MailDelivery;
  readonly renderer: MailRenderer;
  readonly transport: MailTransport;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly log: Logger;
  readonly sender: Sender;
  readonly sendTimeoutSeconds: number;
  readonly meters: Pick<Meters, 'mail'>;
  /** Has the job look again: a sender is free. */
  readonly wake: () => void;
}

/** Mails on their way at the same time, on each node. */
export const SENDERS = 4;
/**
 * Takes mails out of the outbox and sends them. What was sent is marked so at once: a mail is sent again, with the same
 * Message-ID, only where a node dies or stands still between the relay's "250" and that mark, or where that answer is lost.
 */
export function createSendMail(deps: SendMailDependencies): Job {
  const { outbox, sendTimeoutSeconds } = deps;
  return createOutboxWorker<ClaimedMail>({
    ...deps,
    name: 'send-mail',
    workers: SENDERS,
    claimSeconds: leaseSeconds(sendTimeoutSeconds),
    claim: outbox.claim,
    attempt: (mail, draining) => deliver(deps, mail, draining),
    about,
    unrecorded: 'what became of a mail was not recorded',
  });
}

async function deliver(deps: SendMailDependencies, mail: ClaimedMail, draining: AbortSignal): Promise<void> {
  const beforehand = refusedBeforehand({ ...mail, uselessAfter: mail.uselessAfter }, deps.clock.now());
  if (beforehand !== undefined)
    return settle(deps, mail, { givenUp: beforehand }, mail.problem ?? 'not tried');
  let content: Mail | undefined;
  try {
    content = mail.open();
    await deps.transport.send(messageOf(deps, mail, content), draining);
  } catch (error) {
    if (draining.aborted) {
      await deps.outbox.release(mail);
      return;
    }
    const failure = {
      attempts: mail.attempts,
      permanent: error instanceof DeliveryError && error.permanent,
      uselessAfter: mail.uselessAfter,
    };
    if (!(error instanceof DeliveryError))
      deps.log.error({ err: error, ...about(mail) }, 'a mail could not be made');
    const chance = deps.random.bytes(4).readUInt32BE() / 2 ** 32;
    const verdict = afterFailure(failure, deps.clock.now(), chance);
    return settle(deps, mail, verdict, problemOf(error, content));
  }
  await recordSent(deps, mail, draining);
}

async function recordSent(
  { database, outbox, log, meters }: SendMailDependencies,
  mail: ClaimedMail,
  draining: AbortSignal,
) {
  const first = await recordDone(database, [outbox.done(mail.id)], draining);
  meters.mail('sent');
  if (first) log.info(about(mail), 'mail sent');
  else log.warn(about(mail), 'mail sent again, or it was forgotten meanwhile');
}

async function settle(
  deps: SendMailDependencies,
  mail: ClaimedMail,
  verdict: DeliveryDecision,
  problem: string,
) {
  const { outbox, log, meters } = deps;
  if ('retryAt' in verdict) {
    await outbox.putBack(mail, verdict.retryAt, problem);
    meters.mail('retried');
    log.warn(
      { ...about(mail), problem, nextAttemptAt: verdict.retryAt },
      'mail not sent, will be tried again',
    );
    return;
  }
  const { givenUp: reason } = verdict;
  await deps.database.transaction(async (tx) => {
    // Nothing of a mail is worth keeping once its link is dead.
    if (!(await outbox.giveUp(tx, mail, `${reason}: ${problem}`, { erase: reason === 'expired' }))) return;
    await deps.audit.record(tx, {
      type: 'mail.given_up',
      outcome: 'failure',
      actor: SYSTEM_ACTOR,
      ...(mail.accountId === undefined ? {} : { account: mail.accountId }),
      details: { mail: mail.id, kind: mail.kind, reason },
    });
  });
  meters.mail('given_up');
  log.error({ ...about(mail), problem, reason }, 'mail given up');
}

function messageOf(
  { sender, renderer }: SendMailDependencies,
  { id, createdAt }: ClaimedMail,
  mail: Mail,
): Message {
  return {
    id,
    messageId: `<${id}@${sender.domain}>`,
    date: createdAt,
    from: sender.from,
    to: mailboxOf(mail.to.address, mail.to.name),
    ...(sender.replyTo === undefined ? {} : { replyTo: sender.replyTo }),
    ...renderer.render(mail),
  };
}

const about = ({ id, kind, accountId, attempts }: ClaimedMail) => ({
  mail: id,
  kind,
  account: accountId,
  attempts,
});

/** What an operator is told. A relay may quote the mail in its refusal: whatever was in it is taken out again. */
function problemOf(error: unknown, content: Mail | undefined): string {
  const text = error instanceof DeliveryError ? error.reason : 'it could not be made';
  const values = content === undefined ? [] : Object.values({ ...content.model, ...content.to });
  const said = values.filter((value) => typeof value === 'string').flatMap(withParts);
  return scrub(said.filter(isTelling).reduce((problem, value) => problem.replaceAll(value, '…'), text));
}

/** A link is as secret as what stands in its query. */
const withParts = (value: string): string[] => [value, ...(URL.parse(value)?.searchParams.values() ?? [])];

/** Shorter words stand in replies by chance. */
const isTelling = (value: string) => value.length > 5;
