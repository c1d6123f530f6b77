import { expect } from 'chai';
import { isUnchanged, parseCondition, readPrecondition } from '../../../../src/http/api/etags.ts';

const codeOf = (act: () => unknown): string => {
  try {
    act();
    return 'passed';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('entity tags', () => {
  it('are read as RFC 9110 writes them', () => {
    expect(parseCondition('*')).to.equal('*');
    expect(parseCondition('"a"')).to.deep.equal([{ weak: false, tag: 'a' }]);
    expect(parseCondition(' W/"a,b" ,"c" , ""')).to.deep.equal([
      { weak: true, tag: 'a,b' },
      { weak: false, tag: 'c' },
      { weak: false, tag: '' },
    ]);
    for (const malformed of [
      '',
      ' ',
      'a',
      '"a',
      'a"',
      '"a" "b"',
      'w/"a"',
      '"a", *',
      '**',
      '"a" x',
      ',',
      '"a b"',
    ])
      expect(parseCondition(malformed), malformed).to.equal(undefined);
  });

  it('confirm a copy by the tag alone, strong or weak', () => {
    for (const header of ['"a"', 'W/"a"', '"b", "a"', '*'])
      expect(isUnchanged(header, 'a'), header).to.equal(true);
    for (const header of ['', '"b"', 'a', '"A"']) expect(isUnchanged(header, 'a'), header).to.equal(false);
  });

  it('let a change pass for the edition that it is meant for, and for no other', () => {
    const changing = (header: string, current: string | undefined, required = true) =>
      codeOf(() => readPrecondition(header, required).check(current));
    for (const header of ['"1"', '"0", "1"', '*']) expect(changing(header, '1'), header).to.equal('passed');
    for (const header of ['"2"', 'W/"1"', '""'])
      expect(changing(header, '1'), header).to.equal('precondition_failed');
    expect(changing('*', undefined)).to.equal('precondition_failed');
    expect(changing('1', '1')).to.equal('invalid_precondition');
    expect(changing('', '1')).to.equal('precondition_required');
    expect(changing('', '1', false)).to.equal('passed');
    expect(changing('"2"', '1', false)).to.equal('precondition_failed');
  });

  it('are read in time that does not explode', () => {
    const started = performance.now();
    for (const header of [
      `${' '.repeat(15_000)}x`,
      '"'.repeat(15_000),
      `${'"a",'.repeat(4_000)}x`,
      'W/'.repeat(8_000),
    ])
      parseCondition(header);
    expect(performance.now() - started).to.be.below(1_000);
  });
});
