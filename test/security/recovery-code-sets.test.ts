import { expect } from 'chai';
import { addApp, typeCode, typePassword } from '../support/factors.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const CODES = '/account/security/recovery-codes';

/** A set costs ten slow hashes, which nobody may have made again and again while others wait to sign in. */
describe('sets of recovery codes', function sets() {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ settings: { RATE_LIMIT_FACTOR_SETUP_PER_PERSON: '2' } });
  });
  after(() => server.stop());

  it('are made so often in an hour by one person, also all at once, and the last one works', async () => {
    const person = await server.addAccount();
    const app = await addApp(server, person);
    const agent = new UserAgent();
    const asked = await typePassword(agent, await agent.open(`${server.issuer}/account`), person);
    await agent.follow(await typeCode(agent, asked, await app.fresh(), { factor: 'totp' }));
    const page = await agent.get(`${server.issuer}${CODES}`);
    const answers = await Promise.all(Array.from({ length: 5 }, () => agent.submit(page, {})));
    expect(answers.map(({ status }) => status).toSorted()).to.deep.equal([303, 303, 429, 429, 429]);
    expect((await server.app.factors.recoveryCodes.remaining(person.id)).left).to.equal(10);
  });
});
