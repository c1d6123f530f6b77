import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Executor, Statement } from '../../storage/database.ts';
import { AccountRecord } from './record-store.ts';
import { limitsAnything, type RoleTerms } from './role-terms.ts';

/** A role of an account that has a limit or an end. A role without a row has neither. */
export const RoleTermRecord = defineEntity({
  name: 'RoleTermRecord',
  tableName: 'account_role_terms',
  properties: {
    account: () =>
      p
        .manyToOne(AccountRecord)
        .joinColumn('account')
        .primary()
        .deleteRule('cascade')
        .updateRule('no action')
        .index(false),
    role: p.text().primary(),
    unit: p.uuid().nullable(),
    owned: p.boolean(),
    until: p.datetime().nullable(),
  },
  checks: [
    {
      name: 'account_role_terms_some_check',
      expression: 'unit is not null or owned or until is not null',
    },
  ],
  indexes: [
    {
      name: 'account_role_terms_unit_index',
      expression:
        'create index account_role_terms_unit_index on account_role_terms (unit) where unit is not null',
    },
    {
      name: 'account_role_terms_until_index',
      expression:
        'create index account_role_terms_until_index on account_role_terms (until) where until is not null',
    },
  ],
});

export interface RoleTermStore {
  /** By role. Of roles that the account has no more, too, where nobody has removed them yet. */
  of(executor: Executor, account: string): Promise<RoleTerms[]>;
  /** These and no others. The caller holds the row of the account. */
  set(tx: Executor, account: string, terms: readonly RoleTerms[]): Promise<void>;
  /** Accounts of which a role has ended by then, beginning behind `last`, by id. */
  ended(executor: Executor, now: Date, last: string | undefined, limit: number): Promise<string[]>;
}

const OF: Statement = {
  name: 'account_role_terms_of',
  text: 'select role, unit, owned, until from account_role_terms where account = $1 order by role',
};

const REMOVE_OTHERS: Statement = {
  name: 'account_role_terms_remove_others',
  text: 'delete from account_role_terms where account = $1 and not role = any($2::text[])',
};

const PUT: Statement = {
  name: 'account_role_terms_put',
  text: `
    insert into account_role_terms (account, role, unit, owned, until)
    select $1, role, unit, owned, until
    from jsonb_to_recordset($2::jsonb) as row(role text, unit uuid, owned boolean, until timestamptz)
    on conflict (account, role) do update set unit = excluded.unit, owned = excluded.owned, until = excluded.until
    where (account_role_terms.unit, account_role_terms.owned, account_role_terms.until)
      is distinct from (excluded.unit, excluded.owned, excluded.until)`,
};

const ENDED: Statement = {
  name: 'account_role_terms_ended',
  text: `
    select distinct account from account_role_terms
    where until <= $1 and ($2::uuid is null or account > $2) order by account limit $3`,
};

interface Row {
  role: string;
  unit: string | null;
  owned: boolean;
  until: Date | string | null;
}

const termsOf = ({ role, unit, owned, until }: Row): RoleTerms => ({
  role,
  ...(unit === null ? {} : { unit }),
  owned,
  ...(until === null ? {} : { until: new Date(until) }),
});

export const createRoleTermStore = (): RoleTermStore => ({
  async of(executor, account) {
    return (await executor.query<Row>(OF, [account])).map(termsOf);
  },

  async set(tx, account, terms) {
    const kept = terms.filter(limitsAnything);
    await tx.query(REMOVE_OTHERS, [account, kept.map(({ role }) => role)]);
    if (kept.length > 0) await tx.query(PUT, [account, JSON.stringify(kept)]);
  },

  async ended(executor, now, last, limit) {
    const rows = await executor.query<{ account: string }>(ENDED, [now, last ?? null, limit]);
    return rows.map(({ account }) => account);
  },
});
