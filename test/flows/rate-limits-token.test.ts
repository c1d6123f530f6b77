import { expect } from 'chai';
import { useLimitedServer } from '../support/limited-server.ts';
import { auditTrail, basic, type Person, postForm } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { UserAgent } from '../support/user-agent.ts';

const SERVICE_CLIENT = {
  client_name: 'Nightly export',
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
  token_endpoint_auth_method: 'client_secret_basic',
};

describe('rate limits', function limits() {
  this.timeout(120_000);
  const setup = useLimitedServer();
  const { clock, start, tryOnce } = setup;

  describe('of the token endpoint', () => {
    let service: Record<string, string>;
    let person: Person;
    const ask = (given = service, address = '198.18.0.1') =>
      postForm(
        `${setup.server.issuer}/token`,
        { grant_type: 'client_credentials' },
        {
          'x-forwarded-for': address,
          ...basic(String(given.client_id), String(given.client_secret)),
        },
      );

    before(async () => {
      await start({
        RATE_LIMIT_TOKEN_PER_CLIENT: '3',
        RATE_LIMIT_SIGN_IN_PER_ADDRESS: '0',
        AUTHORIZATION_CODE_SECONDS: '600',
      });
      person = await setup.server.addAccount();
    });
    after(() => setup.server.stop());
    beforeEach(async () => {
      service = await setup.server.addClient(SERVICE_CLIENT);
    });

    it('refuse in the protocol’s words, with the fields that say when to come back', async () => {
      for (let left = 2; left >= 0; left -= 1) {
        const { status, headers } = await ask();
        expect(status).to.equal(200);
        expect(headers.get('ratelimit')).to.match(new RegExp(`^"token";r=${left};t=\\d+$`));
      }
      const refused = await ask();
      expect(refused.status).to.equal(429);
      expect(refused.body).to.include({ error: 'temporarily_unavailable' });
      expect(refused.body).not.to.have.property('access_token');
      expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60);
      expect(refused.headers.get('ratelimit-policy')).to.equal('"token";q=3;w=60');
      expect(refused.headers.get('cache-control')).to.equal('no-store');
    });

    it('are the client’s own: another client, and whoever cannot prove to be it, use up nothing', async () => {
      const stranger = { ...service, client_secret: 'a-secret-that-somebody-made-up' };
      for (let tries = 0; tries < 5; tries += 1) expect((await ask(stranger)).status).to.equal(401);
      const other = await setup.server.addClient(SERVICE_CLIENT);
      for (let tries = 0; tries < 4; tries += 1) await ask(other);
      for (let tries = 0; tries < 3; tries += 1) expect((await ask()).status).to.equal(200);
      expect((await ask()).status).to.equal(429);
    });

    it('count a public client by where it is, since anybody can say to be it', async () => {
      const { client_id: id } = await setup.server.addClient({
        ...WEB_CLIENT,
        token_endpoint_auth_method: 'none',
      });
      const redeem = (address: string) =>
        postForm(
          `${setup.server.issuer}/token`,
          {
            grant_type: 'authorization_code',
            client_id: String(id),
            code: 'made-up',
            redirect_uri: 'https://rp.example',
            code_verifier: 'v'.repeat(43),
          },
          { 'x-forwarded-for': address },
        );
      for (let tries = 0; tries < 3; tries += 1) expect((await redeem('198.18.7.1')).status).to.equal(400);
      expect((await redeem('198.18.7.1')).status).to.equal(429);
      expect((await redeem('198.18.7.2')).status).to.equal(400);
    });

    it('do not spend the code of who has to come back', async () => {
      const agent = new UserAgent();
      let page = await agent.follow(await tryOnce(agent, person));
      if (page.location === undefined) {
        page = await agent.follow(await agent.submit(page, { decision: 'allow' }, '/consent'));
      }
      for (let tries = 0; tries < 3; tries += 1) await setup.client.redeem('made-up');
      expect((await setup.client.redeem(String(page.location))).status).to.equal(429);
      clock.offset = 61_000;
      expect((await setup.client.redeem(String(page.location))).status).to.equal(200);
    });

    it('are told to the trail once', async () => {
      for (let tries = 0; tries < 8; tries += 1) await ask();
      const types = (await auditTrail(setup.server)).flatMap(({ client: id, type }) =>
        id === service.client_id ? [type] : [],
      );
      expect(types.filter((type) => type !== 'client.created')).to.deep.equal([
        ...Array<string>(3).fill('token.issued'),
        'rate_limit.exceeded',
      ]);
    });
  });
});
