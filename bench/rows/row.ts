import type { Cores } from '../machine.ts';
import type { Stack } from '../stack.ts';
import { median, spread } from '../statistics.ts';

export interface Bench {
  readonly stack: Stack;
  readonly cores: Cores;
  /** A short look: the same rounds, less time in each. */
  readonly quick: boolean;
}

/** One or more figures that are measured together. */
export interface Row {
  readonly name: string;
  measure(bench: Bench): Promise<Figure[]>;
}

export interface Figure {
  readonly name: string;
  readonly value: number;
  /** As it is printed: `≥ 0.8`. None: the figure is there to compare with. */
  readonly goal?: string;
  readonly aim?: string;
  readonly met?: boolean;
  /** What the ratio is made of, in one line. */
  readonly detail: string;
  readonly rounds: Readonly<Record<string, readonly number[]>>;
}

export interface Goal {
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly aim?: string;
}

/** As many as it takes for a median to shrug off two bad ones. */
export const ROUNDS = 5;

/** The ratio of two medians, with what they are made of. */
export function ratio(
  name: string,
  [ours, theirs]: readonly [Side, Side],
  unit: string,
  goal: Goal = {},
): Figure {
  const value = median(ours.values) / median(theirs.values);
  return {
    ...judged(name, value, goal),
    detail: `${describe(ours, unit)}; ${describe(theirs, unit)}`,
    rounds: { [ours.label]: ours.values, [theirs.label]: theirs.values },
  };
}

export interface Side {
  readonly label: string;
  readonly values: readonly number[];
}

export function judged(name: string, value: number, { atLeast, atMost, aim }: Goal) {
  return {
    name,
    value,
    ...(atLeast === undefined ? {} : { goal: `≥ ${atLeast}`, met: value >= atLeast }),
    ...(atMost === undefined ? {} : { goal: `≤ ${atMost}`, met: value <= atMost }),
    ...(aim === undefined ? {} : { aim }),
  };
}

const describe = ({ label, values }: Side, unit: string) => {
  const middle = median(values);
  const digits = middle >= 100 ? 0 : 2;
  return `${label} ${middle.toFixed(digits)} ${unit} (±${((spread(values) / 2) * 100).toFixed(0)} %)`;
};
