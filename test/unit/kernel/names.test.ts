import { expect } from 'chai';
import fc from 'fast-check';
import { duplicateNames } from '../../../src/kernel/json.ts';
import { didYouMean, nearestName } from '../../../src/kernel/nearest.ts';

describe('the nearest known name', () => {
  const known = ['redirect_uris', 'second_factor', 'require_pkce', 'scope', 'client_name'];
  for (const [name, nearest] of [
    ['redirectUris', 'redirect_uris'],
    ['second_facter', 'second_factor'],
    ['secnod_factor', 'second_factor'],
    ['pkce', 'require_pkce'],
    ['scopes', 'scope'],
    ['name', 'client_name'],
    ['REDIRECT-URIS', 'redirect_uris'],
  ] as const) {
    it(`of ${name} is ${nearest}`, () => expect(nearestName(name, known)).to.equal(nearest));
  }

  it('is none where nothing comes close, and costs nothing for long texts', () => {
    for (const name of ['', 'x', 'zebra', '___', 'q'.repeat(1_000_000)])
      expect(nearestName(name, known), name.slice(0, 9)).to.equal(undefined);
    expect(didYouMean('zebra', known)).to.equal('');
    expect(didYouMean('scop', known)).to.equal(' (did you mean scope?)');
  });

  it('is the name itself where it is known', () => {
    fc.assert(
      fc.property(fc.constantFrom(...known), (name) => {
        expect(nearestName(name, known)).to.equal(name);
      }),
    );
  });
});

describe('names that stand twice in one object', () => {
  for (const [text, found] of [
    ['{"a":1,"a":2}', ['a']],
    ['{"a":{"b":1,"b":2},"c":{"b":1}}', ['a.b']],
    ['{"keys":[{"kid":"x"},{"kid":"x","kid":"y"}]}', ['keys.1.kid']],
    ['{"\\u0061":1,"a":2}', ['a']],
    ['{"a":1,"a":2,"a":3}', ['a']],
    ['{"__proto__":1,"__proto__":2}', ['__proto__']],
    ['{"a":"a","b":["a","a"],"c":"{\\"x\\":1,\\"x\\":2}"}', []],
    ['[{"a":1},{"a":1}]', []],
    ['"a"', []],
    ['{}', []],
  ] as const) {
    it(`${text}: ${JSON.stringify(found)}`, () => expect(duplicateNames(text)).to.deep.equal(found));
  }

  it('are none in whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(duplicateNames(JSON.stringify(JSON.parse(text)))).to.deep.equal([]);
      }),
    );
  });
});
