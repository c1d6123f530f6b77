import type { ClientStore } from '../../domain/clients/store.ts';
import { builtInName } from '../../oidc/built-in-clients.ts';
import { OWN_PAGES_CLIENT_ID } from '../../oidc/own-pages.ts';

/** What people call the clients of these ids: not our own pages, and not one that is gone. */
export async function clientNames(
  clients: Pick<ClientStore, 'find'>,
  ids: Iterable<string>,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const id of new Set(ids)) {
    if (id === OWN_PAGES_CLIENT_ID) continue;
    const name = builtInName(id);
    const client = name === undefined ? await clients.find(id) : undefined;
    if (name !== undefined) names.set(id, name);
    else if (client !== undefined) names.set(id, String(client.metadata.client_name ?? id));
  }
  return names;
}
