import { expect } from 'chai';
import { addSeconds } from '../../src/kernel/clock.ts';
import { commitWrites } from '../../src/storage/unit-of-work.ts';
import { mailAbout } from '../support/account-life.ts';
import { createAuthenticator } from '../support/authenticator.ts';
import { auditTrail, type Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { totpCode } from '../support/totp.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const SECURITY = '/account/security';
const NEW_APP = `${SECURITY}/authenticators/new`;
const NEW_PASSKEY = `${SECURITY}/passkeys/new`;

describe('what people sign in with, on their own pages', function accountFactors() {
  this.timeout(30_000);
  let server: TestServer;
  let person: Person;
  /** Seconds that the house is late. */
  let late = 0;
  const now = () => addSeconds(new Date(), late);
  before(async () => {
    server = await startTestServer({
      settings: {
        SECOND_FACTOR_POLICIES: JSON.stringify({
          pharmacist: { policy: 'required' },
          surgeon: { policy: 'phishing_resistant' },
        }),
        TRUSTED_DEVICE_DAYS: '30',
      },
      replace: { clock: { now } },
    });
  });
  after(() => server.stop());
  beforeEach(async () => {
    late = 0;
    person = await server.addAccount({ name: 'Robin Reyes' });
  });

  const at = (path: string) => `${server.issuer}${path}`;
  const pathOf = ({ url }: Page) => new URL(url).pathname;
  const textOf = ({ body }: Page) => body.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
  const isSignedIn = async (agent: UserAgent) => (await agent.get(at('/account'))).status === 200;
  const events = async (type: string, account = person.id) =>
    (await auditTrail(server)).filter((event) => event.type === type && event.account === account);
  const factorsOf = (id = person.id) => server.house.ownFactors.of(id);

  /** Codes are taken once a step: time goes on until the next. */
  function codeOf(secret: string): string {
    late += 30;
    return totpCode(secret, now());
  }

  async function signedIn(who: Person = person): Promise<UserAgent> {
    const agent = new UserAgent();
    const page = await agent.open(at('/account'));
    await agent.follow(await agent.submit(page, { identifier: who.email, password: who.password }));
    return agent;
  }

  /** Lets the person's sign-ins have been so many seconds ago, for the provider as well. */
  const age = (seconds: number) =>
    server.house.database.query(
      `update oidc_artifacts
       set payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload ->> 'loginTs')::bigint - $2))
       where model = 'Session' and payload ->> 'accountId' = $1`,
      [person.id, seconds],
    );

  const secretOn = ({ body }: Page): string => {
    const [, key = ''] = /id="totp-key">(.*?)<\/code>/s.exec(body) ?? [];
    return key.replace(/<[^>]+>|\s/g, '');
  };
  const codesOn = ({ body }: Page): string[] =>
    [...body.matchAll(/<li><code>([^<]+)<\/code>/g)].map(([, code]) => String(code));

  /** Answers what is asked to confirm who it is, if anything is, and lands where that leads. */
  async function open(agent: UserAgent, path: string, secret?: string): Promise<Page> {
    const page = await agent.open(at(path));
    if (!page.body.includes('name="factor"') || secret === undefined) return page;
    return agent.follow(await agent.submit(page, { code: codeOf(secret) }, '/factor'));
  }

  async function addApp(agent: UserAgent, name = 'Work phone', using?: string) {
    const page = await open(agent, NEW_APP, using);
    const secret = secretOn(page);
    const answer = await agent.submit(page, { code: totpCode(secret, now()), name });
    return { secret, page, done: await agent.follow(answer) };
  }

  async function addPasskey(agent: UserAgent, name = 'Laptop', using?: string) {
    const device = createAuthenticator({ origin: server.issuer, verifies: true });
    const page = await open(agent, NEW_PASSKEY, using);
    const csrf = String(page.forms[0]?.fields.csrf);
    const options = await agent.post(at(`${NEW_PASSKEY}/options`), { csrf, name, response: '' });
    const response = JSON.stringify(device.create(JSON.parse(options.body)));
    return { device, page, done: await agent.follow(await agent.submit(page, { name, response })), response };
  }

  it('an authenticator app is added after its code, with recovery codes that are shown once, and told', async () => {
    const agent = await signedIn();
    const { page, secret, done } = await addApp(agent);
    expect(secret).to.match(/^[A-Z2-7]{32}$/);
    expect(page.url).to.not.include(secret);
    expect(page.headers.get('cache-control')).to.equal('no-store');
    expect(pathOf(done)).to.equal(`${SECURITY}/recovery-codes/new`);
    const codes = codesOn(done);
    expect(codes).to.have.length(10);

    const again = await agent.get(done.url);
    expect(codesOn(again)).to.deep.equal([]);
    expect(textOf(again)).to.include('cannot be shown again');

    const file = await agent.submit(done, {}, '/recovery-codes');
    expect(file.status).to.equal(200);
    expect(file.headers.get('content-disposition')).to.equal('attachment; filename="recovery-codes.txt"');
    expect(file.headers.get('cache-control')).to.equal('no-store');
    for (const code of codes) expect(file.body).to.include(code);

    const list = await agent.follow(await agent.submit(done, {}, '/stored'));
    expect(textOf(list)).to.include('Work phone').and.include('10 of 10 codes are left');
    expect(list.body).to.not.include(secret).and.not.include(codes[0]);
    expect((await events('factor.added')).map(({ details }) => details.kind)).to.deep.equal([
      'totp',
      'recovery_codes',
    ]);
    expect((await events('factor.added'))[0]?.session).to.be.a('string');
    await mailAbout(server, person.email, 'A way to sign in was added to your account');
    const trail = JSON.stringify(await auditTrail(server));
    for (const hidden of [secret, ...codes]) expect(trail).to.not.include(hidden);
  });

  it('a wrong, malformed or missing code shows the same key again, and makes nothing', async () => {
    const agent = await signedIn();
    const page = await open(agent, NEW_APP);
    const wrong = totpCode(secretOn(page), now(), 40);
    for (const code of ['', '12345', '1234567', '١٢٣٤٥٦', 'abcdef', wrong]) {
      const answer = await agent.submit(page, { code });
      expect(answer.status, code).to.equal(400);
      expect(secretOn(answer)).to.equal(secretOn(page));
    }
    for (const name of ['', '  ', 'x'.repeat(81), 'a\u202Eb', 'a\u0000b']) {
      const answer = await agent.submit(page, { code: totpCode(secretOn(page), now()), name });
      expect(answer.status, name).to.equal(400);
    }
    expect((await agent.post(page.url, 'csrf=a&csrf=b')).status).to.equal(400);
    expect((await agent.post(page.url, '{}', { 'content-type': 'application/json' })).status).to.equal(415);
    expect((await agent.post(page.url, '')).status).to.equal(400);
    expect((await factorsOf()).authenticators).to.have.length(0);
    expect((await agent.submit(page, { code: totpCode(secretOn(page), now()) })).status).to.equal(303);
  });

  it('a set-up left open for too long begins anew with another key', async () => {
    const agent = await signedIn();
    const page = await open(agent, NEW_APP);
    late += 840;
    await server.house.database.query(
      `update totp_authenticators set expires_at = now() - interval '1 minute' where account_id = $1`,
      [person.id],
    );
    const answer = await agent.submit(page, { code: totpCode(secretOn(page), now()) });
    expect(answer.status).to.equal(410);
    expect(secretOn(answer))
      .to.match(/^[A-Z2-7]{32}$/)
      .and.not.equal(secretOn(page));
    expect(textOf(answer)).to.include('open for too long');
    const finished = await agent.follow(
      await agent.submit(answer, { code: totpCode(secretOn(answer), now()), name: 'Later' }),
    );
    expect(codesOn(finished)).to.have.length(10);
    const back = await open(agent, pathOf(answer), secretOn(answer));
    expect(secretOn(back), 'the wizard is over').to.not.equal(secretOn(answer));
  });

  it('fifty confirmations at once make one authenticator, one set of codes and one mail', async () => {
    const agent = await signedIn();
    const page = await open(agent, NEW_APP);
    const code = totpCode(secretOn(page), now());
    const answers = await Promise.all(Array.from({ length: 50 }, () => agent.submit(page, { code })));
    for (const { status } of answers) expect(status).to.be.oneOf([303, 410]);
    const { authenticators, codes } = await factorsOf();
    expect(authenticators).to.have.length(1);
    expect(codes.left).to.equal(10);
    expect(await events('factor.added')).to.have.length(2);
  });

  it('somebody without a factor confirms with a fresh password, somebody with one with that', async () => {
    const agent = await signedIn();
    await age(400);
    const asked = await agent.open(at(NEW_APP));
    expect(pathOf(asked)).to.match(/^\/sign-in\//);
    const { email: identifier, password } = person;
    const back = await agent.follow(await agent.submit(asked, { identifier, password }));
    expect(pathOf(back)).to.match(/^\/account\/security\/authenticators\/new\//);
    const code = totpCode(secretOn(back), now());
    await agent.submit(back, { code });

    for (const path of [NEW_APP, NEW_PASSKEY, `${SECURITY}/recovery-codes`]) {
      const page = await agent.open(at(path));
      expect(pathOf(page), path).to.match(/^\/sign-in\//);
      expect(textOf(page)).to.include('Enter the code from your authenticator app');
      expect(page.body).to.not.include('name="password"');
    }
    const [own] = (await factorsOf()).authenticators;
    const edited = await open(agent, `${SECURITY}/authenticators/${own?.id}`, secretOn(back));
    expect(pathOf(edited)).to.equal(`${SECURITY}/authenticators/${own?.id}`);
    await age(1_000);
    const stale = await agent.submit(edited, { name: 'Renamed late' });
    expect(stale.location).to.include('/authorize?').and.include('acr_values=aal2');
    expect((await factorsOf()).authenticators[0]?.name).to.not.equal('Renamed late');
  });

  it('an app is renamed and removed, the last with its recovery codes, and other sessions if wanted', async () => {
    const agent = await signedIn();
    const { secret } = await addApp(agent);
    const other = await signedIn();
    await agent.follow(await agent.submit(await agent.open(at(SECURITY)), {}, '/sessions/end'));
    expect(await isSignedIn(other)).to.equal(false);
    expect(await events('session.others_ended')).to.have.length(1);

    const [own] = (await factorsOf()).authenticators;
    const page = await open(agent, `${SECURITY}/authenticators/${own?.id}`, secret);
    const renamed = await agent.follow(await agent.submit(page, { name: '  Private phone ' }));
    expect(textOf(renamed)).to.include('The name was changed').and.include('Private phone');
    expect(await events('factor.renamed')).to.have.length(1);
    const gone = await agent.follow(await agent.submit(page, { end_others: 'yes' }, '/remove'));
    expect(textOf(gone)).to.include('The authenticator app was removed');
    const { authenticators, codes } = await factorsOf();
    expect(authenticators).to.have.length(0);
    expect(codes).to.deep.include({ left: 0, createdAt: undefined });
    expect((await events('factor.removed')).map(({ details }) => details.kind)).to.deep.equal([
      'totp',
      'recovery_codes',
    ]);
    await mailAbout(server, person.email, 'A way to sign in was removed from your account');
    expect((await agent.submit(page, {}, '/remove')).status, 'once').to.equal(404);
  });

  it('a passkey is added, listed and removed; its answer counts once, and in this session only', async () => {
    const agent = await signedIn();
    const { page, done, response } = await addPasskey(agent);
    expect(codesOn(done)).to.have.length(10);
    expect((await factorsOf()).passkeys.map(({ name }) => name)).to.deep.equal(['Laptop']);
    const replayed = await agent.submit(page, { name: 'Again', response });
    expect(replayed.location, 'asks for the passkey first').to.include('/authorize?');
    expect(textOf(await agent.open(at(SECURITY)))).to.include('Laptop');

    const stranger = await signedIn(await server.addAccount());
    const theirs = await open(stranger, NEW_PASSKEY);
    for (const answer of [response, '', '{}', '[]', 'null', 'x'.repeat(19_000)]) {
      const refused = await stranger.submit(theirs, { name: 'Mine now', response: answer });
      expect(refused.status).to.equal(400);
    }
  });

  it('what changes nothing is answered to our own pages only, too', async () => {
    const agent = await signedIn();
    const page = await open(agent, NEW_PASSKEY);
    const csrf = String(page.forms[0]?.fields.csrf);
    const foreign = { 'sec-fetch-site': 'cross-site' };
    for (const path of [`${NEW_PASSKEY}/options`, `${SECURITY}/recovery-codes/stored`, '/recovery-codes']) {
      const fields = { csrf, codes: 'AAAA-BBBB' };
      expect((await agent.post(at(path), { codes: '' })).status, path).to.equal(400);
      expect((await agent.post(at(path), { ...fields, csrf: 'x' })).status, path).to.equal(403);
      expect((await agent.post(at(path), fields, foreign)).status, path).to.equal(403);
    }
  });

  it('a forged origin or rpId makes no passkey', async () => {
    const agent = await signedIn();
    const page = await open(agent, NEW_PASSKEY);
    const csrf = String(page.forms[0]?.fields.csrf);
    for (const forgery of [{ origin: 'https://evil.example' }, { rpId: 'evil.example' }]) {
      const device = createAuthenticator({ origin: server.issuer, verifies: true });
      const options = await agent.post(at(`${NEW_PASSKEY}/options`), { csrf });
      const response = JSON.stringify(device.create(JSON.parse(options.body), forgery));
      expect((await agent.submit(page, { name: 'Forged', response })).status).to.equal(400);
    }
    expect((await factorsOf()).passkeys).to.have.length(0);
  });

  it('new recovery codes take the place of the old, and only who has a factor gets any', async () => {
    const agent = await signedIn();
    expect((await agent.get(at(`${SECURITY}/recovery-codes`))).location).to.equal(at(SECURITY));
    const { secret, done } = await addApp(agent);
    const [old = ''] = codesOn(done);
    const page = await open(agent, `${SECURITY}/recovery-codes`, secret);
    const made = await agent.follow(await agent.submit(page, {}));
    expect(codesOn(made)).to.have.length(10).and.not.include(old);
    expect(await server.house.recoveryCodes.match(person.id, old)).to.have.property('refused');
    await mailAbout(server, person.email, 'A way to sign in was added to your account');
  });

  it('shows codes to nobody but whose they are', async () => {
    const agent = await signedIn();
    const page = await open(agent, NEW_APP);
    const answer = await agent.submit(page, { code: totpCode(secretOn(page), now()) });
    const cookie = answer.headers.getSetCookie().find((each) => each.includes('gatehouse_codes')) ?? '';
    expect(cookie).to.match(/path=\/account\/security\/recovery-codes\/new; .*httponly/i);
    const stranger = await signedIn(await server.addAccount());
    for (const each of answer.headers.getSetCookie()) await stranger.jar.setCookie(each, server.issuer);
    expect(codesOn(await stranger.get(String(answer.location)))).to.deep.equal([]);
    expect((await new UserAgent().get(String(answer.location))).location).to.equal(at('/account'));
    const file = await agent.post(at('/recovery-codes'), { csrf: 'x', codes: 'made up' });
    expect(file.status).to.equal(403);
  });

  it("another person's factors are not there", async () => {
    await addApp(await signedIn());
    const [victim] = (await factorsOf()).authenticators;
    const intruder = await server.addAccount();
    const agent = await signedIn(intruder);
    const own = await addApp(agent);
    const [theirs] = (await factorsOf(intruder.id)).authenticators;
    const page = await open(agent, `${SECURITY}/authenticators/${theirs?.id}`, own.secret);
    const csrf = String(page.forms[0]?.fields.csrf);
    const foreign = `${SECURITY}/authenticators/${victim?.id}`;
    expect((await agent.get(at(foreign))).status).to.equal(404);
    for (const path of [foreign, `${foreign}/remove`, `${SECURITY}/authenticators/x`, `${foreign}%00`]) {
      expect((await agent.post(at(path), { csrf, name: 'Mine' })).status, path).to.equal(404);
    }
    expect((await agent.post(at(`${SECURITY}/devices/forget`), { csrf, device: 'abc' })).status).to.equal(
      404,
    );
    expect((await factorsOf()).authenticators[0]?.name).to.equal('Work phone');
    const setup = server.house.totp.begin({ id: person.id, email: person.email });
    await server.house.database.transaction((tx) => commitWrites(tx, setup.writes));
    const peeked = await agent.get(at(`${NEW_APP}/${setup.id}`));
    expect(peeked.location, 'nor their set-ups').to.equal(at(SECURITY));
  });

  it('the last factor stays where the policy asks for one, also against two removals at once', async () => {
    person = await server.addAccount({ roles: ['pharmacist'] });
    const { totp, ownFactors, database } = server.house;
    for (const name of ['First', 'Second']) {
      const { id, secret, writes } = totp.begin(person, name);
      await database.transaction((tx) => commitWrites(tx, writes));
      const confirmed = await totp.confirm(person, id, totpCode(secret, now()));
      if ('refused' in confirmed) throw new Error(confirmed.refused);
      await database.transaction((tx) => commitWrites(tx, [confirmed.write]));
    }
    const { authenticators } = await factorsOf();
    const account = await server.house.accounts.findById(person.id);
    if (account === undefined) throw new Error('the account is gone');
    const by = { session: 'test', origin: {} };
    const removals = await Promise.allSettled(
      authenticators.map(({ id }) => ownFactors.remove(account, { kind: 'totp', id, endOthers: false }, by)),
    );
    expect(removals.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    expect((await factorsOf()).authenticators).to.have.length(1);
  });

  it('the page says so, and so does the answer to who tries all the same', async () => {
    person = await server.addAccount();
    const agent = await signedIn();
    const { secret } = await addApp(agent);
    const [own] = (await factorsOf()).authenticators;
    const page = await open(agent, `${SECURITY}/authenticators/${own?.id}`, secret);
    await server.house.database.query('update accounts set roles = $2 where id = $1', [
      person.id,
      ['pharmacist'],
    ]);
    const refused = await agent.submit(page, {}, '/remove');
    expect(refused.status).to.equal(409);
    expect(textOf(refused)).to.include('this is your last');
    expect((await factorsOf()).authenticators).to.have.length(1);
  });

  it('no more are added than there can be, and few codes are told of on the first page', async () => {
    const { totp, recoveryCodes, database } = server.house;
    const seeds = Array.from({ length: 10 }, () => ({ accountId: person.id, totpSecret: 'A'.repeat(32) }));
    await database.transaction((tx) => totp.adopt(tx, seeds));
    const { codes, writes } = recoveryCodes.generate(person.id);
    await commitWrites(database, writes);
    for (const code of codes.slice(0, 8)) {
      const match = await recoveryCodes.match(person.id, code);
      if ('refused' in match) throw new Error(match.refused);
      await commitWrites(database, [match.write]);
    }
    const agent = new UserAgent();
    const { email: identifier, password } = person;
    const asked = await agent.follow(
      await agent.submit(await agent.open(at('/account')), { identifier, password }),
    );
    const own = await agent.follow(await agent.submit(asked, { code: codeOf('A'.repeat(32)) }, '/factor'));
    expect(textOf(own)).to.include('You have 2 recovery codes left');
    const list = await agent.open(at(SECURITY));
    expect(textOf(list)).to.include('as many as there can be').and.include('2 of 10 codes are left');
    expect((await agent.get(at(NEW_APP))).location).to.equal(at(SECURITY));
  });

  it('a trusted device is listed and forgotten', async () => {
    const agent = await signedIn();
    const { secret } = await addApp(agent);
    const fresh = new UserAgent();
    const { email: identifier, password } = person;
    const challenge = await fresh.follow(
      await fresh.submit(await fresh.open(at('/account')), { identifier, password }),
    );
    await fresh.follow(await fresh.submit(challenge, { code: codeOf(secret), trust: 'yes' }, '/factor'));
    expect((await factorsOf()).devices).to.have.length(1);
    const list = await fresh.open(at(SECURITY));
    expect(textOf(list)).to.include('Trusted devices').and.include('This device');
    const gone = await fresh.follow(await fresh.submit(list, {}, '/devices/forget'));
    expect(textOf(gone)).to.include('will be asked for a second step again');
    expect((await factorsOf()).devices).to.have.length(0);
    expect(await events('device.trust_ended')).to.have.length(1);
  });
});
