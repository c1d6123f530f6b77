import { Command } from 'commander';
import type { Terminal } from '../../../src/commands/environment.ts';

export interface Outcome {
  readonly printed: string;
  readonly warned: string;
  readonly exitCode: number;
  /** What the command threw, as whoever runs the program would have to report it. */
  readonly error: unknown;
}

type Register = (program: Command, terminal: Terminal) => void;

/** Runs one command line and tells what came of it. */
export async function runCommand(register: Register, ...words: string[]): Promise<Outcome> {
  const printed: string[] = [];
  const warned: string[] = [];
  let exitCode = 0;
  let error: unknown;
  const program = new Command('gatehouse').exitOverride();
  register(program, {
    print: (text) => void printed.push(text),
    warn: (text) => void warned.push(text),
    fail: (code) => {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (caught) {
    error = caught;
  }
  return { printed: printed.join('\n'), warned: warned.join('\n'), exitCode, error };
}
