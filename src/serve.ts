import { loadConfig } from './config/load.ts';
import { startServer } from './server.ts';
import { logStartWarnings } from './wire/start-warnings.ts';
import { openHouse } from './wire.ts';

/**
 * Runs the server that the configuration describes, until SIGTERM or SIGINT; then requests under way finish, new ones
 * are refused, and the process ends by itself with exit code 0. Throws what stands in the way of a start.
 */
export async function serve(env: NodeJS.ProcessEnv): Promise<void> {
  const house = await openHouse(loadConfig({ env }));
  const server = await startServer(house).catch(async (error) => {
    await house.close();
    throw error;
  });
  // Nobody waits for it: the server answers already.
  void logStartWarnings(house, env).catch((error) =>
    house.log.warn({ err: error }, 'warnings of the start failed'),
  );
  let stopping: Promise<void> | undefined;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping !== undefined) return;
    house.log.info({ signal }, 'draining');
    stopping = server.close().then(
      () => house.log.info('stopped'),
      (error) => {
        house.log.error({ err: error }, 'did not stop cleanly');
        process.exitCode = 1;
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
