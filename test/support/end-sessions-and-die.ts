import { loadConfig } from '../../src/config/load.ts';
import { openApp } from '../../src/wire.ts';

/** A process that ends every session of a person, and is killed as soon as that is committed. */
const app = await openApp(loadConfig({ env: process.env, configFile: false }));
await app.database.transaction((tx) =>
  app.lifecycle.access.endAll(tx, process.argv[2] ?? '', 'everywhere', { actor: { kind: 'system' } }),
);
process.kill(process.pid, 'SIGKILL');
