import { HASH_BYTES } from '../tree/hashing.ts';

/** The hashes of the leaves, taken one by one from a stream of bytes. */
export class HashList {
  readonly #chunks: AsyncIterator<Uint8Array> | undefined;
  #bytes = new Uint8Array(0);
  #offset = 0;

  constructor(open: (() => AsyncIterable<Uint8Array>) | undefined) {
    this.#chunks = open?.()[Symbol.asyncIterator]();
  }

  get none(): boolean {
    return this.#chunks === undefined;
  }

  /** Reads until there are so many, or no more. */
  async prepare(count: number): Promise<void> {
    while (this.#chunks !== undefined && this.#bytes.length - this.#offset < count * HASH_BYTES) {
      const { value, done } = await this.#chunks.next();
      if (done) return;
      const rest = this.#bytes.subarray(this.#offset);
      this.#bytes = new Uint8Array(rest.length + value.length);
      this.#bytes.set(rest);
      this.#bytes.set(value, rest.length);
      this.#offset = 0;
    }
  }

  /** The next of those that were prepared; undefined where there is none. */
  take(): Uint8Array | undefined {
    if (this.#bytes.length - this.#offset < HASH_BYTES) return undefined;
    this.#offset += HASH_BYTES;
    return this.#bytes.subarray(this.#offset - HASH_BYTES, this.#offset);
  }

  /** Ends the stream; whether everything was taken. */
  async close(): Promise<boolean> {
    await this.prepare(1);
    const rest = this.#bytes.length - this.#offset;
    await this.#chunks?.return?.();
    return rest === 0;
  }
}

/** Whether both are the same hash; quick, as it is asked for every leaf. */
export function sameHash(one: Uint8Array, other: Uint8Array): boolean {
  for (let index = 0; index < HASH_BYTES; index++) if (one[index] !== other[index]) return false;
  return true;
}
