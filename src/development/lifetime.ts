import { commandOf, parentOf, startMark } from '../storage/processes.ts';

/** What ends a development server: a signal, or the end of the npm that started it. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const POLL_MS = 500;
/** Ctrl-C reaches us from the terminal and once more from npm: only a later one is a second wish. */
const SAME_WISH_MS = 1_000;

/** Resolves when the server should end. A second signal while it does so ends the process at once. */
export function untilAskedToEnd(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | undefined;
    const ask = () => {
      if (askedAt !== undefined && Date.now() - askedAt > SAME_WISH_MS) process.exit(1);
      askedAt ??= Date.now();
      resolve();
    };
    for (const signal of SIGNALS) process.on(signal, ask);
    void watchStarter(ask);
  });
}

/** npm starts a shell which starts us. When either of them is killed, nobody passes signals on any more. */
async function watchStarter(ask: () => void): Promise<void> {
  if (process.env.npm_lifecycle_event === undefined) return;
  const starters = [process.ppid];
  if (/^\S*sh -c/.test((await commandOf(process.ppid)) ?? '')) {
    const npm = await parentOf(process.ppid);
    if (npm !== undefined && npm > 1) starters.push(npm);
  }
  const marks = await Promise.all(starters.map(startMark));
  const timer = setInterval(async () => {
    const now = await Promise.all(starters.map(startMark));
    if (now.every((mark, index) => mark === marks[index])) return;
    clearInterval(timer);
    ask();
  }, POLL_MS);
  timer.unref();
}
