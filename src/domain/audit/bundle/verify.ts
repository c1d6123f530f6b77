import { CompactRange, subtreesOf } from '../tree/compact-range.ts';
import { sameBytes, type TreeHash, treeHash } from '../tree/hashing.ts';
import type { NoteCryptography, VerifierKey } from '../tree/note.ts';
import { CheckpointFeed } from './checkpoint-feed.ts';
import type { Evidence, EvidenceLine } from './evidence.ts';
import { CHECKPOINTS, TREE } from './format.ts';
import { HashList, sameHash } from './hash-list.ts';
import { inOrder, judgeAnchors, standingBefore } from './judge-anchors.ts';
import { createKeyChain, type JudgedCheckpoint, type KeyChain } from './key-chain.ts';
import type { Finding, Report, SizeAt } from './report.ts';
import { MAX_KEPT } from './report.ts';
import { Suspects } from './suspects.ts';
import { eventAt, Tally } from './tally.ts';

export interface Verifier {
  readonly cryptography: NoteCryptography;
  /** Keys that whoever verifies has from elsewhere. */
  readonly keys: readonly VerifierKey[];
  /** Signed notes of checkpoints that were kept elsewhere. */
  readonly anchors: readonly string[];
  /** Is told how many events were verified, now and then. */
  readonly onProgress?: ((events: number) => void) | undefined;
}

/**
 * Verifies a part of the trail in one pass and constant memory: that each event is the one that was sealed at its place, that every
 * checkpoint has the root and a signature of the trail's keys, and that the anchors agree.
 */
export async function verifyEvidence(evidence: Evidence, verifier: Verifier): Promise<Report> {
  const walk = new Walk(evidence, verifier);
  await walk.begin();
  for await (const batch of evidence.lines()) await walk.take(batch);
  return walk.end();
}

interface Stop {
  readonly checkpoint: JudgedCheckpoint;
  readonly anchor: boolean;
}

class Walk {
  readonly #evidence: Evidence;
  readonly #verifier: Verifier;
  readonly #hash: TreeHash;
  readonly #keys: KeyChain;
  readonly #tally: Tally;
  readonly #suspects = new Suspects();
  readonly #findings: Finding[] = [];
  readonly #hashes: HashList;
  readonly #feed: CheckpointFeed;
  /** The tree by what is there; undefined once it cannot be continued. */
  #actual: CompactRange | undefined;
  /** The tree by the list of hashes, from where the two differ on. */
  #sealed: CompactRange | undefined;
  #diverged: boolean;
  #expected: number;
  #lineNumber = 0;
  /** Everything below is that of a signed tree. */
  #proven: number;
  #broken = false;
  readonly #anchors: Stop[] = [];
  /** Anchors that none of the keys has signed. */
  readonly #foreign: string[] = [];
  readonly #agreeing: SizeAt[] = [];
  readonly #differing: Stop[] = [];
  #newest: SizeAt | undefined;
  #origin: string | undefined;
  #signaturesOnly = 0;

  constructor(evidence: Evidence, verifier: Verifier) {
    this.#evidence = evidence;
    this.#verifier = verifier;
    this.#hash = treeHash(verifier.cryptography.sha256);
    this.#keys = createKeyChain(verifier.cryptography, evidence.keys, verifier.keys);
    this.#findings.push(...this.#keys.findings);
    this.#tally = new Tally(verifier.cryptography.sha256, this.#keys);
    this.#hashes = new HashList(evidence.hashes);
    this.#diverged = this.#hashes.none;
    this.#feed = new CheckpointFeed(evidence, this.#keys, this.#findings, this.#tally.remarks);
    this.#expected = evidence.first;
    this.#proven = evidence.first;
  }

  async begin(): Promise<void> {
    const { first, last, size, left } = this.#evidence;
    if (left.length === subtreesOf(0, first).length && size > last) {
      this.#actual = CompactRange.of(this.#hash, 0, first, left);
    } else {
      this.#findings.push({ kind: 'file', name: TREE });
      this.#broken = true;
    }
    for (const note of this.#verifier.anchors) {
      const checkpoint = this.#keys.open(note);
      if (checkpoint !== undefined) this.#anchors.push({ checkpoint, anchor: true });
      else if (this.#keys.trusting) this.#foreign.push(note);
    }
    this.#anchors.sort((one, other) => one.checkpoint.size - other.checkpoint.size);
    while (this.#anchors[0] !== undefined && this.#anchors[0].checkpoint.size < first) {
      const stop = this.#anchors.shift() as Stop;
      const { size, time } = stop.checkpoint;
      const standing = await standingBefore(stop.checkpoint, this.#evidence);
      if (standing === 'outside') this.#tally.remarks.add({ kind: 'anchor_outside', size });
      else if (standing === 'agrees') this.#agreeing.push({ size, time: time?.toISOString() });
      else this.#differing.push(stop);
    }
    await this.#feed.next();
    await this.#stopHere();
  }

  async take(batch: readonly EvidenceLine[]): Promise<void> {
    await this.#hashes.prepare(batch.length);
    for (const { line, event } of batch) {
      this.#lineNumber++;
      if (line === undefined) {
        this.#tally.findings.add({ kind: 'malformed', index: this.#expected, line: this.#lineNumber });
        continue;
      }
      const { index, leaf, text } = line;
      const actual = text === undefined ? undefined : this.#hash.leaf(encoder.encode(text));
      if (index < this.#expected || index > this.#evidence.last) {
        if (actual !== undefined) this.#suspects.extra(eventAt(index, leaf), actual);
        continue;
      }
      if (this.#expected < index) await this.#skipTo(index);
      if (actual !== undefined) this.#tally.add(line);
      await this.#pass(actual, () => (leaf === null ? { index, event } : eventAt(index, leaf)));
    }
    this.#verifier.onProgress?.(this.#tally.events);
  }

  /** Passes over what is missing. Once its hashes are not known either, the tree cannot be told any more, and it is one finding. */
  async #skipTo(index: number): Promise<void> {
    while (this.#expected < index && (this.#actual ?? this.#sealed) !== undefined)
      await this.#pass(undefined, undefined);
    if (this.#expected === index) return;
    this.#tally.findings.add({ kind: 'removed', index: this.#expected, to: index - 1 });
    this.#expected = index;
  }

  /** One place of the tree: its event, or that there is none. */
  async #pass(
    actual: Uint8Array | undefined,
    at: (() => ReturnType<typeof eventAt>) | undefined,
  ): Promise<void> {
    let sealed = this.#hashes.take();
    if (sealed === undefined && !this.#hashes.none) {
      await this.#hashes.prepare(1);
      sealed = this.#hashes.take();
    }
    const same = actual !== undefined && sealed !== undefined && sameHash(actual, sealed);
    if (!same && !this.#diverged) {
      this.#sealed = this.#copy(this.#actual);
      this.#diverged = true;
    }
    if (actual === undefined) {
      this.#suspects.missing(this.#expected, at?.().event, sealed);
      this.#actual = undefined;
    } else {
      if (sealed !== undefined && !same)
        this.#suspects.differs(at?.() ?? { index: this.#expected }, actual, sealed);
      this.#actual?.push(actual);
    }
    if (this.#diverged) {
      // The bytes are those of a buffer that is used again.
      if (sealed === undefined) this.#sealed = undefined;
      else this.#sealed?.push(sealed.slice());
    }
    this.#expected++;
    await this.#stopHere();
  }

  /** Compares with every checkpoint and anchor of the tree of this size. */
  async #stopHere(): Promise<void> {
    while (this.#feed.current !== undefined && this.#feed.current.size <= this.#expected) {
      this.#compare({ checkpoint: this.#feed.current, anchor: false });
      await this.#feed.next();
    }
    while (this.#anchors[0] !== undefined && this.#anchors[0].checkpoint.size <= this.#expected) {
      this.#compare(this.#anchors.shift() as Stop);
    }
  }

  #compare(stop: Stop): void {
    const { size, root, time, trusted } = stop.checkpoint;
    if (size < this.#expected) {
      if (stop.anchor) this.#tally.remarks.add({ kind: 'anchor_outside', size });
      return;
    }
    if (this.#broken) return;
    const agrees = (range: CompactRange | undefined) => range !== undefined && sameBytes(range.root(), root);
    const asFound = agrees(this.#actual);
    if (!asFound && !agrees(this.#sealed)) {
      if (stop.anchor) {
        this.#differing.push(stop);
        return;
      }
      this.#broken = true;
      const [from, to] = [this.#proven, Math.max(this.#proven, size - 1)];
      this.#findings.push({ kind: 'rewritten', from, to, time: time?.toISOString() });
      return;
    }
    const at = { size, time: time?.toISOString() };
    if (stop.anchor) this.#agreeing.push(at);
    if (asFound && this.#suspects.clearDifferent(this.#proven))
      this.#findings.push({ kind: 'file', name: 'hashes' });
    this.#proven = Math.max(this.#proven, size);
    if (trusted && !stop.anchor) [this.#newest, this.#origin] = [at, stop.checkpoint.origin];
    if (!asFound) this.#actual = this.#sealed;
    this.#sealed = undefined;
    this.#diverged = this.#hashes.none;
  }

  #copy(range: CompactRange | undefined): CompactRange | undefined {
    return range && CompactRange.of(this.#hash, 0, range.end, range.hashes);
  }

  async end(): Promise<Report> {
    const { first, last } = this.#evidence;
    if (this.#expected <= last) {
      this.#findings.push({ kind: 'cut_off', from: this.#expected, to: last });
      // The rest by the list of hashes tells whether it was the end that is missing.
      while (this.#expected <= last && !this.#hashes.none && (this.#actual ?? this.#sealed) !== undefined)
        await this.#pass(undefined, undefined);
    }
    if (!(await this.#hashes.close())) this.#findings.push({ kind: 'file', name: 'hashes' });
    await this.#finishTree();
    this.#tally.close(this.#newest?.time);
    const { newest, anchored } = this.#conclude();
    const all = [...this.#findings, ...this.#suspects.findings(this.#proven), ...this.#tally.findings.list];
    const findings = inOrder(all);
    const beyond = this.#suspects.overflow + this.#tally.findings.count - this.#tally.findings.list.length;
    const { events, personal, erased, labelled, firstAt, lastAt, unprovenCount } = this.#tally;
    return {
      tampered: findings.length > 0,
      origin: this.#origin ?? this.#evidence.origin,
      signedBy: [...this.#feed.signedBy],
      first,
      last,
      firstAt,
      lastAt,
      newest,
      anchored,
      events,
      lines: this.#lineNumber,
      checkpoints: this.#feed.count,
      signaturesOnly: this.#signaturesOnly,
      personal,
      erased,
      labelled,
      unproven: this.#tally.unproven.list,
      unprovenCount,
      findings: findings.slice(0, MAX_KEPT),
      findingCount: findings.length + beyond,
      remarks: this.#tally.remarks.list,
    };
  }

  /** Behind the events: the rest of the tree, up to what the newest checkpoint signs. */
  async #finishTree(): Promise<void> {
    const { last, size, right } = this.#evidence;
    if (size <= last || this.#expected <= last) return;
    const rest = subtreesOf(last + 1, size);
    if (rest.length !== right.length) {
      this.#findings.push({ kind: 'file', name: TREE });
      this.#broken = true;
    }
    // Trees between the events and the newest checkpoint have roots that the bundle does not tell.
    while (this.#feed.current !== undefined && this.#feed.current.size < size) {
      this.#signaturesOnly++;
      await this.#feed.next();
    }
    for (const [place, hash] of rest.length === right.length ? right.entries() : []) {
      const begin = this.#expected;
      const subtree = CompactRange.of(this.#hash, begin, begin + 2 ** (rest[place]?.level ?? 0), [hash]);
      this.#actual?.append(subtree);
      this.#sealed?.append(subtree);
      this.#expected = subtree.end;
      await this.#stopHere();
    }
    this.#expected = size;
    await this.#stopHere();
  }

  #conclude(): { newest: SizeAt | undefined; anchored: SizeAt | undefined } {
    const judged = judgeAnchors({
      size: this.#evidence.size,
      restores: this.#tally.restores,
      agreeing: this.#agreeing,
      differing: [...this.#differing, ...this.#anchors].map(({ checkpoint }) => checkpoint),
      foreign: this.#foreign,
    });
    this.#findings.push(...judged.findings);
    // Whatever else is right: nothing is proven that no key signs which is trusted.
    if (this.#findings.length === 0 && (this.#newest?.size ?? 0) < this.#evidence.size)
      this.#findings.push({ kind: 'file', name: CHECKPOINTS });
    return { newest: this.#newest, anchored: judged.anchored };
  }
}

const encoder = new TextEncoder();
