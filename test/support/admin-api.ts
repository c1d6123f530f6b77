import { z } from 'zod';
import { FRESH_PROOF_SECONDS, ProofNeeded } from '../../src/administration/admission.ts';
import { type AdminCaller, createAdminBearer } from '../../src/http/api/admin-bearer.ts';
import { defineRoute } from '../../src/http/api/route.ts';
import { serveApi } from './api-server.ts';
import { createProofKey, type ProofKey } from './dpop.ts';
import { type Answer, answerOf, type HandClient, handClient, type Person, tokensFor } from './protocol.ts';
import type { TestServer } from './server.ts';
import type { UserAgent } from './user-agent.ts';

export const WHO = '/api/admin/v1/who';
/** Asks for a second factor, and for a proof of the last 300 seconds. */
export const GUARDED = '/api/admin/v1/guarded';

/** Routes of a test with the access of the administration API, which answer who calls. */
export async function serveAdminApi(server: TestServer) {
  const { app, issuer } = server;
  const { scope } = createAdminBearer({ issuer, adminTokens: app.tokens.admin });
  const calls: AdminCaller['actor'][] = [];
  const who = (
    method: 'GET' | 'POST',
    path: string,
    before: (actor: AdminCaller['actor']) => void = () => undefined,
  ) =>
    defineRoute({
      method,
      path,
      access: scope('people:read'),
      output: z.object({ kind: z.string(), scopes: z.array(z.string()) }),
      async handle({ caller: { actor } }) {
        before(actor);
        calls.push(actor);
        return { body: { kind: actor.kind, scopes: [...actor.scopes] } };
      },
    });
  const served = await serveApi(
    [
      who('GET', WHO),
      who('POST', WHO),
      who('GET', GUARDED, (actor) => {
        if (actor.kind !== 'person' || actor.level === 'aal1')
          throw new ProofNeeded('This needs a second factor.');
        if (app.clock.now().getTime() - actor.provenAt.getTime() > 300_000)
          throw new ProofNeeded('Show once more who you are.', FRESH_PROOF_SECONDS);
      }),
    ],
    { issuer },
  );
  const ask = async (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
    answerOf(await fetch(`${served.url}${path}`, { method, headers }));
  const withProof = async (key: ProofKey, token: string, path = WHO, method = 'GET') =>
    ask(
      path,
      { authorization: `DPoP ${token}`, dpop: await key.prove(method, `${issuer}${path}`, { token }) },
      method,
    );
  return {
    served,
    calls,
    ask,
    withBearer: (token: string, path = WHO) => ask(path, { authorization: `Bearer ${token}` }),
    withProof,
  };
}

export type AdminApi = Awaited<ReturnType<typeof serveAdminApi>>;

export const audienceOf = ({ issuer }: TestServer): string => `${issuer}/api/admin`;

/** A client whose requests to the token endpoint come with a proof by this key. */
export function provingClient(
  issuer: string,
  registration: Record<string, string>,
  key: ProofKey,
): HandClient {
  const client = handClient(issuer, registration);
  const post: HandClient['post'] = async (path, fields, headers = {}) =>
    client.post(path, fields, { dpop: await key.prove('POST', `${issuer}${path}`), ...headers });
  return {
    ...client,
    post,
    redeem: (code, fields = {}) =>
      post('/token', {
        grant_type: 'authorization_code',
        code: code.includes('code=') ? String(new URL(code).searchParams.get('code')) : code,
        redirect_uri: 'http://127.0.0.1:9/callback',
        code_verifier: client.verifier,
        ...fields,
      }),
    refresh: (refreshToken, fields = {}) =>
      post('/token', { grant_type: 'refresh_token', refresh_token: refreshToken, ...fields }),
  };
}

export const CLI = { client_id: 'gatehouse-cli', token_endpoint_auth_method: 'none' };
export const CALLBACK = 'http://127.0.0.1:49152/callback';

/** The `gatehouse` command on somebody's machine, with the key of that machine. */
export async function commandLine(server: TestServer) {
  const key = await createProofKey();
  const client = provingClient(server.issuer, CLI, key);
  const resource = audienceOf(server);
  const parameters = { resource, redirect_uri: CALLBACK, scope: 'openid people:read people:write' };
  const redeem = (code: string, fields = {}) =>
    client.redeem(code, { resource, redirect_uri: CALLBACK, ...fields });
  return {
    key,
    client,
    parameters,
    redeem,
    /** Signs the person in, in a browser, and answers the tokens. */
    tokens: (person: Person, more: Record<string, string> = {}, agent?: UserAgent) =>
      tokensFor({ ...client, redeem }, person, { ...parameters, ...more }, agent),
  };
}
