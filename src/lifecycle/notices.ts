import type { Account, AccountStore } from '../domain/accounts/store.ts';
import type { DeviceStore, Sighting } from '../domain/devices/store.ts';
import type { FailedAttempts, FailureSeries } from '../domain/failed-attempts/store.ts';
import type { UnnoticedLock } from '../domain/lockout/announcement-store.ts';
import type { Lockout } from '../domain/lockout/store.ts';
import { recipientOf } from '../domain/mail/mails.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import type { OneTimeLinkStore } from '../domain/one-time-links/store.ts';
import { addSeconds } from '../kernel/clock.ts';
import type { MailedFactor } from '../sign-in/factors/kinds.ts';
import type { Executor } from '../storage/database.ts';
import type { Write } from '../storage/unit-of-work.ts';
import { LINKS } from './links.ts';

export interface NoticeDependencies {
  readonly issuer: string;
  readonly accounts: Pick<AccountStore, 'findById'>;
  readonly devices: Pick<DeviceStore, 'hasAny'>;
  readonly lockout: Pick<Lockout, 'passwordDisabled'>;
  readonly failedAttempts: Pick<FailedAttempts, 'failed' | 'locked' | 'signedIn'>;
  readonly links: OneTimeLinkStore;
  readonly mail: MailOutbox;
}

/** A device that was signed in by its code. */
export interface SignedInDevice {
  /** The name of the application. */
  readonly client: string;
  readonly askedAt: Date;
  /** The address from which it has asked. */
  readonly askedFrom?: string | undefined;
}

/** What people are told of their account without having asked (OWASP ASVS 6.3.5, 6.3.7). */
export interface Notices {
  /**
   * "This wasn't me", for a mail about the account: its link makes the account safe. With `since`, for a mail about
   * somebody who was in it, it also removes the factors that were added since.
   */
  secureLink(tx: Executor, accountId: string, since?: Date): Promise<string>;
  /**
   * A device has signed the account in that had not before: the mail for the unit of that sign-in. Nothing for the first
   * device of all, which is how the account came to be used.
   */
  newDevice(account: Account, sighting: Sighting): Write[];
  /** A device without a browser was signed in by its code: the mail for the unit that confirms it. */
  deviceSignedIn(account: Account, device: SignedInDevice, sighting: Sighting): Write[];
  /** A way to sign in has come or gone: the mail for the unit that changes it. */
  factorChanged(
    account: Account,
    change: 'added' | 'removed',
    factor: MailedFactor,
    sighting: Sighting,
  ): Write[];
  /**
   * A sign-in has failed, for the unit that says so; `locks`: a lock begins with it, which has a mail of its own. The same
   * writes where there is nobody to tell.
   */
  signInFailed(account: Account | undefined, sighting: Sighting, locks: boolean): Write[];
  /** A recovery code stood in for a second factor: the mail for the unit that spends it. */
  recoveryCodeUsed(account: Account, codesLeft: number, sighting: Sighting): Write[];
  /** A temporary code was used: the mail for the unit that spends it. */
  temporaryCodeUsed(account: Account, sighting: Sighting): Write[];
  /** The person has signed in, after `ownFailures` in the same sign-in. */
  signedIn(account: Account, ownFailures: number, at: Date): Write[];
  /** Sign-ins have failed that led to no lock. Nothing where there is no active account. */
  failedAttempts(tx: Executor, series: FailureSeries): Promise<void>;
  /** A lock has begun. Nothing where there is no active account. */
  locked(tx: Executor, lock: UnnoticedLock): Promise<void>;
}

/** How long a sign-in may take: what was added in one has come before the end of it, of which the notice tells. */
const SIGN_IN_SECONDS = 3_600;

export function createNotices(deps: NoticeDependencies): Notices {
  const { issuer, accounts, devices, links, mail } = deps;
  const linkOf = (accountId: string, since?: Date) => ({
    ...LINKS.notMe,
    accountId,
    ...(since === undefined ? {} : { payload: { since: since.toISOString() } }),
  });
  const addressOf = (token: string) => `${issuer}/secure?token=${token}`;

  async function secureLink(tx: Executor, accountId: string, since?: Date): Promise<string> {
    return addressOf((await links.issue(tx, linkOf(accountId, since))).token);
  }

  return {
    secureLink,

    newDevice(account, { at, ip, userAgent }) {
      const notFirst = devices.hasAny(account.id);
      const { token, write } = links.draft(linkOf(account.id, addSeconds(at, -SIGN_IN_SECONDS)), notFirst);
      const model = {
        at,
        ...(ip === undefined ? {} : { ip }),
        ...(userAgent === undefined ? {} : { userAgent }),
        secureLink: addressOf(token),
      };
      return [write, mail.write({ kind: 'new-device', to: recipientOf(account), model }, notFirst)];
    },

    deviceSignedIn(account, { client, askedAt, askedFrom }, { at, ip, userAgent }) {
      const { token, write } = links.draft(linkOf(account.id, addSeconds(at, -SIGN_IN_SECONDS)));
      const model = {
        client,
        askedAt,
        ...(askedFrom === undefined ? {} : { askedFrom }),
        at,
        ...(ip === undefined ? {} : { ip }),
        ...(userAgent === undefined ? {} : { userAgent }),
        secureLink: addressOf(token),
      };
      return [write, mail.write({ kind: 'device-signed-in', to: recipientOf(account), model })];
    },

    factorChanged(account, change, factor, { at, ip, userAgent }) {
      const kind = change === 'added' ? LINKS.factorAdded : LINKS.notMe;
      const { token, write } = links.draft({ ...linkOf(account.id, at), ...kind });
      const model = {
        change,
        factor,
        at,
        ...(ip === undefined ? {} : { ip }),
        ...(userAgent === undefined ? {} : { userAgent }),
        secureLink: addressOf(token),
      };
      return [write, mail.write({ kind: 'factor-changed', to: recipientOf(account), model })];
    },

    signInFailed(account, sighting, locks) {
      const accountId = account?.status === 'active' ? account.id : undefined;
      return locks ? deps.failedAttempts.locked(accountId) : deps.failedAttempts.failed(accountId, sighting);
    },

    recoveryCodeUsed(account, codesLeft, { at, ip, userAgent }) {
      const { token, write } = links.draft(linkOf(account.id, at));
      const model = {
        codesLeft,
        at,
        ...(ip === undefined ? {} : { ip }),
        ...(userAgent === undefined ? {} : { userAgent }),
        secureLink: addressOf(token),
      };
      return [write, mail.write({ kind: 'recovery-used', to: recipientOf(account), model })];
    },

    temporaryCodeUsed(account, { at, ip, userAgent }) {
      const { token, write } = links.draft(linkOf(account.id, at));
      const model = {
        what: 'used' as const,
        at,
        ...(ip === undefined ? {} : { ip }),
        ...(userAgent === undefined ? {} : { userAgent }),
        secureLink: addressOf(token),
      };
      return [write, mail.write({ kind: 'temporary-code', to: recipientOf(account), model })];
    },

    signedIn: ({ id }, ownFailures, at) => deps.failedAttempts.signedIn(id, ownFailures, at),

    async failedAttempts(tx, { accountId, failures, since, last, signedIn }) {
      const account = await accounts.findById(accountId);
      if (account?.status !== 'active') return;
      const { at, ip, userAgent } = last;
      await mail.enqueue(tx, {
        kind: 'failed-attempts',
        to: recipientOf(account),
        model: {
          count: failures,
          since,
          signedIn,
          at,
          ...(ip === undefined ? {} : { ip }),
          ...(userAgent === undefined ? {} : { userAgent }),
          secureLink: await secureLink(tx, account.id),
        },
      });
    },

    async locked(tx, { accountId, since, until }) {
      const account = accountId === undefined ? undefined : await accounts.findById(accountId);
      if (account?.status !== 'active') return;
      // A password that failed too often stays without effect, however long the lock is.
      const forGood = await deps.lockout.passwordDisabled(account.id);
      await mail.enqueue(tx, {
        kind: 'account-locked',
        to: recipientOf(account),
        model: {
          at: since,
          ...(forGood ? {} : { until }),
          secureLink: forGood ? `${issuer}/forgot` : await secureLink(tx, account.id),
        },
      });
    },
  };
}
