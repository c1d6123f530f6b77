import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What the operating system knows about other processes: from /proc where there is one (Linux), otherwise from `ps`. */

const run = promisify(execFile);

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function ps(pid: number, column: string): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', `${column}=`, '-p', String(pid)]);
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The fields of /proc/PID/stat after the command's name, which may itself hold spaces and brackets: state, ppid, … */
async function statFields(pid: number): Promise<string[] | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

const onLinux = process.platform === 'linux';
const PARENT = 1;
const START_TIME = 19;

/** A mark of when the process began: with the id it names one process for good, although ids are used again. */
export async function startMark(pid: number): Promise<string | undefined> {
  if (!onLinux) return ps(pid, 'lstart');
  const fields = await statFields(pid);
  // A zombie has ended; only its parent has not yet noticed.
  return fields?.[0] === 'Z' ? undefined : fields?.[START_TIME];
}

export async function parentOf(pid: number): Promise<number | undefined> {
  const parent = onLinux ? (await statFields(pid))?.[PARENT] : await ps(pid, 'ppid');
  return parent === undefined ? undefined : Number(parent);
}

/** The command line, its arguments joined by spaces. */
export async function commandOf(pid: number): Promise<string | undefined> {
  if (!onLinux) return ps(pid, 'args');
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Waits until the process is gone. False when it still lives after `milliseconds`. */
export async function waitForEnd(pid: number, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while ((await startMark(pid)) !== undefined) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
