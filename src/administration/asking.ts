import type { ApprovalTarget } from '../domain/approvals/store.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Alarms } from '../lifecycle/alarms.ts';
import type { Database, Transaction } from '../storage/database.ts';
import { type Actor, auditedBy } from './actor.ts';
import type { AdmissionDependencies } from './admission.ts';
import { ApprovalNeeded, askerOf, type FourEyes } from './four-eyes.ts';
import { recorder } from './recording.ts';

interface Asks {
  readonly database: Pick<Database, 'transaction'>;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly fourEyes: FourEyes;
  readonly alarms: Pick<Alarms, 'ring'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Whether the act waits for a second person as this actor asks for it. A break-glass account waits for nobody. */
export const needsSecond = async (
  act: string,
  { fourEyes, rights }: Pick<Asks, 'fourEyes'> & Pick<AdmissionDependencies, 'rights'>,
  actor: Actor,
): Promise<boolean> =>
  fourEyes.isNeeded(act, actor) &&
  !(actor.kind === 'person' && (await rights.of(actor.accountId)).isBreakGlass);

/** Stores what was asked for, with an event; to be thrown. */
export async function askForApproval(
  act: string,
  { database, audit, fourEyes }: Pick<Asks, 'database' | 'audit' | 'fourEyes'>,
  actor: Actor,
  input: unknown,
  target: ApprovalTarget,
): Promise<ApprovalNeeded> {
  const { reason = '' } = actor as { readonly reason?: string };
  const asked = await database.transaction(async (tx) => {
    const approval = await fourEyes.ask(tx, { act, asker: askerOf(actor), reason, input, target });
    const { version: _version, ...about } = target;
    const details = { approval: approval.id, act };
    await recorder({ audit }, tx, auditedBy(actor))({ type: 'approval.requested', ...about, details });
    return approval;
  });
  return new ApprovalNeeded(asked);
}

/** What an operator does alone in an emergency is told as such, and rings the alarms. */
export function bypassing(act: string, dependencies: Asks, actor: Actor) {
  if (actor.kind !== 'command' || !actor.emergency) return undefined;
  if (!dependencies.fourEyes.isNeeded(act, { ...actor, emergency: false })) return undefined;
  return async (tx: Transaction) => {
    await recorder(dependencies, tx, auditedBy(actor))({ type: 'approval.bypassed', details: { act } });
    const alarm = { what: 'approval_bypassed', about: act, by: actor.user } as const;
    await dependencies.alarms.ring(tx, { ...alarm, at: dependencies.clock.now() });
  };
}
