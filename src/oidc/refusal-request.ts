import type { Context } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { readBasic } from './basic-credentials.ts';
import type { RefusalFacts, RefusedClient } from './refusal-facts.ts';
import { type RefusalReason, reasonOf } from './refusal-reasons.ts';

/** What the rules of refusals have to know of a request that the library, or we, have refused. */

/** A refusal in the words of the protocol. */
export interface Refused {
  readonly error: string;
  readonly said: string;
}

/** An error of the library's, or of ours: its code, and its words for developers and for the log. */
export function refusedBy(error: Error): Refused {
  const { error: code, error_description, error_detail } = error as Error & Record<string, unknown>;
  const said = [error_description, error_detail].filter((text) => typeof text === 'string');
  return { error: typeof code === 'string' ? code : 'server_error', said: said.join('\n') };
}

type Client = NonNullable<KoaContextWithOIDC['oidc']['client']>;

/** What the rules have to know of a client as the library has it. */
export function clientIn(client: Client | undefined): RefusedClient | undefined {
  if (client === undefined) return undefined;
  const { response_modes: responseModes, resource_scopes: resourceScopes } = client as Client & {
    response_modes?: string[];
    resource_scopes?: string[];
  };
  return {
    id: client.clientId,
    redirectUris: client.redirectUris ?? [],
    postLogoutRedirectUris: client.postLogoutRedirectUris ?? [],
    responseTypes: client.responseTypes ?? [],
    responseModes: (client.responseModes as string[] | undefined) ?? responseModes ?? [],
    grantTypes: client.grantTypes ?? [],
    authMethod: client.tokenEndpointAuthMethod ?? 'none',
    scope: client.scope,
    resourceScopes,
  };
}

const RESUMED = /^\/(authorize|logout|device)\/.*/u;

/** The endpoint of a request: parts of a path behind it are ids, which nobody else is told. */
export const endpointOf = (path: string): string => path.replace(RESUMED, '/$1');

export function factsOf(
  ctx: Context | KoaContextWithOIDC,
  { error, said }: Refused,
  issuer: string,
): RefusalFacts {
  const { oidc } = ctx as Partial<KoaContextWithOIDC>;
  const sent = sentWith(ctx, oidc?.params, oidc?.body);
  const client = clientIn(oidc?.client);
  const endpoint = endpointOf(ctx.path);
  const authorization = ctx.headers.authorization;
  return {
    endpoint,
    error,
    said,
    params: {
      ...sent,
      ...idInHeader(sent, authorization, client),
      ...(authorization === undefined ? {} : { Authorization: null }),
    },
    authentication: endpoint === '/userinfo' ? 'none' : authenticationOf(authorization, sent),
    client,
    clientHeldFor: undefined,
    issuer,
  };
}

/** The parameters that the endpoint knows; before they were looked at, those of the query, or what the body says of the client. */
function sentWith(ctx: Context, params: unknown, body: unknown): Record<string, unknown> {
  const given = (ctx.method === 'POST' ? body : ctx.query) as Record<string, unknown> | undefined;
  const { client_id: id, redirect_uri: address } = given ?? {};
  // The library forgets what came twice.
  const first = {
    ...(id === undefined ? {} : { client_id: id }),
    ...(address === undefined ? {} : { redirect_uri: address }),
  };
  const known = Object.entries((params as Record<string, unknown> | undefined) ?? {});
  return {
    ...first,
    ...Object.fromEntries(known.filter(([, value]) => value !== undefined && typeof value !== 'function')),
  };
}

/** Of a Basic header its client id, for which it is the place. */
function idInHeader(
  sent: Record<string, unknown>,
  authorization: string | undefined,
  client: RefusedClient | undefined,
): Record<string, unknown> {
  if (sent.client_id !== undefined) return {};
  const id = client?.id ?? readBasic(authorization)?.id;
  return id === undefined ? {} : { client_id: id };
}

/** How the client proves itself, by what the request holds. */
function authenticationOf(authorization: string | undefined, sent: Record<string, unknown>): string {
  if (sent.client_assertion !== undefined) return 'private_key_jwt';
  if (sent.client_secret !== undefined) return 'client_secret_post';
  return authorization === undefined ? 'none' : 'client_secret_basic';
}

const REUSED: Readonly<Record<string, string>> = { RefreshToken: 'refresh token', DeviceCode: 'device code' };

/** What was used before, by the model in which it is kept, in words that the rules of refusals know. */
export function reuseOf(model: string | undefined): Refused {
  if (model === 'PushedAuthorizationRequest') {
    return { error: 'invalid_request', said: 'request was already used' };
  }
  const what = REUSED[model ?? ''] ?? 'authorization code';
  return { error: 'invalid_grant', said: `${what} already used` };
}

/** The reason of a `token.reuse_detected` of the trail, which says only in which model the code or token is kept. */
export const reuseReason = (model: string): RefusalReason =>
  reasonOf({
    ...reuseOf(model),
    endpoint: model === 'PushedAuthorizationRequest' ? '/authorize' : '/token',
    params: {},
    authentication: 'none',
    client: undefined,
    clientHeldFor: undefined,
    issuer: '',
  });
