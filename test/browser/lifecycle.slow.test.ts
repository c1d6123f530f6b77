import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { invitations } from '../../src/administration/invitations.ts';
import { en, es } from '../../src/http/words.ts';
import { act } from '../support/administration.ts';
import { useChromium } from '../support/chromium.ts';
import { fixture, fixtures } from '../support/evidence/fixture.ts';
import { mailAbout } from '../support/lifecycle.ts';
import {
  arrives,
  choosePassword,
  fill,
  isOut,
  main,
  NEW_PASSWORD,
  openMail,
} from '../support/lifecycle-walk.ts';
import { follow, heading, inBrowser, type Person, press, problem, signIn } from '../support/person.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** The life of an account as a person lives it: in Chromium, with the mails opened and their buttons clicked. */

describe('the life of an account in a browser', function lifecycle() {
  this.timeout(60_000);
  const browser = useChromium();
  let server: TestServer;
  before(async () => {
    server = await startTestServer({
      settings: { SELF_REGISTRATION: 'true', SELF_REGISTRATION_DOMAINS: 'example.org' },
    });
  });
  after(() => server.stop());

  let people = 0;
  const at = (path: string) => `${server.issuer}${path}`;
  const newcomer = (): Person => {
    people += 1;
    return { email: `newcomer-${people}@example.org`, name: 'Nia Newcomer', password: NEW_PASSWORD };
  };
  const member = (): Promise<Person & { id: string }> => server.addAccount({ name: 'Robin Reyes' });
  for (const javaScriptEnabled of [true, false]) {
    const withPage = (use: (page: Page) => Promise<void>) =>
      inBrowser(browser(), server, { javaScriptEnabled }, use);

    describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
      it('forgot the password: mail, new password, in; the link and the old password are dead', () =>
        withPage(async (page) => {
          const person = await member();
          await page.goto(at('/account'));
          await follow(page, en['sign-in'].forgot);
          await press(page, en.forgot.submit);
          expect(await problem(page)).to.include(en.forgot.missing);
          await fill(page, en.forgot.identifier, person.email.toUpperCase());
          await press(page, en.forgot.submit);
          expect(await heading(page)).to.equal(en['forgot-sent'].title);

          const message = await mailAbout(server, person.email, 'Choose a new password');
          await openMail(page, message, '/reset');
          expect(await main(page)).to.include(person.email);
          await choosePassword(page, en.reset.password, en.reset.submit);
          expect(await heading(page)).to.equal(en['reset-done'].heading);
          await follow(page, en['reset-done'].next);
          await signIn(page, person);
          expect(await problem(page)).to.include(en['sign-in'].error.credentials_invalid);
          await arrives(page, { ...person, password: NEW_PASSWORD });

          await openMail(page, message, '/reset');
          expect(await heading(page)).to.equal(en['link-used'].heading);
        }));

      it('was invited: mail, name and password, in', () =>
        withPage(async (page) => {
          const person = newcomer();
          await act(server.app, invitations.send, {
            email: person.email,
            name: 'N. N.',
            roles: ['clinician'],
          });
          const message = await server.mailbox.next(person.email);
          await openMail(page, message, '/invitation');
          expect(await main(page)).to.include(person.email);
          expect(await page.getByLabel(en.invitation.name, { exact: true }).inputValue()).to.equal('N. N.');
          await fill(page, en.invitation.name, '');
          await press(page, en.invitation.submit);
          expect(await problem(page))
            .to.include(en.invitation.nameMissing)
            .and.include(en.password.problem.missing);
          await fill(page, en.invitation.name, person.name);
          await choosePassword(page, en.invitation.password, en.invitation.submit);
          expect(await heading(page)).to.equal(en['invitation-done'].heading);
          await follow(page, en['invitation-done'].next);
          await arrives(page, person);
          expect(await main(page)).to.include('clinician');
          await openMail(page, message, '/invitation');
          expect(await heading(page)).to.equal(en['link-used'].heading);
        }));

      it('registered: from the sign-in page by mail to a password, in', () =>
        withPage(async (page) => {
          const person = newcomer();
          await page.goto(at('/account'));
          await follow(page, en['sign-in'].register);
          await fill(page, en.register.email, 'nia@elsewhere.example');
          await press(page, en.register.submit);
          expect(await problem(page))
            .to.include(en.register.emailDomain)
            .and.include(en.register.nameMissing);
          await fill(page, en.register.email, person.email);
          await fill(page, en.register.name, person.name);
          await press(page, en.register.submit);
          expect(await heading(page)).to.equal(en['register-sent'].title);
          await openMail(page, await server.mailbox.next(person.email), '/invitation');
          await choosePassword(page, en.invitation.password, en.invitation.submit);
          expect(await heading(page)).to.equal(en['invitation-done'].heading);
          await follow(page, en['invitation-done'].next);
          await arrives(page, person);
        }));

      it('changes name and language, and reads it at once', () =>
        withPage(async (page) => {
          const person = await member();
          await page.goto(at('/account'));
          await arrives(page, person);
          await follow(page, en.account.changeProfile);
          await fill(page, en['account-profile'].name, ' ');
          await press(page, en['account-profile'].submit);
          expect(await problem(page)).to.include(en['account-profile'].nameMissing);
          await fill(page, en['account-profile'].name, 'Robin R. Reyes');
          await page.getByLabel(en['account-profile'].locale).selectOption('Español');
          await press(page, en['account-profile'].submit);
          expect(await heading(page)).to.equal(es.account.title);
          expect(await page.getByRole('status').innerText()).to.equal(es.account.profile_changed);
          expect(await main(page)).to.include('Robin R. Reyes');
          await follow(page, es.account.changeProfile);
          await page.getByLabel(es['account-profile'].locale).selectOption('English');
          await press(page, es['account-profile'].submit);
          expect(await page.getByRole('status').innerText()).to.equal(en.account.profile_changed);
        }));

      it('changes the password after a fresh sign-in; this browser stays in, another one is out', () =>
        withPage((page) =>
          withPage(async (elsewhere) => {
            const person = await member();
            for (const each of [elsewhere, page]) {
              await each.goto(at('/account'));
              await arrives(each, person);
            }
            // Time goes by.
            await fixture(
              server.app.database,
              `update oidc_artifacts
               set payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload ->> 'loginTs')::bigint - 400))
               where model = 'Session' and account_id = $1`,
              [person.id],
            );
            await follow(page, en.account.changePassword);
            expect(await main(page)).to.include(en['sign-in'].reauthenticate);
            await signIn(page, person);
            expect(await heading(page)).to.equal(en['account-password'].title);
            await fill(page, en['account-password'].current, 'not the password');
            await fill(page, en['account-password'].new, NEW_PASSWORD);
            await press(page, en['account-password'].submit);
            expect(await problem(page)).to.include(en['account-password'].currentWrong);
            await fill(page, en['account-password'].current, person.password);
            await fill(page, en['account-password'].new, person.password);
            await press(page, en['account-password'].submit);
            expect(await problem(page)).to.include(en.password.problem.reused);
            await fill(page, en['account-password'].current, person.password);
            await fill(page, en['account-password'].new, NEW_PASSWORD);
            await press(page, en['account-password'].submit);
            expect(await page.getByRole('status').innerText()).to.equal(en.account.password_changed);
            await isOut(elsewhere, server.issuer);
            await arrives(elsewhere, { ...person, password: NEW_PASSWORD });
          }),
        ));

      it('changes the address: it counts when the mail to the new one was answered', () =>
        withPage(async (page) => {
          const person = await member();
          const email = newcomer().email;
          await page.goto(at('/account'));
          await arrives(page, person);
          await follow(page, en.account.changeEmail);
          await fill(page, en['account-address'].email, 'no address');
          await press(page, en['account-address'].submit);
          expect(await problem(page)).to.include(en['account-address'].invalid);
          await fill(page, en['account-address'].email, email);
          await press(page, en['account-address'].submit);
          expect(await page.getByRole('status').innerText()).to.equal(en.account.address_requested);
          expect(await main(page), 'not yet').to.include(person.email);
          await openMail(page, await server.mailbox.next(email), '/verify-address');
          expect(await main(page)).to.include(email);
          await press(page, en['verify-address'].submit);
          expect(await heading(page)).to.equal(en['verify-address-done'].heading);
          await follow(page, en['verify-address-done'].next);
          expect(await main(page))
            .to.include(email)
            .and.not.include(person.email);
          await mailAbout(server, person.email, 'Your email address was changed');
        }));

      it('reads at the old address that it was changed, says "this wasn’t me", and has it back', () =>
        withPage((page) =>
          withPage(async (stranger) => {
            const person = await member();
            const theirs = newcomer().email;
            await stranger.goto(at('/account'));
            await arrives(stranger, person);
            await follow(stranger, en.account.changeEmail);
            await fill(stranger, en['account-address'].email, theirs);
            await press(stranger, en['account-address'].submit);
            await openMail(stranger, await server.mailbox.next(theirs), '/verify-address');
            await press(stranger, en['verify-address'].submit);

            const notice = await mailAbout(server, person.email, 'Your email address was changed');
            await openMail(page, notice, '/secure/address');
            expect(await main(page)).to.include(person.email);
            await press(page, en.secure.submit);
            expect(await heading(page)).to.equal(en['secure-done'].heading);
            await isOut(stranger, server.issuer);
            await follow(page, en['secure-done'].next);
            await fill(page, en.forgot.identifier, person.email);
            await press(page, en.forgot.submit);
            await openMail(page, await mailAbout(server, person.email, 'Choose a new password'), '/reset');
            await choosePassword(page, en.reset.password, en.reset.submit);
            await follow(page, en['reset-done'].next);
            await arrives(page, { ...person, password: NEW_PASSWORD });
          }),
        ));

      it('has to change the password at the sign-in, and is in with the new one alone', () =>
        withPage(async (page) => {
          const person = await member();
          const {
            database,
            accounts: { passwords: accountPasswords },
          } = server.app;
          await accountPasswords.flag(fixtures(database), person.id, 'must_change');
          await page.goto(at('/account'));
          await signIn(page, person);
          expect(await main(page)).to.include(en['change-password'].reason.must_change);
          const demanded = page.url();
          await page.goto(at('/account'));
          expect(await heading(page), 'there is no session yet').to.equal(en['sign-in'].title);
          await page.goto(demanded);
          const { password: label, submit } = en['change-password'];
          await fill(page, label, person.password);
          await press(page, submit);
          expect(await problem(page)).to.include(en.password.problem.reused);
          await choosePassword(page, label, submit);
          expect(page.url()).to.equal(at('/account'));
          expect(await heading(page)).to.equal(en.account.title);
        }));

      it('reads that the password was changed, says "this wasn’t me", and takes the account back', () =>
        withPage((page) =>
          withPage(async (stranger) => {
            const person = await member();
            await stranger.goto(at('/account'));
            await arrives(stranger, person);
            await follow(stranger, en.account.changePassword);
            const stolen = 'taken over by a stranger';
            await fill(stranger, en['account-password'].current, person.password);
            await fill(stranger, en['account-password'].new, stolen);
            await press(stranger, en['account-password'].submit);

            await openMail(
              page,
              await mailAbout(server, person.email, 'Your password was changed'),
              '/secure',
            );
            expect(await main(page)).to.include(person.email);
            await stranger.reload();
            expect(await heading(stranger), 'opening the link changes nothing').to.equal(en.account.title);
            await press(page, en.secure.submit);
            expect(await heading(page)).to.equal(en['secure-done'].heading);
            await isOut(stranger, server.issuer);
            await signIn(stranger, { ...person, password: stolen });
            expect(await problem(stranger)).to.include(en['sign-in'].error.credentials_invalid);

            await follow(page, en['secure-done'].next);
            await fill(page, en.forgot.identifier, person.email);
            await press(page, en.forgot.submit);
            await openMail(page, await mailAbout(server, person.email, 'Choose a new password'), '/reset');
            await choosePassword(page, en.reset.password, en.reset.submit);
            await follow(page, en['reset-done'].next);
            await arrives(page, { ...person, password: NEW_PASSWORD });
          }),
        ));
    });
  }
});
