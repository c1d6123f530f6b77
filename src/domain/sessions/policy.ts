/**
 * When sessions end by themselves, what counts as a person's use of one, and what its end takes along. Pure decisions; all
 * times of settings are in the unit that their name says.
 */

/** Why a session ended, as the record and the audit trail say it. */
export const END_REASONS = [
  'idle',
  'absolute',
  'signed_out',
  'evicted',
  'ended_by_person',
  'ended_by_administrator',
  'password_changed',
  'factor_reset',
  'disabled',
  'deleted',
  'everywhere',
] as const;
export type EndReason = (typeof END_REASONS)[number];

/** The ends that are nobody's precaution: what was granted for a person's absence (`offline_access`) outlives them. */
const ORDINARY: ReadonlySet<EndReason> = new Set(['idle', 'absolute', 'signed_out', 'evicted']);

/** Whether this end takes even what was granted for the person's absence. */
export const endsOfflineAccess = (reason: EndReason): boolean => !ORDINARY.has(reason);

/**
 * What happens to somebody who signs in once more than they may be signed in: they choose what ends, what was not used for
 * longest ends, or they do not get in.
 */
export type CapPolicy = 'ask' | 'evict-oldest' | 'refuse';

export interface SessionSettings {
  readonly timeoutMinutes: number;
  readonly warningMinutes: number;
  readonly absoluteSeconds: number;
  readonly maxConcurrent: number;
  readonly capPolicy: CapPolicy;
  readonly byRole: Readonly<Record<string, RoleLimits>>;
  /** At a workstation that people share. */
  readonly sharedWorkstation: { readonly timeoutMinutes: number };
}

export interface RoleLimits {
  readonly timeoutMinutes?: number;
  readonly absoluteSeconds?: number;
  readonly maxConcurrent?: number;
}

/** How long a session may go without its person, and how long it may last at all, in seconds. */
export interface SessionLimits {
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
}

/** Parts of {@link SessionLimits} that a client asks for. */
export interface ClientLimits {
  readonly idleSeconds?: number;
  readonly absoluteSeconds?: number;
}

/** Of several roles the shortest times hold; a role without a policy has the general ones. */
export function limitsOf(roles: readonly string[], settings: SessionSettings): SessionLimits {
  const { timeoutMinutes, absoluteSeconds, byRole } = settings;
  const general = { timeoutMinutes, absoluteSeconds };
  const entries =
    roles.length === 0
      ? [general]
      : roles.map((role) => ({ ...general, ...(Object.hasOwn(byRole, role) ? byRole[role] : {}) }));
  return {
    idleSeconds: 60 * Math.min(...entries.map((entry) => entry.timeoutMinutes)),
    absoluteSeconds: Math.min(...entries.map((entry) => entry.absoluteSeconds)),
  };
}

/** How many sessions somebody with these roles may have at a time: of several roles the smallest number holds. */
export function mostSessions(roles: readonly string[], { maxConcurrent, byRole }: SessionSettings): number {
  if (roles.length === 0) return maxConcurrent;
  const own = (role: string) => (Object.hasOwn(byRole, role) ? byRole[role]?.maxConcurrent : undefined);
  return Math.min(...roles.map((role) => own(role) ?? maxConcurrent));
}

/** What a new session of somebody finds: those that last, the last used first, and how many may last with it. */
export interface SessionLimit {
  readonly open: readonly string[];
  readonly most: number;
}

/** How many of them have to end beside those of `ending` before another one may begin. */
export function excessOf({ open, most }: SessionLimit, ending: readonly string[]): number {
  const staying = open.filter((uid) => !ending.includes(uid));
  return Math.max(0, staying.length - most + 1);
}

/** A client can ask for less than the organisation, never for more. */
export const withinClient = (limits: SessionLimits, client: ClientLimits): SessionLimits => ({
  idleSeconds: Math.min(limits.idleSeconds, client.idleSeconds ?? limits.idleSeconds),
  absoluteSeconds: Math.min(limits.absoluteSeconds, client.absoluteSeconds ?? limits.absoluteSeconds),
});

/** Where people share the workstation, sessions may go without their person for less, never for longer. */
export const atSharedWorkstation = (
  limits: SessionLimits,
  { sharedWorkstation }: SessionSettings,
): SessionLimits => ({
  ...limits,
  idleSeconds: Math.min(limits.idleSeconds, 60 * sharedWorkstation.timeoutMinutes),
});

/** No session lasts longer than this, whoever's it is; in seconds. */
export const longestSession = ({ absoluteSeconds, byRole }: SessionSettings): number =>
  Math.max(absoluteSeconds, ...Object.values(byRole).map((role) => role.absoluteSeconds ?? 0));

/** What was written of a person's use of a session is not written again for so many seconds. */
export const COALESCED_SECONDS = 15;

export const isWorthWriting = (lastActiveAt: Date, now: Date): boolean =>
  now.getTime() - lastActiveAt.getTime() >= COALESCED_SECONDS * 1000;

/** When a session was last used, and when it ends. */
export interface Deadlines {
  readonly lastActiveAt: Date;
  readonly idleSeconds: number;
  readonly idleExpiresAt: Date;
  readonly absoluteExpiresAt: Date;
}

/** That a client has refreshed its tokens, whose refreshes put off the end for want of use. */
export interface Refresh {
  readonly at: Date;
  /** How long after their last use the person may be away at most, in seconds. */
  readonly keepsSeconds: number;
}

/**
 * When a session ends that its person used last at `since`, unless they use it again: so many seconds later, and never after the
 * end that it has in any case. A refresh that counts puts it off as a use would, but not beyond what it keeps after the last use.
 * `idleEndSql` says the same in SQL; a property test holds one against the other.
 */
export function idleEnd(since: Date, idleSeconds: number, absoluteExpiresAt: Date, refresh?: Refresh): Date {
  const idle = idleSeconds * 1000;
  const kept =
    refresh === undefined
      ? Number.NEGATIVE_INFINITY
      : Math.min(refresh.at.getTime() + idle, since.getTime() + refresh.keepsSeconds * 1000);
  return new Date(Math.min(Math.max(since.getTime() + idle, kept), absoluteExpiresAt.getTime()));
}

/** The deadlines once it is written that the session's person has used it at that time. */
export const afterUse = (deadlines: Deadlines, at: Date): Deadlines => ({
  ...deadlines,
  lastActiveAt: at,
  idleExpiresAt: idleEnd(at, deadlines.idleSeconds, deadlines.absoluteExpiresAt),
});

/**
 * The deadlines once it is written that a client has refreshed, whose refreshes count. No end comes nearer by it; what would put it
 * off by less than uses are written apart is not written.
 */
export function afterRefresh(deadlines: Deadlines, refresh: Refresh): Deadlines {
  const { lastActiveAt, idleSeconds, idleExpiresAt, absoluteExpiresAt } = deadlines;
  const end = idleEnd(lastActiveAt, idleSeconds, absoluteExpiresAt, refresh);
  return isWorthWriting(idleExpiresAt, end) ? { ...deadlines, idleExpiresAt: end } : deadlines;
}

/**
 * Whether refreshes may put off the end of a session with these limits: never where a role, a client or a shared workstation has a
 * shorter time than the organisation's own.
 */
export const mayBeKept = ({ idleSeconds }: SessionLimits, { timeoutMinutes }: SessionSettings): boolean =>
  idleSeconds >= timeoutMinutes * 60;

/** Whether a session that was last used and signed in to at those times lasts at `now`, under these limits. */
export const lastsWithin = (
  limits: SessionLimits,
  lastActiveAt: Date,
  signedInAt: Date,
  now: Date,
): boolean =>
  now.getTime() < lastActiveAt.getTime() + limits.idleSeconds * 1000 &&
  now.getTime() < signedInAt.getTime() + limits.absoluteSeconds * 1000;

/** When to warn of the end for want of use: as long before it as the settings say. */
export function warnAt(idleExpiresAt: Date, idleSeconds: number, settings: SessionSettings): Date {
  const leadSeconds = (settings.timeoutMinutes - settings.warningMinutes) * 60;
  // Of a very short session at least half passes without a warning.
  return new Date(idleExpiresAt.getTime() - Math.min(leadSeconds, idleSeconds / 2) * 1000);
}

/**
 * Whether an authorization request is its person's doing. With `prompt=none` (OpenID Connect Core, section 3.1.2.1), and
 * in a frame that no person sees, an application asks by itself.
 */
export function isInteractive(prompt: unknown, fetchDestination: string): boolean {
  if (typeof prompt === 'string' && prompt.split(' ').includes('none')) return false;
  return fetchDestination === '' || fetchDestination === 'document';
}
