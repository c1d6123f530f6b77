import { z } from 'zod';
import { type Decision, whyNotSecond } from '../../domain/approvals/policy.ts';
import type { Approval, ApprovalStore } from '../../domain/approvals/store.ts';
import type { ClientOwnerStore } from '../../domain/clients/owner-store.ts';
import type { ClientStore } from '../../domain/clients/store.ts';
import { conflict, GatehouseError } from '../../kernel/errors.ts';
import type { Database } from '../../storage/database.ts';
import { ROWS } from '../about.ts';
import { type Act, type ActDependencies, admitted, defineAct, described } from '../act.ts';
import { type Actor, auditedBy, type PersonActor } from '../actor.ts';
import { assertMayBeDangerous } from '../admission.ts';
import { APPROVE, type Approved } from '../four-eyes.ts';
import { recorder } from '../recording.ts';
import { type FindsApprovals, findApproval, isAsker, onApproval } from './told.ts';

/** An act as the registry has it, of which only is known what it takes to do it for two. */
interface ApprovableAct {
  readonly scope: string;
  readonly performApproved?: (dependencies: never, approved: Approved, input: never) => Promise<unknown>;
}

interface Decides extends FindsApprovals {
  readonly database: Pick<Database, 'query'>;
  readonly approvals: Pick<ApprovalStore, 'find' | 'decide' | 'keepResult'>;
  readonly clients: Pick<ClientStore, 'find'>;
  readonly clientOwners: Pick<ClientOwnerStore, 'of'>;
  readonly findAct: (name: string) => ApprovableAct | undefined;
}

const result = z.object({
  id: z.string(),
  act: z.string(),
  state: z.enum(['done', 'declined', 'withdrawn']),
});

const approveDescription = {
  name: APPROVE,
  summary: 'Approve what somebody else has asked for; it is done at once.',
  scope: 'people:assist',
  http: { method: 'POST', path: '/approvals/{approval}/approve' },
  about: ROWS,
  input: onApproval,
  result,
} as const;

/**
 * Approves what somebody else has asked for, and does it, in one transaction: with the rights of both, and to what it was asked for.
 * Of many who decide at once, one does. Throws `approval_unknown` (404), `person_required`, `approval_own` (403), `approval_over`,
 * `target_changed` (409), and what the act itself throws: then it still waits.
 */
export const approve: Act<ActDependencies & Decides, typeof onApproval, typeof result> = {
  ...described(approveDescription),
  readOnly: false,
  atomic: true,
  irreversible: false,
  async perform(dependencies, actor, given) {
    const { input, limit } = await admitted(approveDescription, dependencies, actor, given);
    const approver = asSecondPerson(actor);
    const approval = await findApproval(dependencies, input.approval, approver, limit);
    assertWaits(approval);
    await assertSecond(dependencies, approval, approver);
    const reason = approver.reason ?? approval.reason;
    assertMayBeDangerous(dependencies, { ...approver, reason }, false);
    const act = dependencies.findAct(approval.act);
    if (act?.performApproved === undefined) throw over(approval);
    const asker = await actorOf(dependencies, approval, act.scope);
    const approved: Approved = {
      ...{ asker, approver: { ...approver, reason }, version: approval.target.version },
      async claim(tx) {
        if (!(await dependencies.approvals.decide(tx, approval.id, 'done', approver.accountId)))
          throw over(approval);
        const { id, act: name, target } = approval;
        const { version: _version, ...about } = target;
        const event = { type: 'approval.granted', ...about, details: { approval: id, act: name } } as const;
        await recorder(dependencies, tx, auditedBy(approver))(event);
      },
      async keep(tx, answer) {
        await dependencies.approvals.keepResult(tx, approval.id, answer);
        return { id: approval.id, act: approval.act, state: 'done' };
      },
    };
    return result.parse(await act.performApproved(dependencies as never, approved, approval.input as never));
  },
};

/** Refuses what somebody else has asked for. Throws what {@link approve} throws, but for what the act itself does. */
export const decline = defineAct({
  name: 'approvals.decline',
  summary: 'Refuse what somebody else has asked for.',
  scope: 'people:assist',
  http: { method: 'POST', path: '/approvals/{approval}/decline' },
  irreversible: false,
  about: ROWS,
  input: onApproval,
  result,
  async run(deps: Decides, { tx, input, actor, limit, record }) {
    const approver = asSecondPerson(actor);
    const approval = await findApproval(deps, input.approval, approver, limit);
    await assertSecond(deps, approval, approver);
    return end(deps, approval, 'declined', approver.accountId, { tx, record });
  },
});

/** Takes back what one has asked for. Throws `approval_unknown` (404), `approval_over` (409). */
export const withdraw = defineAct({
  name: 'approvals.withdraw',
  summary: 'Take back what you have asked for.',
  scope: 'people:assist',
  http: { method: 'POST', path: '/approvals/{approval}/withdraw' },
  irreversible: false,
  about: ROWS,
  input: onApproval,
  result,
  async run(deps: Decides, { tx, input, actor, limit, record }) {
    const approval = await findApproval(deps, input.approval, actor, limit);
    if (!isAsker(approval, actor))
      throw new GatehouseError('approval_not_own', {
        status: 403,
        message: 'Somebody else has asked for this.',
      });
    return end(deps, approval, 'withdrawn', undefined, { tx, record });
  },
});

type Ending = Parameters<Parameters<typeof defineAct>[0]['run']>[1];

async function end(
  { approvals }: Pick<Decides, 'approvals'>,
  approval: Approval,
  state: 'declined' | 'withdrawn',
  by: string | undefined,
  { tx, record }: Pick<Ending, 'tx' | 'record'>,
) {
  const { id, act, target } = approval;
  if (!(await approvals.decide(tx, id, state, by))) throw over(approval);
  const { version: _version, ...about } = target;
  await record({ type: `approval.${state}`, ...about, details: { approval: id, act } });
  return { id, act, state };
}

function asSecondPerson(actor: Actor): PersonActor {
  if (actor.kind === 'person') return actor;
  throw new GatehouseError('person_required', {
    status: 403,
    message: 'The operator and programs may ask, and take back; a person has to decide.',
  });
}

function assertWaits(approval: Approval): void {
  if (approval.state !== 'waiting') throw over(approval);
}

const over = ({ id }: Approval) =>
  conflict('approval_over', `The request "${id}" is decided, or has waited too long.`);

async function assertSecond(
  { clientOwners, database }: Decides,
  approval: Approval,
  approver: PersonActor,
): Promise<void> {
  const { asker, target } = approval;
  const owners =
    asker.kind === 'client' ? (await clientOwners.of(database, asker.id)).map(({ id }) => id) : [];
  const decision: Decision = { asker, account: target.account, ownersOfAsker: owners };
  const reason = whyNotSecond(approver.accountId, decision);
  if (reason === undefined) return;
  throw new GatehouseError('approval_own', {
    status: 403,
    message: 'Somebody else has to decide: you have asked for this, gain by it, or own the client that asks.',
    detail: `the approver is the ${reason}`,
  });
}

/** Whoever asked, as they are now: what they may not do any more, nobody does for them. */
async function actorOf({ clients }: Decides, approval: Approval, scope: string): Promise<Actor> {
  const { asker, reason, requestedAt } = approval;
  const origin = {};
  switch (asker.kind) {
    case 'person': {
      // Their level and their proof were asked for when they asked.
      const proof = { sessionId: '', level: 'aal2', provenAt: requestedAt } as const;
      return { kind: 'person', accountId: asker.id, scopes: [scope], reason, origin, ...proof };
    }
    case 'client': {
      const { admin_scopes: scopes } = (await clients.find(asker.id))?.metadata ?? {};
      return {
        kind: 'client',
        clientId: asker.id,
        scopes: Array.isArray(scopes) ? scopes : [],
        reason,
        origin,
      };
    }
    case 'command':
      return { kind: 'command', command: asker.command ?? 'gatehouse', user: asker.id, reason };
  }
}
