import { expect } from 'chai';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { en } from '../../src/http/words.ts';
import type { DevelopmentServer } from './development.ts';

/** What a person does at a browser with the hosted pages and the sample application, by the words that they read. */

export interface Person {
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

export const AMARA: Person = {
  email: 'amara.okafor@riverside.example.org',
  name: 'Amara Okafor',
  password: 'correct horse battery staple',
};
export const BO: Person = {
  email: 'bo.lind@riverside.example.org',
  name: 'Bo Lind',
  password: 'seven quiet lanterns burning',
};

export type Words = typeof en;

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** Clicks what leads away, and waits for the page that comes. */
export async function press(page: Page, name: string): Promise<void> {
  await Promise.all([page.waitForEvent('load'), button(page, name).click()]);
}

/** The same for a link. */
export async function follow(page: Page, name: string): Promise<void> {
  await Promise.all([page.waitForEvent('load'), page.getByRole('link', { name, exact: true }).click()]);
}

export const heading = (page: Page) => page.getByRole('heading', { level: 1 }).innerText();

/** Leaves the browser at the sign-in page that the sample application leads to. */
export async function beginSignIn(page: Page, { application, issuer }: DevelopmentServer): Promise<void> {
  await page.goto(`${application}/`);
  await press(page, 'Sign in');
  expect(page.url()).to.include(`${issuer}/sign-in/`);
}

export async function fillSignIn(page: Page, person: Pick<Person, 'email' | 'password'>, words: Words = en) {
  await page.getByLabel(words['sign-in'].identifier).fill(person.email);
  await page.getByLabel(words['sign-in'].password, { exact: true }).fill(person.password);
}

/** From the sign-in page to whatever comes after it. */
export async function signIn(page: Page, person: Pick<Person, 'email' | 'password'>, words: Words = en) {
  await fillSignIn(page, person, words);
  await press(page, words['sign-in'].submit);
}

/** From the consent page back to the application. */
export async function allow(page: Page, { application }: DevelopmentServer, words: Words = en) {
  await press(page, words.consent.allow);
  expect(page.url()).to.equal(`${application}/`);
}

/** The whole way, for people of whom the tests want something else. */
export async function signInToApplication(
  page: Page,
  server: DevelopmentServer,
  person: Person,
): Promise<void> {
  await beginSignIn(page, server);
  await signIn(page, person);
  if (page.url() !== `${server.application}/`) await allow(page, server);
  expect(await heading(page)).to.equal(`Hello, ${person.name}`);
}

/** Every claim that the sample application shows. */
export async function claimsShown(page: Page): Promise<Record<string, unknown>> {
  return JSON.parse(await page.locator('h2:has-text("All claims") + pre').innerText());
}

/** Expects the error summary to have the focus and says what stands in it. */
export async function problem(page: Page): Promise<string> {
  const summary = page.locator('#error-summary:focus');
  await summary.waitFor({ timeout: 5_000 });
  return summary.innerText();
}

/**
 * Collects whatever the browser complains of: console messages, scripts that fail, requests that fail, and requests to
 * other places than `origins`. Chromium's line about a page that came with a status of 4xx is no complaint, nor that the
 * script of a page was told that the session is over.
 */
export function complaints(context: BrowserContext, origins: readonly string[]): string[] {
  const found: string[] = [];
  context.on('console', (message) => {
    // Chromium says so of a form that it has read in part; that none is without is test/unit/hosted-pages/username-fields.test.ts.
    if (message.text().startsWith('[DOM] Password forms should have')) return;
    const isStatus = message.text().startsWith('Failed to load resource');
    const { url } = message.location();
    const isExpected = url === message.page()?.url() || url.endsWith('/account/session');
    if (!isStatus || !isExpected) found.push(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => found.push(`script: ${error.error().message}`));
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    // The icon of a page that was left before it came.
    if (reason !== 'net::ERR_ABORTED') found.push(`failed: ${request.url()} ${reason}`);
  });
  context.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:' && !origins.includes(origin)) found.push(`elsewhere: ${request.url()}`);
  });
  return found;
}

/** A browser of its own for `use`, which must have had nothing to complain of in the end. */
export async function inBrowser(
  browser: Browser,
  { issuer, application }: { readonly issuer: string; readonly application?: string },
  options: BrowserContextOptions,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
  context.setDefaultTimeout(10_000);
  const complained = complaints(context, application === undefined ? [issuer] : [issuer, application]);
  try {
    await use(await context.newPage());
    expect(complained).to.deep.equal([]);
  } finally {
    await context.close();
  }
}

/**
 * In the same window, as in a browser that knows nobody. The page is left first, for `by`: its script would find its session
 * gone, and go elsewhere at the same time as the test.
 */
export async function startAnew(page: Page, by = 'about:blank'): Promise<void> {
  await page.goto(by);
  await page.context().clearCookies();
}
