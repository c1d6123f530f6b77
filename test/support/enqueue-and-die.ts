import { loadConfig } from '../../src/config/load.ts';
import { openHouse } from '../../src/wire.ts';

/** A process that changes something, tells a person of it, and is killed as soon as both are committed. */
const house = await openHouse(loadConfig({ env: process.env, configFile: false }));
await house.database.transaction(async (tx) => {
  await house.mail.enqueue(tx, {
    kind: 'new-device',
    to: { address: process.argv[2] ?? '' },
    model: { at: house.clock.now() },
  });
});
process.kill(process.pid, 'SIGKILL');
