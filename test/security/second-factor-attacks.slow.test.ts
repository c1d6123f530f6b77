import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import type { Account } from '../../src/domain/accounts/store.ts';
import {
  type App,
  addApp,
  addPasskey,
  addRecoveryCodes,
  passkeyOptions,
  showPasskey,
  typeCode,
  typePassword,
} from '../support/factors.ts';
import { newEvents } from '../support/guessing.ts';
import { callbackOf, type HandClient, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

type Someone = Account & { password: string };

describe('attacks on second factors', function attacks() {
  this.timeout(60_000);
  let server: TestServer;
  let client: HandClient;

  /** With a lockout after so many failures, for the tests of this block. */
  function lockingAfter(failures: string): void {
    before(async () => {
      server = await startTestServer({ settings: { MAX_FAILED_LOGIN_ATTEMPTS: failures } });
      client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    });
    after(() => server.stop());
  }

  async function begin(person: Someone) {
    const agent = new UserAgent();
    const page = await typePassword(agent, await agent.open(client.authorizeUrl()), person);
    return { agent, page };
  }

  /** Who would get in: an answer that leads on, and at its end a code for the client. */
  async function winners(tries: readonly { agent: UserAgent; answer: Page }[]): Promise<number> {
    let codes = 0;
    for (const { agent, answer } of tries) {
      if (answer.status !== 303) continue;
      const end = await agent.follow(answer).catch(() => undefined);
      if (end?.location?.includes('code=') === true) codes += 1;
    }
    return codes;
  }
  const succeeded = (events: readonly { type: string }[]) =>
    events.filter(({ type }) => type === 'sign_in.succeeded').length;

  const MANY = 50;

  /** Each at an attempt of its own, of a person whom no lock keeps out. */
  async function manyAttempts(person: Someone) {
    const begun: { agent: UserAgent; page: Page }[] = [];
    for (let n = 0; n < 12; n += 1) begun.push(await begin(person));
    return begun;
  }

  // With a lock most of a race is not even verified; without one all of it is.
  for (const failures of ['5', '1000000'])
    describe(`a code is used once, where ${failures} failures lock`, () => {
      lockingAfter(failures);

      it(`line 20: of ${MANY} parallel uses of one TOTP code at one sign-in one wins`, async () => {
        const person = await server.addAccount();
        const app = await addApp(server, person);
        const { agent, page } = await begin(person);
        const code = await app.fresh();
        const { events } = await newEvents(server, () =>
          Promise.all(Array.from({ length: MANY }, () => typeCode(agent, page, code))),
        );
        expect(succeeded(events)).to.equal(1);
        expect(callbackOf(await agent.open(client.authorizeUrl({ prompt: 'none' }))).has('code')).to.equal(
          false,
        );
      });

      it('line 20: of parallel uses at many sign-ins one wins, and the others failed', async () => {
        const person = await server.addAccount();
        const app = await addApp(server, person);
        const begun = await manyAttempts(person);
        const code = await app.fresh();
        const { events, result } = await newEvents(server, () =>
          Promise.all(
            begun.map(async ({ agent, page }) => ({ agent, answer: await typeCode(agent, page, code) })),
          ),
        );
        expect(succeeded(events)).to.equal(1);
        expect(await winners(result)).to.equal(1);
      });

      it('line 20: nor is it good again later, after a restart, or for an earlier step', async () => {
        const own = await startTestServer();
        let node = own;
        try {
          const ours = handClient(own.issuer, await own.addClient(WEB_CLIENT));
          const person = await own.addAccount();
          const app = await addApp(own, person);
          const enter = async () => {
            const agent = new UserAgent();
            return { agent, page: await typePassword(agent, await agent.open(ours.authorizeUrl()), person) };
          };
          const now = app.code();
          const first = await enter();
          expect((await typeCode(first.agent, first.page, now)).status).to.equal(303);
          const again = await enter();
          expect((await typeCode(again.agent, again.page, now)).status).to.equal(401);
          node = await own.restart();
          const later = await enter();
          expect((await typeCode(later.agent, later.page, now)).status).to.equal(401);
          expect((await typeCode(later.agent, later.page, app.code(-1))).status).to.equal(401);
        } finally {
          await node.stop();
        }
      });

      it('line 21: a code of two steps away is none', async () => {
        const person = await server.addAccount();
        const app = await addApp(server, person);
        const { agent, page } = await begin(person);
        for (const drift of [-3, 3]) {
          await app.fresh();
          expect((await typeCode(agent, page, app.code(drift))).status).to.equal(401);
        }
      });

      it(`line 25: of ${MANY} parallel uses of one recovery code one wins`, async () => {
        const person = await server.addAccount();
        await addApp(server, person);
        const [code = ''] = await addRecoveryCodes(server, person);
        const one = await begin(person);
        const begun = [...(await manyAttempts(person)), ...Array.from({ length: MANY }, () => one)];
        const { events } = await newEvents(server, () =>
          Promise.all(
            begun.map(({ agent, page }) => typeCode(agent, page, code, { factor: 'recovery_code' })),
          ),
        );
        expect(succeeded(events)).to.equal(1);
        expect(events.filter(({ type }) => type === 'recovery_code.used')).to.have.length(1);
      });

      it(`line 28: of ${MANY} parallel uses of one assertion one wins`, async () => {
        const person = await server.addAccount();
        const key = await addPasskey(server, person);
        const { agent, page } = await begin(person);
        const response = JSON.stringify(key.get(await passkeyOptions(agent, page)));
        const form = page.forms.find(({ fields }) => 'response' in fields);
        const { events } = await newEvents(server, () =>
          Promise.all(
            Array.from({ length: MANY }, () =>
              agent.post(String(form?.action), { ...form?.fields, response }),
            ),
          ),
        );
        expect(succeeded(events)).to.equal(1);
      });

      it(`line 28: nor, as a whole sign-in, do more than one of ${MANY}`, async () => {
        const person = await server.addAccount();
        const key = await addPasskey(server, person);
        const agent = new UserAgent();
        const page = await agent.open(client.authorizeUrl());
        const response = JSON.stringify(key.get(await passkeyOptions(agent, page)));
        const { events } = await newEvents(server, () =>
          Promise.all(Array.from({ length: MANY }, () => agent.submit(page, { response }, '/passkey'))),
        );
        expect(succeeded(events)).to.equal(1);
      });
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
    before(async () => {
      server = await startTestServer({
        settings: { RATE_LIMIT_SECOND_FACTOR_PER_PERSON: '3', RATE_LIMIT_SIGN_IN_PER_ADDRESS: '4' },
      });
      client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    });
    after(() => server.stop());

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

  describe('forged assertions', () => {
    lockingAfter('5');

    const refused = async (
      forgery: Parameters<typeof showPasskey>[3],
      options: Parameters<typeof addPasskey>[2] = {},
    ) => {
      const person = await server.addAccount();
      const key = await addPasskey(server, person, options);
      const agent = new UserAgent();
      const page = await agent.open(client.authorizeUrl());
      const answer = await showPasskey(agent, page, key, forgery);
      expect(answer.status).to.equal(401);
      expect((await agent.get(`${server.issuer}/account`)).status).to.equal(303);
    };

    it('line 29: of another origin', () => refused({ origin: 'https://evil.example' }));
    it('line 29: for another relying party', () => refused({ rpId: 'evil.example' }));
    it('line 29: signed by another key', () =>
      refused({ key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }));
    it('line 29: of a credential that nobody has', () => refused({ credentialId: 'AAAA' }));
    it('line 29: in the name of somebody else', () => refused({ userHandle: 'AAAAAAAAAAAAAAAAAAAAAA' }));
    it('line 29: made for something else', () => refused({ type: 'webauthn.create' }));
    it('line 29: inside a frame of another origin', () => refused({ crossOrigin: true }));
    it('line 28: with a challenge of somebody’s own', () => refused({ challenge: 'AAAAAAAAAAAAAAAAAAAAAA' }));
    it('line 28: without the person’s presence', () => refused({ userPresent: false }));
    it('line 28: alone, without the person being verified', () => refused({ userVerified: false }));

    it('line 28: with the challenge of another sign-in, or one that was used', async () => {
      const person = await server.addAccount();
      const key = await addPasskey(server, person);
      const [first, second] = [new UserAgent(), new UserAgent()];
      const theirs = await first.open(client.authorizeUrl());
      const ours = await second.open(client.authorizeUrl());
      const response = JSON.stringify(key.get(await passkeyOptions(first, theirs)));
      expect((await second.submit(ours, { response }, '/passkey')).status).to.equal(401);
      expect((await first.submit(theirs, { response }, '/passkey')).status).to.equal(303);
      expect((await second.submit(ours, { response }, '/passkey')).status).to.equal(401);
    });

    it('line 28: the challenge of a whole sign-in is none of a second factor, nor the reverse', async () => {
      const person = await server.addAccount();
      const key = await addPasskey(server, person);
      const agent = new UserAgent();
      const page = await agent.open(client.authorizeUrl());
      const whole = JSON.stringify(key.get(await passkeyOptions(agent, page)));
      const asked = await typePassword(agent, page, person);
      const form = asked.forms.find(({ fields }) => 'response' in fields);
      const crossed = await agent.post(String(form?.action), { ...form?.fields, response: whole });
      expect(crossed.status).to.equal(401);
      const beside = JSON.stringify(key.get(await passkeyOptions(agent, asked)));
      const csrf = String(form?.fields.csrf);
      expect((await agent.post(`${page.url}/passkey`, { csrf, response: beside })).status).to.equal(401);
    });

    it('line 28: a counter that goes back is refused, and told to the auditors', async () => {
      const person = await server.addAccount();
      const key = await addPasskey(server, person);
      const enter = async (forgery: Parameters<typeof showPasskey>[3]) => {
        const agent = new UserAgent();
        return showPasskey(agent, await agent.open(client.authorizeUrl()), key, forgery);
      };
      expect((await enter({ counter: 10 })).status).to.equal(303);
      const { events, result } = await newEvents(server, () => enter({ counter: 5 }));
      expect(result.status).to.equal(401);
      expect(events.map(({ type }) => type)).to.include('passkey.counter_reversed');
    });

    it('line 29: of somebody else’s passkey beside the password', async () => {
      const [person, other] = [await server.addAccount(), await server.addAccount()];
      await addPasskey(server, person);
      const foreign = await addPasskey(server, other);
      const { agent, page } = await begin(person);
      const { challenge } = await passkeyOptions(agent, page);
      const response = JSON.stringify(foreign.get({ challenge, rpId: new URL(server.issuer).hostname }));
      const form = page.forms.find(({ fields }) => 'response' in fields);
      expect((await agent.post(String(form?.action), { ...form?.fields, response })).status).to.equal(401);
    });

    it('line 29: nonsense', async () => {
      const agent = new UserAgent();
      const page = await agent.open(client.authorizeUrl());
      for (const response of [
        '',
        '{',
        '[]',
        'null',
        '{"id":1}',
        '"x"',
        '{"id":"a","response":{}}',
        'x'.repeat(19_000),
      ]) {
        const answer = await agent.submit(page, { response }, '/passkey');
        expect(answer.status, response.slice(0, 30)).to.equal(401);
      }
    });
  });
});
