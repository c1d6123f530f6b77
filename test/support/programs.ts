import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How long an installation may take, in milliseconds. */
export const INSTALL_LIMIT_MS = 300_000;

/** The first of these programs on `PATH`. */
export async function onPath(names: readonly string[]): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
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

/**
 * Installs packages of Debian where we are root on a machine with apt-get: a build container. Returns why it could not,
 * in brackets; nothing where that is clear.
 */
export async function installFromDebian(packages: readonly string[]): Promise<string> {
  if (process.getuid?.() !== 0) return '';
  // The scripts of packages start no service in runlevel 1.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const options = { timeout: INSTALL_LIMIT_MS, env };
  const wait = ['-o', 'DPkg::Lock::Timeout=120', '-qq'];
  try {
    await run('apt-get', [...wait, 'update'], options);
    await run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages], options);
    return '';
  } catch (error) {
    return ` (apt-get: ${(error as Error).message.trim()})`;
  }
}
