import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { z } from 'zod';
import { audit as acts } from '../administration/audit/index.ts';
import { changing, operatorOf, type WithAdministration } from './acting.ts';
import { confirm, YES } from './confirmation.ts';
import { processTerminal, type Terminal } from './environment.ts';
import { safeText } from './safe-text.ts';
import { UsageError } from './usage.ts';

type Hold = z.output<typeof acts.listHolds.result>['holds'][number];
type Archived = z.output<typeof acts.archive.result>;

interface ArchiveOptions {
  readonly before: string;
  readonly output: string;
  readonly drop?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `gatehouse audit archive` and `gatehouse audit hold …`: how long events stay in the database. */
export function registerAuditRetention(
  audit: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
): void {
  changing(audit.command('archive'))
    .description(
      'export months that are older than AUDIT_RETENTION_YEARS, and take them out of the trail; connects as the owner of the tables',
    )
    .requiredOption('--before <month>', 'months that end before this one begins, as YYYY-MM (UTC)')
    .requiredOption('--output <folder>', 'where the files are written, one for each month')
    .option('--drop', 'also remove the tables of what is archived, now and earlier, and with them its rows')
    .option(...YES)
    .option('--json', 'print as JSON')
    .action((options: ArchiveOptions, command: Command) =>
      withApp(async ({ administration }) => {
        const { before, drop = false, yes } = options;
        const folder = resolve(options.output);
        await confirm(terminal, {
          yes,
          act: `Take what is before ${before} out of the audit trail`,
          loses: drop
            ? ['Its rows are removed: nothing but the files has its events then.']
            : [
                'Its events are found in the files and in tables beside the trail, and no longer in the trail.',
              ],
        });
        const input = { before, folder, drop };
        const result = await administration.perform(acts.archive, operatorOf(command), input);
        if (options.json) terminal.print(JSON.stringify(result, null, 2));
        else printArchived(terminal, result);
        if (result.kept !== null) terminal.fail(KEPT);
      }),
    );

  const hold = audit.command('hold').description('stop archiving and erasing, as a court may order');

  hold
    .command('place')
    .description(
      'from here on nothing is archived, and no personal value is erased: of everybody, or of one person',
    )
    .option('--person <user>', 'address, user name, subject or id; of somebody who was deleted, the id')
    .requiredOption('--reason <text>', 'why; kept with the hold and in the audit trail')
    .action(({ person, reason }: { person?: string; reason: string }, command: Command) =>
      withApp(async ({ administration }) => {
        const input = { person, reason };
        const placed = await administration.perform(acts.placeHold, operatorOf(command), input);
        terminal.print(`Hold ${placed.hold} is in force, on ${whomOf(placed)}.`);
      }),
    );

  changing(hold.command('lift'))
    .description('end a hold; what it alone has kept from being erased is erased')
    .argument('<hold>', 'its number, which gatehouse audit hold list shows')
    .option(...YES)
    .action((text: string, { yes }: { yes?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const actor = operatorOf(command);
        const number = numberOf(text);
        await confirm(terminal, {
          yes,
          act: `Lift hold ${number}`,
          loses: ['Personal values of deleted people that only this hold has kept are erased.'],
          danger: acts.liftHold.irreversible,
        });
        const lifted = await administration.perform(acts.liftHold, actor, { hold: number });
        terminal.print(`Hold ${lifted.hold}, on ${whomOf(lifted)}, is lifted.`);
      }),
    );

  hold
    .command('list')
    .description('list the holds in force, the newest first')
    .option('--all', 'those that were lifted, too')
    .option('--json', 'print as JSON')
    .action((options: { all?: boolean; json?: boolean }, command: Command) =>
      withApp(async ({ administration }) => {
        const input = { lifted: options.all === true };
        const { holds } = await administration.perform(acts.listHolds, operatorOf(command), input);
        if (options.json) return terminal.print(JSON.stringify(holds, null, 2));
        for (const each of holds) terminal.print(lineOf(each));
        if (holds.length === 0) terminal.print('There is no hold.');
      }),
    );
}

/** Exit code where something that was asked for stays. */
const KEPT = 2;

const WORDS: Record<NonNullable<Archived['kept']>['because'], string> = {
  held: 'a hold forbids it',
  unsealed: 'it has events that are not sealed yet',
  not_anchored: 'no anchored checkpoint covers it yet (AUDIT_ANCHORS)',
};

function printArchived(terminal: Terminal, { archived, dropped, kept }: Archived): void {
  for (const { partition, events, file, sha256 } of archived) {
    const where = file === null ? 'no events' : `${events} events  ${file}  sha256 ${sha256}`;
    terminal.print(`archived  ${partition}  ${where}`);
  }
  for (const { partition, events } of dropped) terminal.print(`dropped  ${partition}  ${events} events`);
  if (kept !== null) {
    const hold = kept.hold === null ? '' : ` (hold ${kept.hold})`;
    terminal.warn(`${kept.partition} and what is younger stay: ${WORDS[kept.because]}${hold}.`);
  } else if (archived.length + dropped.length === 0) terminal.print('There is nothing to archive.');
}

const whomOf = ({ account }: Hold): string => (account === null ? 'everybody' : `the account ${account}`);

const lineOf = (hold: Hold): string =>
  [
    hold.hold,
    whomOf(hold),
    `since ${hold.placedAt.toISOString()}`,
    ...(hold.liftedAt === null ? [] : [`lifted ${hold.liftedAt.toISOString()}`]),
    safeText(hold.reason),
  ].join('  ');

/** Throws `hold_invalid`. */
function numberOf(text: string): number {
  if (/^[1-9]\d{0,14}$/u.test(text)) return Number(text);
  throw new UsageError(
    'hold_invalid',
    'The hold: expected its number, which gatehouse audit hold list shows',
  );
}
