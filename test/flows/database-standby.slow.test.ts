import { expect } from 'chai';
import { expectNotNow, prepare, ready } from '../support/database-not-now.ts';
import { type OwnCluster, startOwnCluster } from '../support/own-cluster.ts';
import { eventually } from '../support/processes.ts';
import { authorize, callbackOf } from '../support/protocol.ts';
import { startServerOn } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

/** What is not possible at the moment is 503 with `Retry-After`, and never 500, wherever it is asked. */
describe('a database that cannot do it now', function notNow() {
  this.timeout(120_000);

  describe('a standby', () => {
    let cluster: OwnCluster;
    before(async () => {
      cluster = await startOwnCluster();
    });
    after(() => cluster.close());

    it('answers 503 and is not ready, until it is promoted', async () => {
      const server = await startServerOn(cluster.database);
      try {
        const asked = await prepare(server);
        expect(await ready(asked)).to.equal(200);
        await cluster.stop();
        await cluster.start('standby');
        await eventually('it is not ready', async () => (await ready(asked)) === 503);
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        expect(await ready(asked)).to.equal(503);
        await expectNotNow(asked);
        await cluster.query('select pg_promote()');
        await eventually('it is ready', async () => (await ready(asked)) === 200);
        const end = await authorize(new UserAgent(), asked.client.authorizeUrl(), asked.person);
        expect(callbackOf(end).has('code')).to.equal(true);
      } finally {
        await server.stop();
      }
    });

    it('is refused at the start, by name', async () => {
      await cluster.stop();
      await cluster.start('standby');
      const error = await startServerOn(cluster.database).catch((thrown: Error) => thrown);
      expect(error).to.include({ code: 'database_read_only' });
      expect((error as Error).message).to.match(/^DATABASE_URL: this PostgreSQL is a standby/);
    });
  });
});
