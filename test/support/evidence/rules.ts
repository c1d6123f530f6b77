import type { AuditEventType } from '../../../src/domain/audit/events.ts';

/** How a table is classified: which of its changes the audit trail has to tell of, and why the others need no event. */

/** A column of the event, and the column of the changed row that it has to be equal to. */
export type About = Readonly<Partial<Record<'account' | 'client' | 'session', string>>>;

/** A change that an event of the same transaction tells of. */
export interface Told {
  readonly types: readonly AuditEventType[];
  /** What event and row have in common. Undefined: what the table says; `{}`: nothing, the event is about many rows. */
  readonly about?: About;
  /** Another event that tells of it as well. */
  readonly or?: Told;
  /** SQL about `old` and `new`: only such changes. */
  readonly where?: string;
  /** Why the others need none; stands beside `where`. */
  readonly otherwise?: string;
}

/** A change that no event tells of. */
export interface Untold {
  readonly because: string;
}

export type Rule = Told | Untold;

export interface Evidence {
  readonly about?: About;
  readonly made: Rule;
  readonly removed: Rule;
  /** By column; those that are told by the same events may stand together, separated by blanks. */
  readonly changed?: Readonly<Record<string, Rule>>;
  /** Columns, separated by blanks, that are never changed in a row that is there. */
  readonly fixed: string;
}

export type TableRule = Evidence | Untold;

export const told = (...types: AuditEventType[]): Told => ({ types });
export const untold = (because: string): Untold => ({ because });
/** Only changes where `where` (SQL about `old` and `new`) holds; `because` says why the others are told by nothing. */
export const where = (rule: Told, where: string, because: string): Told => ({
  ...rule,
  where,
  otherwise: because,
});
/** Told by one event about many rows, which names none of them. */
export const toldAtOnce = (...types: AuditEventType[]): Told => ({ types, about: {} });
export const either = (one: Told, or: Told): Told => ({ ...one, or });

export const isTold = (rule: Rule): rule is Told => 'types' in rule;
export const hasEvidence = (rule: TableRule): rule is Evidence => 'made' in rule;

export const columnsIn = (words: string): string[] => words.split(' ').filter((word) => word !== '');
