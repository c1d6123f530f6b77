import { CommanderError } from 'commander';
import { ApprovalNeeded } from '../administration/four-eyes.ts';
import { GatehouseError } from '../kernel/errors.ts';

/** How commands end; docs/operations.md says the same to those who write scripts. */
export const EXIT = {
  done: 0,
  failed: 1,
  /** The command line was not understood, and nothing was done. */
  usage: 2,
} as const;

/** What was typed cannot be meant: an option out of its bounds, two things that exclude each other, nothing named. */
export class UsageError extends GatehouseError {
  constructor(code: string, message: string, cause?: unknown) {
    super(code, { status: 400, message, cause });
  }
}

/** The code of a mistake in a command line whose exit code is that of a failure, because 2 means something else there. */
export const FAILED = 'gatehouse.failed';

/** The exit code for what a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError && error.code === FAILED) return EXIT.failed;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  // It was understood and stored: what is left is somebody else's to do.
  if (error instanceof ApprovalNeeded) return EXIT.done;
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}
