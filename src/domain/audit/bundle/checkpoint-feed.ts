import type { Evidence } from './evidence.ts';
import { CHECKPOINTS } from './format.ts';
import type { JudgedCheckpoint, KeyChain } from './key-chain.ts';
import { type Finding, MAX_KEPT, type Remark } from './report.ts';
import type { Kept } from './tally.ts';

/** Beyond this it is worth a remark that a checkpoint is older than the one before, in milliseconds: clocks of nodes differ. */
const CLOCKS_DIFFER_MS = 5 * 60_000;

/** The checkpoints of the evidence one by one, those that the trail's keys have signed. */
export class CheckpointFeed {
  current: JudgedCheckpoint | undefined;
  count = 0;
  readonly signedBy = new Set<string>();
  readonly #evidence: Evidence;
  readonly #keys: KeyChain;
  readonly #findings: Finding[];
  readonly #remarks: Kept<Remark>;
  readonly #notes: AsyncIterator<string>;
  #last: JudgedCheckpoint | undefined;

  /** What is wrong with a checkpoint is added to the findings. */
  constructor(evidence: Evidence, keys: KeyChain, findings: Finding[], remarks: Kept<Remark>) {
    this.#evidence = evidence;
    this.#keys = keys;
    this.#findings = findings;
    this.#remarks = remarks;
    this.#notes = evidence.checkpoints()[Symbol.asyncIterator]();
  }

  async next(): Promise<void> {
    this.current = undefined;
    while (this.current === undefined) {
      const { value, done } = await this.#notes.next();
      if (done) return;
      this.count++;
      this.current = this.#keys.open(value);
      if (this.current === undefined && this.#keys.trusting)
        this.#find({ kind: 'foreign_key', what: 'checkpoint', size: sizeOf(value) });
    }
    this.#judge(this.current);
  }

  #judge(checkpoint: JudgedCheckpoint): void {
    const { size, time, key } = checkpoint;
    this.signedBy.add(key.id);
    const { first, size: newest } = this.#evidence;
    if (size <= first || size > newest || size < (this.#last?.size ?? 0))
      this.#find({ kind: 'file', name: CHECKPOINTS });
    const before = this.#last?.time;
    if (time !== undefined && before !== undefined && time.getTime() < before.getTime() - CLOCKS_DIFFER_MS)
      this.#remarks.add({ kind: 'time_back', size, time: time.toISOString() });
    this.#last = checkpoint;
  }

  #find(finding: Finding): void {
    if (this.#findings.length < MAX_KEPT) this.#findings.push(finding);
  }
}

/** What a checkpoint that nobody known has signed says of its size. */
const sizeOf = (note: string): number | undefined => {
  const size = Number(note.split('\n', 2)[1]);
  return Number.isSafeInteger(size) ? size : undefined;
};
