#!/usr/bin/env node
import { CommanderError } from 'commander';
import { processTerminal } from './commands/environment.ts';
import { failureText } from './commands/failure.ts';
import { idsAsArguments } from './commands/ids-as-arguments.ts';
import { createProgram } from './commands/program.ts';
import { exitCodeOf } from './commands/usage.ts';

/** The `gatehouse` command. */
const program = createProgram({ env: process.env }, processTerminal);

try {
  await program.parseAsync(idsAsArguments(process.argv.slice(2)), { from: 'user' });
} catch (error) {
  const verbose = process.env.LOG_LEVEL === 'debug' || process.env.LOG_LEVEL === 'trace';
  // What is wrong with a command line, it has said itself.
  if (!(error instanceof CommanderError)) processTerminal.warn(failureText(error, verbose));
  processTerminal.fail(exitCodeOf(error));
}
