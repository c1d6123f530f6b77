import { createHash } from 'node:crypto';
import { definitionOf, isEventType } from '../../src/domain/audit/events/index.ts';
import { schemaOf } from '../../src/domain/audit/events/versions.ts';
import type { Executor } from '../../src/storage/database.ts';

/** Whether what stands in the audit trail of a test is what its schemas say: asked of every server of a test at its end. */

interface Row {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly outcome: string;
  readonly actor_kind: string | null;
  readonly details: unknown;
  readonly personal:
    | readonly { readonly path: string; readonly salt: string; readonly value: string }[]
    | null;
}

/** Enough for what tests do; those that fill the trail write the same again and again. */
const MOST_ROWS = 20_000;

// Rows without a version are of earlier versions, or of tests that write them by hand.
const ROWS = `
  select id, type, version, outcome, actor_kind, details, (
    select json_agg(json_build_object('path', path, 'salt', encode(salt, 'base64'), 'value', value))
    from audit_personal where event = audit_events.id) as personal
  from audit_events where version is not null limit ${MOST_ROWS}`;

/** What is wrong with a row; undefined where nothing is. */
export function rowProblem({
  type,
  version,
  outcome,
  actor_kind: kind,
  details,
  personal,
}: Row): string | undefined {
  if (!isEventType(type)) return `${type}: is no event`;
  const { outcomes, actors, versions } = definitionOf(type);
  if (version !== versions.length)
    return `${type}: has version ${version}, and ${versions.length} is written`;
  if (!outcomes.some((each) => each === outcome)) return `${type}: has the outcome ${outcome}`;
  if (!actors.some((each) => each === (kind ?? 'nobody'))) return `${type}: is by ${kind ?? 'nobody'}`;
  const parsed = schemaOf(type, version)?.safeParse(details);
  if (parsed?.success !== true) return `${type}: ${parsed?.error.message.replaceAll(/\s+/gu, ' ')}`;
  return personal?.map((each) => personalProblem(type, details, each)).find((each) => each !== undefined);
}

function personalProblem(
  type: string,
  details: unknown,
  { path, salt, value }: { path: string; salt: string; value: string },
): string | undefined {
  const digest = path
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], details);
  const expected = createHash('sha256').update(Buffer.from(salt, 'base64')).update(value).digest('base64url');
  return (digest as { sha256?: string } | undefined)?.sha256 === expected
    ? undefined
    : `${type}: ${path} is not the digest of its personal value`;
}

/** What rows say that their schemas do not, each once. */
export async function againstSchema(database: Executor): Promise<string[]> {
  const rows = await database.query<Row>({ name: 'test_audit_rows', text: ROWS });
  return [...new Set(rows.flatMap((row) => rowProblem(row) ?? []))];
}
