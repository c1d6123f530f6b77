import type { Config } from '../config/schema.ts';
import type { Database } from '../storage/database.ts';
import { openDatabase } from '../storage/orm.ts';
import { ENTITIES } from './entities.ts';
import { MIGRATIONS_PATH } from './paths.ts';

/**
 * A connection of the tables' owner (`DATABASE_OWNER_URL`), for the few acts of operators that change tables. The server itself never
 * opens one.
 */
export const openOwner = ({ database }: Pick<Config, 'database'>): Promise<Database> =>
  openDatabase({
    url: database.ownerUrl,
    password: database.ownerPassword,
    tls: database.tls,
    entities: ENTITIES,
    role: 'owner',
    poolSize: 2,
    migrationsPath: MIGRATIONS_PATH,
  });
