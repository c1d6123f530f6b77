import type { Command } from 'commander';

/** `gatehouse serve`: the server of the configuration, in the foreground. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('run the server until it is told to stop (SIGTERM or Ctrl-C)')
    .action(async () => {
      const { serve } = await import('../serve.ts');
      await serve(process.env);
    });
}
