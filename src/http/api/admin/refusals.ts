import { InvalidInput, ProofNeeded } from '../../../administration/admission.ts';
import { bearerChallenge } from '../access.ts';
import { AccessRefused } from '../problems.ts';
import type { Finding } from './inputs.ts';

/** What an act has found wrong with its input, if that is why it threw. What has no place of its own is said of the whole. */
export function findingsOf(error: unknown): readonly Finding[] | undefined {
  if (!(error instanceof InvalidInput)) return undefined;
  const { problems, findings } = error;
  return findings.length > 0 ? findings : problems.map((words) => ({ path: [], words }));
}

/** A refusal of the act, with the challenge that tells the program what to get (RFC 9470, section 3; RFC 6750, section 3). */
export function asCallerError(error: unknown, issuer: string): unknown {
  if (!(error instanceof ProofNeeded)) return error;
  const { code, status, safeMessage: message, acrValues, maxAge } = error;
  const challenge = bearerChallenge(issuer, {
    error: code,
    error_description: message,
    acr_values: acrValues.join(' '),
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
  });
  return new AccessRefused(code, { status, message, challenge });
}
