import { type Browser, chromium } from 'playwright-core';
import { INSTALL_LIMIT_MS, installFromDebian, onPath } from './programs.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const PACKAGES = ['chromium', 'fonts-liberation'];

/**
 * Chromium of this machine: `CHROMIUM_PATH`, or the first on `PATH`. Where there is none and we are root on a machine with
 * apt-get (a build container), it is installed. Fails with what to do otherwise: a skipped browser test proves nothing.
 */
export async function findChromium(): Promise<string> {
  const known = process.env.CHROMIUM_PATH ?? (await onPath(NAMES));
  if (known !== undefined) return known;
  const reason = await installFromDebian(PACKAGES);
  const installed = await onPath(NAMES);
  if (installed !== undefined) return installed;
  throw new Error(`No Chromium was found. Install Chromium or Chrome, or set CHROMIUM_PATH to it.${reason}`);
}

export const launchChromium = async (): Promise<Browser> =>
  chromium.launch({ executablePath: await findChromium(), headless: true, args: FLAGS });

/** One browser for the tests of a `describe`: call it inside, and the result when a test runs. */
export function useChromium(): () => Browser {
  let browser: Browser | undefined;
  before(async function launch() {
    this.timeout(INSTALL_LIMIT_MS * 2);
    browser = await launchChromium();
  });
  after(() => browser?.close());
  return () => {
    if (browser === undefined) throw new Error('the browser is started before the tests, and only then');
    return browser;
  };
}
