import { expect } from 'chai';
import { addApp, asksFor, typeCode, typePassword } from '../support/factors.ts';
import { auditTrail, tokensFor } from '../support/protocol.ts';
import { clock, ELSEWHERE, MINUTE, useSharedWorkstation, WARD } from '../support/shared-workstation.ts';
import type { UserAgent } from '../support/user-agent.ts';

describe('a workstation that people share', function workstation() {
  this.timeout(60_000);
  const setup = useSharedWorkstation();
  const { at, account, only, idleMinutes, cookies, isOffered, newDeviceMails, signedIn } = setup;

  describe('has short sessions', () => {
    it('in the networks that the operator has named, and with clients that say so, whatever the address', async () => {
      expect(idleMinutes(await only((await signedIn(WARD)).person))).to.equal(5);
      expect(idleMinutes(await only((await signedIn(ELSEWHERE, setup.wardClient)).person))).to.equal(5);
      const { person, agent } = await signedIn(ELSEWHERE);
      expect(await only(person)).to.include({ shared: false });
      expect(idleMinutes(await only(person))).to.equal(20);
      clock.offset = 6 * MINUTE;
      expect((await account(agent)).status).to.equal(200);
    });

    it('that end without their person, and go on with them', async () => {
      const { agent } = await signedIn(WARD);
      for (const minutes of [4, 8, 12]) {
        clock.offset = minutes * MINUTE;
        expect((await account(agent)).status).to.equal(200);
      }
      clock.offset += 5 * MINUTE;
      expect((await account(agent)).status).to.equal(303);
    });

    it('but lengthens none that is shorter', async () => {
      const { person } = await signedIn(WARD, setup.client, { roles: ['hasty'] });
      expect(idleMinutes(await only(person))).to.equal(2);
    });

    it('whose mode stays with them, wherever the browser goes', async () => {
      const { person, agent } = await signedIn(WARD);
      clock.offset = MINUTE;
      const outside = { 'x-forwarded-for': ELSEWHERE };
      expect(isOffered(await account(agent, outside))).to.equal(true);
      const login = await agent.get(setup.client.authorizeUrl({ prompt: 'login' }), outside);
      expect(isOffered(await agent.get(String(login.location), outside))).to.equal(true);
      expect((await agent.get(setup.client.authorizeUrl(), outside)).location).to.contain('code=');
      const row = await only(person);
      expect(row.shared).to.equal(true);
      expect(idleMinutes(row)).to.equal(5);
    });

    it('also where the session began elsewhere and came there, by a page or by an application', async () => {
      for (const arrive of [
        (agent: UserAgent) => account(agent, { 'x-forwarded-for': WARD }),
        (agent: UserAgent) => agent.get(setup.client.authorizeUrl(), { 'x-forwarded-for': WARD }),
        (agent: UserAgent) =>
          agent.get(setup.client.authorizeUrl({ prompt: 'none' }), { 'x-forwarded-for': WARD }),
        (agent: UserAgent) => agent.get(setup.wardClient.authorizeUrl({ prompt: 'none' })),
        (agent: UserAgent) => agent.open(setup.wardClient.authorizeUrl()),
      ]) {
        clock.offset = 0;
        const { person, agent } = await signedIn(ELSEWHERE);
        await arrive(agent);
        const row = await only(person);
        expect(row.shared).to.equal(true);
        expect(idleMinutes(row)).to.equal(5);
        expect(isOffered(await account(agent))).to.equal(true);
        clock.offset = 6 * MINUTE;
        expect((await account(agent)).status).to.equal(303);
      }
    });
  });

  describe('remembers nothing of a person', () => {
    it('as a cookie that outlives the browser, nor as a known device', async () => {
      for (const [address, by] of [
        [WARD, setup.client],
        [ELSEWHERE, setup.wardClient],
      ] as const) {
        const { person, agent } = await signedIn(address, by);
        const kept = (await cookies(agent)).filter(({ expires }) => expires !== 'Infinity');
        expect(kept.map(({ key }) => key)).to.deep.equal([]);
        expect(await setup.server.app.signIn.devices.list(person.id)).to.deep.equal([]);
        const types = (await auditTrail(setup.server)).filter(({ account: id }) => id === person.id);
        expect(types.map(({ type }) => type)).to.not.include('device.added');
      }
      const usual = await cookies((await signedIn(ELSEWHERE)).agent);
      expect(usual.filter(({ expires }) => expires !== 'Infinity').map(({ key }) => key)).to.include.members([
        'gatehouse_device',
        'gatehouse_session',
      ]);
    });

    it('as a device that is known from elsewhere: it has no budget of its own, and its cookie is not refreshed', async () => {
      const { person, agent } = await signedIn(ELSEWHERE);
      const login = setup.client.authorizeUrl();
      const device = async () => (await cookies(agent)).find(({ key }) => key === 'gatehouse_device');
      const before = await device();
      // The browser was closed in between: its session is gone, the device is known.
      await setup.server.app.database.transaction((tx) =>
        setup.server.app.lifecycle.access.endAll(tx, person.id, 'idle', { actor: { kind: 'system' } }),
      );
      for (let failures = 0; failures < 3; failures += 1) {
        const stranger = at(ELSEWHERE);
        await typePassword(stranger, await stranger.open(login), { ...person, password: 'wrong' });
      }
      const inWard = { 'x-forwarded-for': WARD };
      const page = await agent.get(String((await agent.get(login, inWard)).location), inWard);
      const form = page.forms.find(({ fields }) => 'password' in fields);
      const fields = { ...form?.fields, identifier: person.email, password: person.password };
      expect((await agent.post(String(form?.action), fields, inWard)).status).to.equal(401);
      expect((await device())?.expires).to.deep.equal(before?.expires);
      const known = await typePassword(agent, await agent.open(login), person);
      expect(known.location, 'its own budget, elsewhere').to.contain('code=');
    });

    it('as a trusted device: trust is not offered, not given, and does not count', async () => {
      const person = await setup.server.addAccount();
      const app = await addApp(setup.server, person);
      const agent = at(ELSEWHERE);
      const asked = await typePassword(agent, await agent.open(setup.client.authorizeUrl()), person);
      expect(asked.body).to.include('name="trust"');
      await agent.follow(await typeCode(agent, asked, await app.fresh(), { trust: true }));
      expect(await setup.server.app.factors.trustedDevices.list(person.id)).to.have.length(1);

      await setup.server.app.database.transaction((tx) =>
        setup.server.app.lifecycle.access.endAll(tx, person.id, 'idle', { actor: { kind: 'system' } }),
      );
      const spared = await typePassword(agent, await agent.open(setup.client.authorizeUrl()), person);
      expect(spared.location).to.contain('code=');
      // A session that a trusted device was spared a code in is not enough, nor is the trust.
      const inWard = await agent.open(setup.wardClient.authorizeUrl());
      expect(asksFor(inWard)).to.equal('totp');

      const ward = at(WARD);
      const page = await typePassword(ward, await ward.open(setup.client.authorizeUrl()), person);
      expect(page.body).to.not.include('name="trust"');
      await ward.follow(await typeCode(ward, page, await app.fresh(), { trust: true }));
      expect(
        await setup.server.app.factors.trustedDevices.list(person.id),
        'asked for all the same',
      ).to.have.length(1);
    });

    it('in the form of the next sign-in, where only the application may name somebody', async () => {
      const { agent, person } = await signedIn(WARD);
      clock.offset = 6 * MINUTE;
      const empty = await agent.open(setup.client.authorizeUrl());
      expect(empty.body).to.not.include(person.email);
      expect(empty.body).to.include('autocomplete="username');
      expect(empty.body).to.include('autocomplete="current-password"');
      const hinted = await agent.open(setup.client.authorizeUrl({ login_hint: 'sam@example.org' }));
      expect(hinted.body).to.include('value="sam@example.org"');
    });

    it('and people are not warned of it by mail, but of a client that only says so', async () => {
      const { person } = await signedIn(ELSEWHERE);
      await tokensFor(setup.client, person, {}, at(WARD));
      expect(await newDeviceMails(person)).to.have.length(0);
      await tokensFor(setup.wardClient, person, {}, at(ELSEWHERE));
      expect(await newDeviceMails(person)).to.have.length(1);
    });
  });
});
