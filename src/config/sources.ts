import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JsonMistake } from '../kernel/json-text.ts';
import { nearestName } from '../kernel/nearest.ts';
import { duplicatesWithComments, parseJsonWithComments } from './jsonc.ts';
import { allSettings } from './schema.ts';
import { allowedInFile, type Placed, type Setting } from './setting.ts';

/** The file that is read where `GATEHOUSE_CONFIG` names no other. It may be absent. */
export const DEFAULT_CONFIG_FILE = join(import.meta.dirname, '../../config/gatehouse.jsonc');

/** Where a value came from. `development` is what a development start supplied: its own database, its own secrets. */
export type Source =
  | 'environment'
  | 'file of the environment'
  | 'configuration file'
  | 'development'
  | 'default';

export interface Given {
  readonly value: unknown;
  readonly source: Source;
  /** Reads it again, where it came from a file of the environment. Throws where that cannot be read. */
  readonly again?: () => string;
}

export interface LoadOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a text file, throws where it cannot. */
  readonly readFile?: (path: string) => string;
  /** `false` for none at all; otherwise `GATEHOUSE_CONFIG`, otherwise {@link DEFAULT_CONFIG_FILE}. */
  readonly configFile?: string | false;
  /** What a development start brings itself, by name. Only for what nobody gave; refused in production. */
  readonly supplied?: Readonly<Record<string, string>>;
}

/** What was given for each setting, by name, before any of it is checked; and what was wrong with the sources. */
export interface Sources {
  readonly given: ReadonlyMap<string, Given>;
  readonly problems: readonly string[];
  /** Settings whose source is the problem, so that nothing more needs to be said of them. */
  readonly broken: ReadonlySet<string>;
}

/** `name` is the setting concerned, where it is one. */
type Report = (problem: string, name?: string) => void;

/** Collects from the environment, the files it names, the configuration file and `supplied`, in this order. */
export function collect(options: LoadOptions): Sources {
  const problems: string[] = [];
  const broken = new Set<string>();
  const report: Report = (problem, name) => {
    problems.push(problem);
    if (name !== undefined) broken.add(name);
  };
  const readFile = options.readFile ?? ((path: string) => readFileSync(path, 'utf8'));
  const file = readConfigFile(options, readFile, report);
  const given = new Map<string, Given>();
  for (const { setting, path } of allSettings) {
    const found =
      fromEnvironment(setting, options.env, readFile, report) ??
      fromConfigFile(setting, path, file) ??
      fromDevelopment(setting, options.supplied);
    if (found === undefined) continue;
    given.set(setting.env, found);
  }
  return { given, problems, broken };
}

/** An empty variable counts as absent: that is how compose files and shells pass on what is not set. */
function fromEnvironment(
  setting: Setting<unknown>,
  env: LoadOptions['env'],
  readFile: (path: string) => string,
  report: Report,
): Given | undefined {
  const value = env[setting.env]?.trim() || undefined;
  const fileName = `${setting.env}_FILE`;
  const file = env[fileName] || undefined;
  const given = [
    { name: setting.env, text: value ?? '' },
    { name: fileName, text: file ?? '' },
  ];
  const wrapped = given.find(({ text }) => isWrapped(text));
  if (wrapped !== undefined) {
    report(`${wrapped.name}: ${WRAPPED}`, setting.env);
    return undefined;
  }
  if (setting.secret && COMMENT.test(value ?? '')) {
    report(`${setting.env}: ${COMMENTED}`, setting.env);
    return undefined;
  }
  if (file === undefined) return value === undefined ? undefined : { value, source: 'environment' };
  if (value !== undefined) {
    report(
      `${setting.env}: is given twice, as ${setting.env} and as ${fileName}; expected one of the two`,
      setting.env,
    );
    return undefined;
  }
  try {
    const content = readFile(file).trim();
    if (isWrapped(content)) {
      report(`${setting.env}: in the file that ${fileName} names, ${WRAPPED}`, setting.env);
      return undefined;
    }
    if (content !== '') {
      const again = () => readFile(file).trim();
      return { value: content, source: 'file of the environment', again };
    }
    report(`${fileName}: ${file} is empty; expected ${setting.kind.expected}`, setting.env);
  } catch (error) {
    report(
      `${fileName}: ${file} cannot be read (${codeOf(error)}); expected the path of a readable file`,
      setting.env,
    );
  }
  return undefined;
}

/** Quotes that something left around a value: no setting has a value that begins and ends with the same. */
const isWrapped = (text: string) => /^(?:(["']).*\1|“.*”)$/s.test(text);

const WRAPPED =
  'the value stands in quotes, which are part of it: docker --env-file and Kubernetes keep them, a shell does not; ' +
  'expected the value without them';

/** What stands behind a value in files that know comments there, as docker's do not. */
export const COMMENT = /\s#/;

const COMMENTED =
  'holds a # after a space, as a comment would: docker --env-file knows comments on lines of their own only; expected the ' +
  'value alone';

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unreadable';

function fromConfigFile(
  setting: Setting<unknown>,
  path: readonly string[],
  file: unknown,
): Given | undefined {
  if (!allowedInFile(setting)) return undefined;
  let value = file;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return value === undefined ? undefined : { value, source: 'configuration file' };
}

const fromDevelopment = (setting: Setting<unknown>, supplied: LoadOptions['supplied']): Given | undefined => {
  const value = supplied?.[setting.env];
  return value === undefined ? undefined : { value, source: 'development' };
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readConfigFile(options: LoadOptions, readFile: (path: string) => string, report: Report): unknown {
  if (options.configFile === false) return {};
  const named = options.configFile ?? (options.env.GATEHOUSE_CONFIG || undefined);
  if (named !== undefined && isWrapped(named)) {
    report(`GATEHOUSE_CONFIG: ${WRAPPED}`);
    return {};
  }
  const path = named ?? DEFAULT_CONFIG_FILE;
  let source: string;
  try {
    source = readFile(path);
  } catch (error) {
    const code = codeOf(error);
    if (named === undefined && code === 'ENOENT') return {};
    report(`GATEHOUSE_CONFIG: ${path} cannot be read (${code}); expected the path of a readable file`);
    return {};
  }
  try {
    const content = parseJsonWithComments(source);
    if (!isObject(content)) throw new SyntaxError('it is not an object');
    for (const name of duplicatesWithComments(source)) {
      report(`${path}: "${name}" is there twice; expected it once`);
    }
    for (const problem of unknownKeys(content, [])) report(`${path}: ${problem}`);
    return content;
  } catch (error) {
    const where =
      error instanceof JsonMistake && source.trim() !== ''
        ? ` (line ${error.line} column ${error.column}: ${error.problem})`
        : '';
    report(`GATEHOUSE_CONFIG: ${path} is not valid JSON${where}; expected one JSON object`);
    return {};
  }
}

/** What stands in the file and is no setting, or may not stand there. */
function unknownKeys(content: Record<string, unknown>, parent: readonly string[]): string[] {
  return Object.entries(content).flatMap(([key, value]) => {
    const path = [...parent, key];
    const name = path.join('.');
    const here = allSettings.find((placed) => samePath(placed, path));
    if (here !== undefined) return allowedInFile(here.setting) ? [] : [misplaced(name, here.setting)];
    if (!allSettings.some((placed) => path.every((part, index) => placed.path[index] === part))) {
      const meant = intendedKey(path);
      const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`;
      return [`"${name}" is unknown${hint}; expected one of the settings that docs/configuration.md lists`];
    }
    return isObject(value)
      ? unknownKeys(value, path)
      : [`"${name}" is no object; expected one with settings in it`];
  });
}

/**
 * Where a key that is none was probably meant to be: beside it (`server.prot`), in another section
 * (`server.accessTokenSeconds`), or under the name of its variable (`SESSION_TIMEOUT_MINUTES`).
 */
function intendedKey(path: readonly string[]): string | undefined {
  const last = path.at(-1) ?? '';
  const parent = path.slice(0, -1);
  const inFile = allSettings.filter(({ setting }) => allowedInFile(setting));
  const ofVariable = inFile.find(({ setting }) => setting.env === last.toUpperCase());
  if (ofVariable !== undefined) return ofVariable.path.join('.');
  const beside = inFile.filter((placed) => parent.every((part, index) => placed.path[index] === part));
  const sibling = nearestName(
    last,
    new Set(beside.map((placed) => placed.path[parent.length]).filter((name) => name !== undefined)),
  );
  if (sibling !== undefined) return [...parent, sibling].join('.');
  const elsewhere = nearestName(last, new Set(inFile.map((placed) => placed.path.at(-1) ?? '')));
  return inFile.find((placed) => placed.path.at(-1) === elsewhere)?.path.join('.');
}

const misplaced = (name: string, { env, secret }: Setting<unknown>) =>
  `"${name}" ${secret ? 'is a secret' : 'may not stand here'}; expected it in ${env} or ${env}_FILE, not in this file`;

const samePath = ({ path }: Placed, other: readonly string[]) =>
  path.length === other.length && path.every((part, index) => part === other[index]);
