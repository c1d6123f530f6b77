import { expect } from 'chai';
import type { PasswordHasher } from '../../src/domain/passwords/hasher.ts';
import { unavailable } from '../../src/kernel/errors.ts';
import { addApp, addRecoveryCodes, typeCode, typePassword } from '../support/factors.ts';
import { cheapHasher, startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

/** A recovery code is verified by a slow hash, for which there may be no place in the queue. */
describe('a recovery code that is typed while too many are hashed', function busyCodes() {
  this.timeout(60_000);
  let server: TestServer;
  let busy = false;
  before(async () => {
    const cheap = await cheapHasher();
    const hasher: PasswordHasher = {
      implementation: cheap.implementation,
      get waiting() {
        return cheap.waiting;
      },
      hash: cheap.hash,
      async verify(...given) {
        if (busy) throw unavailable('hashing_busy', 'busy', 7);
        return cheap.verify(...given);
      },
      close: cheap.close,
    };
    server = await startTestServer({ settings: { MAX_FAILED_LOGIN_ATTEMPTS: '5' }, replace: { hasher } });
  });
  after(() => server.stop());

  it('counts as no failure, is not used up, and works afterwards', async () => {
    const person = await server.addAccount();
    await addApp(server, person);
    const [code = ''] = await addRecoveryCodes(server, person);
    const agent = new UserAgent();
    const page = await typePassword(agent, await agent.open(`${server.issuer}/account`), person);
    const type = () => typeCode(agent, page, code, { factor: 'recovery_code' });
    busy = true;
    // More often than failures may be before the account is locked.
    for (let round = 0; round < 7; round += 1) {
      const refused = await type();
      expect(refused.status, refused.body).to.equal(503);
      expect(refused.headers.get('retry-after')).to.equal('7');
      expect(refused.body).to.include('name="factor"');
    }
    busy = false;
    expect((await agent.follow(await type())).status).to.equal(200);
    expect((await server.app.factors.recoveryCodes.remaining(person.id)).left).to.equal(9);
  });
});
