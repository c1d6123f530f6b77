/** A client as a person sees it. Its strings were written by whoever registered it: never trusted, always escaped. */
export interface ClientOnPage {
  readonly name: string;
  /** Not shown: `img-src` allows no foreign origin, and fetching it would tell that origin who signs in. A monogram stands in. */
  readonly logoUri?: string;
  readonly policyUri?: string;
  readonly tosUri?: string;
}

export interface AccountOnPage {
  readonly name: string;
  readonly email: string;
}

/** About the session in which a page is shown: when it ends for want of use, and what ends or prolongs it. */
export interface SessionOnEveryPage {
  readonly id: string;
  readonly endsAt: Date;
  readonly csrfToken: string;
  /** IANA zone of the reader; the browser's own, or the organisation's, where there is none. */
  readonly zoneinfo?: string;
  /** Where the script of the page says once which zone the browser is in; given while none is known. */
  readonly zoneAction?: string;
}

export interface ScopeOnPage {
  readonly name: string;
  /** For scopes that the locale files do not describe. */
  readonly description?: string;
  /** Asked for now, not allowed before. */
  readonly isNew?: boolean;
}

/** A browser in which somebody is signed in, as far as it tells what it is. */
export interface SessionOnPage {
  readonly id: string;
  readonly isThis: boolean;
  readonly since: Date;
  readonly lastActive: Date;
  /** At a workstation that people share. */
  readonly shared: boolean;
  readonly ip?: string;
  readonly browser?: string;
  readonly system?: string;
  /** Names of what was used in it. */
  readonly applications: readonly string[];
}
