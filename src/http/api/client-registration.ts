import { z } from 'zod';
import type { ClientRegistration } from '../../administration/clients/registration.ts';
import type { Client } from '../../domain/clients/store.ts';
import { type Limits, networkOf } from '../../domain/rate-limits/policy.ts';
import { badRequest, type GatehouseError } from '../../kernel/errors.ts';
import { CLIENT_REGISTRATION_PATH } from '../../oidc/discovery.ts';
import { type Access, bearerChallenge, bearerToken } from './access.ts';
import { AccessRefused } from './problems.ts';
import { type ApiRoute, defineRoute, type RouteReply } from './route.ts';

export interface ClientRegistrationRouteDependencies {
  readonly issuer: string;
  readonly limits: Pick<Limits, 'clientRegistrationPerAddress'>;
  /** Undefined where clients are not to register themselves: then there are no such addresses. */
  readonly clientRegistration: ClientRegistration | undefined;
}

interface Registrant {
  readonly client: Client;
  /** Its registration access token. */
  readonly access: string;
}

/** Client metadata and what is answered of them: which members there are, the rules of clients say. */
const document = z.record(z.string(), z.unknown());

/**
 * Dynamic registration (RFC 7591, section 3) and the management of what was registered (RFC 7592, section 2). Refusals have the form
 * that those ask for, not the one of other routes.
 */
export function clientRegistrationRoutes({
  issuer,
  limits,
  clientRegistration: registration,
}: ClientRegistrationRouteDependencies): ApiRoute[] {
  if (registration === undefined) return [];
  const common = {
    limits: (_caller: unknown, { ip = '' }: { readonly ip?: string }) => [
      { limit: limits.clientRegistrationPerAddress, key: networkOf(ip) },
    ],
    refusal,
  };
  const initial = bearer(issuer, async (token) => ((await registration.isUsable(token)) ? token : undefined));
  const path = `${CLIENT_REGISTRATION_PATH}/:client`;
  const params = z.object({ client: z.string() });
  const own = bearer(issuer, async (access): Promise<Registrant | undefined> => {
    const client = await registration.find(access);
    return client && { client, access };
  });
  /** Another client's registration is none of the token's. */
  const assertOwn = ({ client }: Registrant, id: string) => {
    if (client.id !== id) throw tokenInvalid(issuer);
  };
  return [
    defineRoute({
      ...common,
      method: 'POST',
      path: CLIENT_REGISTRATION_PATH,
      access: initial,
      body: z.unknown(),
      output: document,
      handle: async ({ caller, body, origin }) => ({
        status: 201,
        body: await registration.register(caller, objectOf(body), origin),
      }),
    }),
    defineRoute({
      ...common,
      method: 'GET',
      path,
      access: own,
      params,
      output: document,
      async handle({ caller, params: { client } }) {
        assertOwn(caller, client);
        return { body: registration.describe(caller.client, caller.access) };
      },
    }),
    defineRoute({
      ...common,
      method: 'PUT',
      path,
      access: own,
      params,
      body: z.unknown(),
      output: document,
      async handle({ caller, params: { client }, body, origin }) {
        assertOwn(caller, client);
        return { body: await registration.replace(caller.client, caller.access, objectOf(body), origin) };
      },
    }),
    defineRoute({
      ...common,
      method: 'DELETE',
      path,
      access: own,
      params,
      async handle({ caller, params: { client }, origin }) {
        assertOwn(caller, client);
        await registration.remove(caller.client, caller.access, origin);
        return {};
      },
    }),
  ];
}

/** Whoever has a token in the header `Authorization`, and nowhere else (RFC 6750, section 2.1). */
const bearer = <Caller>(
  issuer: string,
  find: (token: string) => Promise<Caller | undefined>,
): Access<Caller> => ({
  kind: 'bearer',
  async authenticate(ctx) {
    const token = bearerToken(ctx);
    if (token === undefined)
      throw new AccessRefused('invalid_token', {
        ...{ status: 401, message: 'A token is needed.', challenge: bearerChallenge(issuer) },
      });
    const caller = await find(token);
    if (caller === undefined) throw tokenInvalid(issuer);
    return caller;
  },
});

const tokenInvalid = (issuer: string) =>
  new AccessRefused('invalid_token', {
    status: 401,
    message: 'The token is not valid.',
    challenge: bearerChallenge(issuer, {
      error: 'invalid_token',
      error_description: 'The token is not valid.',
    }),
  });

function objectOf(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>;
  throw badRequest('invalid_client_metadata', 'The body has to be an object of client metadata.');
}

/** Codes that the specifications have (RFC 7591, section 3.2.2; RFC 6750, section 3.1), and that of a spent budget. */
const CODES = new Set([
  'invalid_redirect_uri',
  'invalid_client_metadata',
  'invalid_token',
  'access_denied',
  'precondition_failed',
  'rate_limited',
]);

/** `error` and `error_description`, the latter in the characters that it may have (RFC 6749, section 5.2). */
const refusal = ({ status, code, safeMessage }: GatehouseError): RouteReply<unknown> => ({
  status,
  body: {
    error: CODES.has(code) ? code : 'invalid_client_metadata',
    error_description: safeMessage
      .replaceAll('\n', '; ')
      .replaceAll('"', "'")
      .replaceAll('\\', '/')
      .replace(/[^\x20-\x7e]/gu, '?'),
  },
});
