import type { Executor, Statement } from '../../storage/database.ts';

const HELD_VERSION: Statement = {
  name: 'accounts_held_version',
  text: 'select version from accounts where id = $1 for no key update',
};

/** The version of an account, which nobody changes before the end of the transaction; undefined where there is none. */
export async function heldAccountVersion(tx: Executor, id: string): Promise<string | undefined> {
  const [row] = await tx.query<{ version: string | number }>(HELD_VERSION, [id]);
  return row && String(row.version);
}
