import { type Command, Option } from 'commander';
import { audit as acts } from '../administration/audit/index.ts';
import { writeNewFile } from '../domain/audit/bundle/file.ts';
import { LINE_FORMATS, type LineFormat, Unreadable } from '../domain/audit/bundle/format.ts';
import { tellReport } from '../domain/audit/bundle/tell.ts';
import { REPORT_WORDS_EN } from '../domain/audit/bundle/words.en.ts';
import { vkeyOf } from '../domain/audit/tree/note.ts';
import { changing, operatorOf, type WithAdministration } from './acting.ts';
import { readAnchorFiles, readKeyFile } from './audit-files.ts';
import {
  anchorOption,
  registerAuditVerifier,
  registerAuditVerify,
  TAMPERED,
  UNREADABLE,
} from './audit-verify.ts';
import type { Terminal } from './environment.ts';
import { failureText } from './failure.ts';
import { momentOf, zoneOf } from './moments.ts';
import { safeText } from './safe-text.ts';
import { UsageError } from './usage.ts';

interface ExportOptions {
  readonly output: string;
  readonly from?: string;
  readonly to?: string;
  readonly format: LineFormat;
  readonly force?: boolean;
  readonly timeZone?: string;
}

/** `gatehouse audit export`, `check`, `proof` and `verify`: evidence, and whether it is true. */
export function registerAuditEvidence(audit: Command, withApp: WithAdministration, terminal: Terminal): void {
  changing(audit.command('export'))
    .description('write sealed events to a file that an auditor can verify offline; the trail tells of it')
    .requiredOption('--output <file>', 'the bundle, a zip file; only its owner may read it')
    .option('--from <time>', 'events at this time or later: 2026-11-30, 2026-11-30T14:00, or 24h ago')
    .option('--to <time>', 'events before this time')
    .addOption(new Option('--format <format>', 'of the events').choices(LINE_FORMATS).default('ndjson'))
    .option('--time-zone <zone>', 'of the times that are typed; without it that of TZ')
    .option('--force', 'replace the file where there is one')
    .action((options: ExportOptions, command: Command) =>
      withApp(async ({ administration }) => {
        const zone = zoneOf(options.timeZone);
        const now = new Date();
        const moment = (name: 'from' | 'to') =>
          options[name] === undefined ? undefined : momentOf(options[name], `--${name}`, zone, now);
        const input = { from: moment('from'), to: moment('to'), format: options.format };
        const done = await writeNewFile(options.output, options.force === true, (sink) =>
          administration.perform(acts.export, operatorOf(command), { ...input, sink }),
        );
        terminal.print(
          `${done.events} events (${done.first} to ${done.last}) of ${done.size} are in ${options.output}.`,
        );
      }),
    );

  audit
    .command('check')
    .description('verify the live database: every sealed event, the tree, its checkpoints, and what waits')
    .option('--key <file>', 'public keys from elsewhere; without them the first of the database is believed')
    .addOption(anchorOption())
    .option('--json', 'print the report as JSON')
    .action((options: { key?: string; anchor: string[]; json?: boolean }, command: Command) =>
      unreadableAs(terminal, async () => {
        const keys = options.key === undefined ? [] : (await readKeyFile(options.key)).map(vkeyOf);
        const anchors = await readAnchorFiles(options.anchor);
        await withApp(async ({ administration }) => {
          const input = { keys, anchors };
          const { report } = await administration.perform(acts.check, operatorOf(command), input);
          if (options.json) terminal.print(JSON.stringify(report, null, 2));
          else for (const line of tellReport(report, REPORT_WORDS_EN)) terminal.print(safeText(line));
          if (keys.length === 0)
            terminal.warn(
              'No key was given: whoever owns the database may have replaced the one in it. Use --key.',
            );
          if (report.tampered) terminal.fail(TAMPERED);
        });
      }),
    );

  audit
    .command('proof')
    .description('print the proof that one event is sealed, or that one checkpoint follows from another')
    .argument('[event]', 'the id of the event')
    .option('--between <sizes>', 'of two checkpoints, by their sizes: 1200,3400; or 1200 for the newest')
    .option('--output <file>', 'write it to a file')
    .option('--force', 'replace the file where there is one')
    .action(
      (
        event: string | undefined,
        options: { between?: string; output?: string; force?: boolean },
        command: Command,
      ) => {
        if ((event === undefined) === (options.between === undefined))
          throw new UsageError(
            'proof_not_named',
            'Name one event by its id, or two checkpoints with --between.',
          );
        const sizes = options.between?.split(',').map(Number) ?? [];
        if (sizes.length > 2 || !sizes.every((size) => Number.isSafeInteger(size) && size > 0))
          throw new UsageError('sizes_invalid', '--between: expected one or two sizes, e.g. 1200,3400');
        return withApp(async ({ administration }) => {
          const actor = operatorOf(command);
          const [from = 0, size] = sizes;
          const { proof } =
            event === undefined
              ? await administration.perform(acts.proveConsistency, actor, { from, size })
              : await administration.perform(acts.prove, actor, { event });
          const text = `${JSON.stringify(proof, null, 2)}\n`;
          if (options.output === undefined) return terminal.print(text.trimEnd());
          await writeNewFile(options.output, options.force === true, async (sink) => {
            const writer = sink.getWriter();
            await writer.write(new TextEncoder().encode(text));
            await writer.close();
          });
          terminal.print(`The proof is in ${options.output}.`);
        });
      },
    );

  registerAuditVerify(audit, terminal);
  registerAuditVerifier(audit, terminal);
}

/** What cannot be read or asked ends with a code of its own: the other one says that something was tampered with. */
async function unreadableAs(terminal: Terminal, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    terminal.warn(error instanceof Unreadable ? error.message : failureText(error, false));
    terminal.fail(UNREADABLE);
  }
}
