import { expect } from 'chai';
import {
  addApp,
  addPasskey,
  addRecoveryCodes,
  passkeyOptions,
  typeCode,
  typePassword,
} from '../support/factors.ts';
import { newEvents } from '../support/guessing.ts';
import { callbackOf, type HandClient, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { type Someone, useAttacked } from './second-factor-server.ts';

describe('attacks on second factors', function attacks() {
  this.timeout(60_000);
  const attacked = useAttacked();
  const { lockingAfter, begin } = attacked;
  let server: TestServer;
  let client: HandClient;
  beforeEach(() => {
    ({ server, client } = attacked);
  });

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
});
