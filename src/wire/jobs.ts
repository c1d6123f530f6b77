import { join } from 'node:path';
import type { ClientRegistration } from '../administration/clients/registration.ts';
import type { Config } from '../config/schema.ts';
import { ACCOUNT_REQUESTS_TABLE } from '../domain/account-requests/store.ts';
import { createPasswordAges } from '../domain/accounts/password-age-store.ts';
import { openSinks } from '../domain/audit/sinks/open.ts';
import { reachableAddresses } from '../domain/logout-deliveries/addresses.ts';
import { LOGOUTS_TABLE } from '../domain/logout-deliveries/entry-store.ts';
import { createPostLogoutToken } from '../domain/logout-deliveries/post.ts';
import { senderOf } from '../domain/mail/addresses.ts';
import { MAIL_TABLE } from '../domain/mail/entry-store.ts';
import { createMailFolder } from '../domain/mail/folder.ts';
import { createMailRenderer } from '../domain/mail/render.ts';
import { createSmtpTransport } from '../domain/mail/smtp.ts';
import type { MailTransport } from '../domain/mail/transport.ts';
import type { PasswordRules } from '../domain/passwords/rules.ts';
import { PASSWORD_HASH_COUNTS_TABLE, PASSWORD_HASH_SHAPES } from '../domain/passwords/stand-in-store.ts';
import { mailPresentation } from '../http/pages/mail-presentation.ts';
import { ANSWER_REQUESTS } from '../jobs/answer-requests.ts';
import { DEAL_STAND_INS } from '../jobs/deal-stand-ins.ts';
import { DELIVER_LOGOUTS } from '../jobs/deliver-logouts.ts';
import { createAllJobs } from '../jobs/index.ts';
import { SENDERS } from '../jobs/send-mail.ts';
import type { Lifecycle } from '../lifecycle/index.ts';
import { lineWriter } from '../log.ts';
import type { ActiveProvider } from '../oidc/active-provider.ts';
import { createLogoutTokens } from '../oidc/logout-tokens.ts';
import type { Anchored } from './anchors.ts';
import type { Foundation, OnClose } from './foundation.ts';
import { MAIL_VIEWS_PATH } from './paths.ts';
import type { Stores } from './stores.ts';

interface Served extends Stores {
  readonly audit: Stores['audit'] & Anchored;
  readonly passwords: Stores['passwords'] & { readonly rules: PasswordRules };
  readonly lifecycle: Lifecycle;
  readonly clientRegistration: ClientRegistration | undefined;
  readonly protocol: { readonly active: ActiveProvider };
}

/** What jobs do by acts. */
interface LateActs {
  readonly goOnWithBulks: (limit: number) => Promise<number>;
  readonly checkDrift: (before: Date) => Promise<boolean>;
}

/** What the server does without being asked, and how its mail leaves it. */
export async function openJobs(
  foundation: Foundation,
  served: Served,
  replaced: MailTransport | undefined,
  onClose: OnClose,
  { goOnWithBulks, checkDrift }: LateActs,
) {
  const { config, database, clock, random, log } = foundation;
  const { meters } = foundation.metrics;
  const { changes } = foundation.storage;
  const { active } = served.protocol;
  const { standIns, rules: passwordRules } = served.passwords;
  const { answers, breakGlass, groupEnding, notices, roleSetting } = served.lifecycle;
  const { issuer } = config.server;
  const mailFolder =
    config.mail.url === undefined ? createMailFolder(join(config.dataDir, 'mail')) : undefined;
  const transport = replaced ?? mailFolder ?? smtpTransport(config);
  onClose(() => transport.close());
  const sender = senderOf(config.mail, config.brand.name, issuer);
  const jobs = createAllJobs({
    database,
    clock,
    random,
    log,
    meters,
    issuer,
    audit: served.audit.log,
    auditMonths: served.audit.months,
    auditHolds: served.audit.holds,
    anchorGate: served.audit.gate,
    anchorStore: served.audit.anchorStore,
    auditTrail: served.audit.trail,
    anchorSeconds: config.auditAnchors.seconds,
    auditSinks: openSinks(config.auditSinks.targets, {
      writeLines: lineWriter(log),
      hostname: new URL(issuer).hostname,
    }),
    auditSinkStore: served.audit.sinks,
    auditSender: { host: new URL(issuer).host, organization: config.brand.name },
    sealer: served.audit.sealing.sealer,
    sealingStanding: served.audit.sealing.standing,
    requests: served.accounts.requests,
    statusSchedule: served.lifecycle.statusSchedule,
    dormantPeople: served.lifecycle.dormantPeople,
    bulks: served.accounts.bulks,
    goOnWithBulks,
    checkDrift,
    links: served.accounts.links,
    roleTerms: served.accounts.roleTerms,
    approvals: served.accounts.approvals,
    roleSetting,
    groupEnding,
    groupEndings: served.accounts.groupEndings,
    standIns,
    passwordRules,
    ...served.factors,
    attempts: served.signIn.attempts,
    failedAttempts: served.signIn.failedAttempts,
    lockout: served.protection.lockout,
    rateLimits: served.protection.rateLimits,
    idempotencyKeys: served.protection.idempotencyKeys,
    sessionStore: served.sessions.store,
    terminations: served.sessions.terminations,
    artifacts: served.tokens.artifacts,
    statuses: served.tokens.statuses,
    logouts: served.logouts.outbox,
    clientUses: served.clients.uses,
    clientRegistration: served.clientRegistration,
    outbox: served.mail.outbox,
    renderer: await createMailRenderer({
      viewsPath: MAIL_VIEWS_PATH,
      presentation: mailPresentation(config.brand, { strict: config.environment === 'development' }),
      answered: config.mail.replyTo !== undefined,
    }),
    transport,
    answers,
    breakGlass,
    notices,
    passwordAges: createPasswordAges(database, clock),
    sender,
    sendTimeoutSeconds: config.mail.sendTimeoutSeconds,
    logoutTokens: createLogoutTokens(active, random),
    postLogoutToken: createPostLogoutToken({
      timeoutSeconds: config.outbound.logoutTimeoutSeconds,
      mayReach: config.outbound.allowLoopback
        ? () => true
        : reachableAddresses(config.outbound.logoutNetworks),
    }),
    logoutTimeoutSeconds: config.outbound.logoutTimeoutSeconds,
    logoutsPerClient: config.outbound.logoutsPerClient,
  });
  changes.onChange(PASSWORD_HASH_COUNTS_TABLE, () => jobs.wake(DEAL_STAND_INS));
  changes.onChange(PASSWORD_HASH_SHAPES, () => {
    standIns.expectNewShape();
    jobs.wake(DEAL_STAND_INS);
  });
  changes.onChange(MAIL_TABLE, () => jobs.wake('send-mail'));
  changes.onChange(LOGOUTS_TABLE, () => jobs.wake(DELIVER_LOGOUTS));
  changes.onChange(ACCOUNT_REQUESTS_TABLE, () => jobs.wake(ANSWER_REQUESTS));
  return { jobs, mail: { folder: mailFolder, transport, sender } };
}

function smtpTransport({ mail, server, environment }: Config): MailTransport {
  if (mail.url === undefined) throw new Error('no relay is configured');
  return createSmtpTransport({
    url: mail.url,
    password: mail.password,
    requireTls: environment === 'production',
    clientName: new URL(server.issuer).hostname,
    timeoutSeconds: mail.sendTimeoutSeconds,
    connections: SENDERS,
  });
}
