import diagnostics from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import pg from 'pg';

import { patternOf } from './routes.ts';

/**
 * Which events the tests cause: before the database of a test is removed, what its trail holds is noted in a folder of the run, with
 * the route whose request it was. At the end of a whole run `test/run.ts` asks `missing.ts` what nobody has caused. Where no
 * folder is given nothing is noted. What a test has written into the trail by itself does not count (`fixture.ts`).
 */

/** The environment variable that names the folder. */
export const CAUSED_FOLDER = 'GATEHOUSE_TEST_CAUSED';

/** A kind of event, as it was found in a trail. */
export interface Caused {
  readonly type: string;
  readonly outcome: string;
  /** Method and pattern of the request of this process that caused it, if one did. */
  readonly route?: string;
}

/** An API that is there for tests alone (`test/support/api-notes.ts`). */
const NOTES = '/notes';

const folder = process.env[CAUSED_FOLDER];

/** Which route answered which request, by the id that both answer and event have. */
const routes = new Map<string, string>();

if (folder !== undefined) {
  diagnostics.subscribe('http.server.response.finish', (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const id = response.getHeader('x-request-id');
    if (typeof id !== 'string' || request.url?.startsWith(NOTES)) return;
    routes.set(id, patternOf(String(request.method), String(request.url)));
  });
}

const noted = new Set<string>();

const EVENTS = `
  select distinct type, outcome, request_id as request from audit_events e
  where not exists (select from test_evidence.written_by_tests w where w.event = e.id)`;

/** Notes what the trail of a database of this run's PostgreSQL holds. */
export async function noteCaused(url: string): Promise<void> {
  if (folder === undefined) return;
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
  } catch (error) {
    // Dropped before.
    if ((error as { code?: string }).code === '3D000') return;
    throw error;
  }
  try {
    // Of a copy of a database without guards nothing is known.
    const known = await client.query("select to_regclass('test_evidence.written_by_tests') as name");
    if (known.rows[0]?.name === null) return;
    const { rows } = await client.query<{ type: string; outcome: string; request: string | null }>(EVENTS);
    const lines = rows.map(({ type, outcome, request }) => {
      const route = routes.get(request ?? '');
      return JSON.stringify({ type, outcome, ...(route === undefined ? {} : { route }) } satisfies Caused);
    });
    const fresh = [...new Set(lines)].filter((line) => !noted.has(line));
    for (const line of fresh) noted.add(line);
    if (fresh.length > 0) appendFileSync(join(folder, `${process.pid}.ndjson`), `${fresh.join('\n')}\n`);
  } finally {
    await client.end();
  }
}

/** What all processes of a run have noted. */
export async function readCaused(from: string): Promise<Caused[]> {
  const files = await readdir(from);
  const texts = await Promise.all(files.map((file) => readFile(join(from, file), 'utf8')));
  const lines = new Set(texts.flatMap((text) => text.split('\n')).filter((line) => line !== ''));
  return [...lines].map((line) => JSON.parse(line) as Caused);
}
