import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, normalize } from 'node:path';
import { parse } from 'es-module-lexer/js';
import { checkWrites } from './check-writes.ts';

/**
 * The direction of imports in `src`, as docs/architecture.md draws it: a file may import from its own area and from the
 * ones below, never from above or from beside, never in a circle, and a package only where it belongs. Type imports
 * count like any other: what a folder knows of another is the point. Run by itself it lists what is wrong, as file:line, and
 * what {@link checkWrites} finds.
 */

/** Areas from the ground up; those on one line are beside each other. Each is a folder or a file of `src`. */
export const LAYERS: readonly (readonly string[])[] = [
  ['kernel'],
  ['config', 'storage', 'redaction.ts', 'templates.ts'],
  ['domain', 'log.ts', 'metrics'],
  ['sign-in', 'setup'],
  ['lifecycle'],
  ['oidc'],
  ['administration'],
  ['http', 'jobs'],
  ['wire'],
  ['wire.ts'],
  ['edge-dependencies.ts'],
  ['app.ts'],
  ['server.ts'],
  ['serve.ts'],
  ['commands', 'development', 'development.ts'],
  ['main.ts', 'cli.ts'],
];

/** The outermost layer is made of one piece: its parts may import each other, as long as there is no circle. */
const ONE_PIECE = new Set(['commands', 'development', 'development.ts']);

/** What may be imported from beside or above all the same: the vocabulary of the audit trail, as types. */
const VOCABULARY = 'src/domain/audit/events.ts';

/** Who does not see the configuration: each gets its part of it from the composition root. */
const WITHOUT_CONFIG = new Set([
  'storage',
  'domain',
  'metrics',
  'sign-in',
  'setup',
  'lifecycle',
  'oidc',
  'administration',
  'jobs',
]);

/** Folders of `http` from the ground up; every other one is an audience's, and those do not import each other. */
const HTTP_GROUND = ['kit', 'pages'];

/** Where a file of `http` is: 0 and 1 for the ground, 2 for an audience's, 3 for what puts them together. */
function heightIn(file: string): number {
  const folder = file.split('/')[2] ?? '';
  if (folder.endsWith('.ts')) return HTTP_GROUND.length + 1;
  const ground = HTTP_GROUND.indexOf(folder);
  return ground < 0 ? HTTP_GROUND.length : ground;
}

const isStore = (file: string) => file.startsWith('src/storage/') || /\/([a-z-]+-)?store\.ts$/.test(file);

const isRouted = (file: string) => /^src\/(oidc|http|edge-dependencies|app|wire|log)\b/.test(file);

/** Packages that only some files may see. */
const PACKAGES: readonly [packages: RegExp, seenBy: (file: string) => boolean, where: string][] = [
  [/^(@mikro-orm\/|pg$|pg-boss$|kysely$)/, isStore, 'storage and stores'],
  [/^oidc-provider$/, (file) => file.startsWith('src/oidc/'), 'src/oidc'],
  [
    /^(ioredis|rate-limiter-flexible)$/,
    (file) => file.startsWith('src/domain/rate-limits/') || file === 'src/storage/redis.ts',
    'src/domain/rate-limits and src/storage/redis.ts',
  ],
  [/^(koa|@koa\/router|koa-helmet|raw-body)$/, isRouted, 'oidc, http and the composition'],
  [
    /^yaml$/,
    (file) => file === 'src/administration/configuration/text.ts',
    'src/administration/configuration/text.ts',
  ],
  [/^ejs$/, (file) => file === 'src/templates.ts', 'src/templates.ts'],
  [/^i18next$/, (file) => file.startsWith('src/http/'), 'src/http'],
  [/^otplib$/, (file) => file.startsWith('src/domain/totp/'), 'src/domain/totp'],
  [/^@simplewebauthn\/server$/, (file) => file.startsWith('src/domain/passkeys/'), 'src/domain/passkeys'],
  [/^nodemailer$/, (file) => file.startsWith('src/domain/mail/'), 'src/domain/mail'],
  [/^prom-client$/, (file) => file.startsWith('src/metrics/'), 'src/metrics'],
  [/^commander$/, (file) => /^src\/(commands\/|cli\.ts)/.test(file), 'the commands'],
  [/^pino$/, (file) => file === 'src/log.ts', 'src/log.ts'],
  [/./, (file) => !file.startsWith('src/kernel/'), 'everything but the kernel'],
];

export interface Project {
  /** Source by path from the project's root, e.g. `src/kernel/errors.ts`. */
  readonly files: ReadonlyMap<string, string>;
  /** What an installation without development packages has. */
  readonly packages: ReadonlySet<string>;
}

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly problem: string;
}

interface Import {
  readonly file: string;
  readonly line: number;
  /** A path from the project's root, the name of a package, or undefined where it is computed. */
  readonly target: string | undefined;
  readonly local: boolean;
  readonly typeOnly: boolean;
}

/** Everything in the project that goes against the direction, file by file. */
export function checkImports({ files, packages }: Project): Violation[] {
  const imports = [...files].flatMap(([file, source]) => importsOf(file, source));
  const judged = imports.flatMap((found) => {
    const problem = found.local ? judgeFile(found, files) : judgePackage(found, packages);
    return problem === undefined ? [] : [{ file: found.file, line: found.line, problem }];
  });
  return [...judged, ...circles(imports)].sort(
    (a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.problem.localeCompare(b.problem),
  );
}

/** What a file imports, types included. */
export function importsOf(file: string, source: string): Import[] {
  const [found] = parse(source, file);
  return found.flatMap((entry): Import[] => {
    if (entry.type === 'import-meta') return [];
    const line = source.slice(0, entry.importStart).split('\n').length;
    const specifier = entry.type === 'dynamic' && entry.glob ? undefined : entry.specifier;
    const local = specifier === undefined || specifier.startsWith('.');
    const target = specifier?.startsWith('.') ? normalize(join(file, '..', specifier)) : specifier;
    const typeOnly = entry.type === 'dynamic' ? entry.probablyTypeOnly : entry.typeOnly;
    return [{ file, line, target, local, typeOnly }];
  });
}

/** The folder or file of `src` that a file belongs to. */
const areaOf = (file: string) => file.split('/')[1] ?? '';
/** How far above the ground a file is; -1 where it is in no layer. */
export const layerOf = (file: string) => LAYERS.findIndex((areas) => areas.includes(areaOf(file)));
const folderOf = (file: string) => file.split('/').slice(0, 3).join('/');

function judgeFile({ file, target, typeOnly }: Import, files: Project['files']): string | undefined {
  if (target === undefined) return 'imports something computed, which cannot be checked';
  if (target === 'package.json') return file === 'src/kernel/version.ts' ? undefined : 'imports package.json';
  if (!target.startsWith('src/')) return `imports ${target}, which is outside src`;
  if (!files.has(target)) return `imports ${target}, which does not exist`;
  for (const path of [file, target]) {
    if (layerOf(path) < 0)
      return `${areaOf(path)} is in no layer: put it into one in test/support/check-imports.ts`;
  }
  if (target === VOCABULARY && typeOnly && layerOf(file) >= layerOf(target)) return undefined;
  return judgeDirection(file, target);
}

function judgeDirection(file: string, target: string): string | undefined {
  const [from, to] = [areaOf(file), areaOf(target)];
  if (from === 'domain' && to === 'domain' && folderOf(file) !== folderOf(target)) {
    return `imports ${target}: subjects of domain do not import each other`;
  }
  if (from === 'http' && to === 'http' && folderOf(file) !== folderOf(target)) {
    const height = heightIn(file);
    if (heightIn(target) < height || height > HTTP_GROUND.length) return undefined;
    return `imports ${target}: in http, kit is below pages, pages below the folder of each audience, and those are apart`;
  }
  if (file.endsWith('/policy.ts') && from === 'domain' && to !== 'kernel' && target.endsWith('store.ts')) {
    return `imports ${target}: a policy is pure and knows no store`;
  }
  if (from === 'domain' && file.endsWith('/policy.ts') && to !== 'kernel' && to !== 'domain') {
    return `imports ${target}: a policy is pure and knows the kernel only`;
  }
  if (to === 'config' && WITHOUT_CONFIG.has(from))
    return `imports ${target}: ${from} does not see the configuration`;
  if (from === to || (ONE_PIECE.has(from) && ONE_PIECE.has(to))) return undefined;
  if (layerOf(target) < layerOf(file)) return undefined;
  return `imports ${target}: ${to} is ${layerOf(target) === layerOf(file) ? 'beside' : 'above'} ${from}`;
}

const builtins = new Set(builtinModules);

function judgePackage({ file, target = '' }: Import, packages: Project['packages']): string | undefined {
  if (target.startsWith('node:')) return undefined;
  if (builtins.has(target)) return `imports ${target}: write node:${target}`;
  const name = target.split('/', target.startsWith('@') ? 2 : 1).join('/');
  const rule = PACKAGES.find(([pattern, seenBy]) => pattern.test(target) && !seenBy(file));
  if (rule !== undefined) return `imports ${target}: seen by ${rule[2]} only`;
  return packages.has(name) ? undefined : `imports ${target}, which is no dependency in package.json`;
}

/** Every import that closes a circle of files, told once per circle. */
function circles(imports: readonly Import[]): Violation[] {
  const outgoing = Map.groupBy(
    imports.filter(({ local, target }) => local && target !== undefined),
    ({ file }) => file,
  );
  const violations: Violation[] = [];
  const finished = new Set<string>();
  const walk = (file: string, trail: readonly string[]) => {
    for (const { target = '', line } of outgoing.get(file) ?? []) {
      const start = [...trail, file].indexOf(target);
      if (start >= 0) {
        const circle = [...trail, file].slice(start);
        violations.push({ file, line, problem: `closes a circle: ${[...circle, target].join(' → ')}` });
      } else if (!finished.has(target)) walk(target, [...trail, file]);
    }
    finished.add(file);
  };
  for (const file of outgoing.keys()) if (!finished.has(file)) walk(file, []);
  return violations;
}

/** This checkout. */
export function readProject(root: string): Project {
  const paths = globSync('src/**/*.ts', { cwd: root });
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    files: new Map(paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(root, path), 'utf8')])),
    packages: new Set(Object.keys({ ...dependencies, ...optionalDependencies })),
  };
}

if (import.meta.main) {
  const project = readProject(join(import.meta.dirname, '../..'));
  const violations = [...checkImports(project), ...checkWrites(project)];
  for (const { file, line, problem } of violations) console.error(`${file}:${line} ${problem}`);
  if (violations.length > 0) process.exitCode = 1;
}
