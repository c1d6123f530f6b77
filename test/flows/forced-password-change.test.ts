import { expect } from 'chai';
import { fixtures } from '../support/evidence/fixture.ts';
import { asksForPassword, NEW, useForcedPasswordChange } from '../support/forced-password-change.ts';
import {
  auditTrail,
  authorize,
  callbackOf,
  eventsDuring,
  type Person,
  tokensFor,
} from '../support/protocol.ts';
import { PASSWORD } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const DAY = 86_400_000;

describe('a password that has to be changed', function () {
  this.timeout(30_000);
  const setup = useForcedPasswordChange();
  const { flagged, atChange, choose, sessionsOf, mailsTo, ofType } = setup;

  for (const flag of ['must_change', 'compromised'] as const) {
    it(`(${flag}) is asked for after the old one, before any session or code exists, and leads on`, async () => {
      const person = await flagged(flag);
      const { events, result } = await eventsDuring(setup.server, async () => {
        const { agent, page } = await atChange(person);
        expect(page.status).to.equal(200);
        expect(page.url).to.match(/\/sign-in\/[^/]+$/);
        expect(page.body).to.include(person.email).and.include('None of your last 12 passwords');
        expect(page.body).to.match(/name="new_password"[^>]* autocomplete="new-password"/);
        expect(page.body).to.match(/autocomplete="username" value="person-/);
        expect(await sessionsOf(person)).to.deep.equal([]);
        return choose(agent, page, NEW);
      });
      expect(callbackOf(result).get('code')).to.be.a('string');
      const { body } = await setup.client.redeem(String(result.location));
      expect(body.access_token).to.be.a('string');

      expect(ofType(events, 'sign_in.failed')).to.deep.equal([]);
      expect(
        ofType(events, 'password.change_demanded').map(({ account, outcome, details }) => [
          account,
          outcome,
          details,
        ]),
      ).to.deep.equal([[person.id, 'success', { reason: flag }]]);
      expect(
        ofType(events, 'password.changed').map(({ account, client, details: { by, sessionsEnded } }) => [
          account,
          client,
          by,
          sessionsEnded,
        ]),
      ).to.deep.equal([[person.id, setup.client.id, 'demand', true]]);
      expect(ofType(events, 'sign_in.succeeded')).to.have.length(1);
      const types = events.map(({ type }) => type);
      expect(types.indexOf('password.changed')).to.be.below(types.indexOf('sign_in.succeeded'));
      expect(await mailsTo(person)).to.deep.include({ kind: 'password-changed' });
      expect(await setup.server.app.accounts.store.findById(person.id)).to.include({
        passwordMustChange: false,
        passwordCompromised: false,
      });

      // From now on the new one opens everything, the old one nothing.
      await tokensFor(setup.client, { ...person, password: NEW });
      const refused = await authorize(new UserAgent(), setup.client.authorizeUrl(), person);
      expect(refused.status).to.equal(401);
    });
  }

  it('is one that has expired, which is told from its age alone', async () => {
    const person = await setup.server.addAccount();
    await tokensFor(setup.client, person);
    setup.aheadMs = 90 * DAY + 1_000;
    const { agent, page } = await atChange(person);
    expect(page.body).to.include('older than it may be');
    expect(callbackOf(await choose(agent, page, NEW)).has('code')).to.equal(true);
    setup.aheadMs = 179 * DAY;
    await tokensFor(setup.client, { ...person, password: NEW });
    setup.aheadMs = 181 * DAY;
    await atChange({ ...person, password: NEW });
  });

  it('ends every other session and token, and keeps the one of this browser', async () => {
    const person = await setup.server.addAccount();
    const [here, elsewhere] = [new UserAgent(), new UserAgent()];
    await tokensFor(setup.client, person, {}, here);
    const { access_token: token } = await tokensFor(setup.client, person, {}, elsewhere);
    await setup.server.app.accounts.passwords.flag(
      fixtures(setup.server.app.database),
      person.id,
      'must_change',
    );
    const { page } = await atChange(person, here, { prompt: 'login' });
    expect(callbackOf(await choose(here, page, NEW)).has('code')).to.equal(true);
    expect((await setup.client.userinfo(token)).status).to.equal(401);
    expect(asksForPassword(await elsewhere.open(setup.client.authorizeUrl()))).to.equal(true);
    expect(callbackOf(await here.open(setup.client.authorizeUrl())).has('code')).to.equal(true);
  });

  describe('refuses', () => {
    const refused: [name: string, password: string, words: RegExp][] = [
      ['nothing', '', /Choose a password/],
      ['a short one', 'short', /too short\. Use at least 12/],
      ['a common one', 'password1234', /common, or was stolen/],
      ['one that is easy to guess', 'abcabcabcabcabc', /too easy to guess/],
      ['the old one', PASSWORD, /had this password before/],
      ['one with the address in it', 'person-lantern-person', /contains your name/],
    ];
    for (const [name, password, words] of refused) {
      it(`${name}, says why and which rules were met, and asks again`, async () => {
        const { agent, page } = await atChange(await flagged());
        const answer = await agent.submit(page, { new_password: password }, '/password');
        expect(answer.status).to.equal(400);
        expect(answer.body).to.match(words).and.include('data-error-summary');
        expect(answer.body).not.to.include(`value="${password || 'never'}"`);
        if (password !== '') expect(answer.body).to.include('data-state="unmet"');
        expect(callbackOf(await choose(agent, answer, NEW)).has('code')).to.equal(true);
      });
    }

    it('in the language of the request', async () => {
      const person = await flagged();
      const { agent, page } = await atChange(person, new UserAgent(), { ui_locales: 'es' });
      expect(page.body).to.include('Elija una contraseña nueva');
      const answer = await agent.submit(page, { new_password: 'corta' }, '/password');
      expect(answer.body).to.include('demasiado corta');
    });

    it('one of the last passwords, through all of them', async () => {
      let person: Person = await setup.server.addAccount();
      const chosen = [PASSWORD];
      for (const word of ['granite', 'marigold', 'thimble']) {
        await setup.server.app.accounts.passwords.flag(
          fixtures(setup.server.app.database),
          person.id,
          'must_change',
        );
        const { agent, page } = await atChange(person);
        for (const earlier of chosen) {
          const answer = await agent.submit(page, { new_password: earlier }, '/password');
          expect(answer.body, earlier).to.include('had this password before');
        }
        person = { ...person, password: `seven quiet ${word} lanterns` };
        expect(callbackOf(await choose(agent, page, person.password)).has('code')).to.equal(true);
        chosen.push(person.password);
      }
    });

    it('when too many hashes wait: what was not checked is not passed', async () => {
      const person = await flagged();
      const { agent, page } = await atChange(person);
      setup.busy = true;
      const answer = await agent.submit(page, { new_password: NEW }, '/password');
      setup.busy = false;
      expect(answer.status).to.equal(503);
      expect(answer.headers.get('retry-after')).to.equal('7');
      expect(answer.body).to.include('Try again in 7 seconds');
      expect((await setup.server.app.accounts.store.findById(person.id))?.passwordMustChange).to.equal(true);
      expect(callbackOf(await choose(agent, answer, NEW)).has('code')).to.equal(true);
    });

    it('a form that is not of this sign-in', async () => {
      const { agent, page } = await atChange(await flagged());
      const action = `${page.url}/password`;
      for (const fields of [{ new_password: NEW }, { new_password: NEW, csrf: 'forged' }]) {
        const answer = await agent.post(action, fields as Record<string, string>);
        expect(answer.status).to.be.oneOf([400, 403]);
      }
      expect((await new UserAgent().post(action, { csrf: 'x', new_password: NEW })).status).to.equal(400);
    });

    it('more tries than the limit allows', async () => {
      const { agent, page } = await atChange(await flagged());
      const statuses: number[] = [];
      for (let turn = 0; turn < 22; turn += 1) {
        statuses.push((await agent.submit(page, { new_password: 'short' }, '/password')).status);
      }
      expect(statuses.slice(0, 20)).to.deep.equal(Array(20).fill(400));
      expect(statuses.slice(20)).to.deep.equal([429, 429]);
    });
  });

  it('is changed once by a form that is sent many times', async () => {
    const person = await flagged();
    const { agent, page } = await atChange(person);
    const passwords = ['alpha', 'bravo', 'delta', 'hotel'].map((word) => `seven quiet ${word} lanterns`);
    const answers = await Promise.all(
      passwords.map((each) => agent.submit(page, { new_password: each }, '/password')),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal([303, 303, 303, 303]);
    const changed = ofType(await auditTrail(setup.server), 'password.changed').filter(
      ({ account }) => account === person.id,
    );
    expect(changed).to.have.length(1);
    const {
      passwords: { hasher },
      accounts: { store: accounts },
    } = setup.server.app;
    const stored = (await accounts.findById(person.id))?.passwordHash;
    const works = await Promise.all(
      passwords.map(async (each) => (await hasher.verify(stored, each)).matches),
    );
    expect(works.filter(Boolean)).to.have.length(1);
  });
});
