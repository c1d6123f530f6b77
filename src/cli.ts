#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { registerAudit } from './commands/audit.ts';
import { registerBreakGlass } from './commands/break-glass.ts';
import { registerConfig } from './commands/config.ts';
import { processTerminal } from './commands/environment.ts';
import { failureText } from './commands/failure.ts';
import { idsAsArguments } from './commands/ids-as-arguments.ts';
import { registerKeys } from './commands/keys.ts';
import { registerLifecycle } from './commands/lifecycle.ts';
import { registerLogouts } from './commands/logouts.ts';
import { registerMail } from './commands/mail.ts';
import { registerMigrate } from './commands/migrate.ts';
import { registerPasswords } from './commands/passwords.ts';
import { registerRecover } from './commands/recover.ts';
import { registerClients, registerResources } from './commands/registry.ts';
import { refuseRepeatedOptions } from './commands/repeated-options.ts';
import { registerServe } from './commands/serve.ts';
import { registerSessions } from './commands/sessions.ts';
import { registerSetup } from './commands/setup.ts';
import { exitCodeOf } from './commands/usage.ts';
import { registerUsers } from './commands/users.ts';
import { withApp } from './commands/with-app.ts';

/** The `gatehouse` command. Each command lives in a file of its own under `commands/`. */
const program = new Command('gatehouse')
  .description(packageJson.description)
  .version(packageJson.version)
  .showHelpAfterError('(gatehouse --help lists the commands)')
  // Instead of ending the process by itself, always with 1.
  .exitOverride();

const app = withApp({ env: process.env });

registerServe(program);
registerMigrate(program, processTerminal);
registerUsers(program, app);
registerLifecycle(program, app);
registerPasswords(program, app);
registerClients(program, app);
registerResources(program, app);
registerKeys(program, app);
registerMail(program, app);
registerLogouts(program, app);
registerSessions(program, app);
registerAudit(program, app);
registerSetup(program, app);
registerBreakGlass(program, app);
registerRecover(program, app);
registerConfig(program, processTerminal);
refuseRepeatedOptions(program);

try {
  await program.parseAsync(idsAsArguments(process.argv.slice(2)), { from: 'user' });
} catch (error) {
  const verbose = process.env.LOG_LEVEL === 'debug' || process.env.LOG_LEVEL === 'trace';
  // What is wrong with a command line, it has said itself.
  if (!(error instanceof CommanderError)) processTerminal.warn(failureText(error, verbose));
  processTerminal.fail(exitCodeOf(error));
}
