/**
 * When an account is dormant: nobody has signed in to it for so long that its person is told, and then that it is disabled. Pure.
 * NIST SP 800-53, AC-2(3): disable accounts within a time when they have been inactive for another.
 */

export interface DormancySettings {
  /** Days without a sign-in after which an account is disabled; 0: never. */
  readonly days: number;
  /** The same for the people of a role, instead. */
  readonly daysByRole: Readonly<Record<string, number>>;
  /** How many days before its person is told. */
  readonly noticeDays: number;
}

/** What somebody was told last. */
export interface DormancyNotice {
  /** Of which period: the moment from which on nobody had signed in. */
  readonly since: Date;
  readonly toldAt: Date;
}

export interface DormancyFacts {
  readonly roles: readonly string[];
  readonly createdAt: Date;
  /** When it was last enabled after it had been disabled. */
  readonly enabledAt: Date | undefined;
  readonly lastSignIn: Date | undefined;
  readonly notice: DormancyNotice | undefined;
}

/** How an active account stands. */
export interface Dormancy {
  /** From when on it is counted. */
  readonly since: Date;
  readonly days: number;
  /** From when on its person is to be told. */
  readonly noticeAt: Date;
  /** When they were told; undefined where they were not in this period. */
  readonly toldAt: Date | undefined;
  /** When it is disabled: never sooner after the notice than the notice is long. */
  readonly disableAt: Date;
  /** What is to be done now. */
  readonly due: 'notice' | 'disabling' | undefined;
}

const DAY_MS = 86_400_000;
const addDays = (at: Date, days: number) => new Date(at.getTime() + days * DAY_MS);
const later = (one: Date, other: Date) => (one > other ? one : other);

/** After how many days somebody with these roles is dormant: the fewest that one of their roles says, else what holds for everybody. Undefined: never. */
export function dormancyDays(roles: readonly string[], settings: DormancySettings): number | undefined {
  const said = roles
    .filter((role) => Object.hasOwn(settings.daysByRole, role))
    .map((role) => settings.daysByRole[role] as number);
  const positive = (said.length > 0 ? said : [settings.days]).filter((days) => days > 0);
  return positive.length === 0 ? undefined : Math.min(...positive);
}

/** The fewest days that anybody is given; undefined where nobody is ever dormant. */
export function fewestDays({ days, daysByRole }: DormancySettings): number | undefined {
  const positive = [days, ...Object.values(daysByRole)].filter((each) => each > 0);
  return positive.length === 0 ? undefined : Math.min(...positive);
}

/** From when on is counted: the last sign-in, or the making or the last enabling of the account where that came later. */
export const countedFrom = ({
  createdAt,
  enabledAt,
  lastSignIn,
}: Pick<DormancyFacts, 'createdAt' | 'enabledAt' | 'lastSignIn'>): Date =>
  [enabledAt, lastSignIn].reduce<Date>((last, at) => (at === undefined ? last : later(last, at)), createdAt);

/** How somebody stands; undefined where an account like theirs is never dormant. */
export function dormancyOf(
  now: Date,
  facts: DormancyFacts,
  settings: DormancySettings,
): Dormancy | undefined {
  const days = dormancyDays(facts.roles, settings);
  if (days === undefined) return undefined;
  const since = countedFrom(facts);
  const noticeAt = addDays(since, days - settings.noticeDays);
  const toldAt = toldIn(facts.notice, since, noticeAt);
  const from = toldAt ?? later(now, noticeAt);
  const disableAt = later(addDays(since, days), addDays(from, settings.noticeDays));
  const due =
    toldAt === undefined
      ? noticeAt <= now
        ? 'notice'
        : undefined
      : disableAt <= now
        ? 'disabling'
        : undefined;
  return { since, days, noticeAt, toldAt, disableAt, due };
}

/** A notice of an earlier period counts no more, nor one from before the settings gave more days: it named an earlier date. */
function toldIn(notice: DormancyNotice | undefined, since: Date, noticeAt: Date): Date | undefined {
  if (notice === undefined || notice.since.getTime() !== since.getTime()) return undefined;
  return notice.toldAt >= noticeAt ? notice.toldAt : undefined;
}
