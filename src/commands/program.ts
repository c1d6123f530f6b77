import { Command } from 'commander';
import type { LoadOptions } from '../config/sources.ts';
import { DESCRIPTION, VERSION } from '../kernel/version.ts';
import { wordsOf } from './acting.ts';
import { registerAudit } from './audit.ts';
import { registerBreakGlass } from './break-glass.ts';
import { registerConfig } from './config.ts';
import { registerConfiguration } from './configuration.ts';
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
import { registerLogins } from './remote/login-commands.ts';
import { assertHere, serverOption, withPlace } from './remote/opening.ts';
import { refuseRepeatedOptions } from './repeated-options.ts';
import { registerServe } from './serve.ts';
import { registerSessions } from './sessions.ts';
import { registerSetup } from './setup.ts';
import type { UserCreationApp } from './user-creation.ts';
import { registerUsers } from './users.ts';

/** Opens what commands need that call acts, for one command. */
export type OpensAdministration = <T>(work: (app: UserCreationApp) => Promise<T>) => Promise<T>;

/** What is done to this machine and its database, and by no act that could be asked for elsewhere. */
const HERE_ONLY = new Set([
  'serve',
  'migrate',
  'config show',
  'config check',
  'config docs',
  'recover',
  'setup-link',
]);

/** The `gatehouse` command with all its commands. Each lives in a file of its own beside this one, or is made from an act. */
export function createProgram(
  options: LoadOptions,
  terminal: Terminal,
  /** Instead of where the rules say. */
  opens?: OpensAdministration,
): Command {
  const program = new Command('gatehouse')
    .description(DESCRIPTION)
    .version(VERSION)
    .addOption(serverOption())
    .showHelpAfterError('(gatehouse --help lists the commands)')
    // Instead of ending the process by itself, always with 1.
    .exitOverride();
  const server = () => program.opts<{ server?: string }>().server;
  const opening = { options, terminal, server };
  const withApp = opens ?? withPlace(opening);
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
  registerBreakGlass(program, withApp, terminal);
  registerRecover(program, withApp, terminal);
  registerConfiguration(registerConfig(program, withApp, terminal), withApp, terminal, options.env);
  registerLogins(program, opening);
  // Behind those by hand: it leaves out what they do.
  registerGenerated(program, withApp, terminal);
  program.hook('preAction', (_program, command) => {
    const words = wordsOf(command);
    const [first = ''] = words.split(' ');
    if (HERE_ONLY.has(first) || HERE_ONLY.has(words)) assertHere(server(), words);
  });
  refuseRepeatedOptions(program);
  return program;
}
