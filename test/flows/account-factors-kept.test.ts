import { expect } from 'chai';
import { commitWrites } from '../../src/storage/unit-of-work.ts';
import { asFixture, fixture, fixtures } from '../support/evidence/fixture.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { lastDetails, revealedEvents } from '../support/revealed-trail.ts';
import {
  codesOn,
  NEW_APP,
  NEW_PASSKEY,
  pathOf,
  SECURITY,
  secretOn,
  textOf,
  useSecurityPages,
} from '../support/security-pages.ts';
import { totpCode } from '../support/totp.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('second factors that people have, on their own pages', function () {
  this.timeout(30_000);
  const pages = useSecurityPages();
  const { addApp, age, at, codeOf, events, factorsOf, isSignedIn, now, open, signedIn } = pages;

  it('somebody without a factor confirms with a fresh password, somebody with one with that', async () => {
    const agent = await signedIn();
    await age(400);
    const asked = await agent.open(at(NEW_APP));
    expect(pathOf(asked)).to.match(/^\/sign-in\//);
    const { email: identifier, password } = pages.person;
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
    const [own] = (await factorsOf()).own.totp;
    const edited = await open(agent, `${SECURITY}/authenticators/${own?.id}`, secretOn(back));
    expect(pathOf(edited)).to.equal(`${SECURITY}/authenticators/${own?.id}`);
    await age(1_000);
    const stale = await agent.submit(edited, { name: 'Renamed late' });
    expect(stale.location).to.include('/authorize?').and.include('acr_values=aal2');
    expect((await factorsOf()).own.totp[0]?.name).to.not.equal('Renamed late');
  });

  it('an app is renamed and removed, the last with its recovery codes, and other sessions if wanted', async () => {
    const agent = await signedIn();
    const { secret } = await addApp(agent);
    const other = await signedIn();
    await agent.follow(
      await agent.submit(await agent.open(at('/account/sessions/end-others')), {}, '/end-others'),
    );
    expect(await isSignedIn(other)).to.equal(false);
    expect(await events('session.others_ended')).to.have.length(1);

    const [own] = (await factorsOf()).own.totp;
    const page = await open(agent, `${SECURITY}/authenticators/${own?.id}`, secret);
    const renamed = await agent.follow(await agent.submit(page, { name: '  Private phone ' }));
    expect(textOf(renamed)).to.include('The name was changed').and.include('Private phone');
    const told = (type: string) => lastDetails(pages.server, type, pages.person.id);
    expect(await told('factor.renamed')).to.deep.equal({
      kind: 'totp',
      id: own?.id,
      before: { name: 'Work phone' },
      after: { name: 'Private phone' },
    });
    const gone = await agent.follow(await agent.submit(page, { end_others: 'yes' }, '/remove'));
    expect(textOf(gone)).to.include('The authenticator app was removed');
    const {
      own: { totp: authenticators },
      codes,
    } = await factorsOf();
    expect(authenticators).to.have.length(0);
    expect(codes).to.deep.include({ left: 0, createdAt: undefined });
    expect((await events('factor.removed')).map(({ details }) => details.kind)).to.deep.equal([
      'totp',
      'recovery_codes',
    ]);
    const [app] = await revealedEvents(pages.server, 'factor.removed', pages.person.id);
    expect(app?.details).to.deep.equal({ kind: 'totp', id: own?.id, before: { name: 'Private phone' } });
    await mailAbout(pages.server, pages.person.email, 'A way to sign in was removed from your account');
    expect((await agent.submit(page, {}, '/remove')).location, 'once').to.equal(at(SECURITY));
  });

  it('new recovery codes take the place of the old, and only who has a factor gets any', async () => {
    const agent = await signedIn();
    expect((await agent.get(at(`${SECURITY}/recovery-codes`))).location).to.equal(at(SECURITY));
    const { secret, done } = await addApp(agent);
    const [old = ''] = codesOn(done);
    const page = await open(agent, `${SECURITY}/recovery-codes`, secret);
    const made = await agent.follow(await agent.submit(page, {}));
    expect(codesOn(made)).to.have.length(10).and.not.include(old);
    expect(await pages.server.app.factors.recoveryCodes.match(pages.person.id, old)).to.have.property(
      'refused',
    );
    await mailAbout(pages.server, pages.person.email, 'A way to sign in was added to your account');
  });

  it('another person’s factors are not there', async () => {
    await addApp(await signedIn());
    const [victim] = (await factorsOf()).own.totp;
    const intruder = await pages.server.addAccount();
    const agent = await signedIn(intruder);
    const own = await addApp(agent);
    const [theirs] = (await factorsOf(intruder.id)).own.totp;
    const page = await open(agent, `${SECURITY}/authenticators/${theirs?.id}`, own.secret);
    const csrf = String(page.forms[0]?.fields.csrf);
    const foreign = `${SECURITY}/authenticators/${victim?.id}`;
    expect((await agent.get(at(foreign))).status).to.equal(404);
    for (const path of [foreign, `${foreign}/remove`, `${SECURITY}/authenticators/x`, `${foreign}%00`]) {
      expect((await agent.post(at(path), { csrf, name: 'Mine' })).location, path).to.equal(at(SECURITY));
    }
    const forget = await agent.post(at(`${SECURITY}/devices/forget`), { csrf, device: 'abc' });
    expect(forget.location).to.equal(at(SECURITY));
    expect((await factorsOf()).own.totp[0]?.name).to.equal('Work phone');
    const setup = pages.server.app.factors.totp.begin({ id: pages.person.id, email: pages.person.email });
    await asFixture(pages.server.app.database, (tx) => commitWrites(tx, setup.writes));
    const peeked = await agent.get(at(`${NEW_APP}/${setup.id}`));
    expect(peeked.location, 'nor their set-ups').to.equal(at(SECURITY));
  });

  it('the last factor stays where the policy asks for one, also against two removals at once', async () => {
    pages.person = await pages.server.addAccount({ roles: ['pharmacist'] });
    const {
      database,
      factors: { totp },
      lifecycle: { ownFactors },
    } = pages.server.app;
    for (const name of ['First', 'Second']) {
      const { id, secret, writes } = totp.begin(pages.person, name);
      await asFixture(database, (tx) => commitWrites(tx, writes));
      const confirmed = await totp.confirm(pages.person, id, totpCode(secret, now()));
      if ('refused' in confirmed) throw new Error(confirmed.refused);
      await asFixture(database, (tx) => commitWrites(tx, [confirmed.write]));
    }
    const {
      own: { totp: authenticators },
    } = await factorsOf();
    const account = await pages.server.app.accounts.store.findById(pages.person.id);
    if (account === undefined) throw new Error('the account is gone');
    const by = { session: 'test', origin: {} };
    const removals = await Promise.allSettled(
      authenticators.map(({ id }) => ownFactors.remove(account, { kind: 'totp', id, endOthers: false }, by)),
    );
    expect(removals.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    expect((await factorsOf()).own.totp).to.have.length(1);
  });

  it('the page says so, and so does the answer to who tries all the same', async () => {
    pages.person = await pages.server.addAccount();
    const agent = await signedIn();
    const { secret } = await addApp(agent);
    const [own] = (await factorsOf()).own.totp;
    const page = await open(agent, `${SECURITY}/authenticators/${own?.id}`, secret);
    await fixture(pages.server.app.database, 'update accounts set roles = $2 where id = $1', [
      pages.person.id,
      ['pharmacist'],
    ]);
    const refused = await agent.submit(page, {}, '/remove');
    expect(refused.status).to.equal(409);
    expect(textOf(refused)).to.include('this is your last');
    expect((await factorsOf()).own.totp).to.have.length(1);
  });

  it('no more are added than there can be, and few codes are told of on the first page', async () => {
    const {
      database,
      factors: { totp, recoveryCodes },
    } = pages.server.app;
    const seeds = Array.from({ length: 10 }, () => ({
      accountId: pages.person.id,
      totpSecret: 'A'.repeat(32),
    }));
    await asFixture(database, (tx) => totp.adopt(tx, seeds));
    const { codes, writes } = await recoveryCodes.generate(pages.person.id);
    await commitWrites(fixtures(database), writes);
    for (const code of codes.slice(0, 8)) {
      const match = await recoveryCodes.match(pages.person.id, code);
      if ('refused' in match) throw new Error(match.refused);
      await commitWrites(fixtures(database), [match.write]);
    }
    const agent = new UserAgent();
    const { email: identifier, password } = pages.person;
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
    const { email: identifier, password } = pages.person;
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
