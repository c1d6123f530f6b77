import type { ApprovalTarget } from '../domain/approvals/store.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { Database, Transaction } from '../storage/database.ts';
import { type Actor, auditedBy } from './actor.ts';
import { ApprovalNeeded, askerOf, type FourEyes } from './four-eyes.ts';
import { recorder } from './recording.ts';

interface Asks {
  readonly database: Pick<Database, 'transaction'>;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly fourEyes: FourEyes;
}

/** Stores what was asked for, with an event; to be thrown. What takes part in the transaction learns from it that nothing was done. */
export async function askForApproval(
  act: string,
  { database, audit, fourEyes }: Asks,
  actor: Actor,
  input: unknown,
  target: ApprovalTarget,
): Promise<ApprovalNeeded> {
  const { reason = '' } = actor as { readonly reason?: string };
  return database.transaction(async (tx) => {
    const approval = await fourEyes.ask(tx, { act, asker: askerOf(actor), reason, input, target });
    const { version: _version, ...about } = target;
    const details = { approval: approval.id, act };
    await recorder({ audit }, tx, auditedBy(actor))({ type: 'approval.requested', ...about, details });
    return new ApprovalNeeded(approval);
  });
}

/** What an operator does alone in an emergency is told as such. */
export function bypassing(act: string, dependencies: Asks, actor: Actor) {
  if (actor.kind !== 'command' || !actor.emergency) return undefined;
  if (!dependencies.fourEyes.isNeeded(act, { ...actor, emergency: false })) return undefined;
  return (tx: Transaction) =>
    recorder(dependencies, tx, auditedBy(actor))({ type: 'approval.bypassed', details: { act } });
}
