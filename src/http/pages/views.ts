import type { AccountOnPage } from './on-page.ts';

/**
 * What the pages need that every part shows: those of the protocol, of a session’s end, and of errors. Every string may be
 * hostile.
 */
export interface CommonViews {
  /** Posts `xsrf`, and `logout=yes` from the button that signs out. Without a client, staying is a way back to our own page. */
  readonly 'sign-out': {
    readonly action: string;
    readonly xsrf: string;
    readonly accountHref: string;
    readonly client?: { readonly name: string };
    readonly account?: AccountOnPage;
  };
  /** With a client: the person signed out there and chose to stay signed in to everything else. */
  readonly 'signed-out': { readonly client?: { readonly name: string; readonly uri?: string } };
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
  readonly error: {
    /** One of {@link errorCodes}; any other gets the words that fit its status. */
    readonly code: string;
    /** Takes the place of the heading that belongs to the code. */
    readonly title?: string;
    readonly status: number;
    /** The request id, for a person to quote. */
    readonly reference?: string;
    /** In development: why the request of an application was refused, for its developer. */
    readonly reason?: {
      readonly parameter?: string;
      readonly expected: string;
      readonly change?: string;
      readonly values?: Readonly<Record<string, string>>;
    };
    /** Without a client it leads to a page of ours. */
    readonly restart?: { readonly href: string; readonly client?: string };
  };
}

export const commonViewNames = [
  'sign-out',
  'signed-out',
  'onward',
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
  'sign_in_already_finished',
  'session_cap_reached',
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
