import { expect } from 'chai';
import { passwords } from '../../src/administration/passwords/index.ts';
import { people } from '../../src/administration/people/index.ts';
import { commitWrites } from '../../src/storage/unit-of-work.ts';
import { act } from '../support/administration.ts';
import { command } from '../support/commands.ts';
import { fixture, fixtures } from '../support/evidence/fixture.ts';
import {
  addApp,
  addPasskey,
  addRecoveryCodes,
  asksFor,
  showPasskey,
  typeCode,
  typePassword,
} from '../support/factors.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { authorize, handClient } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { NEW_APP, NEW_PASSKEY, SECURITY } from '../support/security-pages.ts';
import { codeBy, temporaryCodeWalk } from '../support/temporary-codes.ts';

describe('a temporary access code for who has left their factor at home', function atHome() {
  this.timeout(120_000);
  const walk = temporaryCodeWalk();
  const { now, at, isIn, atPassword, show, elsewhere } = walk;

  it('lets in once, at aal2, and is trusted on no device', async () => {
    await addApp(walk.server, walk.person);
    const client = handClient(
      walk.server.issuer,
      await walk.server.addClient({ ...WEB_CLIENT, first_party: true }),
    );
    const code = await codeBy(walk.server, 'temporary-code', walk.person);
    const { agent, page } = await atPassword(client.authorizeUrl({ acr_values: 'aal2' }));
    expect(asksFor(page)).to.equal('totp');
    const asked = await agent.open(`${page.url}?factor=temporary_code`);
    expect(asksFor(asked)).to.equal('temporary_code');
    expect(asked.body).to.not.include('name="trust"');
    const back = await show(agent, asked, code, true);
    const { body } = await client.redeem(String(back.location));
    const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString());
    expect(claims).to.deep.include({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] });
    expect(await walk.server.app.factors.trustedDevices.list(walk.person.id)).to.deep.equal([]);
    expect(await isIn(agent), 'for all of the session').to.equal(true);
    expect((await walk.server.app.lifecycle.ownFactors.of(walk.person.id)).own.totp).to.have.length(1);

    const other = await atPassword();
    const again = await other.agent.open(`${other.page.url}?factor=temporary_code`);
    expect(asksFor(again), 'offered no more').to.equal('totp');
    const forced = await show(other.agent, again, code);
    expect(asksFor(forced)).to.equal('totp');
    expect(await isIn(other.agent)).to.equal(false);
    const mail = await mailAbout(walk.server, walk.person.email, 'A temporary access code was used');
    expect(mail.text).to.include('/secure?token=');
  });

  it('changes nothing about how somebody signs in, until they show what they have', async () => {
    const app = await addApp(walk.server, walk.person);
    await addRecoveryCodes(walk.server, walk.person);
    const code = await codeBy(walk.server, 'temporary-code', walk.person);
    const { agent, page } = await atPassword();
    await show(agent, page, code);
    expect(await isIn(agent)).to.equal(true);
    const [{ id } = { id: '' }] = (await walk.server.app.lifecycle.ownFactors.of(walk.person.id)).own.totp;
    const pages = [
      NEW_APP,
      NEW_PASSKEY,
      `${SECURITY}/authenticators/${id}`,
      `${SECURITY}/recovery-codes`,
      '/account/password',
      '/account/address',
    ];
    for (const path of pages) {
      expect((await agent.open(at(path))).url, path).to.include('/sign-in/');
    }
    // A form is no way round it either.
    const seen = await agent.get(at(SECURITY));
    const csrf = String(seen.forms.find(({ fields }) => 'csrf' in fields)?.fields.csrf);
    for (const path of [`${SECURITY}/authenticators/${id}`, `${SECURITY}/authenticators/${id}/remove`]) {
      await agent.post(at(path), { csrf, name: 'Mine' });
    }
    await agent.post(at(`${SECURITY}/recovery-codes`), { csrf });
    const after = await walk.server.app.lifecycle.ownFactors.of(walk.person.id);
    expect(after.own.totp.map((each) => [each.id, each.name])).to.deep.equal([[id, undefined]]);
    expect(after.codes.left).to.equal(10);

    const asked = await typePassword(agent, await agent.open(at(NEW_APP)), walk.person);
    expect(asksFor(asked)).to.equal('totp');
    const wizard = await agent.follow(await typeCode(agent, asked, await app.fresh()));
    expect(wizard.url).to.include(NEW_APP);
  });

  it('leads to no passkey: neither in that sign-in nor from that session', async () => {
    await addApp(walk.server, walk.person);
    const client = handClient(
      walk.server.issuer,
      await walk.server.addClient({ ...WEB_CLIENT, first_party: true }),
    );
    const url = client.authorizeUrl({ acr_values: 'phr' });
    await codeBy(walk.server, 'temporary-code', walk.person);
    const { page } = await atPassword(url);
    expect(asksFor(page)).to.equal('totp');
    expect(page.body).to.not.include('temporary_code');

    const code = await codeBy(walk.server, 'temporary-code', walk.person);
    const inside = await atPassword();
    await show(inside.agent, inside.page, code);
    const stepUp = await inside.agent.open(url);
    expect(asksFor(stepUp)).to.equal('totp');
    expect(stepUp.body).to.not.include('/enrol/passkey');
  });

  it('ends with its session: what is for the person’s absence as well', async () => {
    await addApp(walk.server, walk.person);
    const client = handClient(
      walk.server.issuer,
      await walk.server.addClient({
        ...WEB_CLIENT,
        first_party: true,
        offline_access: true,
        scope: 'openid offline_access',
      }),
    );
    const code = await codeBy(walk.server, 'temporary-code', walk.person);
    const { agent, page } = await atPassword();
    await show(agent, page, code);
    const url = client.authorizeUrl({ scope: 'openid offline_access', prompt: 'consent' });
    const { location } = await authorize(agent, url);
    const { body } = await client.redeem(String(location));
    expect(body.refresh_token).to.be.a('string');
    const [open] = await walk.server.app.sessions.store.openOf(walk.person.id, now());
    // By itself, and so by nobody's precaution.
    await fixture(
      walk.server.app.database,
      `update sessions set idle_expires_at = now() - interval '1 second' where uid = $1`,
      [open?.uid],
    );
    expect((await client.refresh(body.refresh_token)).status).to.equal(400);
  });

  for (const [what, happens] of [
    ['another one is made', () => codeBy(walk.server, 'temporary-code', walk.person)],
    [
      'the account is disabled and enabled',
      async () => {
        await act(walk.server.app, people.disable, { person: walk.person.id });
        await act(walk.server.app, people.enable, { person: walk.person.id });
      },
    ],
    [
      'the password is reset',
      async () => {
        await act(walk.server.app, passwords.sendResetLink, { person: walk.person.id });
        const link = walk.server.mailbox.linkIn(
          await mailAbout(walk.server, walk.person.email, 'Choose a new password'),
        );
        const token = String(new URL(link).searchParams.get('token'));
        await walk.server.app.lifecycle.passwordReset.complete(
          token,
          walk.person.password.concat(' anew'),
          {},
        );
        walk.person = { ...walk.person, password: `${walk.person.password} anew` };
      },
    ],
    [
      'a factor is added',
      async () => {
        const { app } = walk.server;
        const account = await app.accounts.store.findById(walk.person.id);
        if (account === undefined) throw new Error('no account');
        const { made } = await app.lifecycle.factorEnrolment.newCodes(account, {
          at: now(),
          ip: undefined,
          userAgent: undefined,
        });
        await commitWrites(fixtures(app.database), made.writes);
      },
    ],
    [
      'a factor is removed',
      async () => {
        const { app } = walk.server;
        const account = await app.accounts.store.findById(walk.person.id);
        const [, second] = (await app.lifecycle.ownFactors.of(walk.person.id)).own.totp;
        if (account === undefined || second === undefined) throw new Error('no account, or no second app');
        const which = { kind: 'totp', id: second.id, endOthers: false } as const;
        await app.lifecycle.ownFactors.remove(account, which, { session: 'none', origin: {} });
      },
    ],
  ] as const) {
    it(`is over when ${what}`, async () => {
      await addApp(walk.server, walk.person);
      await addApp(walk.server, walk.person);
      const code = await codeBy(walk.server, 'temporary-code', walk.person);
      await happens();
      const { agent, page } = await atPassword();
      await show(agent, await agent.open(`${page.url}?factor=temporary_code`), code);
      expect(await isIn(agent)).to.equal(false);
    });
  }

  it('is refused to operators where it would not help', async () => {
    const code = (...words: string[]) =>
      command(walk.server, 'users', 'temporary-code', ...words).then(
        () => 'made',
        (error) => error.code,
      );
    expect(await code('nobody@example.org')).to.equal('account_unknown');
    expect(await code(walk.person.email)).to.equal('factor_missing');
    await addApp(walk.server, walk.person);
    await act(walk.server.app, people.disable, { person: walk.person.id });
    expect(await code(walk.person.email)).to.equal('account_disabled');
    await elsewhere({ SECOND_FACTOR_POLICY: 'phishing_resistant' });
    const key = await addPasskey(walk.server, walk.person, { verifies: true });
    expect(await code(walk.person.email)).to.equal('passkey_needed');
    const { agent, page } = await atPassword();
    expect(asksFor(page)).to.equal('passkey');
    await agent.follow(await showPasskey(agent, page, key));
    expect(await isIn(agent)).to.equal(true);
  });

  it('prints JSON', async () => {
    await addApp(walk.server, walk.person);
    const printed = JSON.parse(
      await command(walk.server, 'users', 'temporary-code', walk.person.email, '--json'),
    );
    expect(printed).to.deep.include({ id: walk.person.id, purpose: 'sign_in' });
    expect(printed.temporaryCode).to.match(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/);
    expect(Date.parse(printed.temporaryCodeExpiresAt)).to.be.above(now().getTime());
  });
});
