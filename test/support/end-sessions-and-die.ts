import { loadConfig } from '../../src/config/load.ts';
import { openHouse } from '../../src/wire.ts';

/** A process that ends every session of a person, and is killed as soon as that is committed. */
const house = await openHouse(loadConfig({ env: process.env, configFile: false }));
await house.database.transaction((tx) =>
  house.access.endAll(tx, process.argv[2] ?? '', 'everywhere', { actor: 'test' }),
);
process.kill(process.pid, 'SIGKILL');
