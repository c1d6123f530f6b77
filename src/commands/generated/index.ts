import type { Command } from 'commander';
import type { z } from 'zod';
import type { Act } from '../../administration/act.ts';
import type { CommandActor } from '../../administration/actor.ts';
import { ApprovalNeeded } from '../../administration/four-eyes.ts';
import { ACTS, type AdministrationDependencies } from '../../administration/index.ts';
import { type AdministeredApp, changing, operatorOf, type WithAdministration } from '../acting.ts';
import { confirm, YES } from '../confirmation.ts';
import { processTerminal, type Terminal } from '../environment.ts';
import { zoneOf } from '../moments.ts';
import { safeJson } from '../safe-text.ts';
import { BY_HAND } from './by-hand.ts';
import { hasTimes, membersOf } from './kinds.ts';
import { countOf, isList, type Page, pageSizeOf, printList } from './lists.ts';
import { commandWords, groupWords, inWords } from './names.ts';
import { addOptions, assertInput, inputOf, type Typed, typedOf, withOptionNames } from './options.ts';
import { printResult } from './view.ts';

export type AnyAct = Act<AdministrationDependencies, z.ZodType, z.ZodType>;

/**
 * A command for every act that has none by hand, made from its definition: its words from the act's name, arguments from the
 * parameters of its path in the API, options from the other members of its input, help from its summary. A command that is there
 * already keeps its name. Call it after every command by hand has been registered.
 */
export function registerGenerated(
  program: Command,
  withApp: WithAdministration,
  terminal: Terminal = processTerminal,
  acts: readonly AnyAct[] = ACTS as readonly AnyAct[],
): void {
  for (const act of acts) {
    if (Object.hasOwn(BY_HAND, act.name)) continue;
    const { group, verb } = commandWords(act.name);
    const parent = subcommand(program, group) ?? program.command(group).description(groupWords(group));
    if (subcommand(parent, verb) === undefined) registerAct(parent.command(verb), act, withApp, terminal);
  }
}

export const subcommand = (parent: Command, name: string): Command | undefined =>
  parent.commands.find((command) => command.name() === name);

interface OwnOptions {
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly timeZone?: string;
  readonly reason?: string;
  readonly limit?: string;
  readonly cursor?: string;
}

function registerAct(command: Command, act: AnyAct, withApp: WithAdministration, terminal: Terminal): void {
  const typed = typedOf(membersOf(act.input), act.http);
  const list = isList(typed.members);
  command.description(describe(act));
  addOptions(command, { ...typed, members: list ? withoutPaging(typed) : typed.members });
  if (list) {
    command
      .option('--limit <count>', 'at most so many, of as many pages as it takes', '50')
      .option('--cursor <cursor>', 'go on where a list ended, as it told');
  }
  if (hasTimes(act.input, 'input') || hasTimes(act.result, 'output'))
    command.option('--time-zone <zone>', 'of the times that are typed and shown; without it that of TZ');
  if (!act.readOnly) changing(command);
  if (act.irreversible !== false) command.option(...YES);
  command.option('--json', 'print the result as JSON, with the names that the API has');
  command.action((...given: unknown[]) => {
    const words = given.slice(0, typed.positional.length) as string[];
    return perform({ command, act, typed, words, list, withApp, terminal });
  });
}

const withoutPaging = ({ members }: Typed) =>
  members.filter(({ name }) => name !== 'limit' && name !== 'cursor');

const summaryOf = ({ name, summary }: AnyAct): string => summary ?? `${inWords(name.replace('.', ' '))}.`;

/** As the descriptions of commands are written: no sentence of its own. */
function describe(act: AnyAct): string {
  const text = summaryOf(act).replace(/\.$/, '');
  const where = act.operatorOnly ? '; on the server’s machine only' : '';
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}${where}`;
}

interface Call {
  readonly command: Command;
  readonly act: AnyAct;
  readonly typed: Typed;
  readonly words: readonly string[];
  readonly list: boolean;
  readonly withApp: WithAdministration;
  readonly terminal: Terminal;
}

async function perform({ command, act, typed, words, list, withApp, terminal }: Call): Promise<void> {
  const options = command.opts<OwnOptions>();
  const zone = zoneOf(options.timeZone);
  const listed = list ? { ...typed, members: withoutPaging(typed) } : typed;
  const input = await inputOf(command, words, listed, { zone, now: new Date() });
  if (!act.readOnly && hasReason(typed) && options.reason !== undefined) input.reason = options.reason;
  const count = list ? countOf(options.limit ?? '') : 0;
  assertInput(act.input, list ? { ...input, limit: 1, cursor: options.cursor } : input, typed);
  const actor = actorOf(command, act);
  await withApp(async (app) => {
    const read = (given: Record<string, unknown>) => performAct(app, act, actor, given, typed);
    const json = options.json === true;
    if (list) {
      const page = async ({ limit, cursor }: { limit: number; cursor: string | undefined }) =>
        (await read({ ...input, limit, ...(cursor === undefined ? {} : { cursor }) })) as Page;
      return printList(
        { terminal, zone, json, count, pageSize: pageSizeOf(act.input), read: page },
        options.cursor,
      );
    }
    if (act.irreversible !== false) await confirmAct(terminal, act, words, options.yes);
    const result = await read(input).catch((error: unknown) => {
      if (!json || !(error instanceof ApprovalNeeded)) throw error;
      return { approval: error.approval, expiresAt: error.expiresAt };
    });
    if (json) terminal.print(safeJson(result, 2));
    else printResult(terminal, result, zone);
  });
}

const hasReason = ({ members }: Typed): boolean => members.some(({ name }) => name === 'reason');

/** An act that only reads may have a filter of that name, which is no reason of the one who asks. */
function actorOf(command: Command, { readOnly }: AnyAct): CommandActor {
  const { reason, ...actor } = operatorOf(command);
  return readOnly ? actor : { ...actor, reason };
}

const performAct = (
  { administration }: AdministeredApp,
  act: AnyAct,
  actor: CommandActor,
  input: Record<string, unknown>,
  typed: Typed,
): Promise<unknown> =>
  administration.perform(act, actor, input).catch((error: unknown) => withOptionNames(error, typed));

const confirmAct = (terminal: Terminal, act: AnyAct, words: readonly string[], yes: boolean | undefined) => {
  const { group, verb } = commandWords(act.name);
  const about = words.length === 0 ? '' : ` ${words.map((word) => JSON.stringify(word)).join(' ')}`;
  return confirm(terminal, {
    yes,
    danger: act.irreversible,
    act: `${group} ${inWords(verb)}${about}`.replace(/^./, (first) => first.toUpperCase()),
    loses: [summaryOf(act)],
  });
};
