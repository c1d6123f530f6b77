import { expect } from 'chai';
import { people } from '../../src/administration/people/index.ts';
import { commitWrites } from '../../src/storage/unit-of-work.ts';
import { act } from '../support/administration.ts';
import { command } from '../support/commands.ts';
import { fixtures } from '../support/evidence/fixture.ts';
import { addApp, addPasskey, asksFor, typeCode, typePassword } from '../support/factors.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { NEW_APP, NEW_PASSKEY } from '../support/security-pages.ts';
import { codeBy, offersSetup, setUpApp, temporaryCodeWalk } from '../support/temporary-codes.ts';
import { totpCode } from '../support/totp.ts';
import { UserAgent } from '../support/user-agent.ts';

const OTHER = '00000-00000';

describe('a temporary access code after a reset of factors', function afterReset() {
  this.timeout(120_000);
  const walk = temporaryCodeWalk();
  const { now, at, isIn, atPassword, show, events, elsewhere } = walk;

  it('a factor is set up with the code, and with nothing less; then it is over with it', async () => {
    await addApp(walk.server, walk.person);
    const code = await codeBy(walk.server, 'reset-factors', walk.person);
    const { agent, page } = await atPassword();
    expect(asksFor(page)).to.equal('temporary_code');
    expect(page.body).to.include('ask your administrator for a new one');
    // Whoever has the password goes no other way.
    const path = page.url;
    for (const enrol of ['enrol/totp', 'enrol/passkey']) {
      expect(asksFor(await agent.open(`${path}/${enrol}`)), enrol).to.equal('temporary_code');
    }
    const { csrf = '' } = page.forms[0]?.fields ?? {};
    for (const enrol of ['/enrol/totp', '/enrol/passkey', '/enrol/passkey/options', '/skip', '/codes/new']) {
      const fields = { csrf, name: 'Mine', code: '123456', response: '{}' };
      const answer = await agent.follow(await agent.post(`${path}${enrol}`, fields));
      expect(asksFor(answer), enrol).to.equal('temporary_code');
    }
    const wrong = await show(agent, page, OTHER);
    expect(wrong.status).to.equal(401);
    expect(asksFor(wrong)).to.equal('temporary_code');
    const right = await show(agent, wrong, code.toLowerCase().replace('-', ' '));
    expect(offersSetup(right)).to.equal(true);
    expect(await isIn(agent), 'the code alone').to.equal(false);
    const { secret } = await setUpApp(agent, right, now);
    expect(await isIn(agent)).to.equal(true);

    walk.late += 60;
    const next = await atPassword();
    expect(asksFor(next.page)).to.equal('totp');
    await next.agent.follow(await typeCode(next.agent, next.page, totpCode(secret, now())));
    expect(await isIn(next.agent)).to.equal(true);
    expect(await events('temporary_code.issued')).to.have.length(1);
    expect(await events('temporary_code.used')).to.have.length(1);
    const mail = await mailAbout(walk.server, walk.person.email, 'A temporary access code was used');
    expect(mail.text).to.include('/secure?token=');
  });

  it('a passkey, where the policy or the client asks for one', async () => {
    const client = handClient(
      walk.server.issuer,
      await walk.server.addClient({ ...WEB_CLIENT, first_party: true, second_factor: 'phishing_resistant' }),
    );
    await addPasskey(walk.server, walk.person);
    const code = await codeBy(walk.server, 'reset-factors', walk.person);
    const { agent, page } = await atPassword(client.authorizeUrl());
    expect(asksFor(page)).to.equal('temporary_code');
    const right = await show(agent, page, code);
    expect(right.url).to.match(/\/sign-in\//u);
    expect(offersSetup(right), 'no app').to.equal(false);
    expect(right.body).to.include('/enrol/passkey');
  });

  it('the need stays when the code is over or used up; a new one from the operator works', async () => {
    await addApp(walk.server, walk.person);
    const first = await codeBy(walk.server, 'reset-factors', walk.person);
    walk.late += 2 * 3_600 + 1;
    const over = await atPassword();
    expect(asksFor(over.page)).to.equal('temporary_code');
    expect((await show(over.agent, over.page, first)).status).to.equal(401);

    const second = await codeBy(walk.server, 'temporary-code', walk.person);
    let { agent, page } = await atPassword();
    for (let tries = 0; tries < 5; tries += 1) page = await show(agent, page, OTHER);
    page = await show(agent, page, second);
    expect(page.status, 'used up').to.equal(401);
    expect(asksFor(page)).to.equal('temporary_code');
    expect(page.body).to.include('ask your administrator for a new one');

    const third = await codeBy(walk.server, 'temporary-code', walk.person);
    expect((await show(agent, page, second)).status, 'the one before').to.equal(401);
    expect(offersSetup(await show(agent, page, third))).to.equal(true);
    const mail = await mailAbout(
      walk.server,
      walk.person.email,
      'A temporary access code was made for your account',
    );
    expect(mail.text).to.include('set up a second factor').and.not.include(third);
  });

  it('somebody who does not finish needs another one', async () => {
    await addApp(walk.server, walk.person);
    const code = await codeBy(walk.server, 'reset-factors', walk.person);
    const { agent, page } = await atPassword();
    expect(offersSetup(await show(agent, page, code))).to.equal(true);
    const again = await atPassword();
    expect(asksFor(again.page)).to.equal('temporary_code');
    expect((await show(again.agent, again.page, code)).status).to.equal(401);
    // Who was at it goes on, for a quarter of an hour.
    walk.late += 880;
    expect(offersSetup(await agent.open(page.url))).to.equal(true);
    walk.late += 120;
    expect(asksFor(await agent.open(page.url))).to.equal('temporary_code');
  });

  it('the pages of the account ask for it as well, where nobody is asked for a second factor', async () => {
    await elsewhere({ SECOND_FACTOR_POLICY: 'off' });
    const code = await codeBy(walk.server, 'reset-factors', walk.person);
    const { agent } = await atPassword();
    expect(await isIn(agent), 'the password is enough to be in').to.equal(true);
    for (const path of [NEW_APP, NEW_PASSKEY]) {
      const asked = await agent.open(at(path));
      expect(asked.url, path).to.include('/sign-in/');
    }
    // A page that was opened before the reset is no way round it.
    const asked = await typePassword(agent, await agent.open(at(NEW_APP)), walk.person);
    expect(asksFor(asked)).to.equal('temporary_code');
    const right = await show(agent, asked, code);
    expect(offersSetup(right)).to.equal(true);
    await setUpApp(agent, right, now);
    expect((await walk.server.app.lifecycle.ownFactors.of(walk.person.id)).own.totp).to.have.length(1);
    expect((await walk.server.app.factors.enrolments.state(walk.person.id)).codeNeeded).to.equal(false);
  });

  it('whoever has the mailbox, and removes what was set up with it, needs another one', async () => {
    await addApp(walk.server, walk.person);
    const code = await codeBy(walk.server, 'reset-factors', walk.person);
    const { agent, page } = await atPassword();
    await setUpApp(agent, await show(agent, page, code), now);
    // The links of the notices since the reset take the new factor away: here, that of the notice of the factor itself.
    const stranger = new UserAgent();
    const linkIn = async (subject: string) =>
      walk.server.mailbox.linkIn(await mailAbout(walk.server, walk.person.email, subject));
    const added = await stranger.get(await linkIn('A way to sign in was added to your account'));
    expect((await stranger.submit(added, {})).location).to.include('/secure/done');
    expect((await walk.server.app.lifecycle.ownFactors.of(walk.person.id)).own.totp).to.deep.equal([]);
    await stranger.submit(await stranger.get(at('/forgot')), { identifier: walk.person.email });
    const chosen = await stranger.get(await linkIn('Choose a new password'));
    walk.person = { ...walk.person, password: 'marble otters juggle quietly' };
    expect((await stranger.submit(chosen, { password: walk.person.password })).status).to.equal(303);
    const asked = await atPassword();
    expect(asksFor(asked.page)).to.equal('temporary_code');
    const again = await codeBy(walk.server, 'temporary-code', walk.person);
    expect(offersSetup(await show(asked.agent, asked.page, again))).to.equal(true);
  });

  it('the wizard itself holds it, whoever calls', async () => {
    await codeBy(walk.server, 'reset-factors', walk.person);
    const { app } = walk.server;
    const account = await app.accounts.store.findById(walk.person.id);
    if (account === undefined) throw new Error('no account');
    const sighting = { at: now(), ip: undefined, userAgent: undefined };
    const { id, writes } = app.lifecycle.factorEnrolment.beginTotp(account);
    await commitWrites(fixtures(app.database), writes);
    const setup = await app.lifecycle.factorEnrolment.totpSetup(account, id);
    const typed = { code: totpCode(String(setup?.secret.replaceAll(' ', '')), now()), name: 'Mine' };
    const made = await app.lifecycle.factorEnrolment.confirmTotp(account, id, typed, sighting);
    if ('refused' in made) throw new Error(made.refused);
    const late = await commitWrites(fixtures(app.database), made.made.writes).catch((error) => error);
    expect(late).to.have.property('code', 'temporary_code_needed');
    expect((await app.lifecycle.ownFactors.of(walk.person.id)).own.totp).to.deep.equal([]);
  });

  it('a disabled account gets its code when it is enabled', async () => {
    await act(walk.server.app, people.disable, { person: walk.person.id });
    const printed = await command(walk.server, 'users', 'reset-factors', walk.person.email);
    expect(printed).to.include('users temporary-code').and.not.include('access code:');
    await act(walk.server.app, people.enable, { person: walk.person.id });
    const { agent, page } = await atPassword();
    expect(asksFor(page)).to.equal('temporary_code');
    expect(
      offersSetup(await show(agent, page, await codeBy(walk.server, 'temporary-code', walk.person))),
    ).to.equal(true);
  });
});
