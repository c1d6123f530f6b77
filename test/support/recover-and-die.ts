import { registerRecover } from '../../src/commands/recover.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openAdministration } from '../../src/wire/administration.ts';
import { openApp } from '../../src/wire.ts';
import { runCommand } from '../unit/commands/terminal.ts';
import { stoppingAt } from './stopping-at.ts';

/** A process that recovers from a restore, and is killed in its nth step: before that is committed, or after. */
const [, , nth = '', moment] = process.argv;
const app = await openApp(loadConfig({ env: process.env, configFile: false }));
const { database, reached } = stoppingAt(app.database, Number(nth), moment === 'before' ? 'before' : 'after');
void reached.then(() => process.kill(process.pid, 'SIGKILL'));
const administration = openAdministration({ ...app, database });
const { error } = await runCommand(
  (program, terminal) => registerRecover(program, (work) => work({ administration }), terminal),
  ...['recover', '--reason', 'disk of the database broke', '--yes', '--json'],
);
await app.close();
if (error !== undefined) throw error;
