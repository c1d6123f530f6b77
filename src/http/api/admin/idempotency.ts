import type { Context } from 'koa';
import { ApprovalNeeded } from '../../../administration/four-eyes.ts';
import type { TransactionPart } from '../../../administration/taking-part.ts';
import type { IdempotencyKeys, KeptAnswer, KeyedRequest } from '../../../domain/idempotency-keys/store.ts';
import { GatehouseError } from '../../../kernel/errors.ts';
import { InvalidRequest } from '../problems.ts';
import type { Face } from './face.ts';
import { withoutSecrets } from './json-schema.ts';

/**
 * `Idempotency-Key`: a change that is asked for again, because its answer never arrived, happens once
 * (draft-ietf-httpapi-idempotency-key-header-07).
 */

const HEADER = 'Idempotency-Key';
/** The member of a repeated answer that names what it leaves out. */
export const OMITTED = 'omitted';
const LONGEST = 255;

/** The key of a request. Throws `invalid_idempotency_key` (400) for one that is malformed, or where none can be kept. */
export function readIdempotencyKey(ctx: Context, face: Face): string | undefined {
  const header = ctx.req.headers[HEADER.toLowerCase()];
  // Reading twice changes nothing. A header without a value is no key, and whoever sends it relies on one.
  if (header === undefined || face.readOnly) return undefined;
  const given = ctx.get(HEADER).trim();
  // A string of Structured Fields (RFC 9651); most programs leave its quotes out.
  const key = /^"(.*)"$/u.exec(given)?.[1] ?? given;
  if (!face.idempotent) throw invalidKey(`cannot be given with ${face.name}, which goes on where it ended`);
  if (key.length === 0 || key.length > LONGEST || !/^[\x20-\x7e]+$/u.test(key))
    throw invalidKey(`expected 1 to ${LONGEST} visible characters of ASCII`);
  return key;
}

const invalidKey = (detail: string) =>
  new InvalidRequest('invalid_idempotency_key', 'The Idempotency-Key cannot be used.', [
    { header: HEADER, detail },
  ]);

/** Ends a transaction in which nothing was done, because all of it was done before. */
class DoneBefore extends Error {
  readonly answer: KeptAnswer;

  constructor(answer: KeptAnswer) {
    super('done before');
    this.answer = answer;
  }
}

/** Refusals of the caller, which hold for a repeated request as well: their right is judged anew each time. */
const OF_CALLER = new Set([401, 403, 429]);

/** An answer, and whether it is one from before. */
export interface OnceAnswer extends KeptAnswer {
  readonly replayed: boolean;
}

/**
 * Does the work once for the key. `work` gets what has to take part in its transaction, in which the answer is kept without its
 * secrets. Repeated, it is begun all the same, so that a caller whose right is gone is refused; then the kept answer is the answer,
 * even where the work would fail by now because it was done.
 */
export async function once(
  keys: Pick<IdempotencyKeys, 'begin' | 'keep' | 'find'>,
  request: KeyedRequest,
  face: Face,
  work: (part: TransactionPart) => Promise<unknown>,
): Promise<OnceAnswer> {
  const part: TransactionPart = {
    async before(tx) {
      const known = await keys.begin(tx, request);
      if (known !== undefined) throw new DoneBefore(known);
    },
    after: (tx, result) =>
      keys.keep(tx, request, result instanceof ApprovalNeeded ? waiting(result) : keptOf(face, result)),
  };
  try {
    return { status: face.status, body: await work(part), replayed: false };
  } catch (error) {
    if (error instanceof DoneBefore) return repeated(error.answer);
    if (error instanceof ApprovalNeeded) throw error;
    if (!(error instanceof GatehouseError) || error.status >= 500 || OF_CALLER.has(error.status)) throw error;
    const known = await keys.find(request);
    if (known === undefined) throw error;
    return repeated(known);
  }
}

/** Under this name is kept what waits for a second person; no answer of an act has it. */
const WAITS = 'approval_needed';

/** It was stored and waits: nothing was done, and asked for again, nothing more waits. */
const waiting = ({ approval: id, expiresAt, status }: ApprovalNeeded): KeptAnswer => ({
  status,
  body: { [WAITS]: { id, expiresAt: expiresAt.toISOString() } },
});

/** The answer once more. Throws {@link ApprovalNeeded} where that was it. */
function repeated(answer: KeptAnswer): OnceAnswer {
  const { [WAITS]: waits } = answer.body as { [WAITS]?: { id: string; expiresAt: string } };
  if (waits === undefined) return { ...answer, replayed: true };
  throw new ApprovalNeeded({ id: waits.id, expiresAt: new Date(waits.expiresAt) });
}

function keptOf(face: Face, result: unknown): KeptAnswer {
  const body = JSON.parse(JSON.stringify(result)) as object;
  const { value, omitted } = withoutSecrets(face.answer, body);
  const told = omitted.length === 0 ? value : { ...(value as object), [OMITTED]: omitted };
  return { status: face.status, body: told };
}
