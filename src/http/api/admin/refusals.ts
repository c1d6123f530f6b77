import { InvalidInput } from '../../../administration/act.ts';
import { GatehouseError } from '../../../kernel/errors.ts';
import { bearerChallenge } from '../access.ts';
import { AccessRefused } from '../problems.ts';
import type { Finding } from './inputs.ts';

/** What an act has found wrong with its input, if that is why it threw. What has no place of its own is said of the whole. */
export function findingsOf(error: unknown): readonly Finding[] | undefined {
  if (!(error instanceof InvalidInput)) return undefined;
  const { problems, findings = [] } = error as InvalidInput & { readonly findings?: readonly Finding[] };
  return findings.length > 0 ? findings : problems.map((words) => ({ path: [], words }));
}

/** A refusal of the act, with the challenge that tells the program what to get (RFC 9470, section 3; RFC 6750, section 3). */
export function asCallerError(error: unknown, issuer: string): unknown {
  if (!(error instanceof GatehouseError) || error.code !== 'insufficient_user_authentication') return error;
  const { acrValues, maxAge } = error as GatehouseError & {
    readonly acrValues: readonly string[];
    readonly maxAge?: number | undefined;
  };
  const { code, status, safeMessage: message } = error;
  const challenge = bearerChallenge(issuer, {
    error: code,
    error_description: message,
    acr_values: acrValues.join(' '),
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
  });
  return new AccessRefused(code, { status, message, challenge });
}
