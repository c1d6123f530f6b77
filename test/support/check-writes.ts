import type { Project, Violation } from './check-imports.ts';

/**
 * What `src/commands` and `src/http` may not do: open a transaction, or speak SQL. They read what was asked, call an act of
 * `administration` (or what `lifecycle`, `sign-in` and `oidc` do for people), and show what came of it, so that every face of
 * an act does the same. Comments may speak of both.
 */

const EDGES = /^src\/(commands|http)\//;

const FORBIDDEN: readonly [pattern: RegExp, problem: string][] = [
  [/\btransaction(?:al)?\b/g, 'opens a transaction'],
  [/\.(?:query|execute|executeQuery|raw|fork)\s*(?:<[^()]*>)?\(/g, 'runs statements'],
  [/\bcommitWrites\b/g, 'writes to the database'],
  [/[`'"]\s*(?:select|SELECT)\s/g, 'speaks SQL'],
  [/\binsert\s+into\s|\bdelete\s+from\s|\bupdate\s+[\w".]+\s+set\s/gi, 'speaks SQL'],
  [/\b(?:create|alter|drop|truncate|lock)\s+(?:table|index|function|role)\s/gi, 'speaks SQL'],
];

/** Every place at which an edge does what only the layers below may. */
export function checkWrites({ files }: Pick<Project, 'files'>): Violation[] {
  return [...files]
    .filter(([file]) => EDGES.test(file))
    .flatMap(([file, source]) => judge(file, source))
    .sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

function judge(file: string, source: string): Violation[] {
  const code = withoutComments(source);
  return FORBIDDEN.flatMap(([pattern, problem]) =>
    [...code.matchAll(pattern)].map(({ index, 0: match }) => ({
      file,
      line: code.slice(0, index + match.search(/\S/)).split('\n').length,
      problem: `${problem} (${match.trim()}): that is for the layers below`,
    })),
  );
}

/** The formatter puts comments on lines of their own, or at the end of one; lines keep their numbers. */
function withoutComments(source: string): string {
  let inside = false;
  return source
    .split('\n')
    .map((line) => {
      const begins = !inside && /^\s*\/\*/.test(line);
      if (!inside && !begins) return line.replace(/(^|\s)\/\/.*$/, '');
      inside = !line.includes('*/');
      return '';
    })
    .join('\n');
}
