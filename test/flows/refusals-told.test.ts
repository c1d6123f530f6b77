import { expect } from 'chai';
import { REFUSALS_PER_MINUTE } from '../../src/oidc/refusals.ts';
import { auditTrail } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** What is refused of strangers is told in the trail, which nobody can empty: so often a minute, however many nodes there are. */
describe('refusals in the trail', function refusals() {
  this.timeout(60_000);
  let server: TestServer;
  let other: TestServer;
  let ahead: number;

  beforeEach(async () => {
    ahead = 0;
    const clock = { now: () => new Date(Date.now() + ahead) };
    server = await startTestServer({ replace: { clock } });
    other = await server.secondNode();
  });
  afterEach(async () => {
    await other.stop();
    await server.stop();
  });

  const refuse = async (node: TestServer, path = '/userinfo', init: RequestInit = {}) =>
    (
      await fetch(`http://localhost:${node.app.config.server.port}${path}`, {
        headers: { authorization: 'Bearer nobody' },
        ...init,
      })
    ).status;
  const told = async () => {
    const types = (await auditTrail(server)).map(({ type }) => type);
    return {
      refused: types.filter((type) => type === 'token.refused').length,
      more: types.filter((type) => type === 'rate_limit.exceeded').length,
    };
  };

  it('are told so often by all nodes together, and then that there are more', async () => {
    for (let n = 0; n < REFUSALS_PER_MINUTE / 2 + 20; n += 1) {
      expect(await Promise.all([refuse(server), refuse(other)])).to.deep.equal([401, 401]);
    }
    expect(await told()).to.deep.equal({ refused: REFUSALS_PER_MINUTE, more: 1 });
  });

  it('are not told anew after a restart, and are after a minute', async () => {
    for (let n = 0; n < REFUSALS_PER_MINUTE + 5; n += 1) await refuse(server);
    other = await other.restart();
    for (let n = 0; n < 5; n += 1) await refuse(other);
    expect(await told()).to.deep.equal({ refused: REFUSALS_PER_MINUTE, more: 1 });
    ahead = 61_000;
    for (let n = 0; n < 5; n += 1) await Promise.all([refuse(server), refuse(other)]);
    expect(await told()).to.deep.equal({ refused: REFUSALS_PER_MINUTE + 10, more: 1 });
  });

  it('cost no statement once the minute has been told of', async () => {
    for (let n = 0; n < REFUSALS_PER_MINUTE + 5; n += 1) await refuse(server);
    const points = () => server.app.database.query<{ points: number }>('select points from rate_limits');
    const before = await points();
    for (let n = 0; n < 5; n += 1) expect(await refuse(server)).to.equal(401);
    expect(await points()).to.deep.equal(before);
  });
});
