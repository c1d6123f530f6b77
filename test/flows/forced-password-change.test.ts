import { expect } from 'chai';
import type { PasswordHasher } from '../../src/domain/passwords/hasher.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { unavailable } from '../../src/kernel/errors.ts';
import {
  type AuditRow,
  auditTrail,
  authorize,
  callbackOf,
  eventsDuring,
  type HandClient,
  handClient,
  type Person,
  tokensFor,
} from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { cheapHasher, PASSWORD, startTestServer, type TestServer } from '../support/server.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const DAY = 86_400_000;
const NEW = 'seven quiet lanterns';

const asksForChange = (page: Page) => page.forms.some(({ fields }) => 'new_password' in fields);
const asksForPassword = (page: Page) => page.forms.some(({ fields }) => 'password' in fields);

describe('a password that has to be changed', function () {
  this.timeout(30_000);
  let server: TestServer;
  let client: HandClient;
  let aheadMs = 0;
  const clock: Clock = { now: () => new Date(Date.now() + aheadMs) };
  let busy = false;

  before(async () => {
    const cheap = await cheapHasher();
    const verify: PasswordHasher['verify'] = async (...given) => {
      if (busy) throw unavailable('hashing_busy', 'busy', 7);
      return cheap.verify(...given);
    };
    const hasher: PasswordHasher = {
      implementation: cheap.implementation,
      get waiting() {
        return cheap.waiting;
      },
      hash: cheap.hash,
      verify,
      close: cheap.close,
    };
    server = await startTestServer({
      settings: { RATE_LIMIT_DEMANDED_PASSWORD_PER_PERSON: '' },
      replace: { clock, hasher },
    });
    client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
  });
  after(() => server.stop());
  beforeEach(() => {
    aheadMs = 0;
    busy = false;
  });

  /** Somebody whose password must not open anything any more. */
  async function flagged(flag: 'must_change' | 'compromised' = 'must_change') {
    const person = await server.addAccount();
    await server.app.accounts.passwords.flag(server.app.database, person.id, flag);
    return person;
  }

  /** As far as the page that asks for another password. */
  async function atChange(person: Person, agent = new UserAgent(), parameters = {}) {
    let page = await agent.open(client.authorizeUrl(parameters));
    const { email: identifier, password } = person;
    page = await agent.follow(await agent.submit(page, { identifier, password }));
    expect(asksForChange(page), page.body).to.equal(true);
    return { agent, page };
  }

  const choose = async (agent: UserAgent, page: Page, password: string) =>
    agent.follow(await agent.submit(page, { new_password: password }, '/password'));

  const sessionsOf = async ({ id }: Person) =>
    server.app.database.query<{ model: string }>(
      `select model from oidc_artifacts where account_id = $1 and model in ('Session', 'AuthorizationCode')`,
      [id],
    );

  const mailsTo = async ({ id }: Person) =>
    server.app.database.query<{ kind: string }>('select kind from mail_outbox where account_id = $1', [id]);

  const ofType = (events: readonly AuditRow[], type: string) => events.filter((event) => event.type === type);

  for (const flag of ['must_change', 'compromised'] as const) {
    it(`(${flag}) is asked for after the old one, before any session or code exists, and leads on`, async () => {
      const person = await flagged(flag);
      const { events, result } = await eventsDuring(server, async () => {
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
      const { body } = await client.redeem(String(result.location));
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
        ofType(events, 'password.changed').map(({ account, client: by, details }) => [account, by, details]),
      ).to.deep.equal([[person.id, client.id, { by: 'demand', sessionsEnded: true }]]);
      expect(ofType(events, 'sign_in.succeeded')).to.have.length(1);
      const types = events.map(({ type }) => type);
      expect(types.indexOf('password.changed')).to.be.below(types.indexOf('sign_in.succeeded'));
      expect(await mailsTo(person)).to.deep.include({ kind: 'password-changed' });
      expect(await server.app.accounts.store.findById(person.id)).to.include({
        passwordMustChange: false,
        passwordCompromised: false,
      });

      // From now on the new one opens everything, the old one nothing.
      await tokensFor(client, { ...person, password: NEW });
      const refused = await authorize(new UserAgent(), client.authorizeUrl(), person);
      expect(refused.status).to.equal(401);
    });
  }

  it('is one that has expired, which is told from its age alone', async () => {
    const person = await server.addAccount();
    await tokensFor(client, person);
    aheadMs = 90 * DAY + 1_000;
    const { agent, page } = await atChange(person);
    expect(page.body).to.include('older than it may be');
    expect(callbackOf(await choose(agent, page, NEW)).has('code')).to.equal(true);
    aheadMs = 179 * DAY;
    await tokensFor(client, { ...person, password: NEW });
    aheadMs = 181 * DAY;
    await atChange({ ...person, password: NEW });
  });

  it('ends every other session and token, and keeps the one of this browser', async () => {
    const person = await server.addAccount();
    const [here, elsewhere] = [new UserAgent(), new UserAgent()];
    await tokensFor(client, person, {}, here);
    const { access_token: token } = await tokensFor(client, person, {}, elsewhere);
    await server.app.accounts.passwords.flag(server.app.database, person.id, 'must_change');
    const { page } = await atChange(person, here, { prompt: 'login' });
    expect(callbackOf(await choose(here, page, NEW)).has('code')).to.equal(true);
    expect((await client.userinfo(token)).status).to.equal(401);
    expect(asksForPassword(await elsewhere.open(client.authorizeUrl()))).to.equal(true);
    expect(callbackOf(await here.open(client.authorizeUrl())).has('code')).to.equal(true);
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
      let person: Person = await server.addAccount();
      const chosen = [PASSWORD];
      for (const word of ['granite', 'marigold', 'thimble']) {
        await server.app.accounts.passwords.flag(server.app.database, person.id, 'must_change');
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
      busy = true;
      const answer = await agent.submit(page, { new_password: NEW }, '/password');
      busy = false;
      expect(answer.status).to.equal(503);
      expect(answer.headers.get('retry-after')).to.equal('7');
      expect(answer.body).to.include('Try again in 7 seconds');
      expect((await server.app.accounts.store.findById(person.id))?.passwordMustChange).to.equal(true);
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

  describe('cannot be got around', () => {
    const getsNothing = async (person: Person, page: Page) => {
      expect(page.location ?? '', page.location).not.to.include('code=');
      expect(await sessionsOf(person)).to.deep.equal([]);
    };

    it('by the address that the sign-in returns to', async () => {
      const person = await flagged();
      const { agent, page } = await atChange(person);
      const uid = page.url.split('/').at(-1);
      const resumed = await agent.open(`${server.issuer}/authorize/${uid}`);
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
      const other = await agent.open(client.authorizeUrl());
      expect(asksForPassword(other)).to.equal(true);
      const { email: identifier, password } = person;
      const page = await agent.follow(await agent.submit(other, { identifier, password }));
      expect(asksForChange(page)).to.equal(true);
      await getsNothing(person, page);
    });

    it('by asking without a page', async () => {
      const person = await flagged();
      const { agent } = await atChange(person);
      const page = await agent.open(client.authorizeUrl({ prompt: 'none' }));
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
      expect((await server.app.accounts.store.findById(person.id))?.passwordMustChange).to.equal(true);
    });

    it('on another node, or after a restart', async () => {
      const person = await flagged();
      const { agent, page } = await atChange(person);
      const second = await server.secondNode();
      try {
        const port = second.app.config.server.port;
        const there = page.url.replace(new URL(server.issuer).port, String(port));
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
      await tokensFor(client, { ...person, password: NEW });
      // The new one is taken there as anywhere.
      const page = await second.agent.follow(
        await second.agent.submit(late, { identifier: person.email, password: NEW }),
      );
      expect(callbackOf(page).has('code')).to.equal(true);
    });

    it('of an account that was disabled meanwhile', async () => {
      const person = await flagged();
      const { agent, page } = await atChange(person);
      await server.app.accounts.store.setStatus(server.app.database, person.id, 'disabled');
      const answer = await choose(agent, page, NEW);
      expect(asksForPassword(answer)).to.equal(true);
      await getsNothing(person, answer);
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
    const changed = ofType(await auditTrail(server), 'password.changed').filter(
      ({ account }) => account === person.id,
    );
    expect(changed).to.have.length(1);
    const {
      passwords: { hasher },
      accounts: { store: accounts },
    } = server.app;
    const stored = (await accounts.findById(person.id))?.passwordHash;
    const works = await Promise.all(
      passwords.map(async (each) => (await hasher.verify(stored, each)).matches),
    );
    expect(works.filter(Boolean)).to.have.length(1);
  });
});
