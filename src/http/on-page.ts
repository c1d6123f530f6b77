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
