import { writeFile } from 'node:fs/promises';
import { type Command, CommanderError, Option } from 'commander';
import type { z } from 'zod';
import { DEFAULT_OWNER, HELD_KINDS } from '../administration/configuration/document.ts';
import { config as acts } from '../administration/configuration/index.ts';
import { writeText } from '../administration/configuration/text.ts';
import { badRequest, GatehouseError } from '../kernel/errors.ts';
import { changing, operatorOf, type WithAdministration } from './acting.ts';
import { type DeclaredFile, readDeclared } from './configuration-file.ts';
import { readPlan, writePlan } from './configuration-plans.ts';
import { resolveSecrets } from './configuration-secrets.ts';
import { driftText, isDrift, isPlanned, planText } from './configuration-views.ts';
import { confirm, YES } from './confirmation.ts';
import type { Terminal } from './environment.ts';
import { safeJson, safeText } from './safe-text.ts';
import { FAILED, UsageError } from './usage.ts';

/** `gatehouse config export|plan|apply|drift`: configuration that is declared in documents. */

/** How `plan` and `drift` end where something differs; 1 is every failure, also of the command line. */
const DIFFERS = 2;

interface Common {
  readonly json?: boolean;
  readonly delete?: boolean;
  readonly release?: boolean;
}

const undeclaredOf = ({ delete: deletes, release }: Common) =>
  deletes === true ? ('delete' as const) : release === true ? ('release' as const) : ('keep' as const);

/** What becomes of objects that are declared no more. */
const withUndeclared = (command: Command): Command =>
  command
    .addOption(
      new Option('--delete', 'delete what the document had declared and declares no more').conflicts(
        'release',
      ),
    )
    .option('--release', 'let go of it: it stays, and belongs to no document');

const FILE = 'a configuration document as YAML or JSON; - reads the standard input';

export function registerConfiguration(
  config: Command,
  withApp: WithAdministration,
  terminal: Terminal,
  env: Readonly<Record<string, string | undefined>>,
): void {
  config
    .command('export')
    .description('print clients, resources, groups, units and settings as a configuration document')
    .option('--owner <name>', 'of this document: what belongs to it or to none', DEFAULT_OWNER)
    .option('--sections <names>', `only these, by commas: ${[...HELD_KINDS, 'settings'].join(', ')}`)
    .addOption(new Option('--format <format>').choices(['yaml', 'json']).default('yaml'))
    .option('--out <file>', 'write it there')
    .action((options: ExportOptions, command: Command) =>
      withApp(async ({ administration }) => {
        const { owner, sections } = options;
        const input = { owner, ...(sections === undefined ? {} : { sections: sectionsIn(sections) }) };
        const { document } = await administration.perform(acts.export, operatorOf(command), input);
        const text = writeText(document, options.format, COMMENT);
        if (options.out === undefined) return terminal.print(text.trimEnd());
        await writeFile(options.out, text);
        terminal.warn(`Wrote ${options.out}.`);
      }),
    );

  failingWithOne(withUndeclared(config.command('plan')))
    .description(
      'say what applying a document would change; exits with 2 where something would be, with 0 where nothing',
    )
    .argument('<file>', FILE)
    .option('--json', 'print the plan as JSON')
    .option('--out <file>', 'write the plan there, for config apply --plan')
    .action(
      differing(terminal, async (file: string, options: Common & { out?: string }, command: Command) => {
        const declared = await readDeclared(file);
        return withApp(async ({ administration }) => {
          const input = { document: declared.document, undeclared: undeclaredOf(options) };
          const plan = await administration
            .perform(acts.plan, operatorOf(command), input)
            .catch((error: unknown) => declared.fail(error));
          terminal.print(options.json === true ? safeJson(plan, 2) : planText(plan));
          if (options.out !== undefined) await writePlan(options.out, plan, input.undeclared);
          return isPlanned(plan);
        });
      }),
    );

  changing(withUndeclared(config.command('apply')))
    .description('apply a document as it was planned, one object after another')
    .argument('<file>', FILE)
    .option('--plan <plan>', 'the hash that config plan told, or the file that it wrote')
    .option('--json', 'print what was done as JSON')
    .option(...YES)
    .action(async (file: string, options: ApplyOptions, command: Command) => {
      const declared = await readDeclared(file);
      await withApp((app) => applyDocument(app, { declared, options, command, terminal, env }));
    });

  failingWithOne(config.command('drift'))
    .description('say what differs from the documents that were applied; exits with 2 where something does')
    .option('--owner <name>', 'of this document only')
    .option('--json', 'print it as JSON')
    .action(
      differing(terminal, ({ owner, json }: { owner?: string; json?: boolean }, command: Command) =>
        withApp(async ({ administration }) => {
          const input = owner === undefined ? {} : { owner };
          const drift = await administration.perform(acts.showDrift, operatorOf(command), input);
          terminal.print(json === true ? safeJson(drift, 2) : driftText(drift));
          return isDrift(drift);
        }),
      ),
    );
}

interface ExportOptions {
  readonly owner: string;
  readonly sections?: string;
  readonly format: 'yaml' | 'json';
  readonly out?: string;
}

const COMMENT =
  'Written by gatehouse config export. It holds no secret: "secret" says where config apply would look for one, when it needs it.';

type Section = NonNullable<z.input<typeof acts.export.input>['sections']>[number];
const sectionsIn = (text: string) => text.split(',').map((name) => name.trim() as Section);

interface ApplyOptions extends Common {
  readonly plan?: string;
  readonly yes?: boolean;
}

interface Applying {
  readonly declared: DeclaredFile;
  readonly options: ApplyOptions;
  readonly command: Command;
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
}

async function applyDocument(
  { administration }: Parameters<Parameters<WithAdministration>[0]>[0],
  { declared, options, command, terminal, env }: Applying,
): Promise<void> {
  const actor = operatorOf(command);
  const given = options.plan === undefined ? undefined : await readPlan(options.plan);
  const undeclared = given?.undeclared ?? undeclaredOf(options);
  const input = { document: declared.document, undeclared };
  const plan = await administration
    .perform(acts.plan, actor, input)
    .catch((error: unknown) => declared.fail(error));
  if (given === undefined && plan.steps.length > 0) {
    if (options.json !== true) terminal.print(planText(plan));
    await confirm(terminal, {
      yes: options.yes,
      act: `Apply the document "${plan.owner}"`,
      loses: ['What it changes is changed, one object after another.'],
    });
  }
  const secrets = await resolveSecrets(plan.secrets, declared, env);
  const done = await administration
    .perform(acts.apply, actor, { ...input, plan: given?.hash ?? plan.hash, secrets })
    .catch((error: unknown) => declared.fail(error));
  if (options.json === true) terminal.print(safeJson(done, 2));
  else {
    for (const { act, kind, key } of done.done) terminal.print(`${act}  ${kind}.${safeText(key)}`);
    for (const { kind, key } of done.adopted) terminal.print(`adopted  ${kind}.${safeText(key)}`);
  }
  const { outcome, failure, approval, left } = done;
  if (outcome === 'applied') {
    if (options.json !== true)
      terminal.print(`Applied the document "${done.owner}": ${done.done.length} changes.`);
    return;
  }
  const rest = `${done.done.length} changes were done, ${left} are left. What was done stays; plan and apply once more.`;
  if (approval !== null)
    throw new GatehouseError('approval_needed', {
      status: 409,
      message: `A second person has to approve the request ${approval.id} until ${approval.expiresAt.toISOString()}. ${rest}`,
    });
  const { act = '', kind = '', key = '', message = '' } = failure ?? {};
  throw badRequest('apply_stopped', `${act}  ${kind}.${safeText(key)}: ${message}\n${rest}`);
}

/** Every failure of it has the exit code 1: 2 has a meaning of its own. */
const failingWithOne = (command: Command): Command =>
  command.exitOverride((error) => {
    throw error.exitCode === 0 ? error : new CommanderError(1, FAILED, error.message);
  });

const differing =
  <Words extends unknown[]>(terminal: Terminal, differs: (...words: Words) => Promise<boolean>) =>
  async (...words: Words): Promise<void> => {
    try {
      if (await differs(...words)) terminal.fail(DIFFERS);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new GatehouseError(error.code, { status: 400, message: error.safeMessage, cause: error });
    }
  };
