import type { Provider } from 'oidc-provider';
import { problemText, reviewStored } from '../domain/clients/review.ts';
import type { Client } from '../domain/clients/store.ts';
import { takenBy } from './built-in-clients.ts';
import { clientContext } from './client-context.ts';
import { providerMetadata } from './clients.ts';
import { whyLibraryRefuses } from './internals.ts';
import type { ToldClaims } from './told-claims.ts';

/**
 * Everything for which a stored client is refused, a line each; none where it may be used. The library is asked about what passes
 * our own rules.
 */
export function whyRefused(provider: Provider, client: Client, told: ToldClaims): string[] {
  const { metadata, secrets } = client;
  const [secret] = secrets;
  const { client_secret: leaked, ...stored } = metadata;
  const { problems } = reviewStored(
    { ...stored, ...(secret === undefined ? {} : { client_secret: secret.digest }) },
    clientContext(provider, told),
  );
  const { token_endpoint_auth_method: method = 'client_secret_basic' } = stored;
  const owner = takenBy(client.id);
  const ours = [
    ...(stored.client_id === client.id ? [] : ['client_id: is not the one under which it is stored']),
    ...(owner === undefined ? [] : [`client_id: is the name of ${owner}`]),
    ...(leaked === undefined ? [] : ['client_secret: stands in the clear where only its digest belongs']),
    ...(secret === undefined && /^client_secret_/.test(String(method))
      ? ['client_secret: is missing, and the client authenticates with one']
      : []),
    ...problems.map(problemText),
  ];
  if (ours.length > 0) return ours;
  return [whyLibraryRefuses(provider, providerMetadata(client)) ?? []].flat();
}

/** What the log says of a client that is refused, with its id and its problems. */
export const CLIENT_REFUSED = 'a stored client is refused: its metadata break the rules';

/** Verdicts are forgotten when there are this many, which costs one more look at each client. */
const MOST_VERDICTS = 10_000;

/** A client that is stored and refused: an operator has disabled it, or its metadata break the rules. */
export type HeldFor = 'broken' | 'disabled';

export interface ClientReader {
  /** What the provider is given of a client; undefined, as if there were none, where the client is refused. */
  metadataOf(client: Client): Record<string, unknown> | undefined;
  /** Why the provider was not given the client when it was last read; undefined where it was. */
  whyHeld(clientId: string): HeldFor | undefined;
}

/**
 * Reads clients for the provider and refuses those that are disabled, and those whose stored metadata contradict the rules, no matter who wrote them: by
 * another program, or by a version that allowed more. `onRefused` is told once for each state of a client, so that nobody fills
 * the log by naming it again and again.
 */
export function createClientReader(deps: {
  readonly whyRefused: (client: Client) => readonly string[];
  readonly onRefused: (clientId: string, problems: readonly string[]) => void;
}): ClientReader {
  const judged = new WeakMap<Client, HeldFor | null>();
  /** Keyed by what is stored, since a client that is read again is another object. */
  const verdicts = new Map<string, { readonly json: string; readonly heldFor: HeldFor | null }>();

  function heldFor(client: Client): HeldFor | null {
    const disabled = client.disabledAt !== undefined;
    const json = JSON.stringify([disabled, client.metadata, client.secrets.map(({ digest }) => digest)]);
    const last = verdicts.get(client.id);
    if (last?.json === json) return last.heldFor;
    const verdict = disabled ? 'disabled' : brokenOf(client);
    if (verdicts.size >= MOST_VERDICTS) verdicts.clear();
    verdicts.set(client.id, { json, heldFor: verdict });
    return verdict;
  }

  function brokenOf(client: Client): HeldFor | null {
    const problems = deps.whyRefused(client);
    if (problems.length > 0) deps.onRefused(client.id, problems);
    return problems.length > 0 ? 'broken' : null;
  }

  return {
    metadataOf(client) {
      const known = judged.get(client);
      const verdict = known === undefined ? heldFor(client) : known;
      judged.set(client, verdict);
      return verdict === null ? providerMetadata(client) : undefined;
    },
    whyHeld: (clientId) => verdicts.get(clientId)?.heldFor ?? undefined,
  };
}
