import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { type CommandActor, isReason, MAX_REASON } from '../administration/actor.ts';
import type { Administration } from '../administration/index.ts';
import { UsageError } from './usage.ts';

/** What commands need that only call acts. */
export interface AdministeredApp {
  readonly administration: Administration;
}

/** Opens the server for one command and closes it after, also when the command fails. */
export type WithAdministration = <T>(work: (app: AdministeredApp) => Promise<T>) => Promise<T>;

/** Has a command take a reason, as every one that changes something does, and do alone in an emergency what needs two people. */
export const changing = (command: Command): Command =>
  command
    .option('--reason <text>', 'why; kept in the audit trail', (text: string) => {
      if (isReason(text)) return text;
      throw new InvalidArgumentError(`It has to be one line of at most ${MAX_REASON} characters.`);
    })
    .option(
      '--emergency',
      'do at once what would wait for a second person; needs --reason, and is told as such',
    );

/**
 * Who acts when the command runs: its words, the operating system's user, and the reason where one was given. Throws
 * `reason_missing` for an emergency without one.
 */
export function operatorOf(command: Command): CommandActor {
  const { reason, emergency = false } = command.opts<{ reason?: string; emergency?: boolean }>();
  if (emergency && reason === undefined)
    throw new UsageError('reason_missing', '--emergency needs --reason, which the audit trail keeps.');
  return {
    ...{ kind: 'command', command: `gatehouse ${wordsOf(command)}`, user: operatingSystemUser(), reason },
    ...(emergency ? { emergency } : {}),
  };
}

/** The words of a command, without the name of the program. */
export const wordsOf = (command: Command): string =>
  command.parent?.parent ? `${wordsOf(command.parent)} ${command.name()}` : command.name();

/** The operating-system user of this process. Containers may run as a number that has no name. */
export function operatingSystemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
