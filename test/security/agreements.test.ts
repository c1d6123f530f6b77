import { expect } from 'chai';
import { asksFor, useAgreements } from '../support/agreements.ts';
import { auditTrail, callbackOf, type Person } from '../support/protocol.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

describe('a notice or terms that have to be agreed to', function () {
  this.timeout(60_000);
  const setup = useAgreements();
  const { signedInTo, agree, keptOf, sessionsOf } = setup;

  const getsNothing = async (person: Person, page: Page) => {
    expect(page.location ?? '', page.location).not.to.include('code=');
    expect(await sessionsOf(person)).to.deep.equal([]);
  };
  const acceptedOf = async ({ id }: Person) =>
    (await auditTrail(setup.server)).filter(
      ({ account, type }) => account === id && type === 'agreement.accepted',
    );

  it('cannot be got around by the address that the sign-in returns to', async () => {
    const person = await setup.server.addAccount();
    const { agent, page } = await signedInTo(person);
    const uid = page.url.split('/').at(-1);
    await getsNothing(person, await agent.open(`${setup.server.issuer}/authorize/${uid}`));
    await getsNothing(person, await agent.open(`${setup.server.issuer}/sign-in/${uid}/continue`));
  });

  it('cannot be got around by posting the step after the next', async () => {
    const person = await setup.server.addAccount();
    const { agent, page } = await signedInTo(person);
    const csrf = String(page.forms[0]?.fields.csrf);
    for (const step of ['sessions', 'skip', 'codes/stored', 'consent', 'password', 'enrol/totp']) {
      await getsNothing(person, await agent.follow(await agent.post(`${page.url}/${step}`, { csrf })));
    }
    // The terms are the step after the notice: saying yes to them says nothing of it.
    const terms = { csrf, document: 'terms', version: '1', language: 'en' };
    const again = await agent.follow(await agent.post(`${page.url}/agree`, terms));
    expect(asksFor(again)).to.equal('notice');
    expect(await keptOf(person)).to.deep.equal([]);
    const still = await agent.follow(await agent.post(`${page.url}/decline`, terms));
    expect(asksFor(still)).to.equal('notice');
  });

  it('cannot be agreed to in a version or language that was not shown, or without saying which', async () => {
    const person = await setup.server.addAccount();
    const { agent, page } = await signedInTo(person);
    const csrf = String(page.forms[0]?.fields.csrf);
    const good = { csrf, document: 'notice', version: 'n1', language: 'en' };
    for (const wrong of [{ version: 'n0' }, { version: '' }, { language: 'pt' }, { language: '__proto__' }]) {
      const next = await agent.follow(await agent.post(`${page.url}/agree`, { ...good, ...wrong }));
      expect(asksFor(next), JSON.stringify(wrong)).to.equal('notice');
    }
    const bodies = [
      { csrf },
      '',
      `csrf=${csrf}&document=notice&document=terms&version=n1&language=en`,
      { ...good, document: 'constructor' },
    ];
    for (const body of bodies) {
      expect((await agent.post(`${page.url}/agree`, body)).status).to.equal(400);
    }
    const json = { 'content-type': 'application/json' };
    expect((await agent.post(`${page.url}/agree`, JSON.stringify(good), json)).status).to.equal(415);
    expect((await agent.post(`${page.url}/agree`, { ...good, csrf: 'x' })).status).to.equal(403);
    expect(await keptOf(person)).to.deep.equal([]);
    await getsNothing(person, await agent.get(page.url));
  });

  for (const ending of ['/agree', '/decline']) {
    it(`are answered by no forged form (${ending})`, async () => {
      const person = await setup.server.addAccount();
      const { agent, page } = await signedInTo(person);
      const form = page.forms.find(({ action }) => action.endsWith(ending));
      const { csrf: right = '', ...without } = form?.fields ?? {};
      const action = String(form?.action);
      const other = await signedInTo(person);
      const foreign = String(other.page.forms[0]?.fields.csrf);
      for (const fields of [without, { ...without, csrf: '' }, { ...without, csrf: foreign }]) {
        expect((await agent.post(action, fields)).status).to.be.oneOf([400, 403]);
      }
      for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }]) {
        const answer = await agent.post(
          action,
          { ...without, csrf: right },
          headers as Record<string, string>,
        );
        expect(answer.status).to.equal(403);
      }
      await agent.get(`${action}?${new URLSearchParams({ ...without, csrf: right })}`);
      expect(asksFor(await agent.get(page.url))).to.equal('notice');
      expect(await keptOf(person)).to.deep.equal([]);
    });
  }

  it('are asked of each sign-in in each tab, and of the next person in the same sign-in', async () => {
    const [one, other] = [await setup.server.addAccount(), await setup.server.addAccount()];
    const { agent, page } = await signedInTo(one);
    const tab = await signedInTo(one, { agent });
    expect(asksFor(tab.page)).to.equal('notice');
    const terms = await agent.follow(await agent.submit(page, {}, '/agree'));
    expect(asksFor(terms)).to.equal('terms');
    // Somebody else signs in where the first has agreed to the notice.
    const csrf = String(terms.forms[0]?.fields.csrf);
    const typed = { csrf, identifier: other.email, password: other.password };
    const next = await agent.follow(await agent.post(terms.url, typed));
    expect(asksFor(next)).to.equal('notice');
    expect(await keptOf(other)).to.deep.equal([]);
    await getsNothing(other, next);
  });

  it('are asked again of who comes back to the first form', async () => {
    const person = await setup.server.addAccount();
    const { agent, page } = await signedInTo(person);
    expect(asksFor(await agent.get(page.url))).to.equal('notice');
    const silent = await agent.open(setup.client.authorizeUrl({ prompt: 'none' }));
    expect(callbackOf(silent).get('error')).to.equal('login_required');
    await getsNothing(person, silent);
  });

  it('are kept once, however often the form is sent at the same time', async () => {
    const person = await setup.server.addAccount();
    const { agent, page } = await signedInTo(person);
    const answers = await Promise.all(Array.from({ length: 20 }, () => agent.submit(page, {}, '/agree')));
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([303]));
    expect(await acceptedOf(person)).to.have.length(1);
    const done = await agree(agent, await agent.open(page.url));
    expect(callbackOf(done).get('code')).to.be.a('string');
  });

  it('of terms are accepted once by two browsers at the same time, and both get in', async () => {
    const person = await setup.server.addAccount();
    const waiting = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const { agent, page } = await signedInTo(person);
        return { agent, page: await agent.follow(await agent.submit(page, {}, '/agree')) };
      }),
    );
    const ends = await Promise.all(
      waiting.map(async ({ agent, page }) => agent.follow(await agent.submit(page, {}, '/agree'))),
    );
    for (const end of ends) expect(callbackOf(end).get('code')).to.be.a('string');
    const terms = (await acceptedOf(person)).filter(({ details }) => details.document === 'terms');
    expect(terms).to.have.length(1);
    expect(await keptOf(person)).to.have.length(2);
  });

  it('that are accepted and declined at the same time end in one of the two', async () => {
    for (let round = 0; round < 3; round += 1) {
      const person = await setup.server.addAccount();
      const { agent, page } = await signedInTo(person);
      const terms = await agent.follow(await agent.submit(page, {}, '/agree'));
      await Promise.all([
        agent.submit(terms, {}, '/agree').then((answer) => agent.follow(answer)),
        agent.submit(terms, {}, '/decline').then((answer) => agent.follow(answer)),
      ]);
      const events = (await auditTrail(setup.server)).filter(({ account }) => account === person.id);
      const signedIn = events.some(({ type }) => type === 'sign_in.succeeded');
      const accepted = (await keptOf(person)).some(({ document }) => document === 'terms');
      expect(signedIn).to.equal(accepted);
    }
  });

  it('hold on another node, and after a restart', async () => {
    const person = await setup.server.addAccount();
    const { agent, page } = await signedInTo(person);
    const second = await setup.server.secondNode();
    try {
      const uid = page.url.split('/').at(-1);
      const elsewhere = await agent.get(`${second.issuer}/sign-in/${uid}`);
      expect(asksFor(elsewhere)).to.equal('notice');
    } finally {
      await second.stop();
    }
    await setup.restart({});
    expect(asksFor(await agent.get(page.url))).to.equal('notice');
  });

  it('end with the account: nothing is kept of somebody who was deleted meanwhile', async () => {
    const person = await setup.server.addAccount();
    const { agent, page } = await signedInTo(person);
    const { app } = setup.server;
    await app.database.transaction((tx) =>
      app.lifecycle.deletion.remove(tx, person.id, { actor: { kind: 'system' }, origin: {} }),
    );
    await getsNothing(person, await agent.follow(await agent.submit(page, {}, '/agree')));
    expect(await keptOf(person)).to.deep.equal([]);
  });

  it('lead no forged Host anywhere', async () => {
    const person = await setup.server.addAccount();
    const { agent, page } = await signedInTo(person);
    const form = page.forms.find(({ action }) => action.endsWith('/decline'));
    const answer = await agent.post(String(form?.action), form?.fields ?? {}, {
      'x-forwarded-host': 'evil.example',
    });
    expect(answer.location).not.to.include('evil.example');
    expect(await new UserAgent().get(`${setup.server.issuer}/declined`)).to.include({ status: 200 });
  });
});
