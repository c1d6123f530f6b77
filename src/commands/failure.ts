import { ApprovalNeeded } from '../administration/four-eyes.ts';
import { ConfigurationError } from '../config/load.ts';
import { GatehouseError } from '../kernel/errors.ts';
import { scrub, withoutStatement } from '../redaction.ts';
import { adviceFor } from './advice.ts';

/**
 * What a failed command says: one line that names the setting where one is the cause, or for a configuration one line per
 * problem. Stack traces and causes only where `verbose` asks for them; never what looks like a secret.
 */
export function failureText(error: unknown, verbose: boolean): string {
  if (error instanceof ApprovalNeeded) return waitingText(error);
  const line = `gatehouse: ${summary(error)}`;
  return verbose && error instanceof Error ? `${line}\n${stacks(error).join('\ncaused by ')}` : line;
}

/** No failure: it was stored, and waits. */
const waitingText = ({ safeMessage, approval }: ApprovalNeeded) =>
  `gatehouse: ${safeMessage} How it is: gatehouse approvals show ${approval}`;

function summary(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  const advice = adviceFor(error);
  if (advice !== undefined) return advice;
  if (error instanceof GatehouseError) return error.safeMessage;
  return oneLine(error);
}

/** Errors of libraries: connection failures come as an aggregate with an empty message of its own. */
function oneLine(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return oneLine(error.errors[0]);
  if (!(error instanceof Error)) return 'something went wrong';
  return scrub(withoutStatement(error.message).split('\n', 1)[0] ?? '') || error.name;
}

function stacks(error: Error): string[] {
  const rest = error.cause instanceof Error ? stacks(error.cause) : [];
  return [scrub(error.stack ?? error.message), ...rest];
}
