import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Reads a Dockerfile and performs its steps in folders, for machines without a container engine. It knows what ours uses
 * and refuses everything else, so that the file cannot come to say something that is not tested.
 */
export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly instruction: string;
  readonly text: string;
}

export function parseDockerfile(source: string): Stage[] {
  const stages: { name: string; base: string; steps: Step[] }[] = [];
  for (const line of source.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [instruction = '', ...rest] = line.split(' ');
    const text = rest.join(' ');
    if (instruction === 'FROM') {
      const [base = '', , name = String(stages.length)] = rest;
      stages.push({ name, base, steps: [] });
    } else {
      const stage = stages.at(-1);
      if (stage === undefined) throw new Error(`${instruction} before FROM`);
      stage.steps.push({ instruction, text });
    }
  }
  return stages;
}

/** The names that .dockerignore lets through; it must be a list of exceptions to "nothing". */
export function allowedContext(source: string): Set<string> {
  const lines = source.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (lines[0] !== '*') throw new Error('.dockerignore must begin with *');
  return new Set(lines.slice(1).map((line) => /^!([\w.-]+)$/.exec(line)?.[1] ?? fail(line)));
}

export interface Image {
  /** The folder that stands for `/` of the last stage. */
  readonly root: string;
  readonly workdir: string;
  readonly env: Record<string, string>;
  readonly user: string;
  readonly command: string[];
  readonly healthCommand: string[];
  readonly links: Record<string, string>;
}

/** Builds every stage below `folder` from the project in `context`. `run` performs a RUN in a stage's folder. */
export async function buildImage(
  context: string,
  folder: string,
  run: (command: string, workdir: string) => Promise<void>,
): Promise<Image> {
  const stages = parseDockerfile(await readFile(join(context, 'Dockerfile'), 'utf8'));
  const allowed = allowedContext(await readFile(join(context, '.dockerignore'), 'utf8'));
  const roots = new Map<string, string>();
  let image: Image | undefined;
  for (const { name, steps } of stages) {
    const root = join(folder, name);
    roots.set(name, root);
    const state = { root, workdir: '/', env: {}, user: 'root', command: [], healthCommand: [], links: {} };
    for (const step of steps) await perform(step, state, { context, allowed, roots, run });
    image = state;
  }
  return image ?? fail('no stage');
}

interface Surroundings {
  context: string;
  allowed: Set<string>;
  roots: Map<string, string>;
  run: (command: string, workdir: string) => Promise<void>;
}

type State = { -readonly [Key in keyof Image]: Image[Key] };

async function perform({ instruction, text }: Step, state: State, around: Surroundings): Promise<void> {
  switch (instruction) {
    case 'WORKDIR':
      state.workdir = text;
      await mkdir(join(state.root, text), { recursive: true });
      return;
    case 'COPY':
      return copy(text.split(' '), state, around);
    case 'RUN': {
      const link = /^ln -s (\S+) (\S+)$/.exec(text);
      if (link !== null) state.links[link[2] as string] = link[1] as string;
      else await around.run(text, join(state.root, state.workdir));
      return;
    }
    case 'ENV':
      for (const pair of text.split(' ')) {
        const [key = '', value = ''] = pair.split('=');
        state.env[key] = value;
      }
      return;
    case 'USER':
      state.user = text;
      return;
    case 'EXPOSE':
      return;
    case 'HEALTHCHECK':
      state.healthCommand = JSON.parse(/CMD (\[.*\])$/.exec(text)?.[1] ?? fail(text)) as string[];
      return;
    case 'CMD':
      state.command = JSON.parse(text) as string[];
      return;
    default:
      fail(instruction);
  }
}

async function copy(words: string[], state: State, { context, allowed, roots }: Surroundings): Promise<void> {
  const from = /^--from=(.*)$/.exec(words[0] ?? '')?.[1];
  const sources = words.slice(from === undefined ? 0 : 1, -1);
  const target = join(state.root, state.workdir, words.at(-1) ?? '');
  const base = from === undefined ? context : (roots.get(from) ?? fail(from));
  for (const source of sources) {
    if (from === undefined && !allowed.has(source)) fail(`${source} is not let through by .dockerignore`);
    const file = join(base, source);
    const into = (await stat(file)).isDirectory() ? target : join(target, source);
    await cp(file, into, { recursive: true, verbatimSymlinks: true });
  }
}

function fail(what: string): never {
  throw new Error(`not understood in the Dockerfile or .dockerignore: ${what}`);
}

/** Writes a secret to a file for a `NAME_FILE` setting and returns the path. */
export async function secretFile(folder: string, name: string, value: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `${value}\n`, { mode: 0o644 });
  return file;
}
