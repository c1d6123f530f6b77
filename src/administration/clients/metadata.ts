import { z } from 'zod';
import { type ClientFile, clientFileSchema } from '../../domain/clients/policy.ts';
import type { ClientRules } from '../../oidc/client-rules.ts';
import { InvalidInput } from '../act.ts';

/** RFC 7591 client metadata, as acts take and answer them. */
export const metadata = z.record(z.string(), z.unknown());

/** Everything that is wrong with the metadata is said at once. */
export function fileOf(rules: Pick<ClientRules, 'problems'>, given: Record<string, unknown>): ClientFile {
  // What we say of a member by itself is said of all members; the schema only tells metadata that are none at all.
  if (clientFileSchema.safeParse(given).success) return given as ClientFile;
  const problems = rules.problems(given);
  throw new InvalidInput(problems, problems.map(placed));
}

/** `redirect_uris: …` is about that member. */
function placed(problem: string) {
  const [, member, words] = /^([a-z_]+): (.*)$/su.exec(problem) ?? [];
  return member === undefined || words === undefined
    ? { path: ['metadata'], words: problem }
    : { path: ['metadata', member], words };
}
