import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { addPasskey, passkeyOptions, showPasskey, typePassword } from '../support/factors.ts';
import { newEvents } from '../support/guessing.ts';
import type { HandClient } from '../support/protocol.ts';
import type { TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';
import { useAttacked } from './second-factor-server.ts';

describe('attacks on second factors', function attacks() {
  this.timeout(60_000);
  const attacked = useAttacked();
  const { lockingAfter, begin } = attacked;
  let server: TestServer;
  let client: HandClient;
  beforeEach(() => {
    ({ server, client } = attacked);
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
