import { z } from 'zod';
import type { EventActor, EventDefinition } from './define.ts';
import { type AuditEventType, definitionOf, EVENT_GROUPS, EVENT_TYPES } from './index.ts';

/** What people and programs read about events, made from their schemas: docs/audit-events.md, and a JSON Schema of each. */

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema (draft 2020-12) of the details of one version of an event, as they are stored. */
export const jsonSchemaOf = (schema: z.ZodObject): JsonSchema => z.toJSONSchema(schema) as JsonSchema;

/** One type of event, as programs read it. */
export interface DescribedEvent {
  readonly type: string;
  readonly version: number;
  readonly about: string;
  readonly when: string;
  readonly outcomes: readonly string[];
  /** `nobody`: it is not known who. */
  readonly actors: readonly string[];
  /** JSON Schemas of the details by version, from 1 on. */
  readonly details: Readonly<Record<string, JsonSchema>>;
}

export function describedEvent(type: AuditEventType): DescribedEvent {
  const { versions, about, when, outcomes, actors } = definitionOf(type);
  const schemas = versions.map((schema, index): [string, JsonSchema] => [
    String(index + 1),
    jsonSchemaOf(schema),
  ]);
  return {
    type,
    version: versions.length,
    about,
    when,
    outcomes,
    actors,
    details: Object.fromEntries(schemas),
  };
}

/** Every type, in the order of the alphabet. */
export const describedEvents = (): DescribedEvent[] => [...EVENT_TYPES].sort().map(describedEvent);

/** A detail, or a member of one, by the path to it. */
export interface DescribedDetail {
  /** `before.email`, `after.scopes[].name`; `after.*`: any other member. */
  readonly path: string;
  readonly type: string;
  readonly optional: boolean;
  /** Stored as a digest; the value is kept beside the event and can be erased. */
  readonly personal: boolean;
  readonly meaning: string;
}

/** Every detail of a schema, the outer before the inner. */
export const describedDetails = (schema: z.ZodObject): DescribedDetail[] =>
  membersOf(jsonSchemaOf(schema), '');

function membersOf({ properties = {}, required = [], additionalProperties }: JsonSchema, at: string) {
  const named = Object.entries(properties).flatMap(([name, member]): DescribedDetail[] =>
    typeof member === 'boolean' ? [] : detailOf(member, `${at}${name}`, !required.includes(name)),
  );
  const others: DescribedDetail[] =
    typeof additionalProperties === 'object' && at !== ''
      ? [
          {
            path: `${at}*`,
            type: typeOf(additionalProperties),
            optional: true,
            personal: false,
            meaning: OTHERS,
          },
        ]
      : [];
  return [...named, ...others];
}

const OTHERS =
  'Every other member, as it is; of an address that the server calls (`backchannel_logout_uri`, `jwks_uri`) the query is its SHA-256.';

function detailOf(member: JsonSchema, path: string, optional: boolean): DescribedDetail[] {
  const detail = { path, type: typeOf(member), optional, personal: isPersonal(member) };
  const inner = member.type === 'array' ? (member.items as JsonSchema) : member;
  const isList = inner !== member;
  const personalList = isList && isPersonal(inner);
  return [
    { ...detail, personal: detail.personal || personalList, meaning: member.description ?? '' },
    ...(isPersonal(inner) || inner.type !== 'object' || inner.properties === undefined
      ? []
      : membersOf(inner, `${path}${isList ? '[]' : ''}.`)),
  ];
}

const isPersonal = (member: JsonSchema): boolean => (member as { personal?: boolean }).personal === true;

function typeOf(member: JsonSchema): string {
  if (isPersonal(member)) return 'text';
  if (member.enum !== undefined) return member.enum.map((value) => `\`${value}\``).join(', ');
  if (member.format === 'date-time') return 'time (ISO 8601, UTC)';
  if (member.type === 'array') {
    const each = typeOf(member.items as JsonSchema);
    return `list of ${each === 'yes or no' || each === 'JSON' ? each : `${each}s`}`;
  }
  return TYPES[String(member.type)] ?? 'JSON';
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'integer',
  boolean: 'yes or no',
  object: 'object',
};

/** The whole of docs/audit-events.md. */
export function eventCatalogue(): string {
  const groups = EVENT_GROUPS.map(({ title, events }) =>
    [`## ${title}`, ...Object.entries(events).map(([type, event]) => eventSection(type, event))].join('\n\n'),
  );
  return `${[INTRODUCTION, ...groups].join('\n\n')}\n`;
}

const INTRODUCTION = `# Audit events

<!-- Written by \`npm run docs\` from src/domain/audit/events: change it there. -->

Every type of event that the audit trail may hold, and the details of each. \`gatehouse audit events TYPE --json\` prints the same as
JSON Schema, for every version.

- Each row says the **version** of its details. A version never changes once it was released; what is described here is the current one.
  Rows without a version come from before there were versions: their details are those of version 1, and may have a member \`operator\`
  with the operating-system user (\`user\`) behind a command and their \`reason\`.
- **Who**: a *person* with an account, a *client* (an application or service by itself), an operator's *command*, or the *system* (a job,
  the start). *Nobody*: it is not known who, as where an unknown address was typed.
- **Personal** values are not in the details. Details have \`{"sha256": "…"}\`: base64url of SHA-256 over a random salt and the value in UTF-8.
  Salt and value are kept beside the event, and are erased with the person.
- Changes have **before** and **after**. They hold no secrets: no password, no code, no key, and no hash of one.`;

const ACTORS: Readonly<Record<EventActor, string>> = {
  person: 'person',
  client: 'client',
  command: 'command',
  system: 'system',
  nobody: 'nobody',
};

function eventSection(type: string, { versions, when, about, outcomes, actors }: EventDefinition): string {
  const version = versions.length;
  const current = versions.at(-1) as z.ZodObject;
  const facts = [
    `Version ${version}`,
    `about ${about === 'system' ? 'the system' : about}`,
    outcomes.join(' or '),
    `by ${actors.map((actor) => ACTORS[actor]).join(', ')}`,
  ];
  const details = describedDetails(current);
  return [
    `### \`${type}\``,
    when,
    `${facts.join(' · ')}.`,
    ...(details.length === 0 ? ['It has no details.'] : [table(details)]),
    ...earlier(versions),
  ].join('\n\n');
}

/** What versions before the current one did not have. */
function earlier(versions: readonly z.ZodObject[]): string[] {
  return versions.slice(0, -1).map((schema, index) => {
    const names = Object.keys(schema.shape).map((name) => `\`${name}\``);
    return `Version ${index + 1} had ${names.length === 0 ? 'no details' : `${names.join(', ')} only`}.`;
  });
}

const cell = (text: string) => text.replaceAll('|', '\\|');

function table(details: readonly DescribedDetail[]): string {
  const rows = details.map(({ path, type, optional, personal, meaning }) => {
    const kind = [type, ...(optional ? ['optional'] : []), ...(personal ? ['**personal**'] : [])].join('; ');
    return `| \`${path}\` | ${cell(kind)} | ${cell(meaning)} |`;
  });
  return ['| detail | type | meaning |', '|---|---|---|', ...rows].join('\n');
}
