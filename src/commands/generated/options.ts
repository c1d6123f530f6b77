import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { type HttpFace, InvalidInput } from '../../administration/act.ts';
import { shapeFindings } from '../../kernel/shape-words.ts';
import { RepeatableOption } from '../repeated-options.ts';
import { UsageError } from '../usage.ts';
import type { Member } from './kinds.ts';
import { kebab, pathMembers } from './names.ts';
import { listOf, type Typing, typedValue } from './values.ts';

/** The options and arguments of a command that is made from an act, and the input that is made of what was typed. */

export interface Typed {
  readonly members: readonly Member[];
  /** The members that are arguments, in their order. */
  readonly positional: readonly string[];
  /** Without them, it is about all that there is. */
  readonly optional: boolean;
}

/** What every such command may have beside the members of its act. */
const OWN = new Set(['json', 'yes', 'timeZone', 'help', 'version']);

export const typedOf = (members: readonly Member[], http: HttpFace | undefined): Typed => ({
  members,
  positional: pathMembers(http?.path ?? ''),
  optional: http?.all !== undefined,
});

/** Throws where two options would have one name: a mistake in the definition of an act. */
export function addOptions(command: Command, { members, positional, optional }: Typed): void {
  const [open, close] = optional ? '[]' : '<>';
  for (const name of positional) command.argument(`${open}${kebab(name)}${close}`, describe(members, name));
  for (const member of members) {
    if (positional.includes(member.name) || member.name === 'reason') continue;
    if (OWN.has(member.name)) throw new Error(`${member.name} is an option of every command`);
    for (const option of optionsOf(member)) command.addOption(option);
  }
}

const describe = (members: readonly Member[], name: string): string =>
  members.find((member) => member.name === name)?.description ?? '';

function optionsOf(member: Member): Option[] {
  const { name, shape, nullable } = member;
  const long = `--${kebab(name)}`;
  const words = describeOption(member);
  const without = new Option(`--no-${kebab(name)}`, shape.of === 'flag' ? 'the opposite' : 'none at all');
  switch (shape.of) {
    case 'flag':
      return [new Option(long, words), without];
    case 'list': {
      const collect = new RepeatableOption(`${long} <${placeholder(member)}>`, words).argParser<unknown>(
        (text, before) => [...(Array.isArray(before) ? before : []), text],
      );
      // An empty list is a value of its own, and is not what nothing means.
      return [collect, without];
    }
    default:
      return [new Option(`${long} <${placeholder(member)}>`, words), ...(nullable ? [without] : [])];
  }
}

function placeholder({ shape }: Member): string {
  const of = shape.of === 'list' ? shape.entry.of : shape.of;
  const words = { moment: 'time', number: 'number', json: 'json', secret: '@file' } as const;
  return of in words ? words[of as keyof typeof words] : 'text';
}

function describeOption({ description, choices, shape, needed, fallback }: Member): string {
  const told = [
    description,
    choices === undefined ? undefined : `one of ${choices.join(', ')}`,
    shape.of === 'list' ? 'may be given several times' : undefined,
    shape.of === 'moment' ? '2026-11-30, 2026-11-30T14:00, 24h (ago), +7d (from now)' : undefined,
    shape.of === 'json' ? 'or @FILE' : undefined,
    needed ? 'needed' : undefined,
    fallback === undefined || fallback === null ? undefined : `usually ${JSON.stringify(fallback)}`,
  ];
  return told.filter((each) => each !== undefined).join('; ');
}

/** The input of the act. Throws {@link UsageError} with one line for each finding, named by its option. */
export async function inputOf(
  command: Command,
  words: readonly string[],
  { members, positional }: Typed,
  typing: Typing,
): Promise<Record<string, unknown>> {
  const input: Record<string, unknown> = {};
  for (const [index, name] of positional.entries()) {
    const shape = members.find((member) => member.name === name)?.shape;
    const text = words[index];
    if (text === undefined) continue;
    // What names something may look like anything; only numbers are read as such.
    input[name] = shape?.of === 'number' ? await typedValue(shape, text, `<${kebab(name)}>`, typing) : text;
  }
  const given: Record<string, unknown> = command.opts();
  for (const member of members) {
    if (positional.includes(member.name)) continue;
    const value = await givenValue(member, given[attribute(member.name)], typing);
    if (value !== undefined) input[member.name] = value;
  }
  return input;
}

/** As commander calls it. */
const attribute = (name: string): string => new Option(`--${kebab(name)}`).attributeName();

async function givenValue(member: Member, given: unknown, typing: Typing): Promise<unknown> {
  const { name, shape, nullable } = member;
  const option = `--${kebab(name)}`;
  if (shape.of === 'flag') return given;
  if (given === false) return shape.of === 'list' && !nullable ? [] : null;
  if (Array.isArray(given))
    return listOf(shape.of === 'list' ? shape.entry : shape, given as string[], option, typing);
  return given === undefined ? undefined : typedValue(shape, given as string, option, typing);
}

/** Throws `input_invalid`, with the option of each finding, before anything is asked for. */
export function assertInput(schema: z.ZodType, input: Record<string, unknown>, typed: Typed): void {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw usageOf(shapeFindings(parsed.error.issues, { input }), typed);
}

/** What the act has found in its input, in the words of the command line. */
export function withOptionNames(error: unknown, typed: Typed): never {
  const findings = error instanceof InvalidInput ? error.findings : [];
  throw findings.length === 0 ? error : usageOf(findings, typed, error);
}

interface Finding {
  readonly path: readonly PropertyKey[];
  readonly words: string;
}

function usageOf(findings: readonly Finding[], typed: Typed, cause?: unknown): UsageError {
  const lines = findings.map(({ path, words }) => `${placeOf(path, typed)}: ${words}`);
  return new UsageError('input_invalid', [...new Set(lines)].join('\n'), cause);
}

function placeOf([first, ...rest]: readonly PropertyKey[], { positional }: Typed): string {
  if (first === undefined) return 'the command';
  const name = String(first);
  const place = positional.includes(name) ? `<${kebab(name)}>` : `--${kebab(name)}`;
  return [place, ...rest.map(String)].join('.').replace(/\p{C}/gu, '?');
}
