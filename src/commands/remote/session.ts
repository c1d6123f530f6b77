import { GatehouseError } from '../../kernel/errors.ts';
import { discover } from './discovery.ts';
import type { Login, Logins } from './logins.ts';
import type { Demand, SignInRequest } from './sign-in.ts';
import { fetchTokens } from './tokens.ts';

/** Who a command is, at one server: an access token as long as the sign-in lasts. */
export interface RemoteSession {
  readonly issuer: string;
  /** Throws `sign_in_ended` where somebody has to sign in again. */
  current(): Promise<Login>;
  /** Another one, where the server does not take the one that there is. */
  renewed(refused: Login): Promise<Login>;
  /**
   * Signs the person in once more, with more proof. Throws `sign_in_needed` where nobody is there, and `sign_in_other_person` where
   * somebody else has signed in: then nothing is kept, and what was asked for is not done in their name.
   */
  proven(demand: Demand): Promise<Login>;
}

export interface RemoteSessionDependencies {
  readonly logins: Logins;
  /** Absent where nobody is at a terminal. */
  readonly signIn: ((request: SignInRequest, device: boolean) => Promise<Login>) | undefined;
}

/** So much is left of a token that is still used: a request has to arrive before its end. */
const LEAST_MS = 10_000;

export function createRemoteSession(
  issuer: string,
  { logins, signIn }: RemoteSessionDependencies,
): RemoteSession {
  const found = async () => {
    const login = await logins.find(issuer);
    if (login === undefined) throw signInAgain('sign_in_needed', issuer, 'Nobody is signed in there.');
    return login;
  };
  const isFresh = ({ expiresAt }: Login) => new Date(expiresAt).getTime() - LEAST_MS > Date.now();

  /** A refresh token works once; another command may just have used it. */
  const renewed = (refused: Login | undefined) =>
    logins.alone(issuer, async () => {
      const login = await found();
      if (isFresh(login) && login.accessToken !== refused?.accessToken) return login;
      const next = await refresh(login);
      await logins.keep(next);
      return next;
    });

  return {
    issuer,
    async current() {
      const login = await found();
      return isFresh(login) ? login : renewed(undefined);
    },
    renewed,
    async proven({ acrValues, maxAge }) {
      const { scope, sub, device } = await found();
      if (signIn === undefined)
        throw signInAgain('sign_in_needed', issuer, 'This needs a fresh or stronger sign-in.');
      const scopes = scope.split(' ').filter((each) => each.includes(':'));
      const login = await signIn({ issuer, scopes, acrValues, maxAge }, device === true);
      if (login.sub !== sub)
        throw signInAgain('sign_in_other_person', issuer, 'Somebody else has signed in than before.');
      await logins.keep(login);
      return login;
    },
  };
}

async function refresh(login: Login): Promise<Login> {
  const { issuer, refreshToken, key } = login;
  if (refreshToken === undefined)
    throw signInAgain('sign_in_ended', issuer, 'The sign-in of this command is over.');
  try {
    const grant = { grant_type: 'refresh_token', refresh_token: refreshToken };
    const tokens = await fetchTokens(await discover(issuer), key, grant);
    return {
      ...login,
      accessToken: tokens.accessToken,
      expiresAt: tokens.expiresAt.toISOString(),
      refreshToken: tokens.refreshToken ?? refreshToken,
      scope: tokens.scope ?? login.scope,
    };
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code !== 'sign_in_ended') throw error;
    throw signInAgain('sign_in_ended', issuer, 'The sign-in of this command is over.', error);
  }
}

const signInAgain = (code: string, issuer: string, why: string, cause?: unknown) =>
  new GatehouseError(code, { status: 401, message: `${why} Sign in: gatehouse login ${issuer}`, cause });
