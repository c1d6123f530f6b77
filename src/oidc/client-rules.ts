import type { ClientFile } from '../domain/clients/policy.ts';
import type { Client } from '../domain/clients/store.ts';
import type { ActiveProvider } from './active-provider.ts';
import { whyRefused } from './client-reading.ts';
import {
  type Registration,
  type RegistrationDependencies,
  registerClient,
  registrationProblems,
} from './clients.ts';

/** What may be registered as a client and what may be used as one, by the rules of this node. */
export interface ClientRules {
  /** Everything that stands in the way of registering these metadata, a line each; none where nothing does. */
  problems(file: Readonly<Record<string, unknown>>): string[];
  /** Makes a client of the metadata, and stores nothing. Throws `client_metadata_invalid` (400). */
  register(file: ClientFile): Promise<Registration>;
  /** Everything for which a stored client is refused, a line each; none where it may be used. */
  whyRefused(client: Client): string[];
}

export const createClientRules = (
  active: Pick<ActiveProvider, 'current'>,
  deps: RegistrationDependencies,
): ClientRules => ({
  problems: (file) => registrationProblems(active.current, file, deps.told),
  register: (file) => registerClient(active.current, file, deps),
  whyRefused: (client) => whyRefused(active.current, client, deps.told),
});
