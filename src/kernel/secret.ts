import { inspect } from 'node:util';

const MASK = '********';

/**
 * A secret that can change while the process runs: a password in a file that somebody rotates. It shows itself to nobody
 * whoever does not ask for its value: logs, JSON and messages have a mask.
 */
export class Secret {
  #value: string;
  readonly #read: (() => string | undefined) | undefined;

  /** `read` reads it again from where it came from; absent where it cannot change. */
  constructor(value: string, read?: () => string | undefined) {
    this.#value = value;
    this.#read = read;
  }

  get value(): string {
    return this.#value;
  }

  /**
   * Reads it again, for whoever was refused with it. True when it is another one now. A source that cannot be read, or is
   * empty, leaves it as it is: somebody may be in the middle of writing it.
   */
  renew(): boolean {
    let found: string | undefined;
    try {
      found = this.#read?.();
    } catch {
      return false;
    }
    if (found === undefined || found === '' || found === this.#value) return false;
    this.#value = found;
    return true;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
