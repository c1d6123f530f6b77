import { expect } from 'chai';
import fc from 'fast-check';
import { type Granted, mergeGranted, NOTHING_GRANTED } from '../../../src/domain/consents/store.ts';

const names = fc.uniqueArray(fc.constantFrom('openid', 'email', 'roles', 'a', 'b', 'c'));
const granted: fc.Arbitrary<Granted> = fc.record({
  scopes: names,
  claims: names,
  resources: fc.dictionary(fc.constantFrom('https://one.example', 'https://two.example'), names),
});

/** The same whatever the order. */
const asSets = ({ scopes, claims, resources }: Granted) => ({
  scopes: new Set(scopes),
  claims: new Set(claims),
  resources: Object.fromEntries(Object.entries(resources).map(([id, list]) => [id, new Set(list)])),
});
const same = (a: Granted, b: Granted): void => {
  expect(asSets(a)).to.deep.equal(asSets(b));
};
const covers = (all: readonly string[] = [], some: readonly string[] = []) =>
  some.every((name) => all.includes(name));

describe('consents, merged', () => {
  it('hold everything of both, and nothing else', () => {
    fc.assert(
      fc.property(granted, granted, (a, b) => {
        const merged = mergeGranted(a, b);
        for (const part of [a, b]) {
          expect(covers(merged.scopes, part.scopes) && covers(merged.claims, part.claims)).to.equal(true);
          for (const [id, scopes] of Object.entries(part.resources)) {
            expect(covers(merged.resources[id], scopes)).to.equal(true);
          }
        }
        expect(covers([...a.scopes, ...b.scopes], merged.scopes)).to.equal(true);
        expect(covers([...a.claims, ...b.claims], merged.claims)).to.equal(true);
        for (const [id, scopes] of Object.entries(merged.resources)) {
          expect(covers([...(a.resources[id] ?? []), ...(b.resources[id] ?? [])], scopes)).to.equal(true);
        }
      }),
    );
  });

  it('name nothing twice', () => {
    fc.assert(
      fc.property(granted, granted, (a, b) => {
        const { scopes, claims, resources } = mergeGranted(a, b);
        for (const list of [scopes, claims, ...Object.values(resources)]) {
          expect(new Set(list).size).to.equal(list.length);
        }
      }),
    );
  });

  it('do not depend on the order in which they were given', () => {
    fc.assert(fc.property(granted, granted, (a, b) => same(mergeGranted(a, b), mergeGranted(b, a))));
    fc.assert(
      fc.property(granted, granted, granted, (a, b, c) =>
        same(mergeGranted(mergeGranted(a, b), c), mergeGranted(a, mergeGranted(b, c))),
      ),
    );
  });

  it('do not change by being given again, or by nothing', () => {
    fc.assert(fc.property(granted, (a) => same(mergeGranted(a, a), a)));
    fc.assert(fc.property(granted, (a) => same(mergeGranted(NOTHING_GRANTED, a), a)));
  });
});
