import { setTimeout } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import type { CommandActor } from '../administration/actor.ts';
import { audit as acts } from '../administration/audit/index.ts';
import { MOST_EVENTS } from '../administration/audit/reading.ts';
import type { ToldEvent } from '../administration/audit/told-event.ts';
import { isCode } from '../kernel/errors.ts';
import { type AdministeredApp, operatorOf, type WithAdministration } from './acting.ts';
import { COLUMNS, cellsOf, ndjsonOf, wholeEvent } from './audit-views.ts';
import { tableLines } from './columns.ts';
import type { Terminal } from './environment.ts';
import { momentOf, momentWriter, zoneOf } from './moments.ts';
import { UsageError } from './usage.ts';

type Filters = Omit<z.input<typeof acts.list.input>, 'limit' | 'cursor'>;

interface ListOptions extends Record<Exclude<keyof Filters, 'from' | 'to' | 'outcome'>, string | undefined> {
  readonly outcome?: 'success' | 'failure';
  readonly from?: string;
  readonly to?: string;
  readonly limit: string;
  readonly all?: boolean;
  readonly follow?: boolean;
  readonly json?: boolean;
  readonly timeZone?: string;
}

/** How following ends, and how often it looks. */
export interface Following {
  readonly pauseMs: number;
  /** Aborted when it is to end. */
  readonly until: () => AbortSignal;
}

const UNTIL_INTERRUPTED: Following = {
  pauseMs: 1_000,
  until: () => {
    const over = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => over.abort());
    return over.signal;
  },
};

/** `gatehouse audit list` and `gatehouse audit show`: reading the trail. */
export function registerAuditList(
  audit: Command,
  withApp: WithAdministration,
  terminal: Terminal,
  following: Following = UNTIL_INTERRUPTED,
): void {
  audit
    .command('list')
    .description('list events, the newest first; the trail tells that somebody has looked')
    .option(
      '--person <person>',
      'whom it is about: address, user name, subject or id, also of somebody deleted',
    )
    .option('--actor <actor>', 'who acted: a person, the id of a client, command or system')
    .option('--action <type>', 'a type of event, or with a dot at its end all that begin so, e.g. client.')
    .option('--client <id>', 'which application or service it is about')
    .option('--session <id>', 'in which session, as audit show tells it')
    .option('--ip <address>', 'from which address')
    .addOption(new Option('--outcome <outcome>', 'how it ended').choices(['success', 'failure']))
    .option('--reason <word>', 'why it was refused or done, e.g. locked')
    .option('--from <time>', 'at this time or later: 2026-11-30, 2026-11-30T14:00, or how long ago, e.g. 24h')
    .option('--to <time>', 'before this time')
    .option('--limit <count>', 'at most so many; with --follow so many of before', '50')
    .option('--all', 'every event that there is')
    .option('--follow', 'go on with what comes, in the order in which it is sealed, until interrupted')
    .option('--time-zone <zone>', 'of the times that are typed and shown; without it that of TZ')
    .option('--json', 'print one JSON object a line')
    .action((options: ListOptions, command: Command) =>
      withApp(async (app) => {
        const listing = listingOf(app, terminal, operatorOf(command), options);
        await (options.follow ? followEvents(listing, following) : listEvents(listing));
      }),
    );

  audit
    .command('show')
    .description('show everything of one event: what was changed, and whether it is proven')
    .argument('<event>', 'its id, or the number behind # in the list')
    .option('--time-zone <zone>', 'of the times that are shown; without it that of TZ')
    .option('--json', 'print as one JSON object')
    .action((event: string, options: { json?: boolean; timeZone?: string }, command: Command) =>
      withApp(async ({ administration }) => {
        const moment = momentWriter(zoneOf(options.timeZone));
        const found = await administration.perform(acts.show, operatorOf(command), { event });
        if (options.json) return terminal.print(ndjsonOf(found.event));
        terminal.print(wholeEvent(found.event, moment).join('\n'));
      }),
    );
}

interface Listing {
  readonly app: AdministeredApp;
  readonly terminal: Terminal;
  readonly actor: CommandActor;
  readonly filters: Filters;
  /** Undefined: every one. */
  readonly limit: number | undefined;
  readonly print: (events: readonly ToldEvent[]) => void;
}

/** Throws `limit_invalid`, `limit_or_all`, `time_invalid`, `time_zone_unknown`. */
function listingOf(
  app: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
  options: ListOptions,
): Listing {
  const zone = zoneOf(options.timeZone);
  const now = new Date();
  const time = (text: string | undefined, option: string) =>
    text === undefined ? undefined : momentOf(text, option, zone, now);
  const { person, actor: acted, action, client, session, ip, outcome, reason } = options;
  if (options.all && options.follow) throw new UsageError('limit_or_all', 'Use either --all or --follow.');
  return {
    app,
    terminal,
    actor,
    filters: {
      ...{ person, actor: acted, action, client, session, ip, outcome, reason },
      ...{ from: time(options.from, '--from'), to: time(options.to, '--to') },
    },
    limit: options.all ? undefined : limitOf(options.limit, options.follow ? MOST_EVENTS : MOST_LISTED),
    print: options.json ? printJson(terminal) : printTable(terminal, zone),
  };
}

/** What one list prints at most without `--all`. */
const MOST_LISTED = 100_000;

function limitOf(text: string, most: number): number {
  const value = Number(text);
  if (!/^\d{1,6}$/u.test(text) || value < 1 || value > most)
    throw new UsageError('limit_invalid', `--limit: expected a whole number from 1 to ${most}`);
  return value;
}

const printJson = (terminal: Terminal) => (events: readonly ToldEvent[]) => {
  for (const event of events) terminal.print(ndjsonOf(event));
};

function printTable(terminal: Terminal, zone: string) {
  const moment = momentWriter(zone);
  const widths: number[] = [];
  const heads = [COLUMNS.map(({ title }) => title)];
  return (events: readonly ToldEvent[]) => {
    if (events.length === 0) return;
    const rows = [...heads.splice(0), ...events.map((event) => cellsOf(event, moment))];
    terminal.print(tableLines(COLUMNS, rows, widths, terminal.columns).join('\n'));
  };
}

async function listEvents({ app, terminal, actor, filters, limit, print }: Listing): Promise<void> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  let cursor: string | undefined;
  let shown = 0;
  do {
    const page = await app.administration.perform(acts.list, actor, {
      ...filters,
      limit: Math.min(left, MOST_EVENTS),
      ...(cursor === undefined ? {} : { cursor }),
    });
    print(page.items);
    shown += page.items.length;
    left -= page.items.length;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && left > 0);
  if (shown === 0) terminal.warn('There are no such events.');
  else if (cursor !== undefined) terminal.warn(`There are more: use a higher --limit, or --all.`);
}

async function followEvents(
  { app, terminal, actor, filters, limit, print }: Listing,
  { until, pauseMs }: Following,
): Promise<void> {
  const over = until();
  const first = await app.administration.perform(acts.follow, actor, { ...filters, limit });
  print(first.items);
  if (first.items.length === 0) terminal.warn('There are no such events yet.');
  let cursor = first.next;
  const pause = () => setTimeout(pauseMs, undefined, { signal: over }).catch(() => undefined);
  while (!over.aborted) {
    const found = await app.administration
      .perform(acts.follow, actor, { ...filters, limit, cursor })
      .catch(ignoreOutage);
    if (found !== undefined) {
      print(found.items);
      cursor = found.next;
    }
    if (found?.more !== true) await pause();
  }
}

/** A database that is restarted costs whoever follows nothing but time: the cursor goes on where it was. */
function ignoreOutage(error: unknown): undefined {
  if (!isCode(error, 'database_unavailable')) throw error;
}
