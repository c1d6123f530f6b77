import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify, UnsecuredJWT } from 'jose';

/** A server that commands talk to, as well behaved as a test wants it to be. */

export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface HostileServer {
  readonly issuer: string;
  readonly heard: Heard[];
  /** What has arrived at a path. */
  at(path: string): Heard[];
  close(): Promise<void>;
}

export type Answers = (request: Heard, issuer: string) => Reply | 'hang up' | Promise<Reply | 'hang up'>;

export async function startServer(answers: Answers): Promise<HostileServer> {
  const heard: Heard[] = [];
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: path = '', headers } = request;
    const asked = { method, path, headers, body: Buffer.concat(chunks).toString() };
    heard.push(asked);
    const reply = await answers(asked, issuer);
    if (reply === 'hang up') return void request.socket.destroy();
    const { body = {}, status = 200, headers: more = {} } = reply;
    response.writeHead(status, { 'content-type': 'application/json', ...more });
    response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    heard,
    at: (path) => heard.filter((each) => each.path.split('?')[0] === path),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** What a server says of itself, with what a test puts in its place. */
export const metadataOf = (issuer: string, more: object = {}) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  revocation_endpoint: `${issuer}/token/revocation`,
  code_challenge_methods_supported: ['S256'],
  dpop_signing_alg_values_supported: ['ES256'],
  authorization_response_iss_parameter_supported: true,
  ...more,
});

export const DISCOVERY = '/.well-known/openid-configuration';

/** An ID token as the token endpoint gives it; its signature is not what commands go by. */
export const idTokenOf = (claims: Record<string, unknown>) =>
  new UnsecuredJWT({
    sub: 'pat',
    aud: 'gatehouse-cli',
    exp: Math.floor(Date.now() / 1000) + 600,
    ...claims,
  }).encode();

/** The proof that came with a request, verified. */
export async function proofIn({ headers, method, path }: Heard, issuer: string) {
  const { payload, protectedHeader } = await jwtVerify(String(headers.dpop), EmbeddedJWK, {
    typ: 'dpop+jwt',
  });
  return {
    fits: payload.htm === method && payload.htu === `${issuer}${path.split('?')[0]}`,
    jti: payload.jti,
    ath: payload.ath,
    nonce: payload.nonce,
    thumbprint: await calculateJwkThumbprint(protectedHeader.jwk ?? {}),
    jwk: protectedHeader.jwk,
  };
}

export const athOf = (token: string) => createHash('sha256').update(token).digest('base64url');
