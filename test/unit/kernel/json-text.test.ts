import { expect } from 'chai';
import fc from 'fast-check';
import { JsonMistake, parseJsonText } from '../../../src/kernel/json-text.ts';

const mistake = (text: string): JsonMistake => {
  try {
    parseJsonText(text);
  } catch (error) {
    if (error instanceof JsonMistake) return error;
    throw error;
  }
  return expect.fail(`no mistake in ${text}`);
};

describe('JSON that a person wrote', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2), (json, space) => {
        const value: unknown = JSON.parse(json);
        expect(parseJsonText(JSON.stringify(value, null, space))).to.deep.equal(value);
      }),
    );
    expect(parseJsonText(' {"a": [-1.5e+3, "\\u00e9\\n", {}, [], true, null]} \r\n')).to.deep.equal({
      a: [-1500, 'é\n', {}, [], true, null],
    });
  });

  it('is refused where JSON.parse refuses it, and never otherwise', () => {
    const pieces = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"a"',
        '"b"',
        '1',
        '-',
        '0',
        '.',
        'e',
        'true',
        'nul',
        ' ',
        '\n',
        "'",
        '\\',
        '"',
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join('');
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        try {
          parseJsonText(text);
          expect(parses, text).to.equal(true);
        } catch (error) {
          expect(error, text).to.be.instanceOf(JsonMistake);
          expect(parses, text).to.equal(false);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  const cases: [text: string, line: number, column: number, problem: RegExp][] = [
    ['{\n  "redirect_uris": ["a",]\n}', 2, 25, /comma/],
    ['{"a": 1,}', 1, 9, /comma/],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, /expected "," or "}"/],
    ['{\n  "a": tru\n}', 2, 8, /expected a value/],
    ["{'a': 1}", 1, 2, /double quotes/],
    ['{"a": \'x\'}', 1, 7, /double quotes/],
    ['{a: 1}', 1, 2, /double quotes/],
    ['{"a" 1}', 1, 6, /expected ":"/],
    ['{"a": "x\n"}', 1, 7, /no closing "/],
    ['{"a": "C:\\dir"}', 1, 10, /backslash/],
    ['{"a": "\t"}', 1, 8, /control character/],
    ['{"a": 01}', 1, 7, /no number/],
    ['{"a": NaN}', 1, 7, /expected a value/],
    ['{"a": 1', 1, 8, /ends too early/],
    ['', 1, 1, /ends too early/],
    ['{} {}', 1, 4, /nothing more/],
    ['// hello\n{}', 1, 1, /no comments/],
    ['{"a": 1, /* b */ "c": 2}', 1, 10, /no comments/],
    [`${'['.repeat(300)}`, 1, 202, /too deep/],
  ];
  for (const [text, line, column, problem] of cases) {
    it(`${JSON.stringify(text.slice(0, 40))}: line ${line}, column ${column}`, () => {
      const found = mistake(text);
      expect([found.line, found.column], found.message).to.deep.equal([line, column]);
      expect(found.problem).to.match(problem);
    });
  }

  it('is never quoted', () => {
    expect(mistake('{"client_secret": "hunter2" "x"}').message).not.to.include('hunter2');
    expect(mistake('{"client_secret": hunter2}').message).not.to.include('hunter2');
  });
});
