/**
 * Consents: what a person has allowed an application to learn, remembered across sign-ins until it is withdrawn. This
 * folder owns the record; asking is the page's business, and the grants made from it are the protocol's.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import type { Write } from '../../storage/unit-of-work.ts';

export const ConsentRecord = defineEntity({
  name: 'ConsentRecord',
  tableName: 'consents',
  properties: {
    accountId: p.uuid().primary(),
    clientId: p.text().primary(),
    granted: p.json<Granted>(),
    grantedAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** What was allowed: scopes and claims about the person, scopes per resource. */
export interface Granted {
  readonly scopes: readonly string[];
  readonly claims: readonly string[];
  readonly resources: Readonly<Record<string, readonly string[]>>;
}

export interface Consent {
  readonly clientId: string;
  readonly granted: Granted;
  readonly grantedAt: Date;
}

/** The code with which a unit fails that goes by a consent which was withdrawn meanwhile. */
export const CONSENT_WITHDRAWN = 'consent_withdrawn';

export const NOTHING_GRANTED: Granted = { scopes: [], claims: [], resources: {} };

/** Everything of both: consent grows until it is withdrawn as a whole. Pure. */
export function mergeGranted(a: Granted, b: Granted): Granted {
  const union = (x: readonly string[] = [], y: readonly string[] = []) => [...new Set([...x, ...y])];
  const identifiers = union(Object.keys(a.resources), Object.keys(b.resources));
  return {
    scopes: union(a.scopes, b.scopes),
    claims: union(a.claims, b.claims),
    resources: Object.fromEntries(identifiers.map((id) => [id, union(a.resources[id], b.resources[id])])),
  };
}

export interface ConsentStore {
  find(accountId: string, clientId: string): Promise<Granted | undefined>;
  listFor(accountId: string): Promise<Consent[]>;
  /** Remembers `granted` in place of what was there. */
  save(accountId: string, clientId: string, granted: Granted, at: Date): Write;
  /** Fails the unit with {@link CONSENT_WITHDRAWN} unless there still is one; whoever withdraws it meanwhile waits. */
  stillThere(accountId: string, clientId: string): Write;
  /** True when there was one. */
  withdraw(executor: Executor, accountId: string, clientId: string): Promise<boolean>;
  /** Forgets what anybody allowed the client: another may be registered under its id. */
  forgetClient(executor: Executor, clientId: string): Promise<void>;
  /** Forgets what the person of a deleted account has allowed. */
  forgetAccount(executor: Executor, accountId: string): Promise<void>;
}

const FIND: Statement = {
  name: 'consents_find',
  text: 'select granted from consents where account_id = $1 and client_id = $2',
};

const WITHDRAW = 'delete from consents where account_id = $1 and client_id = $2 returning client_id';
const FORGET_CLIENT = 'delete from consents where client_id = $1';

export function createConsentStore(database: Database): ConsentStore {
  return {
    async find(accountId, clientId) {
      const [row] = await database.query<{ granted: Granted }>(FIND, [accountId, clientId]);
      return row?.granted;
    },
    async listFor(accountId) {
      const records = await database
        .fork()
        .find(ConsentRecord, { accountId }, { orderBy: { grantedAt: 'asc' } });
      return records.map(({ clientId, granted, grantedAt }) => ({ clientId, granted, grantedAt }));
    },
    save: (accountId, clientId, granted, at) => ({
      sql: (parameter) => {
        const now = parameter(at);
        return `
          insert into consents (account_id, client_id, granted, granted_at, updated_at)
          values (${parameter(accountId)}, ${parameter(clientId)}, ${parameter(JSON.stringify(granted))}, ${now}, ${now})
          on conflict (account_id, client_id)
          do update set granted = excluded.granted, updated_at = excluded.updated_at`;
      },
    }),
    stillThere: (accountId, clientId) => ({
      otherwise: CONSENT_WITHDRAWN,
      sql: (parameter) => `
        select 1 from consents
        where account_id = ${parameter(accountId)} and client_id = ${parameter(clientId)} for share`,
    }),
    withdraw: async (executor, accountId, clientId) =>
      (await executor.query(WITHDRAW, [accountId, clientId])).length === 1,
    forgetClient: async (executor, clientId) => {
      await executor.query(FORGET_CLIENT, [clientId]);
    },
    forgetAccount: async (executor, accountId) => {
      await executor.query('delete from consents where account_id = $1', [accountId]);
    },
  };
}
