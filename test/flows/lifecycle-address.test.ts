import { expect } from 'chai';
import { people } from '../../src/administration/people/index.ts';
import { act } from '../support/administration.ts';
import { fixtures } from '../support/evidence/fixture.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { auditTrail, type Person } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const CHANGED = 'Your email address was changed';
const NEW_PASSWORD = 'marble otters juggle quietly';
const WEEK_MS = 7 * 86_400_000;

describe('an address that somebody else has changed', function changed() {
  this.timeout(60_000);
  const clock = { offset: 0, now: () => new Date(Date.now() + clock.offset) };
  let server: TestServer;
  let owner: Person;
  before(async () => {
    server = await startTestServer({ replace: { clock } });
  });
  after(() => server.stop());
  beforeEach(async () => {
    clock.offset = 0;
    owner = await server.addAccount({ name: 'Robin Reyes' });
  });

  const at = (path: string) => `${server.issuer}${path}`;
  async function signedIn(identifier = owner.email, password = owner.password): Promise<UserAgent> {
    const agent = new UserAgent();
    await agent.follow(await agent.submit(await agent.open(at('/account')), { identifier, password }));
    return agent;
  }
  const isSignedIn = async (agent: UserAgent) => (await agent.get(at('/account'))).status === 200;
  const stored = async (id = owner.id) => server.app.accounts.store.findById(id);
  const events = async (type: string) =>
    (await auditTrail(server)).filter((event) => event.type === type && event.account === owner.id);
  const evil = (name: string) => owner.email.replace('person-', `${name}-`);

  /** Changes the address as its person does who is signed in; answers the link that the former address gets. */
  async function changeAddress(agent: UserAgent, from: string, to: string): Promise<string> {
    await agent.submit(await agent.get(at('/account/address')), { email: to }, '/account/address');
    const confirm = server.mailbox.linkIn(await mailAbout(server, to, 'Confirm your email address'));
    await agent.submit(await agent.get(confirm), {}, '/verify-address');
    expect((await stored())?.email).to.equal(to);
    return server.mailbox.linkIn(await mailAbout(server, from, CHANGED));
  }
  const press = async (link: string, agent = new UserAgent()) => agent.submit(await agent.get(link), {});
  async function resetBy(address: string, password: string): Promise<number> {
    const agent = new UserAgent();
    await agent.submit(await agent.get(at('/forgot')), { identifier: address });
    const link = server.mailbox.linkIn(await mailAbout(server, address, 'Choose a new password'));
    return (await agent.submit(await agent.get(link), { password })).status;
  }

  it('comes back with one click of its owner, who then chooses a password; whoever was there is out', async () => {
    const thief = await signedIn();
    const link = await changeAddress(thief, owner.email, evil('thief'));
    expect(link).to.match(/\/secure\/address\?token=[\w-]{43}$/);
    const agent = new UserAgent();
    for (let look = 0; look < 3; look += 1) {
      const page = await agent.get(link);
      expect(page.status).to.equal(200);
      expect(page.body).to.include(owner.email).and.not.include(evil('thief'));
      expect(page.headers.get('referrer-policy')).to.equal('no-referrer');
      expect(page.headers.get('cache-control')).to.include('no-store');
    }
    expect((await stored())?.email).to.equal(evil('thief'));

    const done = await agent.follow(await press(link, agent));
    expect(done.body).to.include('Nobody is signed in to your account').and.include('href="/forgot"');
    expect(await stored()).to.include({
      email: owner.email,
      emailVerified: true,
      passwordCompromised: true,
      status: 'active',
    });
    expect(await isSignedIn(thief)).to.equal(false);
    expect(await isSignedIn(await signedIn())).to.equal(false);
    expect(await isSignedIn(await signedIn(evil('thief')))).to.equal(false);
    expect(await server.app.signIn.devices.list(owner.id)).to.deep.equal([]);
    const told = await mailAbout(server, evil('thief'), CHANGED);
    expect(told.text).to.not.include('/secure').and.not.include(owner.email);

    expect(await resetBy(owner.email, NEW_PASSWORD)).to.equal(303);
    expect(await isSignedIn(await signedIn(owner.email, NEW_PASSWORD))).to.equal(true);
    const [event, ...more] = await events('address.restored');
    expect(more).to.deep.equal([]);
    expect(event).to.include({ actor: owner.id, outcome: 'success' });
    expect(event?.ip).to.be.a('string');
    expect(await events('account.secured')).to.have.length(1);
    expect(JSON.stringify(event)).to.not.include(owner.email);
  });

  it('comes back whatever was done since: another password, another address, even "this wasn’t me"', async () => {
    const thief = await signedIn();
    const ownersLink = await changeAddress(thief, owner.email, evil('thief'));
    const thiefsLink = await changeAddress(thief, evil('thief'), evil('second'));
    await thief.submit(
      await thief.get(at('/account/password')),
      { current_password: owner.password, new_password: NEW_PASSWORD },
      '/account/password',
    );
    const notice = await mailAbout(server, evil('second'), 'Your password was changed');
    expect((await press(server.mailbox.linkIn(notice))).status).to.equal(303);
    expect((await press(thiefsLink)).status).to.equal(303);
    expect((await stored())?.email).to.equal(evil('thief'));
    expect(await resetBy(evil('thief'), 'seven quiet granite lanterns')).to.equal(303);

    expect((await press(ownersLink)).status).to.equal(303);
    expect((await stored())?.email).to.equal(owner.email);
    const back = await signedIn(owner.email, 'seven quiet granite lanterns');
    expect(await isSignedIn(back)).to.equal(false);
  });

  it('stays back: the owner’s link ends those that came after it, and what was on its way', async () => {
    const thief = await signedIn();
    const ownersLink = await changeAddress(thief, owner.email, evil('thief'));
    const thiefsLink = await changeAddress(thief, evil('thief'), evil('second'));
    await thief.submit(await thief.get(at('/account/address')), { email: evil('third') }, '/account/address');
    const pending = server.mailbox.linkIn(
      await mailAbout(server, evil('third'), 'Confirm your email address'),
    );
    const agent = new UserAgent();
    await agent.submit(await agent.get(at('/forgot')), { identifier: evil('second') });
    const reset = server.mailbox.linkIn(await mailAbout(server, evil('second'), 'Choose a new password'));
    await press(ownersLink);
    for (const link of [thiefsLink, pending, reset, ownersLink])
      expect((await new UserAgent().get(link)).status, link).to.equal(410);
    expect((await stored())?.email).to.equal(owner.email);
  });

  it('comes back once, of 50 clicks in parallel', async () => {
    const link = await changeAddress(await signedIn(), owner.email, evil('thief'));
    const agent = new UserAgent();
    const page = await agent.get(link);
    const answers = await Promise.all(Array.from({ length: 50 }, () => agent.submit(page, {})));
    expect(answers.filter(({ status }) => status === 303)).to.have.length(1);
    expect(answers.filter(({ status }) => status === 410)).to.have.length(49);
    expect(await events('address.restored')).to.have.length(1);
  });

  it('that is somebody else’s by now cannot come back: the account is closed, and nobody is let in', async () => {
    const thief = await signedIn();
    const link = await changeAddress(thief, owner.email, evil('thief'));
    const other = await server.addAccount({ email: owner.email });
    // Whoever has it now is not let in again by what was planned before.
    const [leaves, returns] = [3_600_000, 7_200_000].map((ms) =>
      new Date(clock.now().getTime() + ms).toISOString(),
    );
    await act(server.app, people.disable, { person: owner.id, at: leaves, until: returns });
    const agent = new UserAgent();
    const done = await agent.follow(await press(link, agent));
    expect(done.body).to.include('The account is closed for now');
    expect(
      await server.app.database.query('select status from scheduled_statuses where account = $1', [owner.id]),
    ).to.deep.equal([]);
    expect(await stored()).to.include({ status: 'disabled', email: evil('thief') });
    expect(await isSignedIn(thief)).to.equal(false);
    expect(await stored(other.id)).to.include({ status: 'active', email: owner.email });
    expect((await events('account.disabled'))[0]).to.include({ actor: owner.id });
    expect(await events('address.restored')).to.deep.equal([]);
  });

  it('is not for who has waited a week, a disabled account, or one that has the address again', async () => {
    const thief = await signedIn();
    const link = await changeAddress(thief, owner.email, evil('thief'));
    const agent = new UserAgent();
    const page = await agent.get(link);
    expect((await agent.submit(page, { csrf: 'another' })).status).to.equal(403);
    clock.offset = WEEK_MS - 60_000;
    expect((await agent.get(link)).status).to.equal(200);
    clock.offset = WEEK_MS;
    expect([(await agent.get(link)).status, (await agent.submit(page, {})).status]).to.deep.equal([410, 410]);
    clock.offset = 0;
    await server.app.accounts.store.setStatus(fixtures(server.app.database), owner.id, 'disabled');
    expect([(await agent.get(link)).status, (await agent.submit(page, {})).status]).to.deep.equal([410, 410]);
    await server.app.accounts.store.setStatus(fixtures(server.app.database), owner.id, 'active');
    await changeAddress(thief, evil('thief'), owner.email.toUpperCase());
    expect([(await agent.get(link)).status, (await agent.submit(page, {})).status]).to.deep.equal([410, 410]);
    expect(await events('account.secured')).to.deep.equal([]);
  });

  it('is not opened by the link of another notice, nor that by its link', async () => {
    const link = await changeAddress(await signedIn(), owner.email, evil('thief'));
    await signedIn(evil('thief'));
    const token = new URL(link).searchParams.get('token');
    expect((await new UserAgent().get(at(`/secure?token=${token}`))).status).to.equal(410);
    for (const wrong of ['', 'x'.repeat(43), String(token).slice(0, -1)])
      expect((await new UserAgent().get(at(`/secure/address?token=${wrong}`))).status).to.equal(410);
    const agent = new UserAgent();
    const page = await agent.get(link);
    const fields = page.forms[0]?.fields ?? {};
    expect((await agent.post(at('/secure'), fields)).status).to.equal(403);
  });
});
