import { createHashQueue } from './queue.ts';
import { createThreads } from './threads.ts';

/**
 * How hard a password is to guess, as `zxcvbn` estimates it: by words (English, Spanish), names, keyboards, dates, repeats.
 * The estimate takes 10 to 100 ms of JavaScript and 60 MB, so it has a thread, one at a time, while somebody needs it.
 */
export interface StrengthEstimator {
  /**
   * 0 (guessed at once) to 4 (10¹⁰ guesses or more). `words` are what a guesser would try for this person. Throws
   * `hashing_busy` (503) when too many wait.
   */
  score(password: string, words: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

/**
 * UTF-16 units that are looked at: the time grows with the square of the length. What follows cannot make a password
 * weaker; one that is only strong from here on is refused, which nobody has by accident.
 */
const ANALYSED = 48;
const MOST_WORDS = 40;
const MOST_WAITING = 50;
const IDLE_MS = 60_000;

export function createStrengthEstimator(idleMs = IDLE_MS): StrengthEstimator {
  const threads = createThreads<{ password: string; words: string[] }, number>({
    module: new URL('./strength-worker.ts', import.meta.url),
    name: 'password strength',
    idleMs,
  });
  const queue = createHashQueue({ concurrency: 1, limit: MOST_WAITING });
  return {
    score: (password, words) =>
      queue.run(() =>
        threads.run({ password: password.slice(0, ANALYSED), words: words.slice(0, MOST_WORDS) }),
      ),
    close: () => threads.close(),
  };
}
