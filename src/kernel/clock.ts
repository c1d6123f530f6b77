/** Where the server gets the time from. Injected, so that tests can move it. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** Whole seconds since the epoch, as JWT's NumericDate (RFC 7519, section 2). */
export const epochSeconds = (at: Date): number => Math.floor(at.getTime() / 1000);

export const addSeconds = (at: Date, seconds: number): Date => new Date(at.getTime() + seconds * 1000);
