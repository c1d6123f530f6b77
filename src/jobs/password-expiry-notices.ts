import type { AgingAccount, PasswordAges } from '../domain/accounts/password-age-store.ts';
import { recipientOf } from '../domain/mail/mails.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import { daysLeft, expiryNotice, LONGEST_NOTICE_DAYS } from '../domain/passwords/expiry.ts';
import type { PasswordRules } from '../domain/passwords/rules.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../storage/database.ts';
import type { Job } from './runner.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const BATCH = 500;

export interface PasswordExpiryNoticesDependencies {
  readonly issuer: string;
  readonly database: Database;
  readonly passwordAges: PasswordAges;
  readonly passwordRules: Pick<PasswordRules, 'policyFor' | 'lifetimes'>;
  readonly outbox: Pick<MailOutbox, 'enqueue' | 'told'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Mails people 14, 7 and 1 days before their password expires. Every node looks at everybody; the outbox remembers each
 * notice by its occasion, so that it is sent once, and a notice that nobody could send in time is sent later, as long as
 * it is true.
 */
export function createPasswordExpiryNotices(deps: PasswordExpiryNoticesDependencies): Job {
  const { database, passwordAges, passwordRules, outbox, clock, log } = deps;

  /** The notice that is due for an account, and its occasion. */
  function noticeFor(account: AgingAccount, now: Date) {
    const notice = expiryNotice(now, account.passwordSetAt, passwordRules.policyFor(account));
    if (notice === undefined) return [];
    const { daysBefore, expiresAt } = notice;
    const once = `password-expires:${account.id}:${account.passwordSetAt.getTime()}:${daysBefore}`;
    return [{ account, once, expiresAt }];
  }

  async function tell(accounts: readonly AgingAccount[], now: Date): Promise<number> {
    const due = accounts.flatMap((account) => noticeFor(account, now));
    if (due.length === 0) return 0;
    const told = await outbox.told(due.map(({ once }) => once));
    const untold = due.filter(({ once }) => !told.has(once));
    if (untold.length === 0) return 0;
    await database.transaction(async (tx) => {
      for (const { account, once, expiresAt } of untold) {
        const model = {
          link: `${deps.issuer}/account`,
          daysLeft: daysLeft(now, expiresAt),
          expiresAt,
        };
        await outbox.enqueue(tx, { kind: 'password-expires', to: recipientOf(account), model, once });
      }
    });
    return untold.length;
  }

  return {
    name: 'password-expiry-notices',
    async round() {
      const lifetimes = passwordRules.lifetimes();
      if (lifetimes.length === 0) return HOUR_MS;
      const now = clock.now();
      const daysAgo = (days: number) => new Date(now.getTime() - days * DAY_MS);
      const range = {
        after: daysAgo(Math.max(...lifetimes)),
        until: daysAgo(Math.min(...lifetimes) - LONGEST_NOTICE_DAYS),
      };
      let count = 0;
      for (let last: string | undefined; ; ) {
        const accounts = await passwordAges.between(range, last, BATCH);
        count += await tell(accounts, now);
        last = accounts.at(-1)?.id;
        if (accounts.length < BATCH) break;
      }
      if (count > 0) log.info({ count }, 'people were told that their password expires');
      return HOUR_MS;
    },
  };
}
