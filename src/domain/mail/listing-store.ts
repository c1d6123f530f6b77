import type { RowCondition } from '../../storage/outbox.ts';
import { type MailEntry, type MailState, OUTBOX } from './entry-store.ts';

/** Which mails of the outbox are asked for. */
export interface MailQuery {
  readonly state?: MailState | undefined;
  /** The id of an account. */
  readonly person?: string | undefined;
  /** Behind the one with this id. */
  readonly after?: string | undefined;
  readonly ascending?: boolean;
  readonly limit: number;
  readonly only?: RowCondition | undefined;
}

export interface ListedMail extends MailEntry {
  /** To whom it goes, until it is sent, as long as the key is there with which that is sealed. */
  readonly to?: string;
}

/** Ids are made by time, so that they are the order of the list. */
export function listText(
  { state, person, after, ascending = false, limit, only }: MailQuery,
  parameter: (value: unknown) => string,
): string {
  const conditions = [
    ...(state === undefined ? [] : [`state = ${parameter(state)}`]),
    ...(person === undefined ? [] : [`account_id = ${parameter(person)}::uuid`]),
    ...(after === undefined ? [] : [`id ${ascending ? '>' : '<'} ${parameter(after)}::uuid`]),
    ...(only === undefined ? [] : [only(parameter)]),
  ];
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
  return `
    select ${OUTBOX.columns}, sealed from mail_outbox ${where}
    order by id ${ascending ? 'asc' : 'desc'} limit ${parameter(limit)}`;
}
