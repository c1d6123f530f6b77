import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Command } from 'commander';
import { ACTS, SUBJECTS } from '../../../../src/administration/index.ts';
import { BY_HAND } from '../../../../src/commands/generated/by-hand.ts';
import { subcommand } from '../../../../src/commands/generated/index.ts';
import { membersOf } from '../../../../src/commands/generated/kinds.ts';
import { commandWords, kebab, pathMembers } from '../../../../src/commands/generated/names.ts';
import { createProgram } from '../../../../src/commands/program.ts';

const terminal = { print: () => undefined, warn: () => undefined, fail: () => undefined };
const program = createProgram({ env: {} }, terminal);

const at = (words: string): Command | undefined =>
  words.split(' ').reduce<Command | undefined>((parent, word) => parent && subcommand(parent, word), program);

const COMMANDS = join(import.meta.dirname, '../../../../src/commands');
const NAMES = new Map(
  Object.entries(SUBJECTS).flatMap(([subject, acts]) =>
    Object.entries(acts).map(([verb, { name }]) => [`${subject}.${verb}`, name] as const),
  ),
);

/** The acts that a command by hand calls, read from its source: `perform(acts.show`, with what it imports as `acts`. */
function performedIn(file: string): string[] {
  const text = readFileSync(join(COMMANDS, file), 'utf8');
  const subjects = new Map(
    [...text.matchAll(/import \{ (\w+)(?: as (\w+))? \} from '\.\.\/administration/g)].map(
      ([, subject = '', alias = subject]) => [alias, subject],
    ),
  );
  return [...text.matchAll(/perform\(\s*(\w+)(?:\.(\w+)|\[verb\])/g)].flatMap(([, alias = '', verb]) =>
    (verb === undefined ? ['enable', 'disable'] : [verb]).flatMap(
      (each) => NAMES.get(`${subjects.get(alias)}.${each}`) ?? [],
    ),
  );
}

describe('every act', () => {
  for (const { name, input, http } of ACTS) {
    const words = BY_HAND[name];
    if (words !== undefined)
      it(`${name} is asked for by ${words}, which is written by hand`, () => {
        expect(at(words), words).not.to.equal(undefined);
      });
    else
      it(`${name} has a command of its own that takes all of its input`, () => {
        const { group, verb } = commandWords(name);
        const command = at(`${group} ${verb}`);
        const positional = pathMembers(http?.path ?? '');
        expect(command?.registeredArguments.map((each) => each.name())).to.deep.equal(positional.map(kebab));
        const options = command?.options.map(({ long }) => long);
        for (const member of membersOf(input))
          if (!positional.includes(member.name)) expect(options).to.include(`--${kebab(member.name)}`);
      });
  }

  it('that is said to have a command by hand is performed by one', () => {
    const performed = new Set(globSync('*.ts', { cwd: COMMANDS }).flatMap(performedIn));
    expect([...performed]).to.include.members(Object.keys(BY_HAND));
  });

  it('that is said to have a command by hand is there', () => {
    expect(ACTS.map(({ name }) => name)).to.include.members(Object.keys(BY_HAND));
  });

  it('has a command that no other act has', () => {
    const made = ACTS.filter(({ name }) => !Object.hasOwn(BY_HAND, name)).map(({ name }) => {
      const { group, verb } = commandWords(name);
      return `${group} ${verb}`;
    });
    expect(new Set([...made, ...Object.values(BY_HAND)]).size).to.equal(
      made.length + new Set(Object.values(BY_HAND)).size,
    );
  });
});
