import type { Context } from 'koa';
import { errors, type Provider } from 'oidc-provider';
import type { AccountStore } from '../domain/accounts/store.ts';
import type { Granted } from '../domain/consents/store.ts';
import type { Demands, SessionEvidence } from '../sign-in/attempt.ts';
import type { ActiveProvider } from './active-provider.ts';
import type { ArtifactStore, Payload } from './artifact-store.ts';
import { type ClientFacts, factsOf, type LibraryClient } from './client-facts.ts';
import { mayStayOffline } from './client-traits.ts';
import { DEVICE_PATH } from './device-endpoints.ts';
import { type DeviceRequest, deviceRequestOf } from './device-flow.ts';
import { addTo } from './grants.ts';
import { LEVEL_REASONS, levelsDemanded } from './interaction-policy.ts';
import { CREATE_REASON, SELECT_ACCOUNT } from './prompts.ts';
import { authorizePath, expectedSubject, maxAgeOf, text } from './request-parameters.ts';
import type { SharedWorkstation, SharedWorkstations } from './shared-workstations.ts';
import { isByTemporaryCode } from './temporary-sessions.ts';
import { isTestRequest } from './test-requests.ts';

type LibraryInteraction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** A request of a client that waits for a person, as the pages need it. */
export interface Interaction {
  readonly uid: string;
  readonly prompt: 'login' | 'consent' | 'select_account';
  readonly client: ClientFacts;
  /** Who is signed in in this browser, if anybody. */
  readonly accountId: string | undefined;
  readonly loginHint: string | undefined;
  readonly uiLocales: readonly string[];
  /** The session of this browser when the client asked, by its uid. */
  readonly sessionUid: string | undefined;
  /** True when somebody is signed in already and must prove it again. */
  readonly reauthenticate: boolean;
  /** True when the sign-in is meant for somebody else than who is signed in: a new account, or another one. */
  readonly forSomebodyElse: boolean;
  readonly demands: Demands;
  /** What the live session of this browser was made with, where nothing but its level is too low. */
  readonly session: SessionEvidence | undefined;
  /** What the client asks for and has not been allowed yet. */
  readonly missing: Granted;
  /** The device that is to be signed in, where its person is asked to confirm it. */
  readonly device: DeviceRequest | undefined;
  /** It is a test of the client: what is consented to is not remembered. */
  readonly forTest: boolean;
  /** Where it is at a workstation that people share. */
  readonly shared: SharedWorkstation | undefined;
  readonly expiresAt: Date;
  /** Makes the same request once more; undefined for one that was pushed, which is the client's to repeat. */
  readonly again: string | undefined;
  readonly library: LibraryInteraction;
}

/** What became of an interaction that cannot be continued. */
export type Ended =
  /** This browser never had it, or lost its cookie. The client is told where it is still known, its request is not repeated. */
  | { readonly kind: 'foreign'; readonly client: ClientFacts | undefined }
  /** It was open too long. `again` makes the same request once more; one that was pushed is the client's to repeat. */
  | { readonly kind: 'expired'; readonly client: ClientFacts | undefined; readonly again: string | undefined }
  /** It was finished, or has ended in a way that is no longer known. */
  | { readonly kind: 'finished'; readonly client: ClientFacts | undefined };

export type LoadedInteraction = { readonly kind: 'open'; readonly interaction: Interaction } | Ended;

/** How an interaction can end. */
export type InteractionResult =
  | {
      readonly login: { accountId: string; acr: string; amr: string[]; ts: number };
      /** The access epoch of the account in which that was proven: a session begins in the same one, or not at all. */
      readonly accessEpoch: number;
      /** A temporary code stood in for the second factor. */
      readonly byTemporaryCode: boolean;
      /** The sessions that end as the new one begins, as their person has chosen. */
      readonly ending?: { sessions: string[] };
    }
  /** `deviceFor`: whose confirmation of a device it is. */
  | { readonly consent: { grantId: string; deviceFor?: string } }
  /** The person who is signed in goes on. */
  | { readonly select_account: Record<string, never> }
  | { readonly error: string; readonly error_description: string };

export interface Interactions {
  load(
    ctx: Context,
    uid: string,
    completedClient: (uid: string) => Promise<string | undefined>,
  ): Promise<LoadedInteraction>;
  /**
   * Tells the provider the result, once, and says where the browser goes next; `signedOut` where its session has just been ended,
   * which the provider would look for. Commits with the request.
   */
  finish(interaction: Interaction, result: InteractionResult, signedOut?: boolean): Promise<string>;
  /**
   * Begins the sign-in anew for somebody else: nobody is signed in, nothing is proven, and no name is filled in. The client's
   * request stays. Commits with the request.
   */
  restart(interaction: Interaction): Promise<void>;
  /**
   * Asks for a sign-in in the place of the choice between accounts, with no name filled in. Whoever is signed in stays so until
   * somebody else has signed in. Commits with the request.
   */
  askSomebodyElse(interaction: Interaction): Promise<void>;
  /** Makes the grant of a person's consent. Commits with the request. */
  grant(interaction: Interaction, granted: Granted): Promise<string>;
}

export function createInteractions(
  active: ActiveProvider,
  artifacts: ArtifactStore,
  sharedWorkstations: SharedWorkstations,
  accounts: Pick<AccountStore, 'findBySub'>,
): Interactions {
  /** The account that the client asks for; one that nobody has where it is none's. */
  async function expectedAccount({ params, prompt }: LibraryInteraction): Promise<string | undefined> {
    const sub = expectedSubject(params, prompt.details);
    if (sub === undefined) return undefined;
    return (await accounts.findBySub(sub))?.id ?? NOBODY;
  }

  /**
   * What the browser's session says now, read only where the interaction has one. One that has ended since, or is another by
   * now, is evidence of nothing.
   */
  async function sessionAt(ctx: Context, library: LibraryInteraction, client: LibraryClient) {
    const session = library.session === undefined ? undefined : await active.current.Session.get(ctx);
    const isSame = session?.accountId === library.session?.accountId && session?.uid === library.session?.uid;
    return {
      shared: sharedWorkstations({ address: ctx.ip, client, sessionUid: session?.uid }),
      session: isSame ? sessionEvidence(library, isByTemporaryCode(session?.uid)) : undefined,
    };
  }

  const clientFacts = async (id: string | undefined): Promise<ClientFacts | undefined> => {
    const client = id === undefined ? undefined : await active.current.Client.find(id);
    return client === undefined ? undefined : factsOf(client, active.current.issuer);
  };

  async function clientOf(uid: string): Promise<ClientFacts | undefined> {
    const artifact = await artifacts.findEvenExpired('Interaction', uid);
    return clientFacts(text((artifact?.payload.params as Payload | undefined)?.client_id));
  }

  async function ended(
    uid: string,
    completedClient: (uid: string) => Promise<string | undefined>,
  ): Promise<Ended> {
    const past = await artifacts.findEvenExpired('Interaction', uid);
    if (past === undefined) {
      return { kind: 'finished', client: await clientFacts(await completedClient(uid)) };
    }
    const params = (past.payload.params ?? {}) as Payload;
    const { sealedParJti: parJti, sealedDeviceCode: deviceCode } = past.payload;
    const again = againOf(params, { parJti, deviceCode });
    return { kind: 'expired', client: await clientFacts(text(params.client_id)), again };
  }

  return {
    async load(ctx, uid, completedClient) {
      const provider = active.current;
      if (ctx.cookies.get(provider.cookieName('interaction'), { signed: true }) !== uid)
        return { kind: 'foreign', client: await clientOf(uid) };
      let library: LibraryInteraction;
      try {
        library = await provider.interactionDetails(ctx.req, ctx.res);
      } catch (error) {
        if (error instanceof errors.SessionNotFound) return ended(uid, completedClient);
        throw error;
      }
      const client = await provider.Client.find(String(library.params.client_id));
      if (client === undefined) return { kind: 'expired', client: undefined, again: undefined };
      const now = await sessionAt(ctx, library, client);
      return {
        kind: 'open',
        interaction: {
          ...describe(library, client, provider.issuer, await expectedAccount(library)),
          ...now,
        },
      };
    },

    async finish({ library }, result, signedOut = false) {
      if (signedOut) Object.assign(library, { session: undefined, grantId: undefined });
      library.result = { ...('error' in result ? {} : library.lastSubmission), ...result };
      // What is left of its time, by the clock that set its end.
      await library.persist();
      return new URL(library.returnTo).pathname;
    },

    async restart({ library }) {
      const { login_hint: _hint, ...params } = library.params;
      Object.assign(library, {
        params,
        prompt: { name: 'login', reasons: ['no_session'], details: {} },
        session: undefined,
        grantId: undefined,
        result: undefined,
        lastSubmission: undefined,
      });
      await library.persist();
    },

    async askSomebodyElse({ library }) {
      const { login_hint: _hint, ...params } = library.params;
      const prompt = { name: 'login', reasons: [SELECT_ACCOUNT], details: {} };
      Object.assign(library, { params, prompt, result: undefined });
      await library.persist();
    },

    async grant({ library, client, accountId }, granted) {
      const provider = active.current;
      const existing = library.grantId === undefined ? undefined : await provider.Grant.find(library.grantId);
      const own =
        existing !== undefined && existing.accountId === accountId && existing.clientId === client.id;
      const grant = own ? existing : new provider.Grant({ accountId: accountId ?? '', clientId: client.id });
      addTo(grant, granted);
      return grant.save();
    },
  };
}

function describe(
  library: LibraryInteraction,
  client: LibraryClient,
  issuer: string,
  expectedAccount: string | undefined,
): Omit<Interaction, 'shared' | 'session'> {
  const { params, prompt, session } = library;
  return {
    uid: library.uid,
    prompt: prompt.name === 'consent' || prompt.name === SELECT_ACCOUNT ? prompt.name : 'login',
    client: factsOf(client, issuer),
    accountId: session?.accountId,
    sessionUid: session?.uid,
    loginHint: text(params.login_hint),
    uiLocales: text(params.ui_locales)?.split(' ') ?? [],
    reauthenticate: session?.accountId !== undefined,
    forSomebodyElse: prompt.reasons.some((reason) => reason === SELECT_ACCOUNT || reason === CREATE_REASON),
    demands: {
      accountId: expectedAccount,
      acr: levelsDemanded(params),
      maxAgeSeconds: maxAgeOf(params),
    },
    missing: missingOf(prompt.details, client),
    device: deviceRequestOf(prompt.details),
    forTest: isTestRequest(params, issuer),
    expiresAt: new Date(library.exp * 1000),
    again: againOf(params, library as { parJti?: string; deviceCode?: string }),
    library,
  };
}

/** Where the same request is made once more. For a device that begins with its code. */
function againOf(params: Payload, { parJti, deviceCode }: { parJti?: unknown; deviceCode?: unknown }) {
  if (deviceCode !== undefined) return DEVICE_PATH;
  return parJti === undefined ? authorizePath(params) : undefined;
}

/** No id of an account. */
const NOBODY = 'nobody';

/**
 * What the session was made with when the client asked. Where anything else asks for the sign-in as well, such as
 * its age or the client's wish for another one, it counts for nothing.
 */
function sessionEvidence(
  { prompt, session }: LibraryInteraction,
  byTemporaryCode: boolean,
): SessionEvidence | undefined {
  const { name, reasons, details } = prompt;
  const made = details.session as { amr: string[]; loginTs: number } | undefined;
  if (name !== 'login' || made === undefined || session?.accountId === undefined) return undefined;
  if (reasons.length === 0 || !reasons.every((reason) => LEVEL_REASONS.has(reason))) return undefined;
  const signedInAt = new Date(made.loginTs * 1000);
  return { accountId: session.accountId, amr: made.amr, byTemporaryCode, signedInAt };
}

/**
 * With `prompt=consent` nothing may be missing, and the person is asked for everything again. So they are for a device: what they have
 * allowed the application before, they have not allowed this one, which may be a stranger's.
 */
function missingOf(details: Payload, client: object): Granted {
  const scopes = details.missingOIDCScope as string[] | undefined;
  const claims = details.missingOIDCClaims as string[] | undefined;
  const resources = details.missingResourceScopes as Granted['resources'] | undefined;
  const nothing = scopes === undefined && claims === undefined && resources === undefined;
  const isAll = nothing || details.device !== undefined;
  const asked = isAll ? (details.requested as Granted | undefined) : undefined;
  return {
    scopes: (asked?.scopes ?? scopes ?? []).filter(
      (scope) => scope !== 'offline_access' || mayStayOffline(client),
    ),
    claims: claims ?? [],
    resources: asked?.resources ?? resources ?? {},
  };
}
