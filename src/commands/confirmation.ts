import type { Danger } from '../administration/act.ts';
import { badRequest, GatehouseError } from '../kernel/errors.ts';
import type { Terminal } from './environment.ts';

/** Asking before something is done that cannot be undone. */

/** The option of every command that asks. */
export const YES = ['--yes', 'do it without asking; needed where no terminal is'] as const;

export interface Confirmation {
  /** Whether `--yes` was given. */
  readonly yes?: boolean | undefined;
  /** What is about to happen, e.g. `Delete the client "x" (Ward board)`. */
  readonly act: string;
  /** What will be lost by it, a sentence each. */
  readonly loses: readonly string[];
  /** That of the act: where there is no terminal, what only `asks` is done all the same. */
  readonly danger?: Danger;
}

/**
 * Resolves where the person says yes, or has said so by `--yes`. Throws `cancelled`, or `confirmation_missing` where nobody
 * is there to ask: in both cases nothing may have been done yet.
 */
export async function confirm(
  terminal: Terminal,
  { yes = false, act, loses, danger = true }: Confirmation,
): Promise<void> {
  if (yes || (terminal.ask === undefined && danger === 'asks')) return;
  const lost = loses.join(' ');
  if (terminal.ask === undefined) {
    throw new GatehouseError('confirmation_missing', {
      status: 400,
      message: `${act}? ${lost} Nothing was done: there is no terminal to ask at. With --yes it is done without asking.`,
    });
  }
  terminal.warn(`${act}? ${lost}`);
  const answer = (await terminal.ask('This cannot be undone. Type yes to go on: ')).trim().toLowerCase();
  if (answer !== 'yes' && answer !== 'y') throw badRequest('cancelled', 'Cancelled. Nothing was done.');
}
