import { z } from 'zod';
import type { AuditReader } from '../../domain/audit/reading/reader-store.ts';
import type { Clock } from '../../kernel/clock.ts';
import { NOT_COPIED, type PersonalData } from '../../lifecycle/personal-data-store.ts';
import type { Executor } from '../../storage/database.ts';
import { defineAuditedRead } from '../audit/audited-read.ts';
import { type ToldEvent, tellEvents } from '../audit/told-event.ts';
import { onePerson, onPerson } from './person.ts';

/** Events of the trail in one document, the newest; older ones are read by the acts on the trail. */
const MOST_EVENTS = 2_000;
const PAGE = 200;

interface Exports {
  readonly personalData: PersonalData;
  readonly auditReader: AuditReader;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Everything that is kept about one person, as one document (GDPR, articles 15 and 20): no secrets, and nothing about others, such as
 * from where an administrator acted. The audit trail tells that it was made.
 */
export const exportPerson = defineAuditedRead({
  name: 'people.export',
  summary: 'Exports everything that is kept about one person.',
  scope: 'people:read',
  http: { method: 'GET', path: '/people/{person}/export' },
  about: onePerson,
  input: onPerson,
  result: z.object({
    format: z.literal('gatehouse-person-v1'),
    exportedAt: z.date(),
    person: z.object({ id: z.string(), sub: z.string() }),
    /** By the kind of thing that is kept; each row with what is kept of it. */
    data: z.record(
      z.string(),
      z.object({ rows: z.array(z.record(z.string(), z.unknown())), more: z.boolean() }),
    ),
    /** What the audit trail says about the person, the newest first. */
    events: z.object({ rows: z.array(z.record(z.string(), z.unknown())), more: z.boolean() }),
    /** What is kept and not copied here, with the reason. */
    leftOut: z.array(z.object({ what: z.string(), why: z.string() })),
  }),
  async run(deps: Exports, { tx, target: person, record }) {
    const data = await deps.personalData.of(tx, person.id);
    const { told, more } = await eventsAbout(deps, tx, person.id);
    await record({ type: 'account.exported', account: person.id, details: { events: told.length, more } });
    return {
      format: 'gatehouse-person-v1' as const,
      exportedAt: deps.clock.now(),
      person: { id: person.id, sub: person.sub },
      data: Object.fromEntries(
        Object.entries(data).map(([name, section]) => [
          name,
          { more: section.more, rows: section.rows.map((row) => ({ ...row })) },
        ]),
      ),
      events: { rows: told.map((event) => eventOf(event, person.id)), more },
      leftOut: Object.entries(NOT_COPIED).map(([what, why]) => ({ what, why })),
    };
  },
});

async function eventsAbout({ auditReader }: Pick<Exports, 'auditReader'>, tx: Executor, id: string) {
  const told: ToldEvent[] = [];
  let after: Parameters<AuditReader['page']>[1]['after'];
  do {
    const page = await auditReader.page(tx, { filters: { person: id }, limit: PAGE, after });
    told.push(...(await tellEvents(tx, page.events)));
    after = page.next;
  } while (after !== undefined && told.length < MOST_EVENTS);
  return { told, more: after !== undefined };
}

/** An event as its person is told it: of whoever else has acted only what they are. */
function eventOf(event: ToldEvent, person: string): Record<string, unknown> {
  const { actor, personal } = event;
  const isOwn = actor?.kind === 'person' && actor.id === person;
  const by = isOwn ? 'themselves' : actor?.kind === 'person' ? 'administrator' : (actor?.kind ?? 'unknown');
  return {
    at: event.at,
    type: event.type,
    outcome: event.outcome,
    by,
    client: event.client,
    session: event.session,
    factor: event.factor,
    ...(isOwn || actor === null ? { ip: event.ip, userAgent: event.userAgent } : {}),
    reason: event.reason,
    details: event.details,
    values: Object.fromEntries(
      Object.entries(personal).flatMap(([path, { value }]) => (value === undefined ? [] : [[path, value]])),
    ),
  };
}
