import { sha256 } from '../../kernel/crypto.ts';

/**
 * A test sign-in of a client: somebody runs its real authorization request in their browser, and the answer comes to a page of ours
 * instead of the client. Two one-time links carry it: the one that is opened, and one of the browser that has opened it, in a cookie.
 */

export const TEST_SIGN_IN_PATH = '/test-sign-in';

/** Where the answer comes. It is in no registration, and no registration may have it (`rules/addresses.ts`). */
export const testCallback = (issuer: string): string => `${issuer}${TEST_SIGN_IN_PATH}/callback`;

export const testLink = (issuer: string, token: string): string =>
  `${issuer}${TEST_SIGN_IN_PATH}?token=${token}`;

/** What is opened, and what its browser has then until the test is over, in seconds. */
export const TEST_LINKS = {
  asked: { purpose: 'test-sign-in', lifetimeSeconds: 600 },
  begun: { purpose: 'test-sign-in-begun', lifetimeSeconds: 1_800 },
} as const;

/** What of the request is not as the client's registration has it. */
export interface TestRequest {
  /** In the words of the protocol; without it everything that the client may ask for. */
  readonly scope?: string | undefined;
  readonly resource?: readonly string[] | undefined;
  readonly acrValues?: readonly string[] | undefined;
  readonly prompt?: string | undefined;
  readonly maxAge?: number | undefined;
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** A test that a browser has begun. */
export interface BegunTest {
  /** The browser's, and nobody else's: it is in its cookie. */
  readonly token: string;
  readonly client: string;
  /** The account for which it is. */
  readonly account: string;
  /** As it was sent. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Binds the answer to the browser (RFC 6749, section 10.12). */
export const stateOfTest = (token: string): string => sha256(`state:${token}`).toString('base64url');

/** RFC 7636, section 4.1. */
export const verifierOfTest = (token: string): string => sha256(`verifier:${token}`).toString('base64url');
