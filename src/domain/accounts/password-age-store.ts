import type { Clock } from '../../kernel/clock.ts';
import type { Database, Statement } from '../../storage/database.ts';
import { MEMBER_OF, ROLE_ENDS, type RolesRow, rolesAt } from './record-store.ts';

/** Somebody whose password grows old, as far as a mail about it needs to know. */
export interface AgingAccount {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly locale?: string;
  readonly zoneinfo?: string;
  readonly roles: string[];
  readonly passwordSetAt: Date;
}

export interface PasswordAges {
  /**
   * Active accounts whose password was set in the time given, and need not be changed at once for another reason; by id,
   * beginning behind `last`.
   */
  between(
    range: { after: Date; until: Date },
    last: string | undefined,
    limit: number,
  ): Promise<AgingAccount[]>;
}

const BETWEEN: Statement = {
  name: 'accounts_password_set_between',
  text: `
    select id, email, name, locale, zoneinfo, roles, ${ROLE_ENDS}, ${MEMBER_OF}, coalesce(password_changed_at, created_at) as set_at
    from accounts
    where status = 'active' and not break_glass and password_hash is not null and not password_must_change and not password_compromised
      and coalesce(password_changed_at, created_at) > $1 and coalesce(password_changed_at, created_at) <= $2
      and ($3::uuid is null or id > $3)
    order by id limit $4`,
};

interface Row extends RolesRow {
  id: string;
  email: string;
  name: string;
  locale: string | null;
  zoneinfo: string | null;
  set_at: Date | string;
}

export const createPasswordAges = (database: Database, clock: Clock): PasswordAges => ({
  async between({ after, until }, last, limit) {
    const rows = await database.query<Row>(BETWEEN, [after, until, last ?? null, limit]);
    return rows.map(({ id, email, name, locale, zoneinfo, set_at: setAt, ...held }) => ({
      id,
      email,
      name,
      roles: rolesAt(held, clock.now()).roles,
      ...(locale === null ? {} : { locale }),
      ...(zoneinfo === null ? {} : { zoneinfo }),
      passwordSetAt: new Date(setAt),
    }));
  },
});
