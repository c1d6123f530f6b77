#!/usr/bin/env node
import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { registerConfig } from './commands/config.ts';
import { processTerminal } from './commands/environment.ts';
import { failureText } from './commands/failure.ts';
import { registerMigrate } from './commands/migrate.ts';

/** The `gatehouse` command. Each command lives in a file of its own under `commands/`. */
const program = new Command('gatehouse')
  .description(packageJson.description)
  .version(packageJson.version)
  .showHelpAfterError('(gatehouse --help lists the commands)');

registerMigrate(program, processTerminal);
registerConfig(program, processTerminal);

try {
  await program.parseAsync();
} catch (error) {
  processTerminal.warn(
    failureText(error, process.env.LOG_LEVEL === 'debug' || process.env.LOG_LEVEL === 'trace'),
  );
  process.exitCode = 1;
}
