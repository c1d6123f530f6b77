import { deviceOf } from '../domain/mail/device.ts';
import type { OpenSession } from '../domain/sessions/store.ts';
import type { SessionOnPage } from './view-models.ts';

/** Where a person is signed in, as their page lists it: this browser first. `nameOf` knows what people call a client. */
export function sessionsOnPage(
  sessions: readonly OpenSession[],
  thisUid: string,
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
