import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { en } from '../../src/http/words.ts';
import { useChromium } from '../support/chromium.ts';
import type { DevelopmentServer } from '../support/development.ts';
import { useApp } from '../support/development-app.ts';
import {
  AMARA,
  allow,
  BO,
  beginSignIn,
  claimsShown,
  heading,
  inBrowser,
  press,
  problem,
  signIn,
} from '../support/person.ts';
import { eventually } from '../support/processes.ts';

/** `npm start` with its sample application and service, used by a person in Chromium. */

const called = async (page: Page) => {
  const [status = '', ...body] = (
    await page.locator('h2:has-text("The service’s answer") + pre').innerText()
  ).split('\n');
  return { status, body: JSON.parse(body.join('\n')) as Record<string, unknown> };
};

describe('npm start in a browser', function npmStartInABrowser() {
  this.timeout(60_000);
  const browser = useChromium();
  for (const javaScriptEnabled of [true, false]) newcomer(browser, javaScriptEnabled);
});

function newcomer(browser: () => Browser, javaScriptEnabled: boolean): void {
  describe(`lets a newcomer ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, () => {
    // The first administrator’s second factor is set up in `flows/setup.test.ts`.
    const app = useApp({ people: [BO], settings: { SECOND_FACTOR_POLICY: 'off' } });

    it('set up, sign in, allow, call the service, withdraw, allow again and sign out', () =>
      inBrowser(browser(), app().server, { javaScriptEnabled }, async (page) => {
        const { server } = app();
        await setUp(page, server);
        await arriveAtApplication(page, server);
        await callAndWithdraw(page, server);
        await signOut(page, server);
      }));
  });
}

async function setUp(page: Page, { setupLink = '' }: DevelopmentServer): Promise<void> {
  await page.goto(setupLink);
  const [email, name, password] = [en.setup.email, en.setup.name, en.setup.password].map((label) =>
    page.getByLabel(label, { exact: true }),
  ) as [ReturnType<Page['getByLabel']>, ReturnType<Page['getByLabel']>, ReturnType<Page['getByLabel']>];
  await email.fill(AMARA.email);
  await name.fill(AMARA.name);
  await password.fill('short');
  await press(page, en.setup.submit);
  expect(await problem(page)).to.include('This password is too short. Use at least 12 characters.');
  expect(await email.inputValue()).to.equal(AMARA.email);
  expect(await name.inputValue()).to.equal(AMARA.name);
  expect(await password.inputValue()).to.equal('');
  await password.fill(AMARA.password);
  await press(page, en.setup.submit);
  expect(await heading(page)).to.equal(en['setup-done'].heading);

  await page.goto(setupLink);
  expect(await heading(page), 'the link works once').to.equal(en['link-used'].heading);
  await page.getByRole('link', { name: en['link-used'].setup.next }).click();
  await page.getByRole('heading', { name: en['sign-in'].title }).waitFor();
}

async function arriveAtApplication(page: Page, server: DevelopmentServer): Promise<void> {
  await beginSignIn(page, server);
  await signIn(page, { ...BO, password: 'not the password at all' });
  expect(await problem(page)).to.include(en['sign-in'].error.credentials_invalid);
  expect(await page.getByLabel(en['sign-in'].identifier).inputValue()).to.equal(BO.email);
  expect(await page.getByLabel(en['sign-in'].password, { exact: true }).inputValue()).to.equal('');
  await signIn(page, BO);

  expect(await heading(page)).to.equal('Allow Sample application to use your account?');
  expect(await page.getByRole('main').getByRole('listitem').allInnerTexts()).to.deep.equal([
    en.scope.openid,
    en.scope.profile,
    en.scope.email,
    en.scope.roles,
    'Read your data in the sample service',
  ]);
  await allow(page, server);
  expect(await heading(page)).to.equal(`Hello, ${BO.name}`);
  const { sub, ...claims } = await claimsShown(page);
  expect(sub).to.match(/^[\w-]{8,}$/);
  expect(claims).to.include({ name: BO.name, email: BO.email, iss: server.issuer, acr: 'aal1' });
  expect(claims.roles).to.deep.equal([]);
}

async function callAndWithdraw(page: Page, server: DevelopmentServer): Promise<void> {
  // What its page asks to warn in time: of the application itself, which has the token.
  const answers = await page.context().request.get(`${server.application}/session`);
  const { now, idle_expires_at: end } = (await answers.json()) as Record<string, number>;
  expect(Number(end) - Number(now)).to.be.within(1_000, 1_200);
  await press(page, 'Call the sample service');
  const { sub } = await claimsShown(page);
  const answer = await called(page);
  expect(answer.status).to.equal('200 OK');
  expect(answer.body).to.include({ sub, scope: 'sample:read' });

  await page.getByRole('link', { name: 'your account at Gatehouse' }).click();
  await page.waitForURL(`${server.issuer}/account`);
  const applications = page.getByRole('region', { name: en.account.applications });
  expect(await applications.getByRole('heading', { level: 3 }).allInnerTexts()).to.deep.equal([
    'Sample application',
  ]);
  await press(page, 'Withdraw access of Sample application');
  expect(await page.getByRole('status').innerText()).to.equal(en.account.consent_withdrawn);
  expect(await applications.innerText()).to.include(en.account.noApplications);

  // The application is told of it, a moment later, and ends its own session.
  await eventually('the application has ended its session', async () => {
    await page.goto(`${server.application}/`);
    return page.getByRole('button', { name: 'Sign in', exact: true }).isVisible();
  });
  await press(page, 'Sign in');
  expect(await heading(page), 'no password, but consent').to.equal(
    'Allow Sample application to use your account?',
  );
  await allow(page, server);
}

async function signOut(page: Page, server: DevelopmentServer): Promise<void> {
  await press(page, 'Sign out');
  expect(await heading(page)).to.equal(en['sign-out'].heading);
  expect(await page.getByRole('main').innerText()).to.include(BO.email);
  await press(page, en['sign-out'].confirm);
  expect(page.url()).to.equal(`${server.application}/`);
  expect(await page.getByRole('main').innerText()).to.not.include(BO.name);
  await press(page, 'Sign in');
  expect(await heading(page), 'the password is asked for').to.equal(en['sign-in'].title);
  await signIn(page, BO);
  expect(await heading(page), 'what was allowed stays allowed').to.equal(`Hello, ${BO.name}`);
}
