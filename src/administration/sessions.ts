import { z } from 'zod';
import type { SessionStore } from '../domain/sessions/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { notFound } from '../kernel/errors.ts';
import type { AccountStatusChanges } from '../lifecycle/account-status.ts';
import type { Access } from '../oidc/access.ts';
import type { About } from './about.ts';
import { defineAct, defineRead } from './act.ts';
import { namedPerson, onePerson, onPerson } from './people/person.ts';
import { EVERYTHING } from './rights/limit.ts';
import type { RightsReader } from './rights/rights-store.ts';

interface ListsSessions {
  readonly sessionStore: Pick<SessionStore, 'openOf'>;
  readonly clock: Clock;
}

/** Where a person is signed in, the last used first. */
const list = defineRead({
  name: 'sessions.list',
  summary: 'Lists the sessions of a person.',
  http: { method: 'GET', path: '/people/{person}/sessions' },
  scope: 'people:read',
  about: onePerson,
  input: onPerson,
  result: z.object({
    person: namedPerson,
    sessions: z.array(
      z.object({
        id: z.string(),
        createdAt: z.date(),
        lastActiveAt: z.date(),
        idleExpiresAt: z.date(),
        absoluteExpiresAt: z.date(),
        acr: z.string().nullable(),
        shared: z.boolean(),
        ip: z.string().nullable(),
        userAgent: z.string().nullable(),
        clients: z.array(z.string()),
      }),
    ),
  }),
  async run(deps: ListsSessions, _input, { target: person }) {
    const open = await deps.sessionStore.openOf(person.id, deps.clock.now());
    const sessions = open.map(({ uid, clients, ...session }) => ({
      ...session,
      id: uid,
      acr: session.acr ?? null,
      ip: session.ip ?? null,
      userAgent: session.userAgent ?? null,
      clients: [...clients],
    }));
    return { person, sessions };
  },
});

interface FindsSessions {
  readonly sessionStore: Pick<SessionStore, 'ownerOf'>;
  readonly rights: Pick<RightsReader, 'reachesPerson'>;
}

/** An act about a session, whose person has to be within the limit: else it is as unknown as one that is not there. */
const oneSession: About<{ readonly session: string }, string | undefined, FindsSessions> = {
  subject: 'person',
  async find({ sessionStore, rights }, { session }, limit) {
    if (limit === EVERYTHING) return undefined;
    const owner = await sessionStore.ownerOf(session);
    if (owner === undefined || !(await rights.reachesPerson(owner, limit))) throw sessionUnknown(session);
    return owner;
  },
  async hold({ rights }, tx, { session }, owner, limit) {
    if (owner === undefined || !(await rights.reachesPerson(owner, limit, tx, true)))
      throw sessionUnknown(session);
  },
};

const sessionUnknown = (session: string) =>
  notFound('session_unknown', `There is no session "${session}", or it has ended.`);

/** Ends one session with everything that was issued in it. Throws `session_unknown` (404). */
const end = defineAct({
  name: 'sessions.end',
  summary: 'Ends one session.',
  http: { method: 'DELETE', path: '/sessions/{session}' },
  scope: 'people:assist',
  irreversible: false,
  about: oneSession,
  input: z.strictObject({ session: z.string() }),
  result: z.object({ session: z.string(), person: z.object({ id: z.string() }) }),
  async run({ access }: { readonly access: Pick<Access, 'endSession'> }, { tx, by, input: { session } }) {
    const ended = await access.endSession(tx, session, 'ended_by_administrator', by);
    if (ended === undefined) {
      throw sessionUnknown(session);
    }
    return { session: ended.uid, person: { id: ended.accountId } };
  },
});

/** Signs a person out everywhere. */
const endAll = defineAct({
  name: 'sessions.end_all',
  summary: 'Signs a person out everywhere.',
  http: { method: 'POST', path: '/people/{person}/end-sessions' },
  scope: 'people:assist',
  irreversible: 'asks',
  input: onPerson,
  result: z.object({ person: namedPerson }),
  about: onePerson,
  async run(
    { accountStatus }: { readonly accountStatus: Pick<AccountStatusChanges, 'signOut'> },
    { tx, by, target: person },
  ) {
    await accountStatus.signOut(tx, person.id, by);
    return { person };
  },
});

/** What can be done about where people are signed in. */
export const sessions = { list, end, endAll };
