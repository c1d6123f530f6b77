import { toHex } from '../tree/encoding.ts';
import type { EventAt, Finding } from './report.ts';

interface Line {
  readonly at: EventAt;
  readonly actual: string;
}

/** A place in the tree whose event is not there, or another one. */
interface Slot {
  readonly index: number;
  readonly event: string | undefined;
  readonly sealed: string | undefined;
  line: Line | undefined;
}

/** As many as are looked at closely. */
const MAX_SLOTS = 1_000;

/**
 * Events that do not have the hash that was sealed at their place. What was done is told at the end, by comparing them with each
 * other: one that has the hash of another place was moved, one that has the hash of none was altered or inserted.
 */
export class Suspects {
  readonly #slots = new Map<number, Slot>();
  readonly #extras: Line[] = [];
  /** How many there were beyond those that are kept. */
  overflow = 0;

  missing(index: number, event: string | undefined, sealed: Uint8Array | undefined): void {
    if (this.#slots.size >= MAX_SLOTS) this.overflow++;
    else this.#slots.set(index, { index, event, sealed: sealed && toHex(sealed), line: undefined });
  }

  differs(at: EventAt, actual: Uint8Array, sealed: Uint8Array): void {
    this.missing(at.index, at.event, sealed);
    const slot = this.#slots.get(at.index);
    if (slot !== undefined) slot.line = { at, actual: toHex(actual) };
  }

  /** A line whose index was there before, is out of order, or is beyond the end. */
  extra(at: EventAt, actual: Uint8Array): void {
    if (this.#extras.length >= MAX_SLOTS) this.overflow++;
    else this.#extras.push({ at, actual: toHex(actual) });
  }

  /** Forgets the places from `index` on at which only the list of hashes was wrong. True where there were any. */
  clearDifferent(index: number): boolean {
    const wrong = [...this.#slots.values()].filter((slot) => slot.index >= index && slot.line !== undefined);
    for (const slot of wrong) this.#slots.delete(slot.index);
    return wrong.length > 0;
  }

  /** What was done. The hashes of places below `proven` are those of a signed tree; of others only what the indexes tell is told. */
  findings(proven: number): Finding[] {
    const slots = [...this.#slots.values()].sort((one, other) => one.index - other.index);
    const placeOf = new Map<string, number>();
    for (const { index, sealed } of slots) {
      if (sealed !== undefined && index < proven) placeOf.set(sealed, index);
    }
    const findings = moved(slots, this.#extras, placeOf, proven);
    return [...findings, ...this.#inserted(placeOf)];
  }

  *#inserted(placeOf: ReadonlyMap<string, number>): Generator<Finding> {
    for (const { at, actual } of this.#extras) {
      const sealedAt = placeOf.get(actual);
      const slot = sealedAt === undefined ? undefined : this.#slots.get(sealedAt);
      if (slot === undefined) yield { kind: 'inserted', ...at };
      else if (slot.line === undefined) yield { kind: 'reordered', ...at, sealedAt: slot.index };
    }
  }
}

function moved(
  slots: readonly Slot[],
  extras: readonly Line[],
  placeOf: ReadonlyMap<string, number>,
  proven: number,
): Finding[] {
  const findings: Finding[] = [];
  const found = new Set([...extras, ...slots.flatMap(({ line }) => line ?? [])].map(({ actual }) => actual));
  const byIndex = new Map(slots.map((slot) => [slot.index, slot]));
  /** Lines behind one that was taken out or put in have the hashes of the place before or behind: 1, -1, or 0. */
  let shift = 0;
  for (const { index, event, sealed, line } of slots) {
    if (line === undefined) {
      // Its event stands elsewhere, and is named there.
      if (sealed !== undefined && found.has(sealed)) continue;
      const last = findings.at(-1);
      if (last?.kind === 'removed' && last.to === index - 1)
        findings[findings.length - 1] = { ...last, to: index };
      else findings.push({ kind: 'removed', index, event, to: index });
      continue;
    }
    if (index >= proven) continue;
    const place = placeOf.get(line.actual);
    // The place behind may be beyond what is proven: then it cannot be told that it goes on, nor anything else.
    if (shift !== 0 && (place === index + shift || index + shift >= proven)) continue;
    shift = 0;
    const next = byIndex.get(index + 1);
    if (place === index + 1 && next?.line?.actual !== sealed) {
      shift = 1;
      findings.push({ kind: 'removed', index, event: undefined, to: index });
    } else if (place === undefined && next?.line !== undefined && next.line.actual === sealed) {
      shift = -1;
      findings.push({ kind: 'inserted', ...line.at });
    } else if (place === undefined) {
      findings.push({ kind: 'altered', ...line.at });
    } else {
      findings.push({ kind: 'reordered', ...line.at, sealedAt: place });
    }
  }
  return findings;
}
