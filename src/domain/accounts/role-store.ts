import type { Database, Statement } from '../../storage/database.ts';

const IN_USE: Statement = {
  name: 'accounts_roles_in_use',
  text: 'select unnest(roles) as role from accounts union select role from group_roles order by role',
};

/** Every role that an account has, or a group gives. Reads all accounts: for commands and for starts, not for requests. */
export async function rolesInUse(database: Pick<Database, 'query'>): Promise<string[]> {
  const rows = await database.query<{ role: string }>(IN_USE, []);
  return rows.map(({ role }) => role);
}
