import type { Executor, Statement } from '../../storage/database.ts';
import { ACCOUNT_COLUMNS, type Account, type AccountRow, accountOf } from './record-store.ts';

const HELD_VERSION: Statement = {
  name: 'accounts_held_version',
  text: 'select version from accounts where id = $1 for no key update',
};

const HELD: Statement = {
  name: 'accounts_held',
  text: `select ${ACCOUNT_COLUMNS} from accounts where id = $1 for no key update`,
};

/** The version of an account, which nobody changes before the end of the transaction; undefined where there is none. */
export async function heldAccountVersion(tx: Executor, id: string): Promise<string | undefined> {
  const [row] = await tx.query<{ version: string | number }>(HELD_VERSION, [id]);
  return row && String(row.version);
}

/** The account as it is, which nobody changes before the end of the transaction; undefined where there is none. */
export async function heldAccount(tx: Executor, id: string, now: Date): Promise<Account | undefined> {
  const [row] = await tx.query<AccountRow>(HELD, [id]);
  return row && accountOf(row, now);
}
