import { expect } from 'chai';
import pg from 'pg';
import { AS_FIXTURE } from '../support/evidence/fixture.ts';
import { untilWaiting } from '../support/lock-waits.ts';
import type { HandClient } from '../support/protocol.ts';
import { RECORDS, useRegistrations } from '../support/withdrawn-registrations.ts';

/** What was issued for a resource ends with it, and with the scopes that it or a client loses, on all nodes. */
describe('what is withdrawn of resources and clients', function withdrawn() {
  this.timeout(120_000);
  const setup = useRegistrations();
  const { ENDED, state, tokensOf, scopesOf } = setup;

  describe('at the same moment as a token is issued', () => {
    const changes: Record<string, (executor: Pick<pg.Client, 'query'>) => Promise<unknown>> = {
      'the resource is removed': (by) => by.query('delete from resources where identifier = $1', [RECORDS]),
      'the resource loses the scope': (by) =>
        by.query('update resources set scopes = $1 where identifier = $2', [scopesOf(['read']), RECORDS]),
      'the client loses the scope': (by) =>
        by.query(`update clients set metadata = metadata || '{"resource_scopes": ["read"]}' where id = $1`, [
          setup.webApp.id,
        ]),
      'the client is removed': (by) => by.query('delete from clients where id = $1', [setup.webApp.id]),
    };
    for (const [what, change] of Object.entries(changes)) {
      it(`${what}: whoever comes first, no token is left`, async () => {
        const tokens = await tokensOf(setup.webApp, 'records:read', RECORDS);
        const admin = new pg.Client({
          connectionString: setup.server.database.ownerUrl,
          options: AS_FIXTURE,
        });
        await admin.connect();
        try {
          // The refresh is first: it holds the registration and waits for its own token; the change waits for it.
          let refreshing: ReturnType<HandClient['refresh']> | undefined;
          let changing: Promise<unknown> | undefined;
          await setup.server.app.database.transaction(async (tx) => {
            await tx.query(
              `select 1 from oidc_artifacts where model = 'RefreshToken' and account_id = $1 for update`,
              [setup.person.id],
            );
            refreshing = setup.webApp.refresh(tokens.refresh_token, { resource: RECORDS });
            await untilWaiting(setup.owner, 1);
            await admin.query('begin');
            changing = change(admin);
            await untilWaiting(setup.owner, 2);
          });
          const refreshed = await refreshing;
          await changing;
          expect(refreshed?.status, 'it came first').to.equal(200);
          // The change is first: another refresh waits for it.
          const late = setup.webApp.refresh(String(refreshed?.body.refresh_token), { resource: RECORDS });
          await untilWaiting(setup.owner, 1);
          await admin.query('commit');
          const { status, body } = await late;
          expect([status, body.error]).to.deep.equal([400, 'invalid_target']);
          expect(await state(String(refreshed?.body.access_token))).to.deep.equal(ENDED);
          expect(await state(tokens.access_token)).to.deep.equal(ENDED);
          if (!what.startsWith('the client is')) {
            const again = await setup.webApp.refresh(String(refreshed?.body.refresh_token));
            expect([again.status, again.body.scope], 'nothing was spent').to.deep.equal([
              200,
              'openid offline_access',
            ]);
          }
        } finally {
          await admin.end();
          await setup.owner.query('delete from resources where identifier = $1', [RECORDS]);
        }
      });
    }
  });
});
