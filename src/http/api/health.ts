import type Router from '@koa/router';
import type { Database } from '../../storage/database.ts';
import { databaseReadiness } from '../../storage/readiness.ts';

export interface HealthDependencies {
  readonly database: Pick<Database, 'query' | 'setting'>;
  /** False while this node does not hear of changes in the database, or what answers there is not as it must be. */
  readonly listening: () => boolean;
  /** Names of the migrations that this version needs. */
  readonly migrations: readonly string[];
  /** False while the server drains. */
  readonly accepting: () => boolean;
  readonly hasKeys: () => boolean;
  /** What is wrong and keeps it from no work, as codes. */
  readonly warnings: () => Promise<readonly string[]>;
  /** Told why it is not ready, once for each reason; and `undefined` when it is again. */
  readonly onReadiness: (reason: Error | undefined) => void;
}

/**
 * `/health/live`: the process answers. `/health/ready`: it can do its work: the database answers and takes writes, its changes
 * are heard, its schema is this version's, and there are keys to sign with. Says no more than that and `warnings`, codes of what an
 * operator has to mend and keeps it from no work, since anybody may ask: the reason is in the log.
 */
export function healthRoutes(router: Router, deps: HealthDependencies): void {
  let told: string | undefined;

  router.get('/health/live', (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { status: 'ok' };
  });

  router.get('/health/ready', async (ctx) => {
    const found = await databaseChecks();
    const checks = { accepting: deps.accepting(), keys: deps.hasKeys(), ...found.checks };
    const ready = Object.values(checks).every(Boolean);
    tell(
      ready || !deps.accepting()
        ? undefined
        : (found.problem ?? new Error('There are no keys to sign with.')),
    );
    ctx.set('Cache-Control', 'no-store');
    ctx.status = ready ? 200 : 503;
    // Where the database does not answer, there is nothing more to ask it.
    const warnings = ready ? await deps.warnings().catch(() => []) : [];
    ctx.body = { status: ready ? 'ok' : 'unavailable', checks, ...(warnings.length > 0 ? { warnings } : {}) };
  });

  function tell(reason: Error | undefined): void {
    const cause = reason?.cause instanceof Error ? reason.cause : reason;
    if (cause?.message === told) return;
    told = cause?.message;
    deps.onReadiness(reason);
  }

  async function databaseChecks(): Promise<{
    checks: { database: boolean; migrations: boolean };
    problem?: Error;
  }> {
    try {
      const { readOnly, migrated: migrations } = await databaseReadiness(deps.database, deps.migrations);
      if (readOnly !== undefined) return { checks: { database: false, migrations }, problem: readOnly };
      const database = deps.listening();
      if (database && migrations) return { checks: { database, migrations } };
      const problem = database ? 'Migrations are pending.' : 'Changes in the database are not heard.';
      return { checks: { database, migrations }, problem: new Error(problem) };
    } catch (error) {
      return { checks: { database: false, migrations: false }, problem: error as Error };
    }
  }
}
