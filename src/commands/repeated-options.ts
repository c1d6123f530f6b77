import type { Command, Option } from 'commander';

/** Options that may be given several times collect what they are given; their default is a list. */
const collects = (option: Option) => option.variadic || Array.isArray(option.defaultValue);

/**
 * Has every command of the program refuse an option that is given twice, of which only the last one would count. Call it when all
 * commands are registered.
 */
export function refuseRepeatedOptions(program: Command): void {
  for (const command of [program, ...program.commands.flatMap(withSubcommands)]) {
    for (const option of command.options) {
      if (collects(option)) continue;
      let times = 0;
      command.on(`option:${option.name()}`, () => {
        times += 1;
        if (times > 1) command.error(`error: option '${option.flags}' is there twice; expected it once`);
      });
    }
  }
}

const withSubcommands = (command: Command): Command[] => [
  command,
  ...command.commands.flatMap(withSubcommands),
];
