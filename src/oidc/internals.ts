/**
 * The one file that touches what oidc-provider does not promise. Everything here is held by a test, so that an upgrade
 * of the library that moves it fails loudly.
 */
import type { ParameterizedContext } from 'koa';
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
// @ts-expect-error: a module that the library does not show, and that has no types.
import internalsOf from 'oidc-provider/lib/helpers/weak_cache.js';

interface ClientClass {
  prototype: { clientId: string; clientSecret?: string; compareClientSecret(actual: string): boolean };
}

/**
 * Makes the provider check client secrets against their digests. What the registry hands to the library as `client_secret` are
 * the digests of all that a client has: the secrets themselves are nowhere to be had.
 */
export function compareSecretsWith(
  provider: Provider,
  matches: (digests: string, secret: string, clientId: string) => boolean,
): void {
  const { prototype } = provider.Client as unknown as ClientClass;
  if (typeof prototype.compareClientSecret !== 'function') {
    throw new Error('oidc-provider no longer compares client secrets where it did');
  }
  prototype.compareClientSecret = function compareClientSecret(
    this: { clientId: string; clientSecret?: string },
    actual: string,
  ) {
    return this.clientSecret !== undefined && matches(this.clientSecret, actual, this.clientId);
  };
}

/**
 * Makes every ID token name the session of its client (`sid`; OpenID Connect Back-Channel Logout, section 2.1), not only
 * those of clients that are told of a sign-out: an application that keeps tokens can tell which of them belong together.
 */
export function nameSessions(provider: Provider): void {
  const { prototype } = provider.Client as unknown as { prototype: { includeSid?: () => boolean } };
  if (typeof prototype.includeSid !== 'function') {
    throw new Error('oidc-provider no longer decides about sid where it did');
  }
  prototype.includeSid = () => true;
}

/**
 * Decides what each answer to an authorization request tells of the level of its session (`acr`): the session keeps the
 * highest that was reached, and of two clients each may have asked for another one.
 */
export function tellAcr(
  provider: Provider,
  tell: (reached: string | undefined, params: Record<string, unknown> | undefined) => string | undefined,
): void {
  const { prototype } = provider.OIDCContext as unknown as { prototype: KoaContextWithOIDC['oidc'] };
  if (Object.getOwnPropertyDescriptor(prototype, 'acr')?.get === undefined) {
    throw new Error('oidc-provider no longer tells the level of a session where it did');
  }
  Object.defineProperty(prototype, 'acr', {
    configurable: true,
    get(this: KoaContextWithOIDC['oidc']) {
      return tell(this.session?.acr, this.params);
    },
  });
}

/**
 * Has everything that leaves for a client name a person by {@link Configuration.pairwiseIdentifier}, which is not the library's
 * `accountId`: ID tokens, userinfo, introspection, access tokens, and what a request's hints are compared with. The library asks
 * for it where a client's subjects are its own; ours are the same for all clients, as discovery says (`public`), and so is what
 * is registered and told of each.
 */
export function nameSubjects(provider: Provider): void {
  const { prototype } = provider.Client as unknown as { prototype: object };
  if ('subjectType' in prototype)
    throw new Error('oidc-provider no longer keeps the kind of subjects where it did');
  Object.defineProperty(prototype, 'subjectType', {
    configurable: true,
    get: () => 'pairwise',
    // The library assigns what was registered, which can be nothing else than `public`.
    set: () => undefined,
  });
}

interface IdTokenClass {
  validate(jwt: string, client: unknown): Promise<{ header: { typ?: unknown } }>;
}

/**
 * Makes the provider take nothing but ID tokens as `id_token_hint`. Logout tokens, access tokens and signed introspection
 * answers have our signature, too; they name their kind in `typ`, which ID tokens leave out (RFC 8725, section 3.11).
 */
export function acceptIdTokensOnlyAsHints(provider: Provider): void {
  const IdToken = provider.IdToken as unknown as IdTokenClass;
  const { validate } = IdToken;
  if (typeof validate !== 'function') {
    throw new Error('oidc-provider no longer validates ID token hints where it did');
  }
  IdToken.validate = async (jwt, client) => {
    const verified = await validate.call(IdToken, jwt, client);
    const { typ } = verified.header;
    if (typ !== undefined && String(typ).toUpperCase() !== 'JWT') {
      throw new errors.InvalidRequest('id_token_hint is not an ID token');
    }
    return verified;
  };
}

/**
 * Adds claims to an ID token that is being made. `asked` is what the library hands to the `claims` function of an account: what
 * the `claims` parameter asks for, which is also, as the same object, what it lets through to the token. What a person has
 * rejected stays out.
 */
export function tellInIdToken(asked: Record<string, unknown>, names: readonly string[]): void {
  for (const name of names) asked[name] ??= null;
}

const BODY = Symbol('body');

/**
 * Has `amend` change the form of a request, once the provider has read it and before it looks at any parameter. The
 * provider reads forms itself, and must: nobody else may have read them before.
 */
export function amendBodies(
  provider: Provider,
  amend: (ctx: KoaContextWithOIDC, body: Record<string, unknown>) => void,
): void {
  const { prototype } = provider.OIDCContext as unknown as { prototype: object };
  if ('body' in prototype)
    throw new Error('oidc-provider no longer keeps the body of a request where it did');
  type Context = { ctx: KoaContextWithOIDC; [BODY]?: unknown };
  Object.defineProperty(prototype, 'body', {
    configurable: true,
    get(this: Context) {
      return this[BODY];
    },
    set(this: Context, body: unknown) {
      if (typeof body === 'object' && body !== null) amend(this.ctx, body as Record<string, unknown>);
      this[BODY] = body;
    },
  });
}

type GrantHandler = (ctx: KoaContextWithOIDC) => Promise<void>;

/**
 * Has something done at the token endpoint once the client is authenticated and may use the grant type, and before the
 * grant is looked at. What it throws is the answer.
 */
export function beforeEveryGrant(provider: Provider, act: GrantHandler): void {
  const { grantTypeHandlers } = internalsOf(provider) as { grantTypeHandlers?: Map<string, GrantHandler> };
  if (!(grantTypeHandlers instanceof Map) || grantTypeHandlers.size === 0) {
    throw new Error('oidc-provider no longer keeps the handlers of its grants where it did');
  }
  for (const [type, handle] of grantTypeHandlers) {
    grantTypeHandlers.set(type, async (ctx) => {
      await act(ctx);
      await handle(ctx);
    });
  }
}

interface Metadata {
  metadata(): Record<string, unknown>;
}

/**
 * Validates client metadata by the provider's own schema and answers what it made of it, defaults filled in. Throws the
 * provider's `InvalidClientMetadata`.
 */
export async function validateClientMetadata(
  provider: Provider,
  metadata: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const Client = provider.Client as unknown as {
    new (metadata: Record<string, unknown>): Metadata;
    validate(metadata: Record<string, unknown>): Promise<void>;
  };
  await Client.validate(metadata);
  // Through JSON: undefined members and key stores of the library's are not for keeping.
  const described = JSON.parse(JSON.stringify(new Client(metadata).metadata())) as Record<string, unknown>;
  return { ...described, subject_type: 'public' };
}

/** Why the provider's own schema refuses client metadata; undefined where it takes them. Fetches nothing. */
export function whyLibraryRefuses(provider: Provider, metadata: Record<string, unknown>): string | undefined {
  try {
    new (provider.Client as unknown as new (metadata: Record<string, unknown>) => unknown)(metadata);
    return undefined;
  } catch (error) {
    if (!(error instanceof errors.InvalidClientMetadata)) throw error;
    return error.error_description ?? error.message;
  }
}

/** True when this client needs a secret: by its authentication method or by a symmetric algorithm. */
export function needsSecret(provider: Provider, metadata: Record<string, unknown>): boolean {
  return (
    provider.Client as unknown as { needsSecret(metadata: Record<string, unknown>): boolean }
  ).needsSecret({ token_endpoint_auth_method: 'client_secret_basic', ...metadata });
}

/** What a page of the library would have a browser post, and where. */
export interface SelfSubmittingForm {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

const FORM_TITLE = '<title>Submitting Callback</title>';

const ENTITIES: Record<string, string> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&amp;': '&',
};
const fromHtml = (html: string) =>
  html.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => String(ENTITIES[entity]));

/**
 * The form of the page that the library writes to have a browser post something by itself (`response_mode=form_post`,
 * signing out whoever is, or is not, signed in); undefined for every other answer. The library offers no way to render that
 * page. The hash that it adds to the policy, for the script in its page, is taken out again. Throws where the page is not
 * what it was: better no answer than one that leads nowhere.
 */
export function takeFormOutOf(ctx: ParameterizedContext): SelfSubmittingForm | undefined {
  const { body } = ctx;
  if (typeof body !== 'string' || !body.startsWith('<!DOCTYPE html>') || !body.includes(FORM_TITLE)) {
    return undefined;
  }
  const action = /<form method="post" action="([^"]*)">/.exec(body)?.[1];
  if (action === undefined) throw new Error('oidc-provider no longer writes its form as it did');
  const inputs = [...body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/g)];
  if (inputs.length === 0 || inputs.length !== body.split('<input').length - 1) {
    throw new Error('oidc-provider no longer writes its fields as it did');
  }
  const policy = ctx.response.get('Content-Security-Policy');
  if (policy !== '') ctx.set('Content-Security-Policy', policy.replaceAll(/ 'sha256-[^']+'/g, ''));
  return {
    action: fromHtml(action),
    fields: Object.fromEntries(inputs.map(([, name, value]) => [name, fromHtml(value ?? '')])),
  };
}

/** What a client learns of the end of a session: whose, and which of its own. */
export interface EndOfSession {
  /** What clients know the person by. */
  readonly subject: string;
  readonly sid: string;
}

interface LogoutTokenClass {
  new (
    available: Record<string, unknown>,
    context: { client: unknown; ctx: undefined },
  ): {
    mask: Record<string, null>;
    set(name: string, value: unknown): void;
    issue(options: { use: 'logout' }): Promise<string>;
  };
}

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * A logout token for a client (OpenID Connect Back-Channel Logout 1.0, section 2.4), with the algorithm and the key of its
 * ID tokens, good for two minutes. It always names the session, as our ID tokens do. The provider makes them only
 * inside of a request of its own. Undefined where there is no such client.
 */
export async function issueLogoutToken(
  provider: Provider,
  clientId: string,
  { subject, sid }: EndOfSession,
  jti: string,
): Promise<string | undefined> {
  const client = await provider.Client.find(clientId);
  if (client === undefined) return undefined;
  const IdToken = provider.IdToken as unknown as LogoutTokenClass;
  const token = new IdToken({ sub: subject }, { client, ctx: undefined });
  token.mask = { sub: null };
  token.set('events', { [LOGOUT_EVENT]: {} });
  token.set('jti', jti);
  token.set('sid', sid);
  return token.issue({ use: 'logout' });
}

/**
 * Has the library tell no client of a sign-out. It would post to each and wait, before anything is committed, once and never
 * again; where a session ends, whoever used it is told with the rest of its end.
 */
export function disableLibraryLogout(provider: Provider): void {
  const { prototype } = provider.Client as unknown as {
    prototype: { backchannelLogout(): Promise<void> };
  };
  if (typeof prototype.backchannelLogout !== 'function') {
    throw new Error('oidc-provider no longer tells clients of a sign-out where it did');
  }
  prototype.backchannelLogout = async () => {};
}
