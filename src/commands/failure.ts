import { ConfigurationError } from '../config/load.ts';
import { GatehouseError } from '../kernel/errors.ts';

/**
 * What a failed command says: one line, or for a configuration one line per problem. Stack traces and causes only
 * where `verbose` asks for them.
 */
export function failureText(error: unknown, verbose: boolean): string {
  const line = `gatehouse: ${summary(error)}`;
  return verbose && error instanceof Error ? `${line}\n${stacks(error).join('\ncaused by ')}` : line;
}

function summary(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  if (error instanceof GatehouseError) return error.safeMessage;
  return oneLine(error);
}

/** Errors of libraries: connection failures come as an aggregate with an empty message of its own. */
function oneLine(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return oneLine(error.errors[0]);
  if (!(error instanceof Error)) return 'something went wrong';
  return error.message.split('\n', 1)[0] || error.name;
}

function stacks(error: Error): string[] {
  const rest = error.cause instanceof Error ? stacks(error.cause) : [];
  return [error.stack ?? error.message, ...rest];
}
