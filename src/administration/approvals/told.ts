import { z } from 'zod';
import type { Approval, ApprovalStore } from '../../domain/approvals/store.ts';
import { isAdminScope } from '../../domain/clients/admin-scopes.ts';
import { notFound } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import type { Actor } from '../actor.ts';
import { askerOf } from '../four-eyes.ts';
import type { ActsOfScopes } from '../rights/admin-scopes.ts';
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
  readonly rights: Pick<RightsReader, 'of' | 'reachesPerson' | 'reachesClient'>;
  readonly actsOfScopes: ActsOfScopes;
}

/** Acts that somebody may do themselves, and how far. */
interface OwnActs {
  readonly acts: readonly string[];
  readonly limit: Limit;
}

/**
 * What somebody may do themselves: the requests that they see, and decide about, are for that. Undefined: everything. Of a person by
 * their roles: that their token has the scope for it is asked when it is done.
 */
export async function ownActs(
  {
    rights,
    actsOfScopes,
  }: Pick<FindsApprovals, 'actsOfScopes'> & {
    readonly rights: Pick<RightsReader, 'of'>;
  },
  actor: Actor,
): Promise<readonly OwnActs[] | undefined> {
  if (actor.kind === 'command' || actor.kind === 'system') return undefined;
  if (actor.kind === 'client')
    return [
      {
        acts: actor.scopes.filter(isAdminScope).flatMap((scope) => actsOfScopes.get(scope) ?? []),
        limit: EVERYTHING,
      },
    ];
  const { limitFor } = await rights.of(actor.accountId);
  const byLimit = new Map<string, { acts: string[]; limit: Limit }>();
  for (const act of [...actsOfScopes.values()].flat()) {
    const limit = limitFor(act);
    if (limit === undefined) continue;
    const alike = byLimit.get(JSON.stringify(limit));
    if (alike === undefined) byLimit.set(JSON.stringify(limit), { acts: [act], limit });
    else alike.acts.push(act);
  }
  return [...byLimit.values()];
}

/**
 * A request, for those who may see it: whoever asked, and who could do the act themselves, to whom it is about. Throws
 * `approval_unknown` (404).
 */
export async function findApproval(
  deps: FindsApprovals,
  id: string,
  actor: Actor,
  limit: Limit,
): Promise<Approval> {
  const found = isUuid(id) ? await deps.approvals.find(id) : undefined;
  if (found === undefined) throw approvalUnknown(id);
  if (isAsker(found, actor)) return found;
  const own = await ownActs(deps, actor);
  const able = own === undefined ? EVERYTHING : own.find(({ acts }) => acts.includes(found.act))?.limit;
  const mayBeSeen =
    able !== undefined && (await reaches(deps, found, limit)) && (await reaches(deps, found, able));
  if (!mayBeSeen) throw approvalUnknown(id);
  return found;
}

/** Whether the person or the client that it is about is within the limit; what is about neither is about the installation. */
async function reaches(
  { rights }: Pick<FindsApprovals, 'rights'>,
  { target: { account, client } }: Approval,
  limit: Limit,
): Promise<boolean> {
  if (limit === EVERYTHING) return true;
  if (account !== undefined && (await rights.reachesPerson(account, limit))) return true;
  return client !== undefined && rights.reachesClient(client, limit);
}

export function isAsker({ asker }: Approval, actor: Actor): boolean {
  if (actor.kind === 'system') return false;
  const { kind, id } = askerOf(actor);
  return kind === asker.kind && id === asker.id;
}

export const approvalUnknown = (id: string) => notFound('approval_unknown', `There is no request "${id}".`);
