import { expect } from 'chai';
import { addSeconds } from '../../src/kernel/clock.ts';
import { commitWrites, UnitConflict } from '../../src/storage/unit-of-work.ts';
import { fixtures } from '../support/evidence/fixture.ts';
import { addApp as adoptApp, asksFor, typeCode } from '../support/factors.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { auditTrail, type Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { totpCode } from '../support/totp.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const ADDED = 'A way to sign in was added to your account';
const ADDRESS_CHANGED = 'Your email address was changed';
const PASSWORD_CHANGED = 'Your password was changed';
const NEW_APP = '/account/security/authenticators/new';
const NEW_CODES = '/account/security/recovery-codes';
const NEW_PASSWORD = 'marble otters juggle quietly';
const DAY = 86_400;

describe('a second factor that somebody else has added', function undoing() {
  this.timeout(60_000);
  let server: TestServer;
  let owner: Person;
  /** Seconds that the server is late. */
  let late = 0;
  const now = () => addSeconds(new Date(), late);
  before(async () => {
    server = await startTestServer({ replace: { clock: { now } } });
  });
  after(() => server.stop());
  beforeEach(async () => {
    late = 0;
    owner = await server.addAccount({ name: 'Robin Reyes' });
  });

  const at = (path: string) => `${server.issuer}${path}`;
  const evil = (name: string) => owner.email.replace('person-', `${name}-`);
  const has = () => server.app.lifecycle.ownFactors.of(owner.id);
  const isSignedIn = async (agent: UserAgent) => (await agent.get(at('/account'))).status === 200;
  const removals = async () =>
    (await auditTrail(server)).filter(
      ({ type, account }) => type === 'factor.removed' && account === owner.id,
    );
  const press = async (link: string, agent = new UserAgent()) => agent.submit(await agent.get(link), {});
  const linkOf = async (subject: string, address = owner.email) =>
    server.mailbox.linkIn(await mailAbout(server, address, subject));

  async function signedIn(password = owner.password, identifier = owner.email, secret?: string) {
    const agent = new UserAgent();
    const page = await agent.open(at('/account'));
    const next = await agent.follow(await agent.submit(page, { identifier, password }));
    if (secret === undefined) return { agent, page: next };
    return { agent, page: await agent.follow(await typeCode(agent, next, codeOf(secret))) };
  }

  function codeOf(secret: string): string {
    late += 30;
    return totpCode(secret, now());
  }

  /** Answers what is asked to confirm who it is, if anything is. */
  async function open(agent: UserAgent, path: string, using?: string): Promise<Page> {
    const page = await agent.open(at(path));
    if (using === undefined || asksFor(page) === undefined) return page;
    return agent.follow(await typeCode(agent, page, codeOf(using)));
  }

  async function addApp(agent: UserAgent, name: string, using?: string): Promise<string> {
    const page = await open(agent, NEW_APP, using);
    const [, key = ''] = /id="totp-key">(.*?)<\/code>/s.exec(page.body) ?? [];
    const secret = key.replace(/<[^>]+>|\s/g, '');
    await agent.submit(page, { code: totpCode(secret, now()), name });
    return secret;
  }

  async function reset(address = owner.email): Promise<void> {
    const agent = new UserAgent();
    await agent.submit(await agent.get(at('/forgot')), { identifier: address });
    const page = await agent.get(await linkOf('Choose a new password', address));
    expect((await agent.submit(page, { password: NEW_PASSWORD })).status).to.equal(303);
  }

  it('goes with "this wasn’t me" of its notice, with its codes: the owner gets in after the reset', async () => {
    const { agent: thief } = await signedIn();
    await addApp(thief, 'Thief’s phone');
    const link = await linkOf(ADDED);
    const browser = new UserAgent();
    const page = await browser.get(link);
    expect(page.body).to.include('Thief’s phone').and.include('Recovery codes');
    expect((await has()).own.totp, 'a GET changes nothing').to.have.length(1);
    await browser.submit(page, {});

    const {
      own: { totp: authenticators },
      codes,
    } = await has();
    expect([authenticators, codes.createdAt]).to.deep.equal([[], undefined]);
    expect(await isSignedIn(thief)).to.equal(false);
    expect((await removals()).map(({ details }) => details.kind)).to.have.members(['totp', 'recovery_codes']);
    await reset();
    const { agent } = await signedIn(NEW_PASSWORD);
    expect(asksFor(await agent.open(at('/account')))).to.equal(undefined);
    const again = await server.app.factors.enrolments.state(owner.id);
    expect(again.enrolmentDue, 'the next sign-in sets one up').to.equal(true);
    expect((await browser.get(link)).status).to.equal(410);
  });

  it('goes also when the password was changed since, and from the page of another notice about the thief', async () => {
    const { agent: thief } = await signedIn();
    const secret = await addApp(thief, 'One');
    const link = await linkOf(ADDED);
    await thief.submit(
      await open(thief, '/account/password', secret),
      { current_password: owner.password, new_password: NEW_PASSWORD },
      '/account/password',
    );
    const ofPassword = await linkOf(PASSWORD_CHANGED);
    expect((await new UserAgent().get(ofPassword)).body, 'it came before').to.not.include('One');
    await press(ofPassword);
    expect((await has()).own.totp).to.have.length(1);
    await press(link);
    expect((await has()).own.totp).to.deep.equal([]);
  });

  it('leaves what was there before: a mailbox alone strips nobody of their factors', async () => {
    const { secret } = await adoptApp(server, owner);
    late = DAY;
    const { agent: thief } = await signedIn(owner.password, owner.email, secret);
    await addApp(thief, 'Second', secret);
    expect((await has()).own.totp).to.have.length(2);
    expect((await press(await linkOf(ADDED))).status).to.equal(303);
    const left = await has();
    expect(left.own.totp.map(({ name }) => name)).to.deep.equal([undefined]);
    expect(left.codes.createdAt, 'those that the thief was shown').to.equal(undefined);
    await reset();
    expect(asksFor((await signedIn(NEW_PASSWORD)).page)).to.equal('totp');

    // Anybody can bring the notices of failures about, and read them who has the mailbox.
    const {
      database,
      lifecycle: { notices },
    } = server.app;
    const attempts = await database.transaction((tx) => notices.secureLink(tx, owner.id));
    await press(attempts);
    expect((await has()).own.totp).to.have.length(1);
  });

  it('recovery codes that somebody else has made go, too, and the app stays', async () => {
    const { agent: thief } = await signedIn();
    const secret = await addApp(thief, 'Own phone');
    await linkOf(ADDED);
    late += DAY;
    const { agent } = await signedIn(owner.password, owner.email, secret);
    const page = await agent.open(at(NEW_CODES));
    await agent.submit(page, {}, NEW_CODES);
    await press(await linkOf(ADDED));
    const {
      own: { totp: authenticators },
      codes,
    } = await has();
    expect(authenticators).to.have.length(1);
    expect(codes.createdAt).to.equal(undefined);
  });

  it('goes when the former address takes the account back; what was there before the change stays', async () => {
    const { secret } = await adoptApp(server, owner);
    late = DAY;
    const { agent: thief } = await signedIn(owner.password, owner.email, secret);
    await thief.submit(await thief.get(at('/account/address')), { email: evil('thief') }, '/account/address');
    await thief.submit(
      await thief.get(await linkOf('Confirm your email address', evil('thief'))),
      {},
      '/verify-address',
    );
    const ownersLink = await linkOf(ADDRESS_CHANGED);
    late += 60;
    await addApp(thief, 'Thief’s phone', secret);
    const thiefsLink = await linkOf(ADDED, evil('thief'));

    const browser = new UserAgent();
    expect((await browser.get(ownersLink)).body).to.include('Thief’s phone');
    await press(ownersLink, browser);
    expect((await has()).own.totp.map(({ name }) => name)).to.deep.equal([undefined]);
    late += 60;
    await reset();
    const back = await signedIn(NEW_PASSWORD, owner.email, secret);
    await addApp(back.agent, 'New phone', secret);
    expect((await new UserAgent().get(thiefsLink)).status, 'strips the owner of nothing').to.equal(410);
    expect((await has()).own.totp).to.have.length(2);
  });

  it('is not added by a request that was on its way when everybody was locked out', async () => {
    const account = await server.app.accounts.store.findById(owner.id);
    if (account === undefined) throw new Error('no account');
    const { id, secret, writes } = server.app.factors.totp.begin(account);
    await commitWrites(fixtures(server.app.database), writes);
    const sighting = { at: now(), ip: undefined, userAgent: undefined };
    const given = { code: totpCode(secret, now()), name: 'Late' };
    const late = await server.app.lifecycle.factorEnrolment.confirmTotp(account, id, given, sighting);
    if ('refused' in late) throw new Error(late.refused);
    await press(
      await server.app.database.transaction((tx) =>
        server.app.lifecycle.notices.secureLink(tx, owner.id, now()),
      ),
    );
    const refused = await commitWrites(fixtures(server.app.database), late.made.writes).catch(
      (error) => error,
    );
    expect(refused).to.be.instanceOf(UnitConflict);
    expect((await has()).own.totp).to.deep.equal([]);
  });

  it('goes once, of 20 clicks in parallel, and is not undone after a week', async () => {
    const { agent: thief } = await signedIn();
    await addApp(thief, 'One');
    const link = await linkOf(ADDED);
    late += 7 * DAY;
    expect((await new UserAgent().get(link)).status).to.equal(410);
    late = 0;
    const agent = new UserAgent();
    const page = await agent.get(link);
    const answers = await Promise.all(Array.from({ length: 20 }, () => agent.submit(page, {})));
    expect(answers.filter(({ status }) => status === 303)).to.have.length(1);
    expect(answers.filter(({ status }) => status === 410)).to.have.length(19);
    expect((await removals()).filter(({ details }) => details.kind === 'totp')).to.have.length(1);
  });
});
