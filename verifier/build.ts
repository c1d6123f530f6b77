import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * `npm run verifier`: builds the page on which auditors verify bundles, one file with everything in it, from the same TypeScript
 * as `gatehouse audit verify`. The file is committed; a test fails where it is not what this builds.
 */

const root = join(import.meta.dirname, '..');

/** Where the page is kept, and where the command takes it from. */
export const VERIFIER_PAGE = join(root, 'assets/audit-verifier.html');

/** Packages whose code is in the page. */
const PACKAGES = ['@zip.js/zip.js', '@noble/hashes', '@noble/curves', 'canonicalize'];

const sourceOf = (name: string) => readFile(join(import.meta.dirname, name), 'utf8');
const hashOf = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;

async function licenses(): Promise<string> {
  const texts = await Promise.all(
    PACKAGES.map(async (name) => {
      const folder = join(root, 'node_modules', name);
      const text = await readFile(join(folder, 'LICENSE'), 'utf8');
      return `${name}\n\n${text.trim()}`;
    }),
  );
  return ['Gatehouse: Apache License 2.0. It contains:', ...texts].join('\n\n').replaceAll('--', '- -');
}

export async function buildVerifier(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['verifier/page.ts'],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    minify: true,
    legalComments: 'none',
  });
  const script = (outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script').trim();
  const style = (await sourceOf('page.css')).trim();
  const parts: Record<string, string> = {
    '%LICENSES%': await licenses(),
    '%STYLE_HASH%': hashOf(style),
    '%SCRIPT_HASH%': hashOf(script),
    '%STYLE%': style,
    '%SCRIPT%': script,
  };
  return (await sourceOf('page.html.template')).replace(/%[A-Z_]+%/g, (name) => parts[name] ?? name);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await writeFile(VERIFIER_PAGE, await buildVerifier());
