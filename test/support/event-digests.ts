import { readFileSync, writeFileSync } from 'node:fs';
import { jsonSchemaOf } from '../../src/domain/audit/events/catalogue.ts';
import { definitionOf, EVENT_TYPES } from '../../src/domain/audit/events/index.ts';
import { sha256 } from '../../src/kernel/crypto.ts';

/**
 * Digests of the schema of each version of each audit event, as they were first written down: a version never changes, so that
 * what is stored can be read for as long as the trail is kept. `npx node test/support/event-digests.ts` adds what is new.
 */

export const DIGESTS_FILE = new URL('../unit/audit/event-digests.json', import.meta.url);

/** By type, the digests of version 1, 2, … */
export type EventDigests = Readonly<Record<string, readonly string[]>>;

/** What a schema accepts, without the words that describe it. */
function withoutWords(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutWords);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema)
    .filter(([name, value]) => !(name === 'description' && typeof value === 'string'))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, value]) => [name, withoutWords(value)]));
}

export function presentDigests(): EventDigests {
  const digests = [...EVENT_TYPES].sort().map((type): [string, string[]] => [
    type,
    definitionOf(type).versions.map((schema) =>
      sha256(JSON.stringify(withoutWords(jsonSchemaOf(schema))))
        .toString('hex')
        .slice(0, 16),
    ),
  ]);
  return Object.fromEntries(digests);
}

export const recordedDigests = (): EventDigests => JSON.parse(readFileSync(DIGESTS_FILE, 'utf8'));

/** What was written down of a version that is not as it was, or not there any more: one line each. */
export function brokenVersions(recorded: EventDigests, present: EventDigests): string[] {
  return Object.entries(recorded).flatMap(([type, versions]) =>
    versions.flatMap((digest, index) =>
      present[type]?.[index] === digest
        ? []
        : [`${type}: version ${index + 1} is not as it was: leave it as it is, and add a version behind it`],
    ),
  );
}

if (process.argv[1] === import.meta.filename) {
  const recorded = recordedDigests();
  const broken = brokenVersions(recorded, presentDigests());
  if (broken.length > 0) throw new Error(broken.join('\n'));
  const lines = Object.entries(presentDigests()).map(
    ([type, digests]) =>
      `  ${JSON.stringify(type)}: [${digests.map((each) => JSON.stringify(each)).join(', ')}]`,
  );
  writeFileSync(DIGESTS_FILE, `{\n${lines.join(',\n')}\n}\n`);
}
