import { expect } from 'chai';
import { compilePattern, PatternProblem } from '../../src/kernel/safe-pattern.ts';

describe('patterns of operators', () => {
  const CASES: readonly (readonly [pattern: string, texts: readonly string[]])[] = [
    ['[A-Z]{2}\\d{4}', ['AB1234', 'ab1234', 'AB12345', 'xAB1234']],
    ['^(?:a|bc)+$', ['abc', 'bcbc', '', 'ab']],
    ['(a*)*b', ['aaab', 'b', 'a']],
    ['\\p{L}+( \\p{L}+)?', ['Łódź á', 'x  y']],
    ['a{2,3}|b{2,}|c?d', ['a', 'aa', 'aaaa', 'bbbb', 'd', 'cd', 'ccd']],
    ['\\$5\\$', ['$5$', '5']],
    ['[^\\]]\\\\', ['a\\', ']\\']],
    ['.', ['😀', '\n', '']],
    ['', ['', 'a']],
    ['\\u{1F600}\\x41', ['😀A']],
  ];

  for (const [pattern, texts] of CASES)
    it(`${JSON.stringify(pattern)} means what JavaScript means by it, of the whole text`, () => {
      const body = pattern.replace(/^\^|\$$/gu, (mark) =>
        pattern.endsWith('\\$') && mark === '$' ? mark : '',
      );
      const expected = new RegExp(`^(?:${body})$`, 'u');
      const { matches } = compilePattern(pattern);
      for (const text of texts) expect(matches(text), text).to.equal(expected.test(text));
    });

  for (const pattern of [
    ...[
      '(',
      '[z-a]',
      '(?=a)',
      '(?<!a)b',
      '(?<n>a)',
      'a\\b',
      '(a)\\1',
      'a*?',
      'a^b',
      'a$b',
      'a{501}',
      'a'.repeat(301),
    ],
    // Empty repetitions add no parts, and would be made some millions of times.
    ...['((){500}){500}', '(((){500}){500}){500}', '(a{20}){20}{2}', '((a{20}){20}){20}'],
  ])
    it(`${JSON.stringify(pattern.slice(0, 30))} is refused`, () =>
      expect(() => compilePattern(pattern)).to.throw(PatternProblem));

  // Gone back over, as JavaScript does, this takes more years than there are.
  it('take no longer than pattern and text are long', () => {
    const { matches } = compilePattern('(a|a)*(a|a)*(a+)+(a|a)*b');
    expect(matches('a'.repeat(5_000))).to.equal(false);
    expect(matches(`${'a'.repeat(5_000)}b`)).to.equal(true);
  });
});
