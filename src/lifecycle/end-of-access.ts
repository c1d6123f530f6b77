import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import type { OneTimeLinkStore } from '../domain/one-time-links/store.ts';
import type { EndReason } from '../domain/sessions/policy.ts';
import type { EndedBy, SessionEndings } from '../domain/sessions/store.ts';
import type { TemporaryCodeStore } from '../domain/temporary-codes/store.ts';
import type { TrustedDeviceStore } from '../domain/trusted-devices/store.ts';
import type { Executor } from '../storage/database.ts';
import { commitWrites } from '../storage/unit-of-work.ts';
import { LINKS } from './links.ts';

/** What one act ends of all that a person has, or that somebody has in their name. */
interface AccessEnding {
  /**
   * Sessions, with the grants, codes and tokens of their applications. `others`: all but the one in which the person acts,
   * where there is one. The reason is what the audit trail says of each, and its applications are told.
   */
  readonly sessions: { readonly which: 'all' | 'others'; readonly reason: EndReason } | undefined;
  /**
   * Sign-ins in which something was shown already, up to the moment at which they become a session. They begin anew, and a
   * temporary access code that could help one is void.
   */
  readonly signIns: boolean;
  /** The kinds of mailed links that go on; every other link of the account is void. */
  readonly keepsLinks: readonly string[];
  /** Devices on which the person is not asked for the second factor. */
  readonly trustedDevices: boolean;
}

const purposes = (...links: readonly (keyof typeof LINKS)[]) => links.map((link) => LINKS[link].purpose);

/** An administrator has the last word: no link that was mailed before does anything after. */
const NONE: readonly string[] = [];
/**
 * With these the owner takes the account back from somebody who has their session, their password or their mailbox. Whoever that
 * is can bring about all of the acts below but an administrator's, so none of those takes the links away.
 */
const UNDOING = purposes('formerAddress', 'factorAdded');
/** The same where the act mails no notice, and so brings no new "this wasn't me" in the place of an earlier one. */
const OWNERS = [...UNDOING, ...purposes('notMe')];

/** Where nothing is wrong with who reads the person's mail. */
const EVERY_LINK = Object.values(LINKS).map(({ purpose }) => purpose);

const all = (reason: EndReason) => ({ which: 'all', reason }) as const;
const others = (reason: EndReason) => ({ which: 'others', reason }) as const;

const byAdministrator = (reason: EndReason) =>
  ({ sessions: all(reason), signIns: true, keepsLinks: NONE, trustedDevices: true }) as const;

/**
 * Every act that takes access away, or changes how somebody signs in, and what it ends. What is about less than a person is not
 * here: the end of one session (`oidc/terminations.ts`), and of what one application holds (a grant that is withdrawn, a code or
 * a refresh token that is used twice, a client that is removed).
 */
export const ACCESS_ENDINGS = {
  /** `users disable`. Nothing of it comes back when the account is enabled. */
  disabled: byAdministrator('disabled'),
  /** `users enable`. Whatever there still is was begun before, or while the account was disabled. */
  enabled: byAdministrator('disabled'),
  /** `users delete`. */
  deleted: byAdministrator('deleted'),
  /** `users reset-factors`. */
  factorsReset: byAdministrator('factor_reset'),
  /** One factor that an administrator removes: it is lost, or somebody else's, and so may be what it has let in. */
  factorRemoved: byAdministrator('factor_reset'),
  /** `users require-password-change`: others know the password, or may. */
  passwordChangeRequired: byAdministrator('ended_by_administrator'),
  /** `users set-address`: by another address another person may be meant. */
  addressSet: byAdministrator('ended_by_administrator'),
  /**
   * `users set-roles`, where a role is lost: tokens that name it, and sessions that it let in. The links are its person's as before,
   * and what they have proven on their devices stays proven.
   */
  rolesTaken: {
    sessions: all('ended_by_administrator'),
    signIns: true,
    keepsLinks: EVERY_LINK,
    trustedDevices: false,
  },
  /** `sessions end --user`. */
  signedOutByAdministrator: byAdministrator('ended_by_administrator'),

  /** `users reset-password` only mails a link. Of those that do the same, or move the account elsewhere, the latest works. */
  resetLinkSent: { sessions: undefined, signIns: false, keepsLinks: OWNERS, trustedDevices: false },

  /** By a mailed link. The devices were trusted by whoever knew the password that is gone. */
  passwordReset: {
    sessions: all('password_changed'),
    signIns: true,
    keepsLinks: UNDOING,
    trustedDevices: true,
  },
  /** On the person's own page, after showing a second factor where they have one: their devices stay trusted. */
  passwordChanged: {
    sessions: others('password_changed'),
    signIns: true,
    keepsLinks: UNDOING,
    trustedDevices: false,
  },
  /** Within a sign-in that demands it. Where that is an administrator's wish, their devices are trusted no more already. */
  passwordChangeDone: {
    sessions: others('password_changed'),
    signIns: true,
    keepsLinks: UNDOING,
    trustedDevices: false,
  },
  /** "This wasn't me", of whichever notice; also when a former address takes the account back. */
  secured: { sessions: all('everywhere'), signIns: true, keepsLinks: UNDOING, trustedDevices: true },
  /** "Sign out everywhere". Devices are on a list of their own, and spare nobody the password. */
  signedOutEverywhere: {
    sessions: all('everywhere'),
    signIns: true,
    keepsLinks: OWNERS,
    trustedDevices: false,
  },
  /** "Sign out everywhere else", also with the removal of a factor. */
  othersSignedOut: {
    sessions: others('ended_by_person'),
    signIns: true,
    keepsLinks: OWNERS,
    trustedDevices: false,
  },
  /** By a link to the new address. Links to the one before would act for somebody who has it no more. */
  addressChanged: { sessions: undefined, signIns: false, keepsLinks: UNDOING, trustedDevices: false },
  /** The first password of an account, which nobody could sign in to before. */
  invitationAccepted: { sessions: undefined, signIns: false, keepsLinks: UNDOING, trustedDevices: false },
} as const satisfies Record<string, AccessEnding>;

export type AccessAct = keyof typeof ACCESS_ENDINGS;

/** Who acts, from where; and in which session, which goes on where only others end. */
export interface AccessEndedBy extends EndedBy {
  readonly session?: string | undefined;
}

export interface EndOfAccess {
  /**
   * Ends what the act ends (see {@link ACCESS_ENDINGS}), in the transaction of the act and after the lock of its account. What
   * somebody does at the same moment with something that ends is done before the act, or refused. Answers the access epoch of
   * the account from now on.
   */
  end(tx: Executor, accountId: string, act: AccessAct, by: AccessEndedBy): Promise<number | undefined>;
}

export interface EndOfAccessDependencies {
  readonly life: Pick<LifecycleStore, 'endEpoch'>;
  readonly links: Pick<OneTimeLinkStore, 'revokeOf'>;
  readonly trustedDevices: Pick<TrustedDeviceStore, 'revokeAll'>;
  readonly temporaryCodes: Pick<TemporaryCodeStore, 'revoke'>;
  readonly access: Pick<SessionEndings, 'endAll' | 'endOthers'>;
}

/** The one function that ends what a person has. */
export const createEndOfAccess = ({
  life,
  links,
  trustedDevices,
  temporaryCodes,
  access,
}: EndOfAccessDependencies): EndOfAccess => ({
  async end(tx, accountId, act, { session, ...by }) {
    const { sessions, signIns, keepsLinks, trustedDevices: endsTrust }: AccessEnding = ACCESS_ENDINGS[act];
    // First: it holds the account, on which whoever completes a sign-in or a change depends.
    const epoch = signIns ? await life.endEpoch(tx, accountId) : undefined;
    await links.revokeOf(tx, accountId, keepsLinks);
    const ended = [
      ...(signIns ? [temporaryCodes.revoke(accountId)] : []),
      ...(endsTrust ? [trustedDevices.revokeAll(accountId)] : []),
    ];
    if (ended.length > 0) await commitWrites(tx, ended);
    if (sessions === undefined) return epoch;
    const { which, reason } = sessions;
    await (which === 'others' && session !== undefined
      ? access.endOthers(tx, accountId, session, reason, by)
      : access.endAll(tx, accountId, reason, by));
    return epoch;
  },
});
