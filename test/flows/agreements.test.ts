import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { asksFor, NOTICE, useAgreements } from '../support/agreements.ts';
import { auditTrail, callbackOf } from '../support/protocol.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('the system-use notice and the terms', function () {
  this.timeout(30_000);
  const setup = useAgreements();
  const { signedInTo, agree, keptOf, sessionsOf } = setup;

  const eventsOf = async (accountId: string, prefix = 'agreement.') =>
    (await auditTrail(setup.server)).filter(
      ({ account, type }) => account === accountId && type.startsWith(prefix),
    );

  it('stand between everything that is shown and a session, one after the other', async () => {
    const person = await setup.server.addAccount();
    const { agent, page } = await signedInTo(person);
    expect(asksFor(page)).to.equal('notice');
    expect(page.body).to.include('<strong>monitored</strong>').and.include('&lt;b&gt;No&lt;/b&gt;');
    expect(await sessionsOf(person)).to.deep.equal([]);
    const terms = await agent.follow(await agent.submit(page, {}, '/agree'));
    expect(asksFor(terms)).to.equal('terms');
    expect(await sessionsOf(person)).to.deep.equal([]);
    const done = await agent.follow(await agent.submit(terms, {}, '/agree'));
    expect(callbackOf(done).get('code')).to.be.a('string');
    expect((await setup.client.redeem(done.location ?? '')).status).to.equal(200);
  });

  it('are kept with version, language and the text, and audited once each', async () => {
    const person = await setup.server.addAccount({ locale: 'es' });
    const { agent, page } = await signedInTo(person);
    expect(page.body).to.include('<strong>supervisa</strong>').and.include('lang="es"');
    await agree(agent, page);
    const kept = await keptOf(person);
    expect(kept.map(({ document, version, language }) => [document, version, language])).to.deep.equal([
      ['notice', 'n1', 'es'],
      ['terms', '1', 'es'],
    ]);
    const events = await eventsOf(person.id, 'agreement.accepted');
    expect(events.map(({ details }) => details)).to.deep.equal(
      kept.map(({ text_digest: textDigest, ...rest }) => ({ ...rest, textDigest })),
    );
  });

  it('keep the digest of the very file', async () => {
    const person = await setup.server.addAccount();
    const { agent, page } = await signedInTo(person);
    await agree(agent, page);
    const [notice] = await keptOf(person);
    expect(notice?.text_digest).to.equal(createHash('sha256').update(NOTICE).digest('hex'));
  });

  it('ask for the notice at every sign-in, and for the terms once', async () => {
    const person = await setup.server.addAccount();
    const first = await signedInTo(person);
    await agree(first.agent, first.page);
    const { agent, page } = await signedInTo(person);
    expect(asksFor(page)).to.equal('notice');
    const done = await agent.follow(await agent.submit(page, {}, '/agree'));
    expect(callbackOf(done).get('code')).to.be.a('string');
    // Another application in the same session is no sign-in.
    const again = await agent.open(setup.client.authorizeUrl({ prompt: 'none' }));
    expect(callbackOf(again).get('code')).to.be.a('string');
    expect(await eventsOf(person.id, 'agreement.accepted')).to.have.length(3);
  });

  for (const document of ['notice', 'terms']) {
    it(`end the sign-in where the ${document} is declined, and the application is told`, async () => {
      const person = await setup.server.addAccount();
      let { agent, page } = await signedInTo(person);
      if (document === 'terms') page = await agent.follow(await agent.submit(page, {}, '/agree'));
      const declined = await agent.follow(await agent.submit(page, {}, '/decline'));
      expect(callbackOf(declined).get('error')).to.equal('access_denied');
      expect(callbackOf(declined).get('state')).to.equal('the-state');
      expect(await sessionsOf(person)).to.deep.equal([]);
      expect(await eventsOf(person.id, 'agreement.declined')).to.have.length(1);
      // It is over: neither the page nor its form leads anywhere.
      const late = await agent.follow(await agent.submit(page, {}, '/agree'));
      expect(late.location ?? '').not.to.include('code=');
      expect(await sessionsOf(person)).to.deep.equal([]);
    });
  }

  it('lead somebody who declines at our own pages to a page with a way onward', async () => {
    const person = await setup.server.addAccount();
    const { agent, page } = await signedInTo(person, { url: `${setup.server.issuer}/account` });
    const declined = await agent.follow(await agent.submit(page, {}, '/decline'));
    expect(declined.status).to.equal(200);
    expect(declined.url).to.equal(`${setup.server.issuer}/declined`);
    expect(declined.body).to.include('You are not signed in').and.include('href="/account"');
    expect(asksFor(await agent.open(`${setup.server.issuer}/account`))).to.equal(undefined);
  });

  it('are forgotten with the account', async () => {
    const person = await setup.server.addAccount();
    const { agent, page } = await signedInTo(person);
    await agree(agent, page);
    const { app } = setup.server;
    await app.database.transaction((tx) =>
      app.lifecycle.deletion.remove(tx, person.id, { actor: { kind: 'system' }, origin: {} }),
    );
    expect(await keptOf(person)).to.deep.equal([]);
    expect(await eventsOf(person.id, 'agreement.accepted')).to.have.length(2);
  });

  describe('of a new version', () => {
    it('ask those who are signed in, tell silent requests, and sign out who declines', async () => {
      const people = [await setup.server.addAccount(), await setup.server.addAccount()] as const;
      const signedIn = [];
      for (const person of people) {
        const { agent, page } = await signedInTo(person);
        await agree(agent, page);
        signedIn.push(agent);
      }
      await setup.restart({ TERMS_VERSION: '2' });
      const [accepting, declining] = signedIn as [UserAgent, UserAgent];

      const silent = await accepting.open(setup.client.authorizeUrl({ prompt: 'none' }));
      expect(callbackOf(silent).get('error')).to.equal('interaction_required');
      const asked = await accepting.open(setup.client.authorizeUrl());
      expect(asksFor(asked), asked.body).to.equal('terms');
      expect(asked.body).to.include('Version 2').and.include('signed out in this browser');
      const accepted = await accepting.follow(await accepting.submit(asked, {}, '/agree'));
      expect(callbackOf(accepted).get('code')).to.be.a('string');
      expect(await keptOf(people[0])).to.have.length(3);

      const other = await declining.open(setup.client.authorizeUrl());
      const declined = await declining.follow(await declining.submit(other, {}, '/decline'));
      expect(callbackOf(declined).get('error')).to.equal('access_denied');
      expect((await sessionsOf(people[1])).filter(({ model }) => model === 'Session')).to.deep.equal([]);
      const after = await declining.open(setup.client.authorizeUrl({ prompt: 'none' }));
      expect(callbackOf(after).get('error')).to.equal('login_required');
    });
  });

  it('say nothing of themselves to a browser that is not in the sign-in', async () => {
    const person = await setup.server.addAccount();
    const { page } = await signedInTo(person);
    const stranger = new UserAgent();
    expect((await stranger.submit(page, {}, '/agree')).status).to.equal(400);
    expect((await stranger.submit(page, {}, '/decline')).status).to.equal(400);
    expect((await stranger.get(page.url)).body).not.to.include('monitored');
  });
});
