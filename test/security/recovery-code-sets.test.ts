import { expect } from 'chai';
import { addApp, typeCode, typePassword } from '../support/factors.ts';
import { handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { secretOn } from '../support/security-pages.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { totpCode } from '../support/totp.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

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

  it('are made so often in a sign-in, too', async () => {
    const person = await server.addAccount();
    const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const agent = new UserAgent();
    const first = await agent.open(client.authorizeUrl({ acr_values: 'aal2' }));
    const asked = await typePassword(agent, first, person);
    const wizard = await agent.follow(await agent.submit(asked, {}, '/enrol/totp'));
    const confirmed = { code: totpCode(secretOn(wizard)), name: 'Telephone' };
    const shown = await agent.follow(await agent.submit(wizard, confirmed));
    const page = await agent.get(shown.url);
    const answers: Page[] = [];
    for (let round = 0; round < 3; round += 1) answers.push(await agent.submit(page, {}, '/codes/new'));
    expect(answers.map(({ status }) => status)).to.deep.equal([303, 303, 429]);
    expect(answers[2]?.location).to.equal(undefined);
    expect((await agent.follow(await agent.submit(page, {}, '/codes/stored'))).location).to.include('code=');
  });
});
