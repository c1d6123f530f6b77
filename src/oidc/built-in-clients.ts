import type { ClientMetadata } from 'oidc-provider';
import { ADMIN_CLIENT_ID, ADMIN_CLIENT_NAME, adminClient } from './admin-client.ts';
import { OWN_PAGES_CLIENT_ID, ownPagesClient } from './own-pages.ts';

/** The clients that are part of Gatehouse: they are no rows of the table, and nobody registers another under their names. */
export const builtInClients = (
  issuer: string,
  { cli, deviceSignIn }: { readonly cli: boolean; readonly deviceSignIn: boolean },
): ClientMetadata[] => [ownPagesClient(issuer), ...(cli ? [adminClient(deviceSignIn)] : [])];

const TAKEN: Readonly<Record<string, string>> = {
  [OWN_PAGES_CLIENT_ID]: 'our own pages',
  [ADMIN_CLIENT_ID]: 'the gatehouse command',
};

/** Whose name an id is, for a message; undefined for one that anybody may have. Also of what is switched off. */
export const takenBy = (clientId: unknown): string | undefined =>
  typeof clientId === 'string' && Object.hasOwn(TAKEN, clientId) ? TAKEN[clientId] : undefined;

/** What people call a client that is built in and is not our own pages. */
export const builtInName = (clientId: string): string | undefined =>
  clientId === ADMIN_CLIENT_ID ? ADMIN_CLIENT_NAME : undefined;
