import type { FourEyes } from '../../../src/administration/four-eyes.ts';
import { NO_RIGHTS } from '../../../src/administration/rights/rights.ts';
import type { RightsReader } from '../../../src/administration/rights/rights-store.ts';
import type { AuditEvent } from '../../../src/domain/audit/events.ts';
import type { AuditLog } from '../../../src/domain/audit/store.ts';
import type { Alarms } from '../../../src/lifecycle/alarms.ts';
import type { Database, Transaction } from '../../../src/storage/database.ts';

/** What every act depends on, and what became of it. */
export interface FakeGround {
  readonly database: Pick<Database, 'transaction'>;
  readonly audit: Pick<AuditLog, 'record'>;
  /** Nobody has any. */
  readonly rights: RightsReader;
  readonly clock: { now(): Date };
  readonly fourEyes: FourEyes;
  readonly alarms: Pick<Alarms, 'ring'>;
  /** The one transaction, as acts get it. */
  readonly tx: Transaction;
  /** `begin`, then `commit` or `rollback`, for each transaction. */
  readonly steps: string[];
  /** Events of transactions that were committed. */
  readonly events: AuditEvent[];
}

/** What the admission to acts depends on, where nobody but the operator may do anything. */
export const NOBODY = {
  rights: {
    of: async () => NO_RIGHTS,
    othersWhoMay: async () => false,
    isAdministrative: () => false,
    reachesPerson: async () => false,
    reachesClient: async () => false,
  } satisfies RightsReader,
  clock: { now: () => new Date(0) },
  fourEyes: {
    isNeeded: () => false,
    ask: () => Promise.reject(new Error('nobody is asked')),
  } satisfies FourEyes,
  alarms: { ring: async () => undefined },
};

export function fakeGround(): FakeGround {
  const steps: string[] = [];
  const events: AuditEvent[] = [];
  let pending: AuditEvent[] = [];
  const tx = { query: () => Promise.reject(new Error('no SQL here')) } as unknown as Transaction;
  return {
    ...NOBODY,
    tx,
    steps,
    events,
    database: {
      async transaction(work) {
        steps.push('begin');
        pending = [];
        try {
          const result = await work(tx);
          events.push(...pending);
          steps.push('commit');
          return result;
        } catch (error) {
          steps.push('rollback');
          throw error;
        }
      },
    },
    audit: {
      async record(executor, ...more) {
        if (executor !== tx) throw new Error('an event outside the transaction');
        pending.push(...more);
      },
    },
  };
}
