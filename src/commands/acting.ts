import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { type CommandActor, isReason, MAX_REASON } from '../administration/actor.ts';
import type { Administration } from '../administration/index.ts';
import { UsageError } from './usage.ts';

/** What commands need that only call acts. */
export interface AdministeredHouse {
  readonly administration: Administration;
}

/** Opens the house for one command and closes it after, also when the command fails. */
export type WithAdministration = <T>(work: (house: AdministeredHouse) => Promise<T>) => Promise<T>;

/** Every command that changes something takes a reason. */
export const changing = (command: Command): Command =>
  command.option('--reason <text>', 'why; kept in the audit trail');

/**
 * Who acts when the command runs: its words, the operating system's user and the reason, where one was given. Throws
 * `reason_invalid` (a {@link UsageError}).
 */
export function operatorOf(command: Command): CommandActor {
  const { reason } = command.opts<{ reason?: string }>();
  if (reason !== undefined && !isReason(reason)) {
    throw new UsageError('reason_invalid', `A reason is one line of at most ${MAX_REASON} characters.`);
  }
  return { kind: 'command', command: `gatehouse ${wordsOf(command)}`, user: operatingSystemUser(), reason };
}

/** The words of a command, without the name of the program. */
const wordsOf = (command: Command): string =>
  command.parent?.parent ? `${wordsOf(command.parent)} ${command.name()}` : command.name();

/** Containers may run as a number that has no name. */
function operatingSystemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
