import bcrypt from 'bcryptjs';
import { expect } from 'chai';
import type { PasswordHasher } from '../../src/domain/passwords/hasher.ts';
import { createHashQueue } from '../../src/domain/passwords/queue.ts';
import { fixtures } from '../support/evidence/fixture.ts';
import { eventually } from '../support/processes.ts';
import { authorize, callbackOf, eventsDuring, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { cheapHasher, startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('hashing at the sign-in', () => {
  describe('when more people come than passwords can be checked', () => {
    let busy: TestServer;
    let release: () => void;
    before(async () => {
      const real = await cheapHasher();
      // A hash that does not come to an end before the test says so fills the queue as many people would.
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const queue = createHashQueue({ concurrency: 1, limit: 1 });
      const hasher: PasswordHasher = {
        implementation: real.implementation,
        get waiting() {
          return queue.waiting;
        },
        hash: (password) => real.hash(password),
        verify: (stored, password) =>
          queue.run(async () => {
            await held;
            return real.verify(stored, password);
          }),
        close: () => real.close(),
      };
      busy = await startTestServer({ replace: { hasher } });
    });
    after(() => busy.stop());

    it('says so with 503 and Retry-After, on the page with what was typed; everything else is answered meanwhile', async () => {
      const there = handClient(busy.issuer, await busy.addClient(WEB_CLIENT));
      const send = async () => {
        const agent = new UserAgent();
        const page = await agent.open(there.authorizeUrl());
        return agent.submit(page, { identifier: 'robin@example.org', password: 'a password' });
      };
      const waiting = [send(), send()];
      await eventually('the queue is full', async () => busy.app.passwords.hasher.waiting === 1);
      const refused = await send();
      expect(refused.status).to.equal(503);
      expect(Number(refused.headers.get('retry-after'))).to.be.at.least(1);
      expect(refused.body).to.include('your password was not checked');
      expect(refused.forms[0]?.fields.identifier).to.equal('robin@example.org');
      expect((await fetch(`${busy.issuer}/jwks`)).status).to.equal(200);
      expect((await there.post('/token/introspect', { token: 'x' })).status).to.equal(200);
      release();
      for (const answer of await Promise.all(waiting)) expect(answer.status).to.equal(401);
      expect((await send()).status).to.equal(401);
    });
  });

  it('uses the real hasher: an imported hash is replaced at the first sign-in', async () => {
    const real = await startTestServer({ realHasher: true });
    try {
      const there = handClient(real.issuer, await real.addClient(WEB_CLIENT));
      const password = 'correct horse battery staple';
      const passwordHash = await bcrypt.hash(password, 4);
      const account = await real.app.accounts.store.create(fixtures(real.app.database), {
        email: 'imported@example.org',
        name: 'Imported',
        passwordHash,
      });
      const { events } = await eventsDuring(real, () =>
        authorize(new UserAgent(), there.authorizeUrl(), { id: account.id, email: account.email, password }),
      );
      expect(events.find(({ type }) => type === 'password.rehashed')).to.deep.include({
        account: account.id,
      });
      const after = await real.app.accounts.store.findById(account.id);
      expect(after?.passwordHash).to.match(/^\$argon2id\$/u);
      const again = await authorize(new UserAgent(), there.authorizeUrl(), { ...account, password });
      expect(callbackOf(again).has('code')).to.equal(true);
    } finally {
      await real.stop();
    }
  });
});
