import type Router from '@koa/router';
import type { Database } from '../../storage/database.ts';

export interface HealthDependencies {
  readonly database: Database;
  /** Names of the migrations that this version needs. */
  readonly migrations: readonly string[];
  /** False while the server drains. */
  readonly accepting: () => boolean;
  readonly hasKeys: () => boolean;
}

const APPLIED = 'select count(*)::int as applied from schema_migrations where name = any($1::text[])';

/**
 * `/health/live`: the process answers. `/health/ready`: it can do its work: the database answers, its schema is this
 * version's, and there are keys to sign with. Says no more than that, since anybody may ask.
 */
export function healthRoutes(router: Router, deps: HealthDependencies): void {
  router.get('/health/live', (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { status: 'ok' };
  });

  router.get('/health/ready', async (ctx) => {
    const checks = { accepting: deps.accepting(), keys: deps.hasKeys(), ...(await databaseChecks()) };
    const ready = Object.values(checks).every(Boolean);
    ctx.set('Cache-Control', 'no-store');
    ctx.status = ready ? 200 : 503;
    ctx.body = { status: ready ? 'ok' : 'unavailable', checks };
  });

  async function databaseChecks(): Promise<{ database: boolean; migrations: boolean }> {
    try {
      const [row] = await deps.database.query<{ applied: number }>(APPLIED, [deps.migrations]);
      return { database: true, migrations: row?.applied === deps.migrations.length };
    } catch {
      return { database: false, migrations: false };
    }
  }
}
