import { loadConfig } from './config/load.ts';
import { startServer } from './server.ts';
import { logStartWarnings } from './wire/start-warnings.ts';
import { openApp } from './wire.ts';

/**
 * Runs the server that the configuration describes, until SIGTERM or SIGINT; then it says that it is not ready, goes on
 * for `SHUTDOWN_DELAY_SECONDS`, finishes the requests under way, and the process ends by itself with exit code 0. A
 * second signal ends it at once with exit code 1. Throws what stands in the way of a start.
 */
export async function serve(env: NodeJS.ProcessEnv): Promise<void> {
  const app = await openApp(loadConfig({ env }));
  const server = await startServer(app).catch(async (error) => {
    await app.close();
    throw error;
  });
  // Nobody waits for it: the server answers already.
  void logStartWarnings(app, env).catch((error) =>
    app.log.warn({ err: error }, 'warnings of the start failed'),
  );
  let asked: number | undefined;
  const stop = (signal: NodeJS.Signals) => {
    if (asked !== undefined) {
      if (performance.now() - asked <= sameWishMilliseconds(env)) return;
      app.log.warn({ signal }, 'ended at once by a second signal');
      process.exit(1);
    }
    asked = performance.now();
    app.log.info({ signal, delaySeconds: app.config.server.shutdownDelaySeconds }, 'draining');
    server.close().then(
      () => app.log.info('stopped'),
      (error) => {
        app.log.error({ err: error }, 'did not stop cleanly');
        process.exitCode = 1;
      },
    );
  };
  void app.audit.gate.closed.then((reason) => {
    app.log.fatal({ err: reason }, 'nothing is answered any more');
    process.exitCode = 1;
    setTimeout(() => process.exit(1), LAST_SECONDS * 1000).unref();
    server.close().catch((error) => app.log.error({ err: error }, 'did not stop cleanly'));
  });
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** What a process that must not serve any more has left to end in: every answer says that it is unavailable. */
const LAST_SECONDS = 5;

/** Under `npm start`, Ctrl-C comes twice: from the terminal, and from npm. */
const sameWishMilliseconds = (env: NodeJS.ProcessEnv) => (env.npm_lifecycle_event === undefined ? 0 : 1_000);
