import { expect } from 'chai';
import { unavailable } from '../../src/kernel/errors.ts';
import type { Database } from '../../src/storage/database.ts';
import { guess, newEvents, withoutVariables } from '../support/guessing.ts';
import { DEFAULT_LIMITS } from '../support/limits.ts';
import {
  auditTrail,
  basic,
  type HandClient,
  handClient,
  type Person,
  postForm,
} from '../support/protocol.ts';
import { useRedis } from '../support/redis.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { type Settings, startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const SERVICE_CLIENT = {
  client_name: 'Nightly export',
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
  token_endpoint_auth_method: 'client_secret_basic',
};

/** A server behind a proxy on this machine, so that tests can come from where they like. */
const PROXIED = { TRUSTED_PROXIES: '127.0.0.1,::1' };

let hosts = 0;
/** An address that no other test comes from. */
const newAddress = () => {
  hosts += 1;
  return `198.51.${100 + Math.floor(hosts / 250)}.${1 + (hosts % 250)}`;
};

describe('rate limits', function limits() {
  this.timeout(120_000);
  /** A clock that tests move. */
  const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
  let server: TestServer;
  let client: HandClient;

  const start = async (settings: Settings = {}) => {
    server = await startTestServer({
      settings: { ...DEFAULT_LIMITS, MAX_FAILED_LOGIN_ATTEMPTS: '1000', ...PROXIED, ...settings },
      replace: { clock },
    });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  };
  beforeEach(() => {
    clock.offset = 0;
  });

  const from = (address: string, headers = {}) => new UserAgent({ 'x-forwarded-for': address, ...headers });
  const open = (agent: UserAgent) => agent.open(client.authorizeUrl({ prompt: 'login' }));
  async function tryOnce(agent: UserAgent, given: { email: string; password: string }): Promise<Page> {
    return guess(agent, await open(agent), given);
  }
  const wrong = (email = `nobody-${Math.random()}@example.org`) => ({ email, password: 'not the password' });
  const exhaust = async (address: string, email?: string) => {
    for (let tries = 0; tries < 5; tries += 1) {
      expect((await tryOnce(from(address), wrong(email))).status).to.equal(401);
    }
  };

  /** What holds whether Redis counts or PostgreSQL. */
  function ofSignIns(): void {
    it('let five sign-ins a minute pass from one address, and say on a page when to come back', async () => {
      const address = newAddress();
      await exhaust(address);
      const refused = await tryOnce(from(address), wrong());
      expect(refused.status).to.equal(429);
      const seconds = Number(refused.headers.get('retry-after'));
      expect(seconds).to.be.within(30, 60);
      expect(refused.body).to.match(/too many tries in a short time.*Try again in \d+ seconds/);
      expect(refused.headers.get('ratelimit-policy')).to.equal('"sign-in-address";q=5;w=60');
      expect(refused.headers.get('ratelimit')).to.match(/^"sign-in-address";r=0;t=\d+$/);
      expect(refused.body).to.contain('autocomplete="current-password"');
    });

    it('let five a minute pass with one identifier, wherever they come from, whether or not it is anybody’s', async () => {
      const person = await server.addAccount();
      const texts = new Set<string>();
      for (const email of [person.email, 'nobody-there@example.org']) {
        for (let tries = 0; tries < 5; tries += 1) {
          expect((await tryOnce(from(newAddress()), wrong(email))).status).to.equal(401);
        }
        const refused = await tryOnce(from(newAddress()), { email, password: person.password });
        expect(refused.status).to.equal(429);
        expect(refused.headers.get('ratelimit')).to.match(
          /^"sign-in-address";r=4;t=\d+, "sign-in-identifier";r=0;t=\d+$/,
        );
        texts.add(
          withoutVariables(refused)
            .replace(email, 'ADDRESS')
            .replace(/in \d+ seconds/, 'in SECONDS'),
        );
      }
      expect(texts.size).to.equal(1);
    });

    it('do not let who is refused by address use up somebody’s identifier', async () => {
      const person = await server.addAccount();
      const address = newAddress();
      await exhaust(address);
      for (let tries = 0; tries < 10; tries += 1) {
        expect((await tryOnce(from(address), wrong(person.email))).status).to.equal(429);
      }
      expect((await tryOnce(from(newAddress()), person)).status).to.equal(303);
    });

    it('are the same budget on every node', async () => {
      const other = await server.secondNode();
      try {
        const address = newAddress();
        const statuses = await Promise.all(
          Array.from({ length: 24 }, async (_, index) => {
            const agent = from(address);
            const page = await open(agent);
            return (await guess(agent, page, wrong(), index % 2 === 0 ? other : server)).status;
          }),
        );
        expect(statuses.filter((status) => status === 401)).to.have.length(5);
        expect(statuses.filter((status) => status === 429)).to.have.length(19);
      } finally {
        await other.stop();
      }
    });
  }

  describe('of sign-ins, in PostgreSQL', () => {
    before(() =>
      start({ RATE_LIMIT_OFFICE_NETWORKS: '203.0.113.0/24', RATE_LIMIT_SIGN_IN_PER_OFFICE_ADDRESS: '12' }),
    );
    after(() => server.stop());

    ofSignIns();

    it('begin anew after a minute', async () => {
      const address = newAddress();
      await exhaust(address);
      expect((await tryOnce(from(address), wrong())).status).to.equal(429);
      clock.offset = 61_000;
      expect((await tryOnce(from(address), wrong())).status).to.equal(401);
    });

    it('count a /64 of IPv6 as one address', async () => {
      for (const host of [':1', ':2:3', 'a::b', 'ffff:ffff:ffff:ffff', ':5']) {
        const { status } = await tryOnce(from(`2001:db8:1:2:${host}`), wrong());
        expect(status, host).to.equal(401);
      }
      expect((await tryOnce(from('2001:db8:1:2::6'), wrong())).status).to.equal(429);
      expect((await tryOnce(from('2001:db8:1:3::6'), wrong())).status).to.equal(401);
    });

    it('do not believe an address that anybody may claim', async () => {
      const address = newAddress();
      const statuses: number[] = [];
      for (let tries = 0; tries < 6; tries += 1) {
        const agent = from(`${newAddress()}, ${address}`);
        statuses.push((await tryOnce(agent, wrong())).status);
      }
      expect(statuses.at(-1)).to.equal(429);
    });

    it('give offices a budget of their own', async () => {
      const statuses: number[] = [];
      for (let tries = 0; tries < 13; tries += 1)
        statuses.push((await tryOnce(from('203.0.113.9'), wrong())).status);
      expect(statuses.lastIndexOf(401)).to.equal(11);
      expect(statuses.at(-1)).to.equal(429);
      const refused = await tryOnce(from('203.0.113.9'), wrong());
      expect(refused.headers.get('ratelimit-policy')).to.equal('"sign-in-office";q=12;w=60');
    });

    it('give a known device a budget that nobody else can use up', async () => {
      const person = await server.addAccount();
      const mine = from(newAddress());
      expect((await tryOnce(mine, person)).status).to.equal(303);
      for (let tries = 0; tries < 6; tries += 1) await tryOnce(from(newAddress()), wrong(person.email));
      expect((await tryOnce(from(newAddress()), person)).status).to.equal(429);
      const statuses: number[] = [];
      for (let tries = 0; tries < 21; tries += 1) statuses.push((await tryOnce(mine, person)).status);
      expect(statuses.slice(0, 20).every((status) => status === 303)).to.equal(true);
      expect(statuses.at(-1)).to.equal(429);
    });

    it('are told to the trail once, and refuse without counting a failure', async () => {
      const person = await server.addAccount();
      const { events } = await newEvents(server, async () => {
        for (let tries = 0; tries < 9; tries += 1) await tryOnce(from(newAddress()), wrong(person.email));
      });
      const types = events.filter(({ account }) => account === person.id).map(({ type }) => type);
      expect(types.filter((type) => type === 'sign_in.failed')).to.have.length(5);
      expect(types.filter((type) => type === 'rate_limit.exceeded')).to.have.length(1);
      const [row] = await server.app.database.query<{ failures: number }>(
        'select failures from lockouts where account_id = $1',
        [person.id],
      );
      expect(row?.failures).to.equal(5);
    });

    it('answer programs in JSON', async () => {
      const address = newAddress();
      await exhaust(address);
      const agent = from(address);
      const page = await open(agent);
      const form = page.forms.find(({ fields }) => 'password' in fields) as {
        action: string;
        fields: object;
      };
      const refused = await agent.post(
        form.action,
        { ...form.fields, identifier: 'x@example.org', password: 'x' },
        { accept: 'application/json' },
      );
      expect(refused.status).to.equal(429);
      expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60);
      expect(JSON.parse(refused.body)).to.include({ error: 'rate_limited' });
    });

    it('refuse with 503 while PostgreSQL is away', async () => {
      const agent = from(newAddress());
      const page = await open(agent);
      const database = server.app.database as { query: Database['query'] };
      const { query } = database;
      database.query = async (statement, values) => {
        if (typeof statement !== 'string' && statement.name.startsWith('sign_in_admit')) {
          throw unavailable('database_unavailable', 'The service is not available at the moment.', 5);
        }
        return query(statement, values);
      };
      try {
        const refused = await guess(agent, page, wrong());
        expect(refused.status).to.equal(503);
        expect(refused.headers.get('retry-after')).to.equal('5');
      } finally {
        database.query = query;
      }
    });
  });

  describe('of sign-ins, on Redis', () => {
    const redis = useRedis();
    before(() => start({ REDIS_URL: redis().url }));
    after(() => server?.stop());

    ofSignIns();

    it('leave nothing in PostgreSQL', async () => {
      await tryOnce(from(newAddress()), wrong());
      expect(await server.app.database.query('select 1 from rate_limits')).to.deep.equal([]);
    });

    it('hold while Redis is away, and the lockout with them', async () => {
      await redis().kill();
      try {
        const address = newAddress();
        await exhaust(address);
        expect((await tryOnce(from(address), wrong())).status).to.equal(429);
        const person = await server.addAccount();
        expect((await tryOnce(from(newAddress()), person)).status).to.equal(303);
      } finally {
        await redis().restart();
      }
    });
  });

  describe('of the token endpoint', () => {
    let service: Record<string, string>;
    let person: Person;
    const ask = (given = service, address = '198.18.0.1') =>
      postForm(
        `${server.issuer}/token`,
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
      person = await server.addAccount();
    });
    after(() => server.stop());
    beforeEach(async () => {
      service = await server.addClient(SERVICE_CLIENT);
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
      const other = await server.addClient(SERVICE_CLIENT);
      for (let tries = 0; tries < 4; tries += 1) await ask(other);
      for (let tries = 0; tries < 3; tries += 1) expect((await ask()).status).to.equal(200);
      expect((await ask()).status).to.equal(429);
    });

    it('count a public client by where it is, since anybody can say to be it', async () => {
      const { client_id: id } = await server.addClient({ ...WEB_CLIENT, token_endpoint_auth_method: 'none' });
      const redeem = (address: string) =>
        postForm(
          `${server.issuer}/token`,
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
      for (let tries = 0; tries < 3; tries += 1) await client.redeem('made-up');
      expect((await client.redeem(String(page.location))).status).to.equal(429);
      clock.offset = 61_000;
      expect((await client.redeem(String(page.location))).status).to.equal(200);
    });

    it('are told to the trail once', async () => {
      for (let tries = 0; tries < 8; tries += 1) await ask();
      const types = (await auditTrail(server)).flatMap(({ client: id, type }) =>
        id === service.client_id ? [type] : [],
      );
      expect(types.filter((type) => type !== 'client.created')).to.deep.equal([
        ...Array<string>(3).fill('token.issued'),
        'rate_limit.exceeded',
      ]);
    });
  });
});
