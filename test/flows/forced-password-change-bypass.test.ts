import { expect } from 'chai';
import { fixtures } from '../support/evidence/fixture.ts';
import {
  asksForChange,
  asksForPassword,
  NEW,
  useForcedPasswordChange,
} from '../support/forced-password-change.ts';
import { callbackOf, type Person, tokensFor } from '../support/protocol.ts';
import type { Page } from '../support/user-agent.ts';

describe('a password that has to be changed', function () {
  this.timeout(30_000);
  const setup = useForcedPasswordChange();
  const { flagged, atChange, choose, sessionsOf } = setup;

  describe('cannot be got around', () => {
    const getsNothing = async (person: Person, page: Page) => {
      expect(page.location ?? '', page.location).not.to.include('code=');
      expect(await sessionsOf(person)).to.deep.equal([]);
    };

    it('by the address that the sign-in returns to', async () => {
      const person = await flagged();
      const { agent, page } = await atChange(person);
      const uid = page.url.split('/').at(-1);
      const resumed = await agent.open(`${setup.server.issuer}/authorize/${uid}`);
      expect(asksForPassword(resumed) || asksForChange(resumed) || resumed.status >= 400).to.equal(true);
      await getsNothing(person, resumed);
    });

    it('by going back and signing in again with the old one', async () => {
      const person = await flagged();
      const { agent, page } = await atChange(person);
      const back = await agent.get(page.url);
      expect(asksForChange(back)).to.equal(true);
      const csrf = String(page.forms[0]?.fields.csrf);
      const again = await agent.follow(
        await agent.post(page.url, { csrf, identifier: person.email, password: person.password }),
      );
      expect(asksForChange(again)).to.equal(true);
      await getsNothing(person, again);
    });

    it('by a second tab, or the same request once more', async () => {
      const person = await flagged();
      const { agent } = await atChange(person);
      const other = await agent.open(setup.client.authorizeUrl());
      expect(asksForPassword(other)).to.equal(true);
      const { email: identifier, password } = person;
      const page = await agent.follow(await agent.submit(other, { identifier, password }));
      expect(asksForChange(page)).to.equal(true);
      await getsNothing(person, page);
    });

    it('by asking without a page', async () => {
      const person = await flagged();
      const { agent } = await atChange(person);
      const page = await agent.open(setup.client.authorizeUrl({ prompt: 'none' }));
      expect(callbackOf(page).get('error')).to.equal('login_required');
      await getsNothing(person, page);
    });

    it('by the consent page, cancelling, or an empty form', async () => {
      const person = await flagged();
      const { agent, page } = await atChange(person);
      const csrf = String(page.forms[0]?.fields.csrf);
      const consent = await agent.post(`${page.url}/consent`, { csrf, decision: 'allow' });
      expect(consent.status).to.equal(400);
      await agent.submit(page, { new_password: '' }, '/password');
      const cancelled = await agent.follow(await agent.submit(page, {}, '/cancel'));
      expect(callbackOf(cancelled).get('error')).to.equal('access_denied');
      await getsNothing(person, cancelled);
      expect((await setup.server.app.accounts.store.findById(person.id))?.passwordMustChange).to.equal(true);
    });

    it('on another node, or after a restart', async () => {
      const person = await flagged();
      const { agent, page } = await atChange(person);
      const second = await setup.server.secondNode();
      try {
        const port = second.app.config.server.port;
        const there = page.url.replace(new URL(setup.server.issuer).port, String(port));
        expect(asksForChange(await agent.get(there))).to.equal(true);
      } finally {
        await second.stop();
      }
      expect(asksForChange(await agent.get(page.url))).to.equal(true);
      await getsNothing(person, page);
    });

    it('by a change of another sign-in: what was proven is no longer the password', async () => {
      const person = await flagged();
      const first = await atChange(person);
      const second = await atChange(person);
      expect(callbackOf(await choose(first.agent, first.page, NEW)).has('code')).to.equal(true);
      const late = await choose(second.agent, second.page, 'nine other lanterns');
      expect(asksForPassword(late)).to.equal(true);
      await tokensFor(setup.client, { ...person, password: NEW });
      // The new one is taken there as anywhere.
      const page = await second.agent.follow(
        await second.agent.submit(late, { identifier: person.email, password: NEW }),
      );
      expect(callbackOf(page).has('code')).to.equal(true);
    });

    it('of an account that was disabled meanwhile', async () => {
      const person = await flagged();
      const { agent, page } = await atChange(person);
      await setup.server.app.accounts.store.setStatus(
        fixtures(setup.server.app.database),
        person.id,
        'disabled',
      );
      const answer = await choose(agent, page, NEW);
      expect(asksForPassword(answer)).to.equal(true);
      await getsNothing(person, answer);
    });
  });
});
