import { expect } from 'chai';
import { fixture } from '../support/evidence/fixture.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { NEW_PASSWORD, useOwnChanges } from '../support/own-changes.ts';
import { handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

describe('what people change about themselves', () => {
  const setup = useOwnChanges();
  const { at, signedIn, isSignedIn, stored, events, change } = setup;

  describe('name and language', () => {
    it('are saved, shown, told to the trail, and the pages follow the language', async () => {
      const agent = await signedIn();
      const done = await agent.follow(
        await change(agent, '/account/profile', { name: ' Robin R. Reyes ', locale: 'es' }),
      );
      expect(done.status).to.equal(200);
      expect(done.body)
        .to.include('Robin R. Reyes')
        .and.include('<html lang="es">')
        .and.include('se han cambiado');
      expect(await stored()).to.include({ name: 'Robin R. Reyes', locale: 'es' });
      const [event] = await events('account.profile_changed');
      expect(event).to.include({ actor: setup.person.id });
      expect(event?.details)
        .to.deep.include({ fields: ['name', 'locale'] })
        .and.nested.include({ 'after.locale': 'es' });
      expect(event?.session).to.be.a('string');
      await change(agent, '/account/profile', { name: 'Robin R. Reyes', locale: '' });
      expect((await stored()).locale).to.equal(undefined);
    });

    it('are not overwritten with what somebody saw before another window changed them', async () => {
      const agent = await signedIn();
      const first = await agent.get(at('/account/profile'));
      expect((await change(agent, '/account/profile', { name: 'Robin One', locale: '' })).status).to.equal(
        303,
      );
      const second = await agent.submit(first, { name: 'Robin Two', locale: '' });
      expect(second.status).to.equal(409);
      expect(second.body).to.include('changed in another window').and.include('Robin Two');
      expect((await stored()).name).to.equal('Robin One');
      expect((await agent.submit(second, { name: 'Robin Two', locale: '' })).status).to.equal(303);
    });

    it('are refused with a reason where they are none', async () => {
      const agent = await signedIn();
      for (const name of ['', 'N\u2028N', 'N'.repeat(300)]) {
        expect((await change(agent, '/account/profile', { name, locale: '' })).status, name).to.equal(400);
      }
      expect((await change(agent, '/account/profile', { name: 'N', locale: 'xx' })).status).to.equal(400);
      expect((await stored()).name).to.equal('Robin Reyes');
    });
  });

  describe('the password', () => {
    const chosen = () => ({ current_password: setup.person.password, new_password: NEW_PASSWORD });

    it('is changed; this session stays, every other one and its tokens end, and a mail says so', async () => {
      const client = handClient(setup.server.issuer, await setup.server.addClient(WEB_CLIENT));
      const [here, elsewhere] = [await signedIn(), await signedIn()];
      const kept = await tokensFor(client, setup.person, { scope: 'openid email' }, here);
      const ended = await tokensFor(client, setup.person, { scope: 'openid email' }, elsewhere);
      const other = await setup.server.addAccount();
      const bystander = await signedIn(other.password, other.email);

      const done = await here.follow(await change(here, '/account/password', chosen()));
      expect(done.body).to.include('Your password was changed');
      expect([
        await isSignedIn(here),
        await isSignedIn(elsewhere),
        await isSignedIn(bystander),
      ]).to.deep.equal([true, false, true]);
      expect((await client.userinfo(kept.access_token)).status).to.equal(200);
      expect((await client.userinfo(ended.access_token)).status).to.equal(401);
      expect((await client.refresh(kept.refresh_token)).status).to.equal(200);
      expect((await client.refresh(ended.refresh_token)).body.error).to.equal('invalid_grant');
      expect(await isSignedIn(await signedIn())).to.equal(false);
      expect(await isSignedIn(await signedIn(NEW_PASSWORD))).to.equal(true);
      const message = await mailAbout(setup.server, setup.person.email, 'Your password was changed');
      expect(message.text).to.include('signed out everywhere else');
      const [changed] = await events('password.changed');
      expect(changed).to.include({ actor: setup.person.id });
      expect(changed?.details).to.include({ by: 'person', sessionsEnded: true });
    });

    it('asks for the current one, and judges the new one like everywhere', async () => {
      const agent = await signedIn();
      const refused: [Record<string, string>, string][] = [
        [{ ...chosen(), current_password: 'not the current one' }, 'This is not your current password.'],
        [{ ...chosen(), current_password: '' }, 'Enter your current password.'],
        [{ ...chosen(), new_password: '' }, 'Choose a password.'],
        [{ ...chosen(), new_password: 'short' }, 'too short'],
        [{ ...chosen(), new_password: setup.person.password }, 'before'],
        [{ ...chosen(), new_password: 'robin reyes juggles 42' }, 'contains your name'],
      ];
      for (const [fields, message] of refused) {
        const answer = await change(agent, '/account/password', fields);
        expect([answer.status, answer.body.includes(message)], message).to.deep.equal([400, true]);
        const { current_password, new_password } = answer.forms[0]?.fields ?? {};
        expect([current_password, new_password]).to.deep.equal(['', '']);
      }
      expect(await events('password.changed')).to.deep.equal([]);
    });

    it('cannot be guessed through the form: ten tries an hour', async () => {
      const agent = await signedIn();
      const page = await agent.get(at('/account/password'));
      const statuses: number[] = [];
      for (let guess = 0; guess < 11; guess += 1) {
        const answer = await agent.submit(page, { ...chosen(), current_password: `guess ${guess}` });
        statuses.push(answer.status);
      }
      expect(statuses).to.deep.equal([...Array<number>(10).fill(400), 429]);
      expect((await agent.submit(page, chosen())).status).to.equal(429);
    });

    it('changed 8 times in parallel is changed once', async () => {
      const agent = await signedIn();
      const page = await agent.get(at('/account/password'));
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          agent.submit(page, { ...chosen(), new_password: `${NEW_PASSWORD} ${index}` }),
        ),
      );
      expect(answers.filter(({ status }) => status === 303)).to.have.length(1);
      expect(await events('password.changed')).to.have.length(1);
    });

    it('asks for a fresh sign-in: after five minutes, and after fifteen for an open form', async () => {
      const agent = await signedIn();
      const page = await agent.get(at('/account/password'));
      expect(page.status).to.equal(200);
      setup.late = 301;
      const away = await agent.get(at('/account/password'));
      expect(away.status).to.equal(303);
      const request = new URL(String(away.location));
      expect([request.pathname, request.searchParams.get('max_age')]).to.deep.equal(['/authorize', '300']);
      setup.late = 901;
      const tooLate = await agent.submit(page, chosen());
      expect(new URL(String(tooLate.location)).pathname).to.equal('/authorize');
      expect(await events('password.changed')).to.deep.equal([]);
    });

    it('comes after the fresh sign-in that it asks for, in the same session', async () => {
      const agent = await signedIn();
      await fixture(
        setup.server.app.database,
        `update oidc_artifacts
         set payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload ->> 'loginTs')::bigint - 400))
         where model = 'Session' and account_id = $1`,
        [setup.person.id],
      );
      const asked = await agent.open(at('/account/password'));
      expect(asked.body).to.include('confirm that it is you');
      const { email: identifier, password } = setup.person;
      const back = await agent.follow(await agent.submit(asked, { identifier, password }));
      expect([back.status, back.url]).to.deep.equal([200, at('/account/password')]);
      expect((await agent.submit(back, chosen(), '/account/password')).status).to.equal(303);
      expect(await isSignedIn(agent)).to.equal(true);
    });

    it('changes with what was mailed before: a link for a new password is dead then', async () => {
      const agent = await signedIn();
      await agent.submit(await agent.get(at('/forgot')), { identifier: setup.person.email });
      const link = setup.server.mailbox.linkIn(
        await mailAbout(setup.server, setup.person.email, 'Choose a new password'),
      );
      expect((await agent.get(link)).status).to.equal(200);
      await change(agent, '/account/password', chosen());
      expect((await agent.get(link)).status).to.equal(410);
    });
  });

  const forms: [string, Record<string, string>][] = [
    ['/account/profile', { name: 'Mallory', locale: '' }],
    ['/account/password', { new_password: NEW_PASSWORD }],
    ['/account/address', { email: 'mallory@example.org' }],
  ];
  for (const [path, fields] of forms) {
    it(`${path} takes only its own form, of this session, from this site`, async () => {
      const agent = await signedIn();
      const other = await signedIn();
      const page = await agent.get(at(path));
      const own = { ...page.forms[0]?.fields, current_password: setup.person.password, ...fields };
      const foreign = (await other.get(at(path))).forms[0]?.fields.csrf;
      const wrong: [string, Promise<Page>, number][] = [
        ['no token', agent.post(at(path), { ...own, csrf: 'x' }), 403],
        ['the token of another session', agent.post(at(path), { ...own, csrf: String(foreign) }), 403],
        ['another site', agent.post(at(path), own, { 'sec-fetch-site': 'cross-site' }), 403],
        ['a field twice', agent.post(at(path), `${new URLSearchParams(own)}&csrf=x`), 400],
        ['JSON', agent.post(at(path), JSON.stringify(own), { 'content-type': 'application/json' }), 415],
        ['nobody signed in', new UserAgent().post(at(path), own), 303],
      ];
      for (const [what, answer, status] of wrong) expect((await answer).status, what).to.equal(status);
      expect(await stored()).to.include({ name: 'Robin Reyes', email: setup.person.email });
      expect(await events('password.changed')).to.deep.equal([]);
    });
  }
});
