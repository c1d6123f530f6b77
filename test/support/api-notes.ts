import { z } from 'zod';
import { type Cursors, createCursors } from '../../src/administration/list-cursors.ts';
import type { Origin } from '../../src/domain/audit/events.ts';
import type { Claim } from '../../src/domain/rate-limits/policy.ts';
import type { Access } from '../../src/http/api/access.ts';
import { createBearer } from '../../src/http/api/bearer.ts';
import { type ApiRoute, defineRoute } from '../../src/http/api/route.ts';
import { unitOfWork } from '../../src/http/kit/unit.ts';
import { notFound } from '../../src/kernel/errors.ts';
import type { TokenHolder } from '../../src/oidc/access-tokens.ts';
import { createAccessTokens } from '../../src/oidc/access-tokens.ts';
import { createRegistrations } from '../../src/oidc/registrations.ts';
import { serveApi } from './api-server.ts';
import { type Answer, answerOf } from './protocol.ts';
import type { TestServer } from './server.ts';

/** A small API as programs use one: notes that are listed, read, changed by edition, and added within a budget. */

export const READ = 'notes:read';
export const WRITE = 'notes:write';

const note = z.object({ id: z.string(), text: z.string() });
const noteId = z.object({ id: z.string().regex(/^n[0-9]{3}$/u) });

interface Note extends z.infer<typeof note> {
  edition: number;
  readonly secret: string;
}

export interface NotesDependencies {
  readonly access: (scope: string) => Access<TokenHolder>;
  readonly cursors: Cursors;
  /** Of adding notes. */
  readonly claims: (caller: TokenHolder) => readonly Claim[];
  /** Done before a note is changed. */
  readonly query: () => Promise<unknown>;
}

export function notesApi({ access, cursors, claims, query }: NotesDependencies) {
  const notes = new Map<string, Note>();
  /** Who has called, and from where. */
  const calls: { caller: TokenHolder; origin: Origin }[] = [];
  const idOf = (number: number) => `n${String(number).padStart(3, '0')}`;
  for (let number = 1; number <= 25; number += 1) {
    const id = idOf(number);
    notes.set(id, { id, text: `note ${number}`, edition: 1, secret: 'of the inside' });
  }
  const find = (id: string): Note | undefined => notes.get(id);
  const tagOf = (found: Note) => `${found.id}-${found.edition}`;
  const missing = () => notFound('no_such_note', 'There is no such note.');

  const routes: ApiRoute[] = [
    defineRoute({
      method: 'GET',
      path: '/notes',
      access: access(READ),
      query: z.strictObject({
        cursor: z.string().max(2_048).optional(),
        limit: z
          .string()
          .regex(/^(?:[1-9]|1[0-9]|20)$/u, 'must be a whole number from 1 to 20')
          .transform(Number)
          .default(10),
        order: z.enum(['id', '-id']).default('id'),
      }),
      output: z.object({ items: z.array(note), next_cursor: z.string().optional() }),
      async handle({ caller, query: { cursor, limit, order } }) {
        const list = {
          list: 'notes',
          reader: `${caller.clientId} ${caller.person?.accountId}`,
          query: { order },
        };
        const after = cursor === undefined ? undefined : cursors.read(cursor, note.shape.id, list);
        const sorted = [...notes.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
        if (order === '-id') sorted.reverse();
        const begin = after === undefined ? 0 : sorted.findIndex(({ id }) => id === after) + 1;
        const items = sorted.slice(begin, begin + limit);
        const last = begin + limit < sorted.length ? items.at(-1) : undefined;
        return {
          body: last === undefined ? { items } : { items, next_cursor: cursors.issue(last.id, list) },
        };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/notes',
      access: access(WRITE),
      body: z.strictObject({ text: z.string().min(1).max(100) }),
      output: note,
      limits: claims,
      async handle({ body: { text }, caller, origin }) {
        calls.push({ caller, origin });
        const id = idOf(notes.size + 1);
        notes.set(id, { id, text, edition: 1, secret: 'of the inside' });
        return { status: 201, body: { id, text }, headers: { Location: `/notes/${id}` } };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/notes/:id',
      access: access(READ),
      params: noteId,
      output: note,
      async handle({ params, caller, origin }) {
        calls.push({ caller, origin });
        const found = find(params.id);
        if (found === undefined) throw missing();
        return { body: found, etag: tagOf(found) };
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/notes/:id',
      access: access(WRITE),
      params: noteId,
      body: z.strictObject({ text: z.string().max(100) }),
      output: note,
      needsPrecondition: true,
      async handle({ params, body, precondition }) {
        await query();
        const found = find(params.id);
        precondition.check(found && tagOf(found));
        if (found === undefined) throw missing();
        const changed = { ...found, ...body, edition: found.edition + 1 };
        notes.set(changed.id, changed);
        return { body: changed, etag: tagOf(changed) };
      },
    }),
  ];
  return { routes, calls, notes };
}

/** The same behind the edge of the API, with the tokens, the units of work and the limits of a server. */
export async function serveNotes(
  server: TestServer,
  settings: { readonly audience: string; readonly points?: number },
) {
  const { app } = server;
  const registrations = createRegistrations(app.clients.store, app.clients.resources);
  const accessTokens = createAccessTokens({
    active: app.protocol.active,
    artifacts: app.tokens.artifacts,
    statuses: app.tokens.statuses,
    database: app.database,
    clock: app.clock,
    registrations,
  });
  const limit = { name: 'notes', points: settings.points ?? 0, seconds: 60 };
  const before = { change: async (): Promise<unknown> => undefined };
  const api = notesApi({
    access: createBearer({ issuer: server.issuer, audience: settings.audience, accessTokens }).scope,
    cursors: createCursors({ keyring: app.secrets.keyring, random: app.random }),
    claims: ({ clientId: key }) => [{ limit, key }],
    query: () => before.change(),
  });
  const served = await serveApi(api.routes, {
    issuer: server.issuer,
    unit: unitOfWork({
      database: app.database,
      auditStamp: app.auditStamp,
      auditGroup: app.audit.group,
      meters: app.metrics.meters,
    }),
    rateLimits: app.protection.rateLimits,
  });

  async function ask(path: string, token: string | undefined, init: RequestInit = {}): Promise<Answer> {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const headers = { ...authorization, ...(init.headers as Record<string, string>) };
    return answerOf(await fetch(`${served.url}${path}`, { redirect: 'manual', ...init, headers }));
  }
  const send = (method: string, path: string, token: string | undefined, body: unknown, headers = {}) =>
    ask(path, token, {
      method,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  return { ...api, served, before, ask, send };
}

export type ServedNotes = Awaited<ReturnType<typeof serveNotes>>;
