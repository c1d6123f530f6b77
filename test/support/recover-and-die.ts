import { registerRecover } from '../../src/commands/recover.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openAdministration } from '../../src/wire/administration.ts';
import { openApp } from '../../src/wire.ts';
import { runCommand } from '../unit/commands/terminal.ts';

/**
 * A process that recovers from a restore, and is killed in its nth step: before that is committed, or after. Where there are fewer
 * steps it ends by itself, with what it printed.
 */
const [, , nth = '', moment] = process.argv;
const app = await openApp(loadConfig({ env: process.env, configFile: false }));
let begun = 0;
const die = (at: string) => {
  if (begun === Number(nth) && moment === at) process.kill(process.pid, 'SIGKILL');
};
const database: typeof app.database = {
  ...app.database,
  async transaction(work) {
    begun += 1;
    const result = await app.database.transaction(async (tx) => {
      const done = await work(tx);
      die('before');
      return done;
    });
    die('after');
    return result;
  },
};
const administration = openAdministration({ ...app, database });
const { error, printed } = await runCommand(
  (program, terminal) => registerRecover(program, (work) => work({ administration }), terminal),
  ...['recover', '--reason', 'disk of the database broke', '--yes', '--json'],
);
if (error !== undefined) throw error;
process.stdout.write(`${printed}\n`);
await app.close();
