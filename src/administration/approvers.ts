import { isWaitingAct } from './four-eyes.ts';
import type { ApproverCounts } from './rights/rights-store.ts';

/**
 * Whether there are people for the acts that wait for a second person: whoever asks is none, so it takes two who could approve. With
 * fewer nothing of it is ever done, which is a mistake of the configuration, told at the start, by the metrics, `/health/ready`,
 * `system.status` and `gatehouse config check --database`. It keeps no server from starting: nobody could give the role to a second
 * person then.
 */

/** An act of `FOUR_EYES` that too few people could approve. */
export interface ShortOfApprovers {
  readonly act: string;
  /** How many could, of the two that it takes. */
  readonly people: number;
}

export type ApproverCheck = () => Promise<readonly ShortOfApprovers[]>;

/** So many have to be there: one asks, another approves. */
export const APPROVERS_NEEDED = 2;

/** What of an act decides whether it can wait. */
interface Waits {
  readonly name: string;
  readonly operatorOnly: boolean;
  readonly dangerous: boolean | 'sometimes';
}

export function createApproverCheck({
  patterns,
  acts,
  rights,
}: {
  /** `FOUR_EYES`. */
  readonly patterns: readonly string[];
  readonly acts: readonly Waits[];
  readonly rights: ApproverCounts;
}): ApproverCheck {
  const waiting = acts
    .filter(
      ({ name, operatorOnly, dangerous }) =>
        !operatorOnly && dangerous !== false && isWaitingAct(patterns, name),
    )
    .map(({ name }) => name);
  return async () => {
    if (waiting.length === 0) return [];
    const people = await rights.approversOf(waiting, APPROVERS_NEEDED);
    return waiting
      .map((act) => ({ act, people: people.get(act) ?? 0 }))
      .filter((each) => each.people < APPROVERS_NEEDED);
  };
}

/** In one line, for whoever reads a log or a terminal. */
export function approverProblem(short: readonly ShortOfApprovers[]): string | undefined {
  if (short.length === 0) return undefined;
  const named = short.map(({ act, people }) => `${act} (${people})`).join(', ');
  return (
    `FOUR_EYES: fewer than ${APPROVERS_NEEDED} people could approve these acts, so that nothing of it can be done but by the ` +
    `operator with --emergency: ${named}; give more people roles that allow the act and approvals.approve`
  );
}
