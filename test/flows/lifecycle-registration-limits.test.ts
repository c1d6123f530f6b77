import { expect } from 'chai';
import { startTestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('registration that is not offered', () => {
  it('is not there, and no page says so', async () => {
    const server = await startTestServer();
    try {
      const agent = new UserAgent();
      for (const path of ['/register', '/register/sent'])
        expect((await agent.get(server.issuer + path)).status).to.equal(404);
      const fields = { email: 'new@example.org', name: 'N' };
      expect((await agent.post(`${server.issuer}/register`, fields)).status).to.equal(404);
      const page = await agent.open(`${server.issuer}/account`);
      expect(page.body).to.include('/forgot?').and.not.include('/register');
    } finally {
      await server.stop();
    }
  });
});

describe('the limit of registrations', () => {
  it('is 5 an hour for an address of the network', async () => {
    const server = await startTestServer({
      settings: { SELF_REGISTRATION: 'true', RATE_LIMIT_ACCOUNT_CREATION_PER_ADDRESS: '' },
    });
    try {
      const agent = new UserAgent();
      const page = await agent.get(`${server.issuer}/register`);
      const ask = (index: number) => agent.submit(page, { email: `a${index}@example.org`, name: 'N' });
      for (let index = 0; index < 5; index += 1) expect((await ask(index)).status).to.equal(303);
      const refused = await ask(5);
      expect(refused.status).to.equal(429);
      expect(Number(refused.headers.get('retry-after'))).to.be.within(3500, 3600);
    } finally {
      await server.stop();
    }
  });

  it('is 3 mails a day to one email address, however it is written and whoever asks, with an account or without', async () => {
    const server = await startTestServer({
      settings: { SELF_REGISTRATION: 'true', RATE_LIMIT_REGISTRATION_PER_IDENTIFIER: '' },
    });
    try {
      const known = await server.addAccount();
      for (const email of ['nobody@example.org', known.email]) {
        const ask = async (address: string) => {
          const agent = new UserAgent();
          const page = await agent.get(`${server.issuer}/register`);
          return agent.submit(page, { email: address, name: 'N' });
        };
        for (const address of [email, email.toUpperCase(), ` ${email}`])
          expect((await ask(address)).status).to.equal(303);
        const refused = await ask(email);
        expect(refused.status).to.equal(429);
        expect(Number(refused.headers.get('retry-after'))).to.be.within(86_300, 86_400);
        expect(refused.body).to.not.include(email);
      }
      expect((await server.app.database.query('select 1 from account_requests')).length).to.be.at.most(6);
    } finally {
      await server.stop();
    }
  });
});
