import { Command } from 'commander';
import { registerAudit } from '../../src/commands/audit.ts';
import { idsAsArguments } from '../../src/commands/ids-as-arguments.ts';
import { registerLifecycle } from '../../src/commands/lifecycle.ts';
import { registerPasswords } from '../../src/commands/passwords.ts';
import { registerClients, registerResources } from '../../src/commands/registry.ts';
import { registerSessions } from '../../src/commands/sessions.ts';
import { registerUsers } from '../../src/commands/users.ts';
import type { TestServer } from './server.ts';

/** For tests of commands: runs one as an operator does, and answers what it printed. Rejects with what is wrong. */
export async function command({ app }: TestServer, ...words: string[]): Promise<string> {
  const lines: string[] = [];
  const print = (text: string) => void lines.push(text);
  const terminal = { print, warn: print, fail: () => undefined };
  const program = new Command('gatehouse').exitOverride();
  const withApp = <T>(work: (opened: typeof app) => Promise<T>) => work(app);
  registerUsers(program, withApp, terminal);
  registerPasswords(program, withApp, terminal);
  registerLifecycle(program, withApp, terminal);
  registerSessions(program, withApp, terminal);
  registerClients(program, withApp, terminal);
  registerResources(program, withApp, terminal);
  registerAudit(program, withApp, terminal);
  await program.parseAsync(idsAsArguments(words), { from: 'user' });
  return lines.join('\n');
}
