import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { installFromDebian, onPath } from './programs.ts';

const run = promisify(execFile);
const NAMES = ['oathtool'];

/**
 * oathtool of this machine, which makes one-time codes with code of its own; installed where that is possible. Undefined
 * where there is none: then the vectors of the RFCs have to do, except where `CI` is set.
 */
export async function findOathtool(): Promise<string | undefined> {
  const known = await onPath(NAMES);
  if (known !== undefined) return known;
  const reason = await installFromDebian(NAMES);
  const installed = await onPath(NAMES);
  if (installed === undefined && process.env.CI) {
    throw new Error(
      `No oathtool was found. Install it (Debian: oathtool, elsewhere: oath-toolkit).${reason}`,
    );
  }
  return installed;
}

/** The code that it shows at a moment for a secret in base32. */
export async function oathtoolCode(program: string, secret: string, at: Date): Promise<string> {
  const now = `@${Math.floor(at.getTime() / 1000)}`;
  return (await run(program, ['--totp', '--base32', '--now', now, secret])).stdout.trim();
}
