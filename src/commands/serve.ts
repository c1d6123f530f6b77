import type { Command } from 'commander';
import { serve } from '../serve.ts';

/** `gatehouse serve`: the server of the configuration, in the foreground. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('run the server until it is told to stop (SIGTERM or Ctrl-C)')
    .action(() => serve(process.env));
}
