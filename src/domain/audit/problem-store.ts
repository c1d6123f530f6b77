import type { Database, Statement } from '../../storage/database.ts';
import type { RefusedRequest } from './events.ts';

/** A refused request of a client, as the trail has it. */
export interface RefusedInTrail extends RefusedRequest {
  readonly at: Date;
  /** Finds the line of the log. */
  readonly requestId: string | undefined;
  readonly type: string;
  readonly error: string | undefined;
  /** Of a code or token that was used twice: which. */
  readonly kind: string | undefined;
}

export interface ClientProblemStore {
  /** The last refusals of a client for which somebody has something to change, the newest first. */
  last(clientId: string, limit: number): Promise<RefusedInTrail[]>;
}

/** Which events are refusals to do something about: the condition of the index, word for word. */
export const IS_CLIENT_PROBLEM = `outcome = 'failure' and client is not null and (type = 'token.reuse_detected' or details ->> 'change' is not null)`;

const LAST: Statement = {
  name: 'audit_client_problems',
  text: `
    select at, type, request_id, details from audit_events
    where client = $1 and ${IS_CLIENT_PROBLEM} order by at desc, id desc limit $2`,
};

interface Row {
  at: Date | string;
  type: string;
  request_id: string | null;
  details: RefusedRequest & { error?: string; kind?: string };
}

export const createClientProblemStore = (database: Database): ClientProblemStore => ({
  async last(clientId, limit) {
    const rows = await database.query<Row>(LAST, [clientId, limit]);
    return rows.map(({ at, type, request_id: requestId, details }) => ({
      at: new Date(at),
      requestId: requestId ?? undefined,
      type,
      error: details.error,
      kind: details.kind,
      ...partsOf(details),
    }));
  },
});

const partsOf = ({
  endpoint,
  parameter,
  expected,
  change,
  values,
  present,
}: RefusedRequest): RefusedRequest => ({
  ...(endpoint === undefined ? {} : { endpoint }),
  ...(parameter === undefined ? {} : { parameter }),
  ...(expected === undefined ? {} : { expected }),
  ...(change === undefined ? {} : { change }),
  ...(values === undefined ? {} : { values }),
  ...(present === undefined ? {} : { present }),
});
