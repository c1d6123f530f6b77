import { expect } from 'chai';
import { unavailable } from '../../src/kernel/errors.ts';
import type { Database } from '../../src/storage/database.ts';
import { guess, newEvents, withoutVariables } from '../support/guessing.ts';
import { useLimitedServer } from '../support/limited-server.ts';
import { useRedis } from '../support/redis.ts';

let hosts = 0;

/** An address that no other test comes from. */
const newAddress = () => {
  hosts += 1;
  return `198.51.${100 + Math.floor(hosts / 250)}.${1 + (hosts % 250)}`;
};

describe('rate limits', function limits() {
  this.timeout(120_000);
  const setup = useLimitedServer();
  const { clock, start, from, open, tryOnce, wrong, exhaust } = setup;

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
      const person = await setup.server.addAccount();
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
      const person = await setup.server.addAccount();
      const address = newAddress();
      await exhaust(address);
      for (let tries = 0; tries < 10; tries += 1) {
        expect((await tryOnce(from(address), wrong(person.email))).status).to.equal(429);
      }
      expect((await tryOnce(from(newAddress()), person)).status).to.equal(303);
    });

    it('are the same budget on every node', async () => {
      const other = await setup.server.secondNode();
      try {
        const address = newAddress();
        const statuses = await Promise.all(
          Array.from({ length: 24 }, async (_, index) => {
            const agent = from(address);
            const page = await open(agent);
            return (await guess(agent, page, wrong(), index % 2 === 0 ? other : setup.server)).status;
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
    after(() => setup.server.stop());

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
      const person = await setup.server.addAccount();
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
      const person = await setup.server.addAccount();
      const { events } = await newEvents(setup.server, async () => {
        for (let tries = 0; tries < 9; tries += 1) await tryOnce(from(newAddress()), wrong(person.email));
      });
      const types = events.filter(({ account }) => account === person.id).map(({ type }) => type);
      expect(types.filter((type) => type === 'sign_in.failed')).to.have.length(5);
      expect(types.filter((type) => type === 'rate_limit.exceeded')).to.have.length(1);
      const [row] = await setup.server.app.database.query<{ failures: number }>(
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
      const database = setup.server.app.database as { query: Database['query'] };
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
    after(() => setup.server?.stop());

    ofSignIns();

    it('leave nothing in PostgreSQL', async () => {
      await tryOnce(from(newAddress()), wrong());
      expect(await setup.server.app.database.query('select 1 from rate_limits')).to.deep.equal([]);
    });

    it('hold while Redis is away, and the lockout with them', async () => {
      await redis().kill();
      try {
        const address = newAddress();
        await exhaust(address);
        expect((await tryOnce(from(address), wrong())).status).to.equal(429);
        const person = await setup.server.addAccount();
        expect((await tryOnce(from(newAddress()), person)).status).to.equal(303);
      } finally {
        await redis().restart();
      }
    });
  });
});
