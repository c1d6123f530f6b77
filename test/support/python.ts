import { installFromDebian, onPath } from './programs.ts';

const NAMES = ['python3'];

/**
 * Python 3 of this machine; where there is none and we are root on a machine with apt-get, it is installed. Fails otherwise: a skipped
 * test proves nothing.
 */
export async function findPython(): Promise<string> {
  const known = await onPath(NAMES);
  if (known !== undefined) return known;
  const reason = await installFromDebian(NAMES);
  const installed = await onPath(NAMES);
  if (installed !== undefined) return installed;
  throw new Error(`No Python 3 was found. Install it.${reason}`);
}
