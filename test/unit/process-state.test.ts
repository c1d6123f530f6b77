import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { processState, stateIn } from '../support/process-state.ts';

const ROOT = join(import.meta.dirname, '../..');
const DECISION = 'docs/decisions/0023-what-a-process-may-remember.md';

/** `file: name` of everything that the table of the decision lists. */
function listed(): string[] {
  const rows = readFileSync(join(ROOT, DECISION), 'utf8').matchAll(
    /^\| `(src\/[^`]+)`: ((?:`\w+`(?:, )?)+) \|/gm,
  );
  return [...rows].flatMap(([, file, names = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => `${file}: ${name}`),
  );
}

describe('what a process remembers', () => {
  it(`is listed in ${DECISION}, with its age`, () => {
    const found = processState(ROOT).map(({ file, name }) => `${file}: ${name}`);
    expect([...new Set(found)].sort()).to.deep.equal([...new Set(listed())].sort());
  });

  const found: [source: string, names: string[]][] = [
    ['let count = 0;', ['count']],
    ['export const seen = new Set<string>();', ['seen']],
    ['const seen: Map<string, { a: number }> = new Map();', ['seen']],
    ['const seen = new WeakMap<object, string>();', ['seen']],
    ['const units = new AsyncLocalStorage<Unit>();', ['units']],
    ['const waiting: string[] = [];', ['waiting']],
    ["const seen = new Set(['a']);\nseen.add('b');", ['seen']],
    ['export function createThing() {\n  let last = 0;\n  const kept = new Map();\n}', ['last', 'kept']],
    ['function thingRoutes(router: Router) {\n  let told: string | undefined;\n}', ['told']],
    ["const NAMES = new Set(['a']);", []],
    ["const NAMES: ReadonlySet<string> = new Set(\n  'a b'.split(' '),\n);", []],
    ['const NONE = {};', []],
    ['export function sum(all: number[]) {\n  let total = 0;\n  return total;\n}', []],
    ['export function createThing() {\n  return () => {\n    let count = 0;\n  };\n}', []],
  ];
  for (const [source, names] of found) {
    it(`is ${names.join(', ') || 'nothing'} in ${source.split('\n').join(' ')}`, () => {
      expect(stateIn(source)).to.deep.equal(names);
    });
  }
});
