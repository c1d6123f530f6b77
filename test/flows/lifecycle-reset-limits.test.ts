import { expect } from 'chai';
import { startTestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('the limits of password resets', () => {
  it('are 3 an hour for an address of the network and for an address that is typed, whoever has it', async () => {
    const server = await startTestServer({
      settings: { RATE_LIMIT_PASSWORD_RESET_PER_ACCOUNT: '3', RATE_LIMIT_PASSWORD_RESET_PER_ADDRESS: '7' },
    });
    try {
      const { email } = await server.addAccount();
      const agent = new UserAgent();
      const ask = async (identifier: string) =>
        (await agent.submit(await agent.get(`${server.issuer}/forgot`), { identifier })).status;
      for (const identifier of [email, 'nobody@example.org']) {
        const answers = [
          await ask(identifier),
          await ask(identifier.toUpperCase()),
          await ask(` ${identifier}`),
        ];
        expect(answers, identifier).to.deep.equal([303, 303, 303]);
      }
      const page = await agent.submit(await agent.get(`${server.issuer}/forgot`), { identifier: email });
      expect(page.status).to.equal(429);
      expect(Number(page.headers.get('retry-after'))).to.be.within(3500, 3600);
      expect(await ask('another@example.org')).to.equal(429);
    } finally {
      await server.stop();
    }
  });

  it('are that much by themselves, and say on a page when to come back', async () => {
    const server = await startTestServer({ settings: { RATE_LIMIT_PASSWORD_RESET_PER_ADDRESS: '' } });
    try {
      const agent = new UserAgent();
      const ask = async (index: number) =>
        agent.submit(await agent.get(`${server.issuer}/forgot`), {
          identifier: `nobody-${index}@example.org`,
        });
      for (let index = 0; index < 3; index += 1) expect((await ask(index)).status).to.equal(303);
      const refused = await ask(3);
      expect(refused.status).to.equal(429);
      expect(Number(refused.headers.get('retry-after'))).to.be.within(3500, 3600);
      expect(refused.headers.get('ratelimit-policy')).to.equal('"password-reset-address";q=3;w=3600');
      expect(refused.headers.get('content-type')).to.include('text/html');
      expect(refused.body).to.include('Too many tries');
    } finally {
      await server.stop();
    }
  });
});
