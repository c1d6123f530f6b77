import { expect } from 'chai';
import { type App, addApp, addPasskey, showPasskey, typeCode, typePassword } from '../support/factors.ts';
import { newEvents } from '../support/guessing.ts';
import { callbackOf, type HandClient } from '../support/protocol.ts';
import type { TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { useAttacked } from './second-factor-server.ts';

describe('attacks on second factors', function attacks() {
  this.timeout(60_000);
  const attacked = useAttacked();
  const { serverWith, lockingAfter, begin } = attacked;
  let server: TestServer;
  let client: HandClient;
  beforeEach(() => {
    ({ server, client } = attacked);
  });

  describe('guessing', () => {
    lockingAfter('5');

    const reasons = (events: readonly { type: string; details: unknown }[]) =>
      events
        .filter(({ type }) => type === 'sign_in.failed')
        .map(({ details }) => (details as { reason: string }).reason);

    it('line 24: of 200 parallel wrong codes five are verified, and the right one then is not', async () => {
      const person = await server.addAccount();
      const app = await addApp(server, person);
      const { agent, page } = await begin(person);
      const { events } = await newEvents(server, () =>
        Promise.all(Array.from({ length: 200 }, (_, n) => typeCode(agent, page, String(100_000 + n)))),
      );
      const told = reasons(events);
      expect(told).to.have.length(200);
      expect(told.filter((reason) => reason !== 'locked').length).to.be.at.most(5);
      expect(events.filter(({ type }) => type === 'lockout.started')).to.have.length(1);
      const right = await typeCode(agent, page, await app.fresh());
      expect(right.status).to.equal(401);
      expect(right.body).to.not.include('code=');
    });

    it('line 24: the right password in between does not set the counter back', async () => {
      const person = await server.addAccount();
      await addApp(server, person);
      let last: Page | undefined;
      for (let n = 0; n < 5; n += 1) {
        const { agent, page } = await begin(person);
        last = await typeCode(agent, page, '000000');
      }
      expect(last?.headers.get('retry-after')).to.match(/^\d+$/u);
      const agent = new UserAgent();
      const locked = await typePassword(agent, await agent.open(client.authorizeUrl()), person);
      expect(locked.status, 'the password is locked with it').to.equal(401);
    });

    it('line 11: nor does it end the row of failures after which the password is disabled', async () => {
      const person = await server.addAccount();
      await addApp(server, person);
      const row = async () =>
        (
          await server.app.database.query<{ consecutive: number }>(
            'select consecutive from password_failures where account_id = $1',
            [person.id],
          )
        )[0]?.consecutive;
      for (let n = 1; n <= 3; n += 1) {
        const { agent, page } = await begin(person);
        await typeCode(agent, page, '000000');
        expect(await row()).to.equal(n);
      }
    });

    it('line 13: what succeeds sets it back', async () => {
      const person = await server.addAccount();
      const app = await addApp(server, person);
      const { agent, page } = await begin(person);
      for (let n = 0; n < 3; n += 1) await typeCode(agent, page, '000000');
      expect((await typeCode(agent, page, await app.fresh())).status).to.equal(303);
      const [row] = await server.app.database.query<{ failures: number }>(
        'select failures from lockouts where account_id = $1 and not of_device',
        [person.id],
      );
      expect(row?.failures).to.equal(0);
    });

    it('line 14: a lock that strangers began does not keep out who has a passkey', async () => {
      const person = await server.addAccount();
      const key = await addPasskey(server, person);
      for (let n = 0; n < 5; n += 1) {
        const agent = new UserAgent();
        await agent.submit(await agent.open(client.authorizeUrl()), {
          identifier: person.email,
          password: `wrong ${n}`,
        });
      }
      const agent = new UserAgent();
      const page = await agent.open(client.authorizeUrl());
      const answer = await agent.follow(await showPasskey(agent, page, key));
      expect(callbackOf(answer).has('code')).to.equal(true);
    });

    it('line 24: malformed codes are refused, and counted', async () => {
      const malformed = [
        '1',
        '12345',
        '1234567',
        '١٢٣٤٥٦',
        '１２３４５６',
        '12a456',
        '-12345',
        '1e5',
        '+12345',
      ];
      for (const code of malformed) {
        const person = await server.addAccount();
        await addApp(server, person);
        const { agent, page } = await begin(person);
        const { events, result } = await newEvents(server, () => typeCode(agent, page, code));
        expect(result.status, code).to.equal(400);
        expect(reasons(events), code).to.deep.equal(['malformed']);
      }
      const person = await server.addAccount();
      const app: App = await addApp(server, person);
      const { agent, page } = await begin(person);
      const form = page.forms.find(({ fields }) => 'factor' in fields);
      const code = await app.fresh();
      const csrf = String(form?.fields.csrf);
      for (const body of [
        `csrf=${csrf}&factor=totp&code=${code}&code=${code}`,
        `csrf=${csrf}&factor=totp&code[]=${code}`,
        `csrf=${csrf}&factor=totp&factor=totp&code=${code}`,
        `csrf=${csrf}&code=${code}`,
      ]) {
        expect((await agent.post(String(form?.action), body)).status, body).to.equal(400);
      }
    });
  });

  describe('a flood', () => {
    serverWith({ RATE_LIMIT_SECOND_FACTOR_PER_PERSON: '3', RATE_LIMIT_SIGN_IN_PER_ADDRESS: '4' });

    it('line 24: of codes is refused beyond the budget of the person, and told once', async () => {
      const person = await server.addAccount();
      await addApp(server, person);
      const { agent, page } = await begin(person);
      const { events, result } = await newEvents(server, async () => {
        const statuses: number[] = [];
        for (let n = 0; n < 8; n += 1) statuses.push((await typeCode(agent, page, '000000')).status);
        return statuses;
      });
      expect(result).to.deep.equal([401, 401, 401, 429, 429, 429, 429, 429]);
      expect(events.map(({ type }) => type)).to.deep.equal([
        ...Array(3).fill('sign_in.failed'),
        'rate_limit.exceeded',
      ]);
      const json = await agent.post(
        String(page.forms[0]?.action),
        { ...page.forms[0]?.fields, code: '000000' },
        { accept: 'application/json' },
      );
      expect(json.status).to.equal(429);
      expect(Number(json.headers.get('retry-after'))).to.be.above(0);
    });

    it('line 24: of passkeys is refused beyond the budget of the address', async () => {
      const agent = new UserAgent();
      const page = await agent.open(client.authorizeUrl());
      const { events } = await newEvents(server, async () => {
        for (let n = 0; n < 8; n += 1) await agent.submit(page, { response: '{}' }, '/passkey');
      });
      expect(events.filter(({ type }) => type === 'sign_in.failed').length).to.be.at.most(4);
      const last = await agent.submit(page, { response: '{}' }, '/passkey');
      expect(last.status).to.equal(429);
    });
  });
});
