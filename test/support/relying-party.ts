import * as client from 'openid-client';
import { type Page, UserAgent } from './user-agent.ts';

/** An application as its developer would write it with openid-client, driven by a browserless user agent. */
export interface RelyingParty {
  readonly configuration: client.Configuration;
  /** Starts a sign-in: the address to send the browser to, and what the callback needs. */
  begin(parameters?: Record<string, string>): Promise<PendingSignIn>;
  /** Redeems the callback's code. */
  finish(pending: PendingSignIn, callback: string): Promise<Tokens>;
}

export type Tokens = client.TokenEndpointResponse & client.TokenEndpointResponseHelpers;

export interface PendingSignIn {
  readonly url: string;
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

export const REDIRECT_URI = 'http://127.0.0.1:9/callback';

/** Metadata of an ordinary web application. */
export const WEB_CLIENT = {
  client_name: 'Test application',
  redirect_uris: [REDIRECT_URI],
  post_logout_redirect_uris: ['http://127.0.0.1:9/signed-out'],
  grant_types: ['authorization_code', 'refresh_token'],
  first_party: true,
};

export async function createRelyingParty(
  issuer: string,
  registration: Record<string, string>,
  authentication?: client.ClientAuth,
): Promise<RelyingParty> {
  const configuration = await client.discovery(
    new URL(issuer),
    String(registration.client_id),
    registration.client_secret,
    authentication,
    { execute: [client.allowInsecureRequests] },
  );
  return {
    configuration,
    async begin(parameters = {}) {
      const verifier = client.randomPKCECodeVerifier();
      const state = client.randomState();
      const nonce = client.randomNonce();
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: REDIRECT_URI,
        scope: 'openid profile email',
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        ...parameters,
      });
      return { url: url.href, verifier, state, nonce };
    },
    finish: ({ verifier, state, nonce }, callback) =>
      client.authorizationCodeGrant(configuration, new URL(callback), {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      }),
  };
}

/** Types name and password into the sign-in page that `agent` is on, and follows until the browser leaves for the client. */
export async function signIn(
  agent: UserAgent,
  page: Page,
  { email, password }: { email: string; password: string },
): Promise<Page> {
  const answer = await agent.submit(page, { identifier: email, password });
  return agent.follow(answer);
}

/** The whole way: from the application through the sign-in to its tokens. */
export async function signInThrough(
  party: RelyingParty,
  person: { email: string; password: string },
  parameters: Record<string, string> = {},
  agent = new UserAgent(),
): Promise<{ tokens: Tokens; agent: UserAgent; pending: PendingSignIn; callback: string }> {
  const pending = await party.begin(parameters);
  let page = await agent.open(pending.url);
  if (page.location === undefined) page = await signIn(agent, page, person);
  if (page.location === undefined) page = await agent.follow(await agent.submit(page, { decision: 'allow' }));
  if (page.location === undefined) throw new Error(`no callback: ${page.status} ${page.url}\n${page.body}`);
  return { tokens: await party.finish(pending, page.location), agent, pending, callback: page.location };
}
