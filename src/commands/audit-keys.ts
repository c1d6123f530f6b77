import type { Command } from 'commander';
import { audit as acts } from '../administration/audit/index.ts';
import { changing, operatorOf, type WithAdministration } from './acting.ts';
import type { Terminal } from './environment.ts';

/** `gatehouse audit key` and `rotate-key`: what checkpoints are signed with. */
export function registerAuditKeys(audit: Command, withApp: WithAdministration, terminal: Terminal): void {
  audit
    .command('key')
    .description('print the public keys that verify the trail, one a line, the one that signs now last')
    .option('--json', 'print as JSON, with the times')
    .action((options: { json?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const { keys } = await administration.perform(acts.listKeys, operatorOf(command), {});
        if (options.json) return terminal.print(JSON.stringify(keys, null, 2));
        for (const { verifier } of keys) terminal.print(verifier);
      }),
    );

  changing(audit.command('rotate-key'))
    .description('have another key sign from now on; the old one signs the event of the change as its last')
    .action((_options: unknown, command: Command) =>
      withApp(async ({ administration }) => {
        const { from, to, changed } = await administration.perform(acts.rotateKey, operatorOf(command), {});
        terminal.print(to);
        terminal.warn(
          changed
            ? `This key signs from now on. Give it to your auditors, beside the one before: ${from}`
            : `This key signs after ${from}, once the event of the change is sealed. Something that still runs in the database holds ` +
                'that up: the log of the server names its process.',
        );
      }),
    );
}
