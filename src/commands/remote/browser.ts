import { spawn } from 'node:child_process';
import type { Terminal } from '../environment.ts';

/** Opens an address in the browser of whoever sits at the terminal; over SSH, in a script and in a container there is none. */
export function openInBrowser(
  { ask }: Pick<Terminal, 'ask'>,
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): (address: string) => void {
  const program =
    ask === undefined || env.SSH_CONNECTION !== undefined ? undefined : programOf(env, platform);
  if (program === undefined) return () => undefined;
  return (address) => {
    // The address is an argument, and no shell reads it.
    const child = spawn(program, [address], { detached: true, stdio: 'ignore' });
    // It has been printed as well.
    child.on('error', () => undefined);
    child.unref();
  };
}

function programOf(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string | undefined {
  if (platform === 'darwin') return 'open';
  return env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined ? 'xdg-open' : undefined;
}
