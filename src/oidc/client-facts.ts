import type { Provider } from 'oidc-provider';
import type { Demand } from '../domain/second-factors/policy.ts';
import { isFirstParty } from './client-traits.ts';
import { demandOf } from './session-check.ts';

export type LibraryClient = NonNullable<Awaited<ReturnType<Provider['Client']['find']>>>;

/** What pages say of a client, and what a sign-in at it needs. */
export interface ClientFacts {
  readonly id: string;
  readonly name: string;
  readonly policyUri?: string;
  readonly tosUri?: string;
  readonly firstParty: boolean;
  /** What it asks of its people beside a password. */
  readonly secondFactor: Demand | undefined;
  /** Where its people start, as far as it told: a page of the client, not a redirect URI. */
  readonly home: string | undefined;
}

/** Where a client says that its people start. */
export interface ClientHome {
  readonly initiateLoginUri?: string | undefined;
  readonly clientUri?: string | undefined;
}

/**
 * Where somebody goes on who is done here, or has to begin again at the client: the address that begins a sign-in there, told
 * who asks for it (`iss`; OpenID Connect Core 1.0, section 4), else the client's home page. Both are of the client's
 * registration, never of a request. Undefined where it has neither.
 */
export function homeOf({ initiateLoginUri, clientUri }: ClientHome, issuer: string): string | undefined {
  const url = URL.parse(initiateLoginUri ?? '');
  if (url === null) return clientUri;
  url.searchParams.set('iss', issuer);
  return url.href;
}

/** What there is of a client. `issuer` is ours, which its address is told. */
export function factsOf(client: LibraryClient, issuer: string): ClientFacts {
  const home = homeOf(client, issuer) ?? originOf(client.redirectUris?.[0]);
  return {
    id: client.clientId,
    name: client.clientName ?? client.clientId,
    ...(client.policyUri === undefined ? {} : { policyUri: client.policyUri }),
    ...(client.tosUri === undefined ? {} : { tosUri: client.tosUri }),
    firstParty: isFirstParty(client),
    secondFactor: demandOf(client),
    home,
  };
}

/** A custom scheme of a native application has no origin to go to. */
function originOf(uri: string | undefined): string | undefined {
  if (uri === undefined || !/^https?:/u.test(uri)) return undefined;
  return `${new URL(uri).origin}/`;
}
