import { type Resolution, resolveConfig } from '../config/load.ts';
import type { LoadOptions } from '../config/sources.ts';
import { GatehouseError } from '../kernel/errors.ts';
import { readEmbeddedConnection } from '../storage/embedded.ts';
import { processQuestions } from './questions.ts';

/**
 * The commands: what an operator types. This folder owns how each one reads its words and reports; what they do belongs
 * to the modules that they call.
 */

/** How a command ends: with what it printed, or with an exit code. Injected, so that tests can run commands. */
export interface Terminal {
  print(text: string): void;
  warn(text: string): void;
  fail(exitCode: number): void;
  /** How many characters a line has room for; absent where nobody looks at it, as in a pipe. */
  readonly columns?: number | undefined;
  /** Asks the person at the terminal, and answers what they type; absent where there is none. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
}

export const processTerminal: Terminal = {
  print: (text) => process.stdout.write(`${text}\n`),
  warn: (text) => process.stderr.write(`${text}\n`),
  fail: (exitCode) => {
    process.exitCode = exitCode;
  },
  get columns() {
    return process.stdout.isTTY ? process.stdout.columns : undefined;
  },
  ask: processQuestions(),
};

/**
 * The configuration as far as a command can know it. Outside production, what nobody gave is looked for beside a
 * running development server: its PostgreSQL is found through `DATA_DIR`.
 */
export async function resolveForCommand(options: LoadOptions): Promise<Resolution> {
  const first = resolveConfig(options);
  const dataDir = first.values.get('DATA_DIR');
  if (first.absent.size === 0 || first.values.get('NODE_ENV') !== 'development') return first;
  if (typeof dataDir !== 'string' || !first.absent.has('DATABASE_URL')) return first;
  const running = await readEmbeddedConnection(dataDir);
  if (running === undefined) return first;
  const supplied = { DATABASE_URL: running.serverUrl, DATABASE_OWNER_URL: running.ownerUrl };
  return resolveConfig({ ...options, supplied: { ...options.supplied, ...supplied } });
}

/** What a command says that needs the database of a development server, when none is running. */
export const noDatabase = (): GatehouseError =>
  new GatehouseError('database_not_configured', {
    message:
      'no database: DATABASE_URL is not set, and no development server is running on this data folder (npm start)',
  });
