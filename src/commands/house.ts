import { ConfigurationError } from '../config/load.ts';
import type { LoadOptions } from '../config/sources.ts';
import { developmentSecrets } from '../development/secrets.ts';
import type { House } from '../wire.ts';
import { noDatabase, resolveForCommand } from './environment.ts';

/** Opens the house for one command and closes it after, also when the command fails. */
export type WithHouse = <T>(work: (house: House) => Promise<T>) => Promise<T>;

/** The house of this machine's configuration; in development, that of the server running beside the command. */
export function withHouse(options: LoadOptions): WithHouse {
  return async (work) => {
    const config = await configFor(options);
    // Loaded only now: a command that shows its help must not wait for the whole house.
    const [{ openHouse }, { createLogger, standardError }] = await Promise.all([
      import('../wire.ts'),
      import('../log.ts'),
    ]);
    const log = createLogger({ server: { logLevel: 'error' } }, standardError());
    const house = await openHouse(config, { log });
    try {
      return await work(house);
    } finally {
      await house.close();
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
