import { expect } from 'chai';
import { addSeconds } from '../../src/kernel/clock.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { eventually } from '../support/processes.ts';
import { auditTrail, handClient, type Person, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const NEW_PASSWORD = 'marble otters juggle quietly';

describe('what people change about themselves', () => {
  let server: TestServer;
  let person: Person;
  let late = 0;
  before(async () => {
    server = await startTestServer({
      settings: { RATE_LIMIT_PASSWORD_CHANGE_PER_PERSON: '', RATE_LIMIT_ADDRESS_CHANGE_PER_PERSON: '' },
      replace: { clock: { now: () => addSeconds(new Date(), late) } },
    });
  });
  after(() => server.stop());
  beforeEach(async () => {
    late = 0;
    person = await server.addAccount({ name: 'Robin Reyes' });
  });

  const at = (path: string) => `${server.issuer}${path}`;
  async function signedIn(password = person.password, identifier = person.email): Promise<UserAgent> {
    const agent = new UserAgent();
    await agent.follow(await agent.submit(await agent.open(at('/account')), { identifier, password }));
    return agent;
  }
  const isSignedIn = async (agent: UserAgent) => (await agent.get(at('/account'))).status === 200;
  const stored = async () => {
    const account = await server.app.accounts.store.findById(person.id);
    if (account === undefined) throw new Error('the account is gone');
    return account;
  };
  const events = async (type: string) =>
    (await auditTrail(server)).filter((event) => event.type === type && event.account === person.id);
  const change = async (agent: UserAgent, path: string, fields: Record<string, string>): Promise<Page> =>
    agent.submit(await agent.get(at(path)), fields, path);

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
      expect(event).to.deep.include({ actor: person.id, details: { fields: ['name', 'locale'] } });
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
    const chosen = () => ({ current_password: person.password, new_password: NEW_PASSWORD });

    it('is changed; this session stays, every other one and its tokens end, and a mail says so', async () => {
      const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
      const [here, elsewhere] = [await signedIn(), await signedIn()];
      const kept = await tokensFor(client, person, { scope: 'openid email' }, here);
      const ended = await tokensFor(client, person, { scope: 'openid email' }, elsewhere);
      const other = await server.addAccount();
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
      const message = await mailAbout(server, person.email, 'Your password was changed');
      expect(message.text).to.include('signed out everywhere else');
      expect((await events('password.changed'))[0]).to.deep.include({
        actor: person.id,
        details: { by: 'person', sessionsEnded: true },
      });
    });

    it('asks for the current one, and judges the new one like everywhere', async () => {
      const agent = await signedIn();
      const refused: [Record<string, string>, string][] = [
        [{ ...chosen(), current_password: 'not the current one' }, 'This is not your current password.'],
        [{ ...chosen(), current_password: '' }, 'Enter your current password.'],
        [{ ...chosen(), new_password: '' }, 'Choose a password.'],
        [{ ...chosen(), new_password: 'short' }, 'too short'],
        [{ ...chosen(), new_password: person.password }, 'before'],
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
      late = 301;
      const away = await agent.get(at('/account/password'));
      expect(away.status).to.equal(303);
      const request = new URL(String(away.location));
      expect([request.pathname, request.searchParams.get('max_age')]).to.deep.equal(['/authorize', '300']);
      late = 901;
      const tooLate = await agent.submit(page, chosen());
      expect(new URL(String(tooLate.location)).pathname).to.equal('/authorize');
      expect(await events('password.changed')).to.deep.equal([]);
    });

    it('comes after the fresh sign-in that it asks for, in the same session', async () => {
      const agent = await signedIn();
      await server.app.database.query(
        `update oidc_artifacts
         set payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload ->> 'loginTs')::bigint - 400))
         where model = 'Session' and account_id = $1`,
        [person.id],
      );
      const asked = await agent.open(at('/account/password'));
      expect(asked.body).to.include('confirm that it is you');
      const { email: identifier, password } = person;
      const back = await agent.follow(await agent.submit(asked, { identifier, password }));
      expect([back.status, back.url]).to.deep.equal([200, at('/account/password')]);
      expect((await agent.submit(back, chosen(), '/account/password')).status).to.equal(303);
      expect(await isSignedIn(agent)).to.equal(true);
    });

    it('changes with what was mailed before: a link for a new password is dead then', async () => {
      const agent = await signedIn();
      await agent.submit(await agent.get(at('/forgot')), { identifier: person.email });
      const link = server.mailbox.linkIn(await mailAbout(server, person.email, 'Choose a new password'));
      expect((await agent.get(link)).status).to.equal(200);
      await change(agent, '/account/password', chosen());
      expect((await agent.get(link)).status).to.equal(410);
    });
  });

  describe('the address', () => {
    let address: string;
    beforeEach(() => {
      address = person.email.replace('person-', 'new-');
    });
    const ask = async (agent: UserAgent, email = address) =>
      agent.follow(await change(agent, '/account/address', { email }));
    const confirm = async (link: string) => {
      const agent = new UserAgent();
      return agent.submit(await agent.get(link), {}, '/verify-address');
    };

    it('sends mail to five addresses of their choice in an hour, and then no more', async () => {
      const agent = await signedIn();
      const page = await agent.get(at('/account/address'));
      const statuses: number[] = [];
      for (let turn = 0; turn < 6; turn += 1) {
        statuses.push((await agent.submit(page, { email: `${turn}-${address}` }, '/account/address')).status);
      }
      expect(statuses).to.deep.equal([303, 303, 303, 303, 303, 429]);
    });

    it('changes when the link is used, not before; the old address is told; sessions stay', async () => {
      const agent = await signedIn();
      expect((await ask(agent)).body).to.include('a message is on its way');
      const message = await server.mailbox.next(address);
      const link = server.mailbox.linkIn(message);
      for (let look = 0; look < 3; look += 1) {
        const page = await new UserAgent().get(link);
        expect([page.status, page.body.includes(address)]).to.deep.equal([200, true]);
      }
      expect((await stored()).email).to.equal(person.email);
      expect((await confirm(link)).status).to.equal(303);
      expect(await stored()).to.include({ email: address, emailVerified: true });
      expect(await isSignedIn(agent)).to.equal(true);
      await mailAbout(server, person.email, 'Your email address was changed');
      expect(await isSignedIn(await signedIn(person.password, address))).to.equal(true);
      expect(await isSignedIn(await signedIn())).to.equal(false);
      expect((await new UserAgent().get(link)).status).to.equal(410);
      expect(await events('address.change_requested')).to.have.length(1);
      expect((await events('address.changed'))[0]).to.include({ actor: person.id });
      expect(JSON.stringify(await events('address.changed'))).to.not.include(address);
    });

    it('is confirmed once by 20 in parallel, and by the latest link only', async () => {
      const agent = await signedIn();
      await ask(agent);
      const first = server.mailbox.linkIn(await server.mailbox.next(address));
      await ask(agent);
      const second = server.mailbox.linkIn(await server.mailbox.next(address));
      expect((await new UserAgent().get(first)).status).to.equal(410);
      const page = await new UserAgent().get(second);
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => new UserAgent().submit(page, {}, '/verify-address')),
      );
      expect(answers.filter(({ status }) => status === 303)).to.have.length(1);
      expect(await events('address.changed')).to.have.length(1);
    });

    it('of somebody else is not told apart from a free one, and never taken', async () => {
      const owner = await server.addAccount({ email: `owner-${person.email}` });
      const agent = await signedIn();
      const free = await ask(agent);
      const taken = await ask(agent, owner.email.toUpperCase());
      expect([taken.status, taken.url]).to.deep.equal([free.status, free.url]);
      await server.mailbox.next(address);
      expect(server.mailbox.messages.some(({ to }) => to.address.includes('owner-'))).to.equal(false);
      // And one that is taken while the link is on its way.
      await ask(agent);
      const link = server.mailbox.linkIn(await server.mailbox.next(address));
      await server.addAccount({ email: address });
      expect((await confirm(link)).status).to.equal(410);
      expect((await stored()).email).to.equal(person.email);
    });

    it('is not looked up by the page, whose time would tell whose it is', async () => {
      const owner = await server.addAccount({ email: `owner-${person.email}` });
      const agent = await signedIn();
      const form = await agent.get(at('/account/address'));
      const {
        accounts: { store: accounts },
      } = server.app;
      const { findByIdentifier, existing } = accounts;
      const asked: unknown[] = [];
      let answered = Promise.withResolvers<void>();
      const slowly = <T extends unknown[], R>(look: (...given: T) => Promise<R>) =>
        async function slow(...given: T): Promise<R> {
          asked.push(given);
          await answered.promise;
          return look(...given);
        };
      Object.assign(accounts, { findByIdentifier: slowly(findByIdentifier), existing: slowly(existing) });
      try {
        for (const email of [owner.email, address]) {
          answered = Promise.withResolvers<void>();
          expect((await agent.submit(form, { email }, '/account/address')).status, email).to.equal(303);
          // The job does, later. It ends before the next round: a lookup of this one is not to wait for the next promise.
          await eventually('the job looks it up', async () => JSON.stringify(asked).includes(email));
          answered.resolve();
          await eventually(
            'the request is answered',
            async () => (await server.app.accounts.requests.nextDue()) === undefined,
          );
        }
        await server.mailbox.next(address);
      } finally {
        answered.resolve();
        Object.assign(accounts, { findByIdentifier, existing });
      }
    });

    it('is forgotten where the account has changed before the link was made', async () => {
      const agent = await signedIn();
      const {
        database,
        accounts: { requests },
        lifecycle: { changes },
      } = server.app;
      await ask(agent);
      await server.mailbox.next(address);
      const wish = { accountId: person.id, state: 'of another password', email: address };
      const before = server.mailbox.messages.length;
      await database.transaction((tx) => changes.answerAddress(tx, wish));
      const [waiting] = await database.query<{ n: number }>(
        `select count(*)::int as n from mail_outbox where state = 'waiting'`,
      );
      expect(waiting?.n).to.equal(0);
      expect(server.mailbox.messages).to.have.length(before);
      await eventually('nothing is left to answer', async () => (await requests.nextDue()) === undefined);
    });

    it('is refused where it is none, and asks for a fresh sign-in', async () => {
      const agent = await signedIn();
      for (const email of ['', 'nobody', 'a@b@c', 'x\r\nBcc: y@example.org']) {
        expect((await change(agent, '/account/address', { email })).status, email).to.equal(400);
      }
      late = 301;
      expect(new URL(String((await agent.get(at('/account/address'))).location)).pathname).to.equal(
        '/authorize',
      );
    });

    it('stays when the password was changed meanwhile: somebody else may have asked', async () => {
      const agent = await signedIn();
      await ask(agent);
      const link = server.mailbox.linkIn(await server.mailbox.next(address));
      const passwords = { current_password: person.password, new_password: NEW_PASSWORD };
      await change(agent, '/account/password', passwords);
      expect((await confirm(link).catch(() => ({ status: 410 }))).status).to.equal(410);
      expect((await stored()).email).to.equal(person.email);
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
      const own = { ...page.forms[0]?.fields, current_password: person.password, ...fields };
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
      expect(await stored()).to.include({ name: 'Robin Reyes', email: person.email });
      expect(await events('password.changed')).to.deep.equal([]);
    });
  }
});
