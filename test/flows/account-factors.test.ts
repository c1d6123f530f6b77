import { expect } from 'chai';
import { createAuthenticator } from '../support/authenticator.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { auditTrail } from '../support/protocol.ts';
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

describe('second factors that are added on their owner’s pages', function () {
  this.timeout(30_000);
  const pages = useSecurityPages();
  const { addApp, addPasskey, at, events, factorsOf, now, open, signedIn } = pages;

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
    await mailAbout(pages.server, pages.person.email, 'A way to sign in was added to your account');
    const trail = JSON.stringify(await auditTrail(pages.server));
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
    expect((await factorsOf()).own.totp).to.have.length(0);
    expect((await agent.submit(page, { code: totpCode(secretOn(page), now()) })).status).to.equal(303);
  });

  it('a set-up left open for too long begins anew with another key', async () => {
    const agent = await signedIn();
    const page = await open(agent, NEW_APP);
    pages.late += 840;
    await fixture(
      pages.server.app.database,
      `update totp_authenticators set expires_at = now() - interval '1 minute' where account_id = $1`,
      [pages.person.id],
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
    const {
      own: { totp: authenticators },
      codes,
    } = await factorsOf();
    expect(authenticators).to.have.length(1);
    expect(codes.left).to.equal(10);
    expect(await events('factor.added')).to.have.length(2);
  });

  it('a passkey is added, listed and removed; its answer counts once, and in this session only', async () => {
    const agent = await signedIn();
    const { page, done, response } = await addPasskey(agent);
    expect(codesOn(done)).to.have.length(10);
    expect((await factorsOf()).own.passkey.map(({ name }) => name)).to.deep.equal(['Laptop']);
    const replayed = await agent.submit(page, { name: 'Again', response });
    expect(replayed.location, 'asks for the passkey first').to.include('/authorize?');
    expect(textOf(await agent.open(at(SECURITY)))).to.include('Laptop');

    const stranger = await signedIn(await pages.server.addAccount());
    const theirs = await open(stranger, NEW_PASSKEY);
    for (const answer of [response, '', '{}', '[]', 'null', 'x'.repeat(19_000)]) {
      const refused = await stranger.submit(theirs, { name: 'Mine now', response: answer });
      expect(refused.status).to.equal(400);
    }
  });

  it('fifty answers of one passkey at once make one passkey and one set of codes', async () => {
    const agent = await signedIn();
    const page = await open(agent, NEW_PASSKEY);
    const csrf = String(page.forms[0]?.fields.csrf);
    const device = createAuthenticator({ origin: pages.server.issuer, verifies: true });
    const options = await agent.post(at(`${NEW_PASSKEY}/options`), { csrf });
    const response = JSON.stringify(device.create(JSON.parse(options.body)));
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => agent.submit(page, { name: 'Laptop', response })),
    );
    for (const { status } of answers) expect(status).to.be.oneOf([303, 400]);
    const {
      own: { passkey: passkeys },
      codes,
    } = await factorsOf();
    expect(passkeys).to.have.length(1);
    expect(codes.left).to.equal(10);
    expect(await events('factor.added')).to.have.length(2);
  });

  it('a wizard goes on after a restart, with the same key and for the same browser', async () => {
    const agent = await signedIn();
    const page = await open(agent, NEW_APP);
    const passkeyPage = await open(agent, NEW_PASSKEY);
    const csrf = String(passkeyPage.forms[0]?.fields.csrf);
    const options = await agent.post(at(`${NEW_PASSKEY}/options`), { csrf });
    pages.server = await pages.server.restart();
    expect(secretOn(await agent.get(page.url))).to.equal(secretOn(page));
    const device = createAuthenticator({ origin: pages.server.issuer, verifies: true });
    const response = JSON.stringify(device.create(JSON.parse(options.body)));
    const forged = { 'x-forwarded-host': 'evil.example', 'x-forwarded-for': '203.0.113.9' };
    const fields = { csrf, name: 'Laptop', response };
    const answer = await agent.post(at(NEW_PASSKEY), fields, forged);
    expect(answer.location).to.equal(at(`${SECURITY}/recovery-codes/new`));
    expect(codesOn(await agent.get(String(answer.location)))).to.have.length(10);
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

  it('a link on another site begins no set-up', async () => {
    const agent = await signedIn();
    const begun = () =>
      pages.server.app.database.query('select 1 from totp_authenticators where account_id = $1', [
        pages.person.id,
      ]);
    const linked = await agent.get(at(NEW_APP), { 'sec-fetch-site': 'cross-site' });
    expect(linked.location).to.equal(at(SECURITY));
    expect(await begun()).to.have.length(0);
    expect(pathOf(await agent.open(at(NEW_APP)))).to.match(/\/authenticators\/new\/[0-9a-f-]{36}$/);
    expect(await begun()).to.have.length(1);
  });

  it('a forged origin or rpId makes no passkey', async () => {
    const agent = await signedIn();
    const page = await open(agent, NEW_PASSKEY);
    const csrf = String(page.forms[0]?.fields.csrf);
    for (const forgery of [{ origin: 'https://evil.example' }, { rpId: 'evil.example' }]) {
      const device = createAuthenticator({ origin: pages.server.issuer, verifies: true });
      const options = await agent.post(at(`${NEW_PASSKEY}/options`), { csrf });
      const response = JSON.stringify(device.create(JSON.parse(options.body), forgery));
      expect((await agent.submit(page, { name: 'Forged', response })).status).to.equal(400);
    }
    expect((await factorsOf()).own.passkey).to.have.length(0);
  });

  it('shows codes to nobody but whose they are', async () => {
    const agent = await signedIn();
    const page = await open(agent, NEW_APP);
    const answer = await agent.submit(page, { code: totpCode(secretOn(page), now()) });
    const cookie = answer.headers.getSetCookie().find((each) => each.includes('gatehouse_codes')) ?? '';
    expect(cookie).to.match(/path=\/account\/security\/recovery-codes\/new; .*httponly/i);
    const stranger = await signedIn(await pages.server.addAccount());
    for (const each of answer.headers.getSetCookie()) await stranger.jar.setCookie(each, pages.server.issuer);
    expect(codesOn(await stranger.get(String(answer.location)))).to.deep.equal([]);
    expect((await new UserAgent().get(String(answer.location))).location).to.equal(at('/account'));
    const file = await agent.post(at('/recovery-codes'), { csrf: 'x', codes: 'made up' });
    expect(file.status).to.equal(403);
  });
});
