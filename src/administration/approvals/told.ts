import { z } from 'zod';
import type { Approval, ApprovalStore } from '../../domain/approvals/store.ts';
import { notFound } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import type { Actor } from '../actor.ts';
import { askerOf } from '../four-eyes.ts';
import { EVERYTHING, type Limit } from '../rights/limit.ts';
import type { RightsReader } from '../rights/rights-store.ts';

export const onApproval = z.strictObject({
  /** Id of the request. */
  approval: z.string(),
});

export const approvalSchema = z.object({
  id: z.string(),
  /** The act that was asked for. */
  act: z.string(),
  /** What exactly will happen: the input of the act. Null once it is over. */
  input: z.unknown(),
  asker: z.object({ kind: z.enum(['person', 'client', 'command']), id: z.string() }),
  reason: z.string(),
  /** The account that it is about. */
  account: z.string().nullable(),
  client: z.string().nullable(),
  requestedAt: z.date(),
  expiresAt: z.date(),
  state: z.enum(['waiting', 'done', 'declined', 'withdrawn', 'expired']),
  decidedBy: z.string().nullable(),
  decidedAt: z.date().nullable(),
});

/** A secret that was given with the request, as of a client: whoever decides need not know it. */
const withoutSecrets = (input: unknown): unknown =>
  JSON.parse(
    JSON.stringify(input ?? null, (name, value: unknown) =>
      typeof value === 'string' && /secret$|password$/iu.test(name) ? '(not shown)' : value,
    ),
  );

export const toldApproval = ({ target, decidedBy, decidedAt, asker, input, ...approval }: Approval) => ({
  ...approval,
  input: withoutSecrets(input),
  asker: { kind: asker.kind, id: asker.id },
  account: target.account ?? null,
  client: target.client ?? null,
  decidedBy: decidedBy ?? null,
  decidedAt: decidedAt ?? null,
});

export interface FindsApprovals {
  readonly approvals: Pick<ApprovalStore, 'find'>;
  readonly rights: Pick<RightsReader, 'reachesPerson' | 'reachesClient'>;
}

/**
 * A request, for those who may see it: whoever asked, and whose right reaches the person or the client that it is about. Throws `approval_unknown`
 * (404).
 */
export async function findApproval(
  { approvals, rights }: FindsApprovals,
  id: string,
  actor: Actor,
  limit: Limit,
): Promise<Approval> {
  const found = isUuid(id) ? await approvals.find(id) : undefined;
  if (found === undefined) throw approvalUnknown(id);
  const { account, client } = found.target;
  const mayBeSeen =
    limit === EVERYTHING ||
    isAsker(found, actor) ||
    (account !== undefined && (await rights.reachesPerson(account, limit))) ||
    (client !== undefined && (await rights.reachesClient(client, limit)));
  if (!mayBeSeen) throw approvalUnknown(id);
  return found;
}

export function isAsker({ asker }: Approval, actor: Actor): boolean {
  if (actor.kind === 'system') return false;
  const { kind, id } = askerOf(actor);
  return kind === asker.kind && id === asker.id;
}

export const approvalUnknown = (id: string) => notFound('approval_unknown', `There is no request "${id}".`);
