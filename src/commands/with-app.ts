import { ConfigurationError } from '../config/load.ts';
import type { LoadOptions } from '../config/sources.ts';
import { developmentSecrets } from '../development/secrets.ts';
import type { App } from '../wire.ts';
import { noDatabase, resolveForCommand } from './environment.ts';

/** Opens the server for one command and closes it after, also when the command fails. */
export type WithApp = <T>(work: (app: App) => Promise<T>) => Promise<T>;

/** The server of this machine's configuration; in development, that of the server running beside the command. */
export function withApp(options: LoadOptions): WithApp {
  return async (work) => {
    const config = await configFor(options);
    // Loaded only now: a command that shows its help must not wait for the whole application.
    const [{ openApp }, { createLogger, standardError }] = await Promise.all([
      import('../wire.ts'),
      import('../log.ts'),
    ]);
    const log = createLogger({ server: { logLevel: 'error' } }, standardError());
    const app = await openApp(config, { log });
    try {
      return await work(app);
    } finally {
      await app.close();
    }
  };
}

async function configFor(options: LoadOptions) {
  const first = await resolveForCommand(options);
  if (first.config !== undefined) return first.config;
  const dataDir = first.values.get('DATA_DIR');
  if (first.values.get('NODE_ENV') !== 'development' || typeof dataDir !== 'string') {
    throw new ConfigurationError(first.problems);
  }
  if (first.absent.has('DATABASE_URL')) throw noDatabase();
  const supplied = { ...options.supplied, ...(await developmentSecrets(dataDir)) };
  const second = await resolveForCommand({ ...options, supplied });
  if (second.config === undefined) throw new ConfigurationError(second.problems);
  return second.config;
}
