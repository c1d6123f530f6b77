import type { Clock } from '../../kernel/clock.ts';
import type { ClientUse, ClientUseStore, SecretUse } from './use-store.ts';

/** Uses beyond so many clients, and as many secrets, are not kept until the next writing. */
const MOST_KEPT = 10_000;

export interface ClientUses {
  /** A client was used; it has authenticated itself, or a person has used it. */
  client(id: string): void;
  /** One of its secrets was used. */
  secret(clientId: string, digest: string): void;
  /** Writes what was gathered since the last time. Rejects where it could not be written; then it is kept for the next time. */
  write(): Promise<void>;
}

/**
 * Gathers in memory when clients and their secrets were last used, so that no request waits for a mark. A job writes it once a
 * minute, and when the server ends; a process that is killed loses the marks of a minute.
 */
export function createClientUses({
  store,
  clock,
}: {
  readonly store: Pick<ClientUseStore, 'write'>;
  readonly clock: Clock;
}): ClientUses {
  const clients = new Map<string, ClientUse>();
  const secrets = new Map<string, SecretUse>();

  return {
    client: (id) => keep(clients, id, { client: id, at: clock.now() }),
    secret: (client, digest) => keep(secrets, `${client} ${digest}`, { client, digest, at: clock.now() }),
    async write() {
      const taken = [[...clients], [...secrets]] as const;
      clients.clear();
      secrets.clear();
      try {
        await store.write(
          taken[0].map(([, use]) => use),
          taken[1].map(([, use]) => use),
        );
      } catch (error) {
        // What was noted meanwhile is later.
        for (const [key, use] of taken[0]) if (!clients.has(key)) keep(clients, key, use);
        for (const [key, use] of taken[1]) if (!secrets.has(key)) keep(secrets, key, use);
        throw error;
      }
    },
  };
}

function keep<Use>(kept: Map<string, Use>, key: string, use: Use): void {
  if (kept.size < MOST_KEPT || kept.has(key)) kept.set(key, use);
}
