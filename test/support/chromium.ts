import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const run = promisify(execFile);
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
const INSTALL_LIMIT_MS = 300_000;

async function onPath(): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const file = join(folder, name);
      const found = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (found) return file;
    }
  }
  return undefined;
}

async function install(): Promise<void> {
  const options = { timeout: INSTALL_LIMIT_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const wait = ['-o', 'DPkg::Lock::Timeout=120', '-qq'];
  await run('apt-get', [...wait, 'update'], options);
  await run(
    'apt-get',
    [...wait, 'install', '-y', '--no-install-recommends', 'chromium', 'fonts-liberation'],
    options,
  );
}

/**
 * Chromium of this machine: `CHROMIUM_PATH`, or the first on `PATH`. Where there is none and we are root on a machine with
 * apt-get (a build container), it is installed. Fails with what to do otherwise: a skipped browser test proves nothing.
 */
export async function findChromium(): Promise<string> {
  const known = process.env.CHROMIUM_PATH ?? (await onPath());
  if (known !== undefined) return known;
  let reason = '';
  if (process.getuid?.() === 0) {
    await install().catch((error: Error) => {
      reason = ` (apt-get: ${error.message.trim()})`;
    });
  }
  const installed = await onPath();
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
