import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { AccountStore } from '../domain/accounts/store.ts';
import { DEFAULT_KEEPS_MINUTES } from '../domain/clients/policy.ts';
import type { LogoutDeliveries } from '../domain/logout-deliveries/store.ts';
import {
  afterUse,
  atSharedWorkstation,
  type ClientLimits,
  type Deadlines,
  isInteractive,
  isWorthWriting,
  lastsWithin,
  limitsOf,
  mayBeKept,
  mostSessions,
  type SessionSettings,
  withinClient,
} from '../domain/sessions/policy.ts';
import type { SessionSignIn, SessionStore, SessionUse } from '../domain/sessions/store.ts';
import type { SignInStore } from '../domain/sign-ins/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { currentUnit, type Write } from '../storage/unit-of-work.ts';
import type { Payload } from './artifact-store.ts';
import { ARTIFACT_CHANGES } from './artifacts.ts';
import type { PersonBehind } from './claims.ts';
import { revokeOfLeft } from './revocation-store.ts';
import { isShared, type SharedWorkstations } from './shared-workstations.ts';
import { signsInByTemporaryCode } from './temporary-sessions.ts';
import type { Terminations } from './terminations.ts';

export interface SessionRecordDependencies {
  readonly sessions: Pick<
    SessionStore,
    'start' | 'freeSlots' | 'use' | 'touch' | 'keep' | 'becomeShared' | 'narrow' | 'lasts' | 'join' | 'leave'
  >;
  readonly settings: SessionSettings;
  readonly sharedWorkstations: SharedWorkstations;
  readonly clock: Clock;
  readonly logouts: Pick<LogoutDeliveries, 'enqueue'>;
  readonly terminations: Pick<Terminations, 'signedOut' | 'evicted'>;
  readonly accounts: Pick<AccountStore, 'inEpoch'>;
  readonly signIns: Pick<SignInStore, 'record'>;
}

/** What becomes of a session's record when the provider stores the session. */
export interface SessionRecords {
  /** `before` is what the request has read of the session. */
  stored(session: Payload, before: Payload | undefined): Write[];
  /**
   * Whether the session that a request has read is too old for where it would be used: for the client or the workstation of the
   * request it has lasted for too long, or, where the request is not its person's doing, gone unused for too long. It goes on
   * elsewhere, and here with a new sign-in, such as the request may bring.
   */
  outlivesHere(ctx: KoaContextWithOIDC): boolean;
  /** Its person has signed out. */
  destroyed(uid: string, accountId: string): Write[];
  /**
   * Its person has looked at a page of ours. `becomesShared` says that it was at a workstation that people share for the first
   * time. What is written of that, and the deadlines that the session has then.
   */
  touched(uid: string, known: Deadlines, becomesShared: boolean): Touched;
  /**
   * A client is about to rotate a refresh token of a session. What is written of that: something where its refreshes count, the token
   * ends with the session, and it is neither one that came again nor for somebody, or at a place, with less time.
   */
  refreshed(ctx: KoaContextWithOIDC): Write[];
}

export interface Touched {
  readonly writes: Write[];
  readonly deadlines: Deadlines;
}

type Authorizations = Record<string, { sid?: string }>;

export function createSessionRecords(deps: SessionRecordDependencies): SessionRecords {
  const { sessions, settings, clock } = deps;

  function useOf(session: Payload, ctx: KoaContextWithOIDC | undefined): SessionUse {
    const at = clock.now();
    const { loginTs } = session;
    const roles = (ctx?.oidc.account as PersonBehind | undefined)?.roles ?? [];
    const uid = String(session.uid);
    const client = ctx?.oidc.client;
    const limits = withinClient(limitsOf(roles, settings), clientLimits(client));
    const shared =
      ctx !== undefined &&
      deps.sharedWorkstations({ address: ctx.ip, client, sessionUid: uid }) !== undefined;
    return {
      uid,
      accountId: String(session.accountId),
      signedInAt: typeof loginTs === 'number' ? new Date(loginTs * 1000) : at,
      limits: shared ? atSharedWorkstation(limits, settings) : limits,
      shared,
      at,
    };
  }

  /** Whichever way somebody has signed in, this is where their session begins: what they may have at a time is held here. */
  function begin(use: SessionUse, session: Payload, ctx: KoaContextWithOIDC | undefined): Write[] {
    const room = {
      most: mostSessions((ctx?.oidc.account as PersonBehind | undefined)?.roles ?? [], settings),
      evict: settings.capPolicy === 'evict-oldest',
      chosen: chosenOf(ctx),
    };
    const signIn = signInOf(session, ctx);
    return [
      ...inEpoch(use, ctx),
      sessions.start(use, signIn),
      ...deps.signIns.record(use.accountId, use.uid, { at: use.at, ...signIn }),
      ...deps.terminations.evicted(use, (name) => sessions.freeSlots(use, room, name)),
    ];
  }

  /**
   * Between the end of a sign-in and the request that makes a session of it somebody may have ended the person's access. (Where
   * there is a session already, its record tells.) First of all, as those who end it hold the account before its sessions.
   */
  function inEpoch({ accountId }: SessionUse, ctx: KoaContextWithOIDC | undefined): Write[] {
    const { accessEpoch } = (ctx?.oidc.result ?? {}) as { accessEpoch?: number };
    return ctx?.oidc.result?.login === undefined ? [] : [deps.accounts.inEpoch(accountId, accessEpoch ?? 0)];
  }

  /** One answer for each request: its parts must not disagree about a limit that is reached meanwhile. */
  const verdicts = new WeakMap<object, boolean>();

  function outlivesHere(ctx: KoaContextWithOIDC): boolean {
    const { session, result } = ctx.oidc;
    const facts = session?.uid && currentUnit()?.part(ARTIFACT_CHANGES).factsOf(session.uid);
    if (result?.login !== undefined || !facts) return false;
    const known = verdicts.get(ctx.oidc);
    if (known !== undefined) return known;
    const { uid, accountId, loginTs } = session;
    const { limits, signedInAt, at } = useOf({ uid, accountId, loginTs }, ctx);
    const verdict = !lastsWithin(limits, isActive(ctx) ? at : facts.lastActiveAt, signedInAt, at);
    verdicts.set(ctx.oidc, verdict);
    return verdict;
  }

  /** The part that is about the session itself. */
  function own(session: Payload, before: Payload | undefined, joined: boolean): Write[] {
    const { ctx } = Provider;
    const use = useOf(session, ctx);
    if (before?.accountId !== session.accountId) return begin(use, session, ctx);
    const route = ctx?.oidc.route;
    const active = isActive(ctx);
    const outlived = ctx !== undefined && outlivesHere(ctx);
    // What is refused, or given up, holds the session to nothing of where it was asked for.
    if ((route === 'authorization' || route === 'code_verification') && outlived)
      return active ? [sessions.touch(use.uid, use.at)] : [];
    const resumed = route === 'resume' || route === 'device_resume';
    if (resumed && (outlived || ctx?.oidc.result === undefined)) return [sessions.lasts(use.uid)];
    if (resumed) {
      // Its id has changed: what ended the session meanwhile may not have seen the new one.
      return [sessions.use(use, ctx?.oidc.result?.login && signInOf(session, ctx))];
    }
    if (route === 'end_session_confirm') return [sessions.use(use)];
    const narrows = joined && isNarrower(clientLimits(ctx?.oidc.client));
    // A browser that was carried to a shared workstation is held to what holds there.
    if (narrows || (use.shared && !isShared(use.uid))) return [sessions.narrow(use, active)];
    if (joined) return [active ? sessions.use(use) : sessions.lasts(use.uid)];
    return active ? [sessions.touch(use.uid, use.at)] : [];
  }

  return {
    outlivesHere,

    refreshed(ctx) {
      const { client, entities } = ctx.oidc;
      const keepsSeconds = keptBy(client);
      const { jti = '', sessionUid: uid, expiresWithSession } = entities.RefreshToken ?? {};
      if (keepsSeconds === undefined || uid === undefined || expiresWithSession !== true) return [];
      const line = currentUnit()?.part(ARTIFACT_CHANGES).lineOf('RefreshToken', jti);
      if (line?.replayUntil !== undefined) return [];
      const roles = (entities.Account as PersonBehind | undefined)?.roles ?? [];
      const limits = withinClient(limitsOf(roles, settings), clientLimits(client));
      const shared = deps.sharedWorkstations({ address: ctx.ip, client, sessionUid: uid }) !== undefined;
      if (shared || !mayBeKept(limits, settings)) return [];
      return [sessions.keep(uid, { at: clock.now(), keepsSeconds }, settings.timeoutMinutes * 60)];
    },

    destroyed: (uid, accountId) => deps.terminations.signedOut({ uid, accountId }),

    touched(uid, known, becomesShared) {
      const now = clock.now();
      if (becomesShared) {
        const idleSeconds = Math.min(known.idleSeconds, settings.sharedWorkstation.timeoutMinutes * 60);
        const deadlines = afterUse({ ...known, idleSeconds }, now);
        return { writes: [sessions.becomeShared(uid, idleSeconds, now)], deadlines };
      }
      if (!isWorthWriting(known.lastActiveAt, now)) return { writes: [], deadlines: known };
      return { writes: [sessions.touch(uid, now)], deadlines: afterUse(known, now) };
    },

    stored(session, before) {
      const uid = String(session.uid);
      const [now, then] = [sidsOf(session), sidsOf(before)];
      const joined = Object.fromEntries(Object.entries(now).filter(([id, sid]) => then[id] !== sid));
      const left = Object.keys(then).filter((id) => !(id in now));
      const joins = Object.keys(joined).length > 0;
      const record = own(session, before, joins);
      return [
        ...record,
        ...(joins ? [sessions.join(uid, joined, clock.now())] : []),
        ...(left.length > 0 ? leave(uid, String(session.accountId), left) : []),
      ];
    },
  };

  /** A person who stays signed in has signed out of some clients (OpenID Connect RP-Initiated Logout 1.0, section 3). */
  function leave(uid: string, accountId: string, clientIds: readonly string[]): Write[] {
    return [
      sessions.leave(uid, clientIds, 'left_session'),
      revokeOfLeft(uid, accountId, clientIds),
      deps.logouts.enqueue(
        (parameter) => `
          select ${parameter(uid)}::text as session_uid, client_id, ${parameter(accountId)}::text as account_id, sid
          from left_session`,
      ),
    ];
  }
}

/** Whether a request is its person's doing, and so a use of the session. */
const isActive = (ctx: KoaContextWithOIDC | undefined): boolean =>
  ctx?.oidc.route !== 'authorization' ||
  isInteractive(ctx.oidc.params?.prompt, ctx.get('Sec-Fetch-Dest') ?? '');

/** What the person has chosen to end for the sign-in that the protocol hears of in this request. */
function chosenOf(ctx: KoaContextWithOIDC | undefined): readonly string[] {
  const { ending } = (ctx?.oidc.result ?? {}) as { ending?: { sessions: readonly string[] } };
  return ending?.sessions ?? [];
}

const signInOf = (session: Payload, ctx: KoaContextWithOIDC | undefined): SessionSignIn => ({
  byTemporaryCode: signsInByTemporaryCode(ctx) === true,
  acr: typeof session.acr === 'string' ? session.acr : undefined,
  ip: ctx?.ip,
  userAgent: ctx?.get('User-Agent') || undefined,
});

function sidsOf(session: Payload | undefined): Record<string, string> {
  const authorizations = Object.entries((session?.authorizations ?? {}) as Authorizations);
  return Object.fromEntries(
    authorizations.flatMap(([id, { sid }]) => (sid === undefined ? [] : [[id, sid]])),
  );
}

function clientLimits(client: object | undefined): ClientLimits {
  const metadata = (client ?? {}) as { session_idle_minutes?: number; session_absolute_seconds?: number };
  const { session_idle_minutes: minutes, session_absolute_seconds: absoluteSeconds } = metadata;
  return {
    ...(minutes === undefined ? {} : { idleSeconds: minutes * 60 }),
    ...(absoluteSeconds === undefined ? {} : { absoluteSeconds }),
  };
}

/** For how long after their last use a client's refreshes keep people signed in, in seconds; undefined where they do not count. */
function keptBy(client: object | undefined): number | undefined {
  const { first_party, refresh_counts_as_activity, refresh_keeps_minutes } = (client ?? {}) as Record<
    string,
    unknown
  >;
  if (first_party !== true || refresh_counts_as_activity !== true) return undefined;
  return 60 * (typeof refresh_keeps_minutes === 'number' ? refresh_keeps_minutes : DEFAULT_KEEPS_MINUTES);
}

const isNarrower = ({ idleSeconds, absoluteSeconds }: ClientLimits) =>
  idleSeconds !== undefined || absoluteSeconds !== undefined;
