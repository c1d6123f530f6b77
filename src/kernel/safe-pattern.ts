/**
 * Patterns that an operator writes and that judge what anybody types: a part of the syntax of regular expressions, run without going
 * back, so that no pattern and no text takes longer than their lengths multiplied (OWASP, Regular expression Denial of Service).
 * There are literal characters, `.`, classes (`[A-Z]`, `\d`, `\p{L}`), groups, alternatives and the quantifiers `? * + {2} {2,}
 * {2,5}`. A text has to match as a whole; `^` in front and `$` behind may stand there and mean nothing. There are no look-arounds, no
 * back-references, no lazy quantifiers and no flags. Pure.
 */

/** The compiled form of a pattern. */
export interface SafePattern {
  /** Whether the whole text is as the pattern says. */
  readonly matches: (text: string) => boolean;
}

/** What is wrong with a pattern, as an operator may read it. */
export class PatternProblem extends Error {}

const LONGEST = 300;
const MOST_STATES = 500;
const MOST_VISITS = 10 * MOST_STATES;

type Node =
  | { readonly one: (character: string) => boolean }
  | { readonly sequence: readonly Node[] }
  | { readonly either: readonly Node[] }
  | { readonly repeated: Node; readonly min: number; readonly max: number };

/** A step of the automaton: takes a character, or goes on in several places. */
type Step =
  | { readonly takes: (character: string) => boolean; readonly next: number }
  | { readonly goesTo: readonly number[] };

const END = -1;

/** Throws {@link PatternProblem}. */
export function compilePattern(pattern: string): SafePattern {
  if (pattern.length > LONGEST) throw new PatternProblem(`has more than ${LONGEST} characters`);
  try {
    new RegExp(pattern, 'u');
  } catch {
    throw new PatternProblem('is no regular expression');
  }
  const body = pattern.replace(/^\^/u, '').replace(/(?<!\\)((?:\\\\)*)\$$/u, '$1');
  const steps: Step[] = [];
  const first = builder(steps)(parse(body), END);
  return { matches: (text) => run(steps, first, text) };
}

function parse(pattern: string): Node {
  const characters = [...pattern];
  let at = 0;

  function alternatives(): Node {
    const either = [sequence()];
    while (characters[at] === '|') {
      at += 1;
      either.push(sequence());
    }
    return either.length === 1 && either[0] !== undefined ? either[0] : { either };
  }

  function sequence(): Node {
    const nodes: Node[] = [];
    while (at < characters.length && characters[at] !== '|' && characters[at] !== ')')
      nodes.push(quantified(atom()));
    return { sequence: nodes };
  }

  function atom(): Node {
    const character = characters[at] ?? '';
    at += 1;
    if (character === '(') return group();
    if (character === '[') return classOf(at - 1, endOfClass());
    if (character === '\\') return escaped();
    if (character === '.') return { one: (given) => !/[\n\r\u2028\u2029]/u.test(given) };
    if (character === '^' || character === '$')
      throw new PatternProblem(`has "${character}" in the middle: it always means the whole value`);
    return { one: (given) => given === character };
  }

  function group(): Node {
    if (characters[at] === '?') {
      if (characters[at + 1] !== ':') throw new PatternProblem('has "(?": only "(?:" is possible');
      at += 2;
    }
    const inner = alternatives();
    at += 1;
    return inner;
  }

  function endOfClass(): number {
    while (characters[at] !== ']') at += characters[at] === '\\' ? 2 : 1;
    at += 1;
    return at;
  }

  function escaped(): Node {
    const begin = at - 1;
    const letter = characters[at] ?? '';
    at += 1;
    if (/[1-9kbB]/u.test(letter))
      throw new PatternProblem(`has "\\${letter}": back-references and borders of words are not possible`);
    if (/[pPu]/u.test(letter) && characters[at] === '{') at = characters.indexOf('}', at) + 1;
    else if (letter === 'u') at += 4;
    else if (letter === 'x') at += 2;
    else if (letter === 'c') at += 1;
    return classOf(begin, at);
  }

  /** One character by the syntax of JavaScript, which is safe for one. */
  function classOf(from: number, to: number): Node {
    const one = new RegExp(`^(?:${characters.slice(from, to).join('')})$`, 'u');
    return { one: (given) => one.test(given) };
  }

  function quantified(node: Node): Node {
    const bounds = bound();
    if (bounds === undefined) return node;
    if (characters[at] === '?') throw new PatternProblem('has a lazy quantifier, which is not possible');
    return { repeated: node, ...bounds };
  }

  function bound(): { min: number; max: number } | undefined {
    const simple = { '?': [0, 1], '*': [0, Infinity], '+': [1, Infinity] } as const;
    const character = characters[at] ?? '';
    if (character in simple) {
      at += 1;
      const [min, max] = simple[character as keyof typeof simple];
      return { min, max };
    }
    const counted = /^\{(\d+)(,?)(\d*)\}/u.exec(characters.slice(at, at + 20).join(''));
    if (counted === null) return undefined;
    at += counted[0].length;
    const min = Number(counted[1]);
    const max = counted[2] === '' ? min : counted[3] === '' ? Infinity : Number(counted[3]);
    return { min, max };
  }

  return alternatives();
}

/** Adds the steps of a node that go on at `next`, and answers the first of them. */
function builder(steps: Step[]) {
  let visits = 0;
  function add(step: Step): number {
    if (steps.length >= MOST_STATES) throw tooLarge();
    return steps.push(step) - 1;
  }
  return function build(node: Node, next: number): number {
    visits += 1;
    // What is empty adds no step, however often it is repeated.
    if (visits > MOST_VISITS) throw tooLarge();
    if ('one' in node) return add({ takes: node.one, next });
    if ('sequence' in node) return node.sequence.reduceRight((after, each) => build(each, after), next);
    if ('either' in node) return add({ goesTo: node.either.map((each) => build(each, next)) });
    const { repeated, min, max } = node;
    let after = next;
    if (max === Infinity) {
      after = add({ goesTo: [] });
      steps[after] = { goesTo: [build(repeated, after), next] };
    } else
      for (let times = min; times < max; times += 1) after = add({ goesTo: [build(repeated, after), next] });
    for (let times = 0; times < min; times += 1) after = build(repeated, after);
    return after;
  };
}

const tooLarge = () =>
  new PatternProblem(`is too large: with its repetitions it has more than ${MOST_STATES} parts`);

function run(steps: readonly Step[], first: number, text: string): boolean {
  let places = closure(steps, [first]);
  for (const character of text) {
    const next: number[] = [];
    for (const place of places) {
      const step = steps[place];
      if (step !== undefined && 'takes' in step && step.takes(character)) next.push(step.next);
    }
    if (next.length === 0) return false;
    places = closure(steps, next);
  }
  return places.has(END);
}

/** These places and all that are reached from them without a character. */
function closure(steps: readonly Step[], places: readonly number[]): Set<number> {
  const reached = new Set<number>();
  const waiting = [...places];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (reached.has(place)) continue;
    reached.add(place);
    const step = steps[place];
    if (step !== undefined && 'goesTo' in step) waiting.push(...step.goesTo);
  }
  return reached;
}
