import canonicalize from 'canonicalize';
import { expect } from 'chai';
import fc from 'fast-check';
import { canonicalText } from '../../../../src/domain/audit/bundle/canonical.ts';

describe('canonical JSON of the lines of a bundle', () => {
  it('is that of the library, of whatever was read of JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        expect(canonicalText(value)).to.equal(canonicalize(value));
        // Sorted already, as it is where a canonical text was read.
        const sorted = JSON.parse(canonicalize(value) as string);
        expect(canonicalText(sorted)).to.equal(canonicalize(value));
      }),
    );
  });

  it('is so for names that look like numbers, minus zero, escapes and null', () => {
    const value = {
      '10': -0,
      '2': '\\ud800 \u2028 "',
      a: [null, true, 1e21, 5e-324],
      '': { b: 'null', a: 'é' },
    };
    expect(canonicalText(value)).to.equal(canonicalize(value));
  });

  it('is not made of what JSON does not have', () => {
    expect(() => canonicalText({ a: '\ud800' })).to.throw('Unicode');
    expect(() => canonicalText([1 / 0])).to.throw('finite');
  });
});
