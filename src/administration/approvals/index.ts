import { z } from 'zod';
import type { ApprovalStore, Within } from '../../domain/approvals/store.ts';
import { notFound } from '../../kernel/errors.ts';
import { ROWS } from '../about.ts';
import { defineAct, defineRead, TOLD_ONCE } from '../act.ts';
import { askerOf } from '../four-eyes.ts';
import { defineList } from '../list.ts';
import { EVERYTHING, type Limit } from '../rights/limit.ts';
import { approve, decline, withdraw } from './deciding.ts';
import {
  approvalSchema,
  approvalUnknown,
  type FindsApprovals,
  findApproval,
  isAsker,
  onApproval,
  ownActs,
  toldApproval,
} from './told.ts';

type SeesApprovals = Parameters<typeof ownActs>[0];

const withinOf = (limit: Limit): Within =>
  limit === EVERYTHING ? {} : { units: limit.units, owner: limit.ownedBy };

const list = defineList({
  name: 'approvals.list',
  summary:
    'What waits for a second person and what has become of it, the newest first: of acts that you could do yourself, or asked for.',
  scope: 'people:read',
  http: { method: 'GET', path: '/approvals' },
  filters: {
    /** Only what still waits. */
    waiting: z.boolean().default(false),
  },
  sorts: ['requested'],
  newestFirst: true,
  item: approvalSchema,
  place: z.uuid(),
  async run(
    { approvals, ...deps }: { readonly approvals: Pick<ApprovalStore, 'list'> } & SeesApprovals,
    { filters, after, descending, most, limit, actor },
  ) {
    const filter = {
      waiting: filters.waiting,
      within: withinOf(limit),
      able: (await ownActs(deps, actor))?.map(({ acts, limit: able }) => ({ acts, ...withinOf(able) })),
      ...(actor.kind === 'system' ? {} : { asker: askerOf(actor) }),
    };
    const found = await approvals.list(filter, { after, ascending: !descending, limit: most + 1 });
    const items = found.slice(0, most);
    return { items: items.map(toldApproval), next: found.length > most ? items.at(-1)?.id : undefined };
  },
});

/** One request. Throws `approval_unknown` (404). */
const show = defineRead({
  name: 'approvals.show',
  summary: 'One request that waits, or has waited, for a second person.',
  scope: 'people:read',
  http: { method: 'GET', path: '/approvals/{approval}' },
  about: ROWS,
  input: onApproval,
  result: approvalSchema,
  run: async (deps: FindsApprovals, { approval }, { actor, limit }) =>
    toldApproval(await findApproval(deps, approval, actor, limit)),
});

/**
 * What an approved act has answered, which may be a code that is told once: to whoever asked for the act, and once. Throws
 * `approval_unknown`, `result_unknown` (404).
 */
const takeResult = defineAct({
  name: 'approvals.take_result',
  summary: 'What the act has answered that you asked for; it is told once.',
  scope: 'people:assist',
  http: { method: 'POST', path: '/approvals/{approval}/result' },
  irreversible: false,
  about: ROWS,
  input: onApproval,
  result: z.object({ id: z.string(), act: z.string(), result: z.unknown().meta(TOLD_ONCE) }),
  async run(
    deps: FindsApprovals & { readonly approvals: Pick<ApprovalStore, 'find' | 'takeResult'> },
    { tx, input, actor, limit, record },
  ) {
    const { id, act, ...approval } = await findApproval(deps, input.approval, actor, limit);
    if (!isAsker({ id, act, ...approval }, actor)) throw approvalUnknown(input.approval);
    const taken = await deps.approvals.takeResult(tx, id);
    if (taken === undefined) throw notFound('result_unknown', 'There is no result, or it was taken.');
    const { version: _version, ...about } = approval.target;
    await record({ type: 'approval.result_taken', ...about, details: { approval: id, act } });
    return { id, act, result: taken };
  },
});

/** What can be done about acts that wait for a second person. */
export const approvals = { list, show, approve, decline, withdraw, takeResult };
