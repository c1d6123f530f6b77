import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.ts';
import { constantTimeEqual, type Keyring, seal, unseal } from '../../kernel/crypto.ts';
import { conflict } from '../../kernel/errors.ts';
import type { Randomness } from '../../kernel/ids.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import type { SealedColumn } from '../../storage/resealing.ts';
import type { SignerKeyLengths } from './imported.ts';

/**
 * The signer keys of Firebase projects, without which no password of theirs can be verified. They are kept while there are such
 * hashes: the last one is gone when its owner has signed in.
 */
export const SignerKeyRecord = defineEntity({
  name: 'SignerKeyRecord',
  tableName: 'password_signer_keys',
  properties: {
    name: p.text().primary(),
    sealed: p.text(),
    createdAt: p.datetime(),
  },
});

export const SEALED_SIGNER_KEYS: SealedColumn = {
  table: 'password_signer_keys',
  id: 'name',
  column: 'sealed',
  contextOf: (name) => `password-signer-key:${name}`,
};

export interface SignerKeyStore {
  /** The key of this name; undefined where there is none. Throws where no key of `ENCRYPTION_KEYS` opens it. */
  find(name: string): Promise<Buffer | undefined>;
  lengths(): Promise<SignerKeyLengths>;
  /**
   * Keeps a key. False where it was there already. Throws `signer_key_exists` (409) where another one has the name, unless it is
   * to be replaced.
   */
  put(tx: Executor, name: string, key: Buffer, replace: boolean): Promise<boolean>;
}

const FIND: Statement = {
  name: 'password_signer_keys_find',
  text: 'select sealed from password_signer_keys where name = $1',
};

const LIST: Statement = {
  name: 'password_signer_keys_list',
  text: 'select name, sealed from password_signer_keys order by name limit 1000',
};

const INSERT: Statement = {
  name: 'password_signer_keys_insert',
  text: `
    insert into password_signer_keys (name, sealed, created_at) values ($1, $2, $3)
    on conflict (name) do nothing returning 1`,
};

const REPLACE: Statement = {
  name: 'password_signer_keys_replace',
  text: 'update password_signer_keys set sealed = $2 where name = $1',
};

export function createSignerKeyStore(
  database: Database,
  keyring: Keyring,
  clock: Clock,
  random: Randomness,
): SignerKeyStore {
  const open = (name: string, sealed: string) => unseal(keyring, SEALED_SIGNER_KEYS.contextOf(name), sealed);

  async function findIn(executor: Pick<Executor, 'query'>, name: string): Promise<Buffer | undefined> {
    const [row] = await executor.query<{ sealed: string }>(FIND, [name]);
    return row && open(name, row.sealed);
  }

  return {
    find: (name) => findIn(database, name),

    async lengths() {
      const rows = await database.query<{ name: string; sealed: string }>(LIST);
      return new Map(rows.map(({ name, sealed }) => [name, open(name, sealed).length]));
    },

    async put(tx, name, key, replace) {
      const sealed = seal(keyring, random, SEALED_SIGNER_KEYS.contextOf(name), key);
      if ((await tx.query(INSERT, [name, sealed, clock.now()])).length === 1) return true;
      if (replace) {
        await tx.query(REPLACE, [name, sealed]);
        return true;
      }
      const found = await findIn(tx, name);
      if (found !== undefined && constantTimeEqual(found, key)) return false;
      throw conflict(
        'signer_key_exists',
        `There is another signer key "${name}". Give this one a name of its own (--name), which the hashes carry as k=NAME; or, where the one that is there is wrong, --replace it.`,
      );
    },
  };
}
