import { loadConfig } from '../../src/config/load.ts';
import { openApp } from '../../src/wire.ts';

/** A process that changes something, tells a person of it, and is killed as soon as both are committed. */
const app = await openApp(loadConfig({ env: process.env, configFile: false }));
await app.database.transaction(async (tx) => {
  await app.mail.outbox.enqueue(tx, {
    kind: 'new-device',
    to: { address: process.argv[2] ?? '' },
    model: { at: app.clock.now() },
  });
});
process.kill(process.pid, 'SIGKILL');
