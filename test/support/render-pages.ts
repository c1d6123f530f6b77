/**
 * `npm run pages [NAME…]`: takes a picture of every page in every state into `pages/`, light and dark, 320 and 1280 px wide,
 * so that a change can be looked at in one go. Names (or their beginnings) choose some of them.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import { openState, startPageServer } from './page-server.ts';
import { pageStates } from './page-states.ts';

const folder = fileURLToPath(new URL('../../pages', import.meta.url));
const themes = ['light', 'dark'] as const;
const sizes = [
  { width: 320, height: 640 },
  { width: 1280, height: 800 },
];
/** In every language; the others in English only. */
const inEveryLanguage = [
  'sign-in',
  'sign-in-credentials-invalid',
  'consent',
  'setup-missing',
  'account',
  'session-warning',
];

const shots = (chosen: readonly string[]) =>
  pageStates
    .filter(({ name }) => chosen.length === 0 || chosen.some((start) => name.startsWith(start)))
    .flatMap((state) =>
      (inEveryLanguage.includes(state.name) ? ['en', 'es'] : ['en']).map((language) => ({ state, language })),
    );

async function takePictures(browser: Browser, chosen: readonly string[]): Promise<number> {
  const server = await startPageServer();
  let taken = 0;
  try {
    for (const colorScheme of themes) {
      for (const viewport of sizes) {
        const context = await browser.newContext({
          colorScheme,
          viewport,
          locale: 'en-GB',
          timezoneId: 'Europe/Madrid',
        });
        const page = await context.newPage();
        for (const { state, language } of shots(chosen)) {
          await openState(page, server, state, language);
          const file = `${state.name}.${language}.${colorScheme}.${viewport.width}.png`;
          // A dialog covers what is seen, not the whole page.
          const fullPage = (await page.locator('dialog[open]').count()) === 0;
          await page.screenshot({ path: join(folder, file), fullPage });
          taken += 1;
        }
        await context.close();
      }
    }
  } finally {
    await server.close();
  }
  return taken;
}

const chosen = process.argv.slice(2);
if (chosen.length === 0) await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const browser = await launchChromium();
try {
  console.log(`${await takePictures(browser, chosen)} pictures in ${folder}`);
} finally {
  await browser.close();
}
