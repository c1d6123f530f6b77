import type { Command } from 'commander';
import type { z } from 'zod';
import { breakGlass } from '../administration/break-glass.ts';
import { changing, operatorOf, type WithAdministration } from './acting.ts';
import { confirm, YES } from './confirmation.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { asJson } from './json.ts';

type Made = z.output<typeof breakGlass.create.result>;
type Shown = z.output<typeof breakGlass.show.result>;

/** `gatehouse break-glass …`: sealed sign-ins of administration for emergencies. */
export function registerBreakGlass(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
): void {
  const group = program
    .command('break-glass')
    .description('sealed sign-ins of administration for emergencies');
  const printed = (json: boolean | undefined, value: unknown, lines: readonly string[]) =>
    terminal.print(json ? JSON.stringify(asJson(value as object)) : lines.join('\n'));

  changing(group.command('create'))
    .description('make a break-glass account, and print this once what is to be written on paper and sealed')
    .option('--json', 'print as JSON')
    .action(({ json }: { json?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const made = await administration.perform(breakGlass.create, operatorOf(command), {});
        printed(json, made, paperOf(made));
      }),
    );

  group
    .command('list')
    .description('every break-glass account, and how each stands')
    .option('--json', 'print as JSON')
    .action(({ json }: { json?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const { accounts } = await administration.perform(breakGlass.list, operatorOf(command), {});
        const lines = accounts.length === 0 ? ['There are no break-glass accounts.'] : accounts.map(lineOf);
        printed(json, accounts, lines);
      }),
    );

  group
    .command('show')
    .argument('<account>', 'its id')
    .option('--json', 'print as JSON')
    .action((account: string, { json }: { json?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const shown = await administration.perform(breakGlass.show, operatorOf(command), { account });
        printed(json, shown, [lineOf(shown)]);
      }),
    );

  changing(group.command('drill'))
    .description('record that the envelope was found whole, where it should be')
    .argument('<account>', 'its id')
    .option('--json', 'print as JSON')
    .action((account: string, { json }: { json?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const shown = await administration.perform(breakGlass.drill, operatorOf(command), { account });
        printed(json, shown, [lineOf(shown)]);
      }),
    );

  changing(group.command('revoke'))
    .description('disable a break-glass account for good')
    .argument('<account>', 'its id')
    .option('--json', 'print as JSON')
    .option(...YES)
    .action((account: string, { json, yes }: { json?: boolean; yes?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const actor = operatorOf(command);
        const { username } = await administration.perform(breakGlass.show, actor, { account });
        await confirm(terminal, {
          yes,
          act: `Revoke the break-glass account ${username}`,
          loses: [
            'Nobody can sign in with it any more, and every session and token that it has ends at once.',
          ],
        });
        const shown = await administration.perform(breakGlass.revoke, actor, { account });
        printed(json, shown, [lineOf(shown)]);
      }),
    );
}

const paperOf = ({ account, username, password, code, totpSecret }: Made): string[] => [
  'Write this down and seal it. It is shown this once, and nothing can show it again.',
  '',
  `  User name      ${username}`,
  `  Password       ${password}`,
  `  Recovery code  ${code}`,
  `  App key        ${inGroups(totpSecret)}`,
  '',
  'The dashes belong to the password. The recovery code stands in for the second factor, once; for further sign-ins within the four',
  'hours, enter the app key in any authenticator app (TOTP).',
  '',
  `Its id, by which it is listed, drilled, revoked and reviewed: ${account}`,
];

const inGroups = (text: string) => text.replaceAll(/.{4}(?=.)/gu, '$& ');

function lineOf({ account, username, state, createdAt, endsAt, drillDueAt, reviewedBy }: Shown): string {
  const more = {
    sealed: drillDueAt === null ? '' : `to be drilled by ${drillDueAt.toISOString()}`,
    used: endsAt === null ? '' : `ends ${endsAt.toISOString()}`,
    ended: 'has to be reviewed by somebody else',
    reviewed: `reviewed by ${reviewedBy}`,
    revoked: '',
  }[state];
  return `${account}  ${username}  ${state}  made ${createdAt.toISOString()}  ${more}`.trimEnd();
}
