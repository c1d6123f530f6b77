import type { CodeProblem } from '../../oidc/device-flow.ts';
import type { AccountOnPage } from './on-page.ts';

/** In development: why the request of an application was refused, for its developer. */
export interface RefusalOnPage {
  readonly parameter?: string;
  readonly expected: string;
  readonly change?: string;
  readonly values?: Readonly<Record<string, string>>;
}

/**
 * What the pages need that every part shows: those of the protocol, of a session’s end, and of errors. Every string may be
 * hostile.
 */
export interface CommonViews {
  /** Posts `xsrf`, and `logout=yes` from the button that signs out. Without a client, staying is a way back to our own page. */
  readonly 'sign-out': {
    readonly action: string;
    readonly xsrf: string;
    /** Where the browser goes if it is posted once more, after it has signed out. */
    readonly again: string;
    readonly accountHref: string;
    readonly client?: { readonly name: string };
    readonly account?: AccountOnPage;
  };
  /** With a client: the person signed out there and chose to stay signed in to everything else. */
  readonly 'signed-out': {
    readonly accountHref: string;
    readonly client?: { readonly name: string; readonly uri?: string };
  };
  /**
   * An application has asked to sign somebody out in a way that is not right (`request`), or the form that asked them was out of
   * date (`form`). With `signedIn` it posts `csrf` and `session` to its `action`, which ends the session.
   */
  readonly 'sign-out-refused': {
    readonly reason: 'request' | 'form';
    readonly accountHref: string;
    readonly signedIn?: {
      readonly account: AccountOnPage;
      readonly action: string;
      readonly csrfToken: string;
      readonly session: string;
    };
    readonly client?: { readonly name: string; readonly uri?: string };
    readonly refusal?: RefusalOnPage;
    readonly reference?: string;
  };
  /** The sign-in was finished before, by an earlier click or in another tab. Without a client it leads to a page of ours. */
  readonly 'sign-in-finished': { readonly restart: { readonly href: string; readonly client?: string } };
  /**
   * A step on the way to somewhere else, which is a POST: it is made without a click where scripts run (`automatic`).
   * `another-person`: whoever is signed in is signed out, because somebody else has just signed in; `signed-out`: nobody is
   * signed in to be signed out; `answer`: what an application asked for goes there.
   */
  readonly onward: {
    readonly action: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly reason: 'another-person' | 'signed-out' | 'answer';
    readonly automatic: boolean;
    /** Where it leads. */
    readonly client?: { readonly name: string };
  };
  /** Asks for the code that a device shows. Posts `xsrf`, `user_code` and `confirm`. */
  readonly device: {
    readonly action: string;
    readonly xsrf: string;
    readonly error?: { readonly code: CodeProblem; readonly retryAfterSeconds?: number };
  };
  /** The device is not signed in: its person would not have it, or cannot sign in as it was asked for. */
  readonly 'device-refused': {
    readonly reason: 'denied' | 'impossible';
    readonly deviceHref: string;
    readonly accountHref: string;
  };
  readonly 'device-done': {
    readonly client: { readonly name: string };
    /** It goes on when its person signs out in this browser. */
    readonly offline: boolean;
    readonly accountHref: string;
  };
  readonly error: {
    /** One of {@link errorCodes}; any other gets the words that fit its status. */
    readonly code: string;
    /** Takes the place of the heading that belongs to the code. */
    readonly title?: string;
    readonly status: number;
    /** The request id, for a person to quote. */
    readonly reference?: string;
    readonly reason?: RefusalOnPage;
    /** Without a client it leads to a page of ours. */
    readonly restart?: { readonly href: string; readonly client?: string };
    /** The page of the form, to be opened once more. */
    readonly again?: string;
    readonly accountHref?: string;
  };
}

export const commonViewNames = [
  'sign-out',
  'signed-out',
  'sign-out-refused',
  'sign-in-finished',
  'onward',
  'device',
  'device-refused',
  'device-done',
  'error',
] as const satisfies readonly (keyof CommonViews)[];

/** Codes that the error page has words of its own for. */
export const errorCodes = [
  'not_found',
  'method_not_allowed',
  'bad_request',
  'https_required',
  'proxy_not_trusted',
  'proxy_misconfigured',
  'csrf_invalid',
  'sign_in_expired',
  'session_cap_reached',
  'device_code_used',
  'foreign_interaction',
  'client_invalid',
  'redirect_uri_invalid',
  'invalid_request',
  'access_denied',
  'too_busy',
  'unavailable',
  'rate_limited',
  'internal',
] as const;
