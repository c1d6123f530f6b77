import type { Clock } from '../../kernel/clock.ts';
import type { Executor, Statement } from '../../storage/database.ts';
import { EVERYTHING, type Limit } from './limit.ts';
import { type HeldRole, NO_RIGHTS, type Rights, rightsOf } from './rights.ts';
import type { AdministrativeRoles } from './roles.ts';

/**
 * Reads what people may do, at the moment at which they do it: one statement by the account's id, in the transaction of the act, so
 * that a role that was taken a second ago allows nothing any more.
 */
export interface RightsReader {
  /**
   * Of an account that is active; of any other there are none. With `whenEnabled`, what an account has that is disabled and may be
   * enabled again.
   */
  of(accountId: string, executor?: Executor, whenEnabled?: boolean): Promise<Rights>;
  /**
   * Whether anybody but these, and but break-glass accounts, could do all of these acts, to somebody at least: an active person with a role for each. As far as their
   * rights reach is judged when they do it.
   */
  othersWhoMay(acts: readonly string[], but: readonly string[], executor?: Executor): Promise<boolean>;
  /** Whether a role allows anything here, as it is configured. */
  isAdministrative(role: string): boolean;
  /** Whether a person is within a limit. With `hold`, they stay so until the end of the transaction. */
  reachesPerson(accountId: string, limit: Limit, executor?: Executor, hold?: boolean): Promise<boolean>;
  /** The same of a client. */
  reachesClient(clientId: string, limit: Limit, executor?: Executor): Promise<boolean>;
}

/** Counts who could be a second person. */
export interface ApproverCounts {
  /**
   * By act, how many people, but for break-glass accounts, could do it and approve it, to somebody at least; counted up to `most`. A
   * statement for each set of roles that allows one.
   */
  approversOf(acts: readonly string[], most: number): Promise<ReadonlyMap<string, number>>;
}

const HELD: Statement = {
  name: 'administration_held_roles',
  text: `
    select held.role, terms.owned, terms.until, below.units, accounts.break_glass
    from accounts
      cross join lateral unnest(accounts.roles) as held(role)
      left join account_role_terms terms on terms.account = accounts.id and terms.role = held.role
      left join lateral (
        with recursive below(id) as (
          select terms.unit where terms.unit is not null
          union select units.id from units join below on units.parent = below.id
        )
        select array_agg(id) as units from below
      ) below on true
    where accounts.id = $1 and (accounts.status = 'active' or $3) and (terms.until is null or terms.until > $2)`,
};

/** Of each act the roles that allow it, as arrays in one JSON. */
const OTHERS: Statement = {
  name: 'administration_others_who_may',
  text: `
    select 1 from accounts
    where status = 'active' and not break_glass and roles && $1::text[] and not id = any($2::uuid[]) and not exists (
      select from jsonb_array_elements($3::jsonb) as act(roles)
      where not exists (
        select from unnest(accounts.roles) as held(role)
          left join account_role_terms terms on terms.account = accounts.id and terms.role = held.role
        where act.roles ? held.role and (terms.until is null or terms.until > $4)))
    limit 1`,
};

/** Those found by the roles of the first, which are listed by an index. */
const APPROVERS: Statement = {
  name: 'administration_approvers',
  text: `
    select count(*)::integer as people from (
      select distinct accounts.id from account_roles listed join accounts on accounts.id = listed.account
      where listed.role = any($1::text[]) and status = 'active' and not break_glass and not exists (
        select from jsonb_array_elements($2::jsonb) as act(roles)
        where not exists (
          select from unnest(accounts.roles) as held(role)
            left join account_role_terms terms on terms.account = accounts.id and terms.role = held.role
          where act.roles ? held.role and (terms.until is null or terms.until > $3)))
      limit $4) found`,
};

interface HeldRow {
  readonly role: string;
  readonly owned: boolean | null;
  readonly until: Date | null;
  readonly units: string[] | null;
  readonly break_glass: boolean;
}

const PERSON = 'select 1 from accounts where id = $1 and ($2::uuid[] is null or unit = any($2))';
const REACHES_PERSON: Statement = { name: 'administration_reaches_person', text: PERSON };
const HOLDS_PERSON: Statement = {
  name: 'administration_holds_person',
  text: `${PERSON} for no key update`,
};

const REACHES_CLIENT: Statement = {
  name: 'administration_reaches_client',
  text: 'select 1 from client_owners where client = $1 and account = $2',
};

export function createRightsReader(
  database: Executor,
  { clock, roles }: { readonly clock: Pick<Clock, 'now'>; readonly roles: AdministrativeRoles },
): RightsReader & ApproverCounts {
  const allowing = (act: string) =>
    [...roles].filter(([, { acts: allowed }]) => allowed.has(act)).map(([role]) => role);

  return {
    async of(accountId, executor = database, whenEnabled = false) {
      const rows = await executor.query<HeldRow>(HELD, [accountId, clock.now(), whenEnabled]);
      if (rows.length === 0) return NO_RIGHTS;
      return rightsOf(
        rows.map(
          (row): HeldRole => ({
            role: row.role,
            limit: limitOf(row, accountId),
            until: row.until === null ? undefined : new Date(row.until),
          }),
        ),
        roles,
        rows[0]?.break_glass,
      );
    },
    async othersWhoMay(acts, but, executor = database) {
      const each = acts.map(allowing);
      const values = [each.flat(), but, JSON.stringify(each), clock.now()];
      return (await executor.query(OTHERS, values)).length > 0;
    },
    async approversOf(acts, most) {
      const approving = allowing('approvals.approve');
      const counted = new Map<string, number>();
      const result = new Map<string, number>();
      for (const act of acts) {
        const doing = allowing(act);
        const key = JSON.stringify(doing);
        if (!counted.has(key)) {
          const values = [doing, JSON.stringify([doing, approving]), clock.now(), most];
          const [row] = await database.query<{ people: number }>(APPROVERS, values);
          counted.set(key, row?.people ?? 0);
        }
        result.set(act, counted.get(key) ?? 0);
      }
      return result;
    },
    isAdministrative: (role) => roles.has(role),
    async reachesPerson(accountId, limit, executor = database, hold = false) {
      const units = limit === EVERYTHING ? null : limit.units;
      const found = await executor.query(hold ? HOLDS_PERSON : REACHES_PERSON, [accountId, units]);
      return found.length > 0;
    },
    async reachesClient(clientId, limit, executor = database) {
      if (limit === EVERYTHING) return true;
      if (limit.ownedBy === undefined) return false;
      return (await executor.query(REACHES_CLIENT, [clientId, limit.ownedBy])).length > 0;
    },
  };
}

/** A role that is limited in both ways reaches people of the unit, and clients of the owner. */
function limitOf({ owned, units }: HeldRow, accountId: string): Limit {
  if (units === null && owned !== true) return EVERYTHING;
  return { units: units ?? [], ...(owned === true ? { ownedBy: accountId } : {}) };
}
