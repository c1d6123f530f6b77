import type { ClientStore } from '../../domain/clients/store.ts';
import { deviceOf } from '../../domain/mail/device.ts';
import type { OpenSession, SessionStore } from '../../domain/sessions/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import { clientNames } from './client-names.ts';
import type { SessionOnPage } from './on-page.ts';

export interface SessionListing {
  readonly sessionStore: Pick<SessionStore, 'openOf'>;
  readonly clients: Pick<ClientStore, 'find'>;
  readonly clock: Clock;
}

/** Where a person is signed in, the last used first, but for this browser (`thisUid`), which comes before all others. */
export async function openSessionsOnPage(
  accountId: string,
  thisUid: string | undefined,
  { sessionStore, clients, clock }: SessionListing,
): Promise<readonly SessionOnPage[]> {
  const open = await sessionStore.openOf(accountId, clock.now());
  const names = await clientNames(
    clients,
    open.flatMap((session) => session.clients),
  );
  return sessionsOnPage(open, thisUid, (id) => names.get(id));
}

/** The same of sessions that are at hand; `nameOf` knows what people call a client. */
export function sessionsOnPage(
  sessions: readonly OpenSession[],
  thisUid: string | undefined,
  nameOf: (clientId: string) => string | undefined,
): readonly SessionOnPage[] {
  const listed = sessions.map(({ uid, createdAt, lastActiveAt, shared, ip, userAgent, clients }) => ({
    id: uid,
    isThis: uid === thisUid,
    since: createdAt,
    lastActive: lastActiveAt,
    shared,
    ...(ip === undefined ? {} : { ip }),
    ...deviceOf(userAgent),
    applications: clients.flatMap((id) => nameOf(id) ?? []),
  }));
  return [...listed.filter(({ isThis }) => isThis), ...listed.filter(({ isThis }) => !isThis)];
}
