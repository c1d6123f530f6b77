import { type Command, Option } from 'commander';

/** An option that may be given several times, and has no default. */
export class RepeatableOption extends Option {}

/** Options that may be given several times collect what they are given; their default is a list, where they have one. */
const collects = (option: Option) =>
  option.variadic || Array.isArray(option.defaultValue) || option instanceof RepeatableOption;

/**
 * Has every command of the program refuse an option that is given twice, or with its opposite (`--x --no-x`), of which only the last
 * one would count. Call it when all commands are registered.
 */
export function refuseRepeatedOptions(program: Command): void {
  for (const command of [program, ...program.commands.flatMap(withSubcommands)]) {
    const given = new Map<string, string>();
    for (const option of command.options) {
      command.on(`option:${option.name()}`, () => {
        const before = given.get(option.attributeName());
        given.set(option.attributeName(), option.flags);
        if (before === undefined || (collects(option) && before === option.flags)) return;
        const twice = `option '${option.flags}' is there twice; expected it once`;
        const both = `options '${before}' and '${option.flags}' exclude each other`;
        command.error(`error: ${before === option.flags ? twice : both}`);
      });
    }
  }
}

const withSubcommands = (command: Command): Command[] => [
  command,
  ...command.commands.flatMap(withSubcommands),
];
