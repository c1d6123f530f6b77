import type { ClientMetadata } from 'oidc-provider';
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
   * `REGISTRATION_CHANGED` where somebody has changed one meanwhile. Nothing where both are built in, which nobody changes.
   */
  holds(scopes: readonly string[]): Write | undefined;
}

export interface Registrations {
  /** Undefined where either is not registered, or the client is disabled. */
  find(clientId: string, identifier: string): Promise<Registration | undefined>;
}

/** `builtIn`: the clients that are in no table. They are only for resources that are built in, too. */
export function createRegistrations(
  clients: Pick<ClientStore, 'find'>,
  resources: Pick<ResourceStore, 'find'>,
  builtIn: readonly ClientMetadata[] = [],
): Registrations {
  const own = new Map(
    builtIn.map((metadata) => [metadata.client_id, { metadata, createdAt: new Date(0), builtIn: true }]),
  );
  return {
    async find(clientId, identifier) {
      const ours = own.get(clientId);
      const [registered, resource] = await Promise.all([
        ours === undefined ? clients.find(clientId) : undefined,
        resources.find(identifier),
      ]);
      if (ours !== undefined && resource?.builtIn !== true) return undefined;
      const client = ours ?? registered;
      if (client === undefined || registered?.disabledAt !== undefined || resource === undefined)
        return undefined;
      const { createdAt: clientSince } = client;
      const enabledAt = registered?.enabledAt;
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
        holds: (scopes) =>
          ours === undefined
            ? registrationHolds({
                clientId,
                clientSince,
                identifier,
                resourceSince: resource.builtIn === true ? null : resourceSince,
                scopes,
              })
            : undefined,
      };
    },
  };
}
