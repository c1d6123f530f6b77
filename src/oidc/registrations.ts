import type { ClientStore } from '../domain/clients/store.ts';
import type { ResourceStore } from '../domain/resources/store.ts';
import { sha256 } from '../kernel/crypto.ts';
import type { Write } from '../storage/unit-of-work.ts';
import { registrationHolds } from './registration-store.ts';
import { scopesAllowed } from './requested-scopes.ts';

/** A client and a resource as they are registered at this moment: what an access token of the one for the other goes by. */
export interface Registration {
  /** The scopes of the resource that the client may ask for. */
  readonly scopes: readonly string[];
  readonly clientSince: Date;
  readonly resourceSince: Date;
  /** Different for whatever is registered anew under the same names, or enabled again, at any time. */
  readonly edition: string;
  /**
   * Holds both as they are until the unit of work is committed, for a token with these scopes. Fails the unit with
   * `REGISTRATION_CHANGED` where somebody has changed one meanwhile.
   */
  holds(scopes: readonly string[]): Write;
}

export interface Registrations {
  /** Undefined where either is not registered, or the client is disabled. */
  find(clientId: string, identifier: string): Promise<Registration | undefined>;
}

export function createRegistrations(
  clients: Pick<ClientStore, 'find'>,
  resources: Pick<ResourceStore, 'find'>,
): Registrations {
  return {
    async find(clientId, identifier) {
      const [client, resource] = await Promise.all([clients.find(clientId), resources.find(identifier)]);
      if (client === undefined || client.disabledAt !== undefined || resource === undefined) return undefined;
      const { createdAt: clientSince, enabledAt } = client;
      const { createdAt: resourceSince } = resource;
      // A token from before the client was disabled is of another edition than those from after it was enabled again.
      const names = JSON.stringify([
        clientId,
        clientSince,
        identifier,
        resourceSince,
        ...[enabledAt ?? []].flat(),
      ]);
      return {
        scopes: scopesAllowed(resource, client.metadata),
        clientSince,
        resourceSince,
        edition: sha256(names).subarray(0, 8).toString('base64url'),
        holds: (scopes) => registrationHolds({ clientId, clientSince, identifier, resourceSince, scopes }),
      };
    },
  };
}
