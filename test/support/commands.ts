import { Command } from 'commander';
import { registerAccountLife } from '../../src/commands/account-life.ts';
import { registerPasswords } from '../../src/commands/passwords.ts';
import { registerSessions } from '../../src/commands/sessions.ts';
import { registerUsers } from '../../src/commands/users.ts';
import type { TestServer } from './server.ts';

/** For tests of commands: runs one as an operator does, and answers what it printed. Rejects with what is wrong. */
export async function command({ house }: TestServer, ...words: string[]): Promise<string> {
  const lines: string[] = [];
  const print = (text: string) => void lines.push(text);
  const terminal = { print, warn: print, fail: () => undefined };
  const program = new Command('gatehouse').exitOverride();
  const withHouse = <T>(work: (opened: typeof house) => Promise<T>) => work(house);
  registerUsers(program, withHouse, terminal);
  registerPasswords(program, withHouse, terminal);
  registerAccountLife(program, withHouse, terminal);
  registerSessions(program, withHouse, terminal);
  await program.parseAsync(words, { from: 'user' });
  return lines.join('\n');
}
