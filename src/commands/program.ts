import { Command } from 'commander';
import { registerAudit } from './audit.ts';
import { registerConfig } from './config.ts';
import type { Terminal } from './environment.ts';
import { registerGenerated } from './generated/index.ts';
import { registerKeys } from './keys.ts';
import { registerLifecycle } from './lifecycle.ts';
import { registerLogouts } from './logouts.ts';
import { registerMail } from './mail.ts';
import { registerMigrate } from './migrate.ts';
import { registerPasswords } from './passwords.ts';
import { registerRecover } from './recover.ts';
import { registerClients, registerResources } from './registry.ts';
import { refuseRepeatedOptions } from './repeated-options.ts';
import { registerServe } from './serve.ts';
import { registerSessions } from './sessions.ts';
import { registerSetup } from './setup.ts';
import type { UserCreationApp } from './user-creation.ts';
import { registerUsers } from './users.ts';

/** Opens what commands need that call acts, for one command. */
export type OpensAdministration = <T>(work: (app: UserCreationApp) => Promise<T>) => Promise<T>;

/** The `gatehouse` command with all its commands. Each lives in a file of its own beside this one, or is made from an act. */
export function createProgram(
  withApp: OpensAdministration,
  terminal: Terminal,
  { description, version }: { readonly description: string; readonly version: string },
): Command {
  const program = new Command('gatehouse')
    .description(description)
    .version(version)
    .showHelpAfterError('(gatehouse --help lists the commands)')
    // Instead of ending the process by itself, always with 1.
    .exitOverride();
  registerServe(program);
  registerMigrate(program, terminal);
  registerUsers(program, withApp, terminal);
  registerLifecycle(program, withApp, terminal);
  registerPasswords(program, withApp, terminal);
  registerClients(program, withApp, terminal);
  registerResources(program, withApp, terminal);
  registerKeys(program, withApp, terminal);
  registerMail(program, withApp, terminal);
  registerLogouts(program, withApp, terminal);
  registerSessions(program, withApp, terminal);
  registerAudit(program, withApp, terminal);
  registerSetup(program, withApp, terminal);
  registerRecover(program, withApp, terminal);
  registerConfig(program, terminal);
  // Behind those by hand: it leaves out what they do.
  registerGenerated(program, withApp, terminal);
  refuseRepeatedOptions(program);
  return program;
}
