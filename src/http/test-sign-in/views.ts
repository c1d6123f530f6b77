import type { WhyNotGiven } from '../../oidc/test-report.ts';
import type { AccountOnPage } from '../pages/on-page.ts';
import type { RefusalOnPage } from '../pages/views.ts';

/** Why there is nothing to show. */
export type TestClosed =
  | 'unknown'
  | 'used'
  | 'over'
  | 'foreign'
  | 'somebody_else'
  | 'not_permitted'
  | 'client_gone'
  | 'client_disabled'
  | 'client_refused';

export interface ClaimOnPage {
  readonly name: string;
  /** As JSON. */
  readonly value: string;
}

export interface TestedClient {
  readonly id: string;
  readonly name: string;
}

/** How long something is good for. */
export interface LifetimeOnPage {
  readonly of: 'idToken' | 'accessToken' | 'refreshToken';
  readonly seconds: number;
}

/** The pages of a test sign-in. Every string may be hostile. */
export interface TestViews {
  readonly 'test-sign-in': {
    readonly client: TestedClient;
    /** Whose claims these are. */
    readonly account: AccountOnPage;
    readonly zoneinfo?: string;
    readonly acr?: string;
    readonly amr: readonly string[];
    readonly signedInAt?: Date;
    readonly scopes: readonly {
      readonly scope: string;
      readonly why?: WhyNotGiven;
      readonly resource?: string;
    }[];
    /** Claims that a scope opens and of which nothing is known of the person. */
    readonly withoutValue: readonly { readonly scope: string; readonly claims: readonly string[] }[];
    /** Absent without the scope `openid`. */
    readonly idToken?: { readonly algorithm: string; readonly claims: readonly ClaimOnPage[] };
    /** Absent where the access token is for a resource. */
    readonly userinfo?: readonly ClaimOnPage[];
    readonly accessToken: {
      readonly type: string;
      readonly scope: string;
      readonly audience: readonly string[];
      /** Of an opaque one there are none. */
      readonly jwt?: { readonly algorithm: string; readonly claims: readonly ClaimOnPage[] };
    };
    readonly lifetimes: readonly LifetimeOnPage[];
    readonly refreshToken: boolean;
  };
  /** The request was refused. */
  readonly 'test-sign-in-refused': {
    readonly client: TestedClient;
    readonly reason: RefusalOnPage & { readonly error: string };
  };
  readonly 'test-sign-in-closed': {
    readonly why: TestClosed;
    /** Everything for which the client is refused. */
    readonly problems: readonly string[];
  };
}

export const testViewNames = [
  'test-sign-in',
  'test-sign-in-refused',
  'test-sign-in-closed',
] as const satisfies readonly (keyof TestViews)[];
