import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { failureText } from './commands/failure.ts';

// Beside the packages, whose owner could change the code as well; where nothing can be written, nothing is kept.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/gatehouse'));

/** The server's process: with NODE_ENV unset a whole development server, otherwise what the configuration describes. */
const development = (process.env.NODE_ENV ?? '') === '' || process.env.NODE_ENV === 'development';

try {
  if (development) {
    const { runDevelopment } = await import('./development.ts');
    await runDevelopment(process.env, process.stdout);
  } else {
    const { serve } = await import('./serve.ts');
    await serve(process.env);
  }
} catch (error) {
  process.stderr.write(`${failureText(error, process.env.LOG_LEVEL === 'debug')}\n`);
  process.exitCode = 1;
}
