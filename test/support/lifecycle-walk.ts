import { expect } from 'chai';
import type { Page } from 'playwright-core';
import type { Message } from '../../src/domain/mail/transport.ts';
import { en } from '../../src/http/words.ts';
import { heading, type Person, press, problem, signIn } from './person.ts';

/** What a person does at a browser with the pages of the life of an account, and with the mails that lead to them. */

export const NEW_PASSWORD = 'marble otters juggle quietly';
/** Long enough, and easily guessed. */
const LISTED = 'passwordpassword';
const TOO_SHORT = 'This password is too short. Use at least 12 characters.';

export const main = (page: Page) => page.getByRole('main').innerText();

export const fill = (page: Page, label: string, text: string) =>
  page.getByLabel(label, { exact: true }).fill(text);

/** Opens a mail as it was written, and clicks what leads to `path`. */
export async function openMail(page: Page, message: Message, path: string): Promise<void> {
  // A mail program knows nothing of what the page before may load.
  await page.goto('about:blank');
  await page.setContent(message.html);
  await Promise.all([page.waitForEvent('load'), page.locator(`a[href*="${path}?token="]`).first().click()]);
}

/** Types what is refused for two reasons, one after the other, and then a password that is good. */
export async function choosePassword(page: Page, label: string, submit: string): Promise<void> {
  for (const [refused, why] of [
    ['short', TOO_SHORT],
    [LISTED, en.password.problem.blocklisted],
  ] as const) {
    await fill(page, label, refused);
    await press(page, submit);
    expect(await problem(page)).to.include(why);
    expect(await page.getByLabel(label, { exact: true }).inputValue()).to.equal('');
  }
  await fill(page, label, NEW_PASSWORD);
  await press(page, submit);
}

/** Signs in to the account page, where the browser was on its way to. */
export async function arrives(page: Page, person: Person): Promise<void> {
  await signIn(page, person);
  expect(new URL(page.url()).pathname).to.equal('/account');
  expect(await heading(page)).to.equal(en.account.title);
  expect(await main(page))
    .to.include(person.name)
    .and.include(person.email);
}

export async function isOut(page: Page, issuer: string): Promise<void> {
  await page.goto(`${issuer}/account`);
  expect(await heading(page)).to.equal(en['sign-in'].title);
}
