import { sha256 } from '../../kernel/crypto.ts';

/**
 * On which line of a file each text was first. Keeps 16 bytes a text and not the texts, so that a file of a million lines needs
 * some tens of megabytes: a digest of 96 bits and the line, in a table that is at most two thirds full. Two texts with one digest
 * are beyond what can be found (2⁴⁸ texts).
 */
export class FirstLines {
  #slots: Uint32Array;
  #count = 0;

  constructor(expected = 1024) {
    this.#slots = new Uint32Array(4 * expected);
  }

  /** The first line of the text where it was there before; otherwise undefined, and `line` is its first from now on. */
  add(text: string, line: number): number | undefined {
    const digest = sha256(text);
    const words = [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8)] as const;
    const known = this.#place(this.#slots, words, line);
    if (known !== undefined) return known;
    this.#count += 1;
    if (this.#count * 6 > this.#slots.length) this.#grow();
    return undefined;
  }

  #place(slots: Uint32Array, [a, b, c]: readonly [number, number, number], line: number): number | undefined {
    const places = slots.length / 4;
    for (let place = a % places; ; place = (place + 1) % places) {
      const at = 4 * place;
      const first = slots[at + 3];
      // No line has the number 0.
      if (first === 0) {
        slots.set([a, b, c, line], at);
        return undefined;
      }
      if (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c) return first;
    }
  }

  #grow(): void {
    const larger = new Uint32Array(2 * this.#slots.length);
    for (let at = 0; at < this.#slots.length; at += 4) {
      const [a = 0, b = 0, c = 0, line = 0] = this.#slots.subarray(at, at + 4);
      if (line !== 0) this.#place(larger, [a, b, c], line);
    }
    this.#slots = larger;
  }
}
