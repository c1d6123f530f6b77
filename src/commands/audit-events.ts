import type { Command } from 'commander';
import { describedDetails, describedEvent, describedEvents } from '../domain/audit/events/catalogue.ts';
import { definitionOf, EVENT_TYPES, isEventType } from '../domain/audit/events/index.ts';
import { schemaOf } from '../domain/audit/events/versions.ts';
import { didYouMean } from '../kernel/nearest.ts';
import type { Terminal } from './environment.ts';
import { UsageError } from './usage.ts';

/** `gatehouse audit events`: which events there are, and what each says. It needs no database. */
export function registerAuditEvents(audit: Command, terminal: Terminal): void {
  audit
    .command('events')
    .description('list the types of events; with a type, its details')
    .argument('[type]', 'e.g. client.updated')
    .option('--json', 'print as JSON, the details of each version as JSON Schema')
    .action((type: string | undefined, { json }: { json?: boolean }) => {
      if (type === undefined) return terminal.print(json ? toJson(describedEvents()) : listing());
      if (!isEventType(type))
        throw new UsageError(
          'event_unknown',
          `There is no event "${type.replace(/\p{C}/gu, '?')}"${didYouMean(type, EVENT_TYPES)}. "gatehouse audit events" lists them.`,
        );
      terminal.print(json ? toJson(describedEvent(type)) : description(type));
    });
}

const toJson = (value: unknown) => JSON.stringify(value, null, 2);

function listing(): string {
  const types = [...EVENT_TYPES].sort();
  const width = Math.max(...types.map((type) => type.length));
  return types.map((type) => `${type.padEnd(width)}  ${definitionOf(type).when}`).join('\n');
}

function description(type: (typeof EVENT_TYPES)[number]): string {
  const { version, about, when, outcomes, actors } = describedEvent(type);
  const schema = schemaOf(type, version);
  const details = schema === undefined ? [] : describedDetails(schema);
  const width = Math.max(...details.map(({ path }) => path.length), 0);
  return [
    type,
    when,
    `Version ${version}; about ${about === 'system' ? 'the system' : about}; ${outcomes.join(' or ')}; by ${actors.join(', ')}.`,
    ...details.map(({ path, type: kind, optional, personal, meaning }) => {
      const marks = [
        kind.replaceAll('`', ''),
        ...(optional ? ['optional'] : []),
        ...(personal ? ['personal'] : []),
      ];
      return `  ${path.padEnd(width)}  ${marks.join('; ')}. ${meaning.replaceAll('`', '')}`;
    }),
  ].join('\n');
}
