/** What the reasons of refusals are found from. No type of the library: rules are tried without one. */

/** What is registered of the client of a request. */
export interface RefusedClient {
  readonly id: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly responseTypes: readonly string[];
  readonly responseModes: readonly string[];
  readonly grantTypes: readonly string[];
  readonly authMethod: string;
  /** Scopes about people that it may ask for; undefined: all. */
  readonly scope: string | undefined;
  /** Scopes of resources that it may ask for; undefined: all. */
  readonly resourceScopes: readonly string[] | undefined;
}

export interface RefusalFacts {
  /** The path of the endpoint, e.g. `/token`. */
  readonly endpoint: string;
  /** The protocol's code of the error, e.g. `invalid_request`. */
  readonly error: string;
  /** What the library, or we, said of it. Rules look for words in it; it is never told, since it may quote the request. */
  readonly said: string;
  /** The parameters that the endpoint knows, as they came. */
  readonly params: Readonly<Record<string, unknown>>;
  /** How the client authenticated itself, or tried to, as `token_endpoint_auth_method` names it. */
  readonly authentication: string;
  readonly client: RefusedClient | undefined;
  /** Where the request names a client that is stored and refused: why. */
  readonly clientHeldFor: 'broken' | 'disabled' | undefined;
  readonly issuer: string;
}

export type Text = string | ((facts: RefusalFacts) => string);

/** Why a request is refused, and what to change. The first rule that fits says it. */
export interface RefusalRule {
  /** Only for these codes. */
  readonly error?: string | readonly string[];
  /** What has to be in the words of the error. */
  readonly says?: RegExp;
  readonly when?: (facts: RefusalFacts) => boolean;
  /** The parameter, header or part of an assertion that is wrong. */
  readonly parameter?: Text;
  readonly expected: Text;
  /**
   * What to do about it, in the application or in what is registered. Left out where there is nothing to change: the answer
   * is what it should be.
   */
  readonly change?: Text;
}

export const textOf = (text: Text, facts: RefusalFacts): string =>
  typeof text === 'function' ? text(facts) : text;
