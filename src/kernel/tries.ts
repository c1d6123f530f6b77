/** How often something that fails is tried again, and when: at first soon, then later and later, and not for ever. Pure. */

/** What has failed so often is given up. */
export const MOST_TRIES = 8;

const FIRST_PAUSE_SECONDS = 10;
const LONGEST_PAUSE_SECONDS = 600;

/** How long to wait after so many failures, in seconds: 10, 20, 40, … up to ten minutes, half an hour in all. */
export const pauseAfter = (failures: number): number =>
  Math.min(FIRST_PAUSE_SECONDS * 2 ** (failures - 1), LONGEST_PAUSE_SECONDS);
