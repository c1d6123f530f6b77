import { expect } from 'chai';
import fc from 'fast-check';
import {
  type KeyLife,
  type KeyPhase,
  nextChange,
  phaseOf,
  publishedKeys,
  RETIREMENT_SECONDS,
  SIGNING_ALGORITHMS,
  signingKey,
} from '../../../src/domain/keys/policy.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1000);

interface Key extends KeyLife {
  readonly name: string;
}

const key = (
  name: string,
  activates: number,
  retires?: number,
  algorithm: KeyLife['algorithm'] = 'RS256',
): Key => ({
  name,
  algorithm,
  activatesAt: at(activates),
  retiresAt: retires === undefined ? undefined : at(retires),
});

describe('the life of signing keys', () => {
  const old = key('old', 0, 600 + RETIREMENT_SECONDS);
  const young = key('young', 600);
  const keys = [old, young];

  const life: [number, KeyPhase, KeyPhase][] = [
    [0, 'active', 'published'],
    [599, 'active', 'published'],
    [600, 'retiring', 'active'],
    [601, 'retiring', 'active'],
    [599 + RETIREMENT_SECONDS, 'retiring', 'active'],
    [600 + RETIREMENT_SECONDS, 'retired', 'active'],
    [601 + RETIREMENT_SECONDS, 'retired', 'active'],
  ];
  for (const [second, ofOld, ofYoung] of life) {
    it(`at ${second} s the old key is ${ofOld} and the new one ${ofYoung}`, () => {
      expect([phaseOf(old, keys, at(second)), phaseOf(young, keys, at(second))]).to.deep.equal([
        ofOld,
        ofYoung,
      ]);
    });
  }

  it('outlasts every token: a day at most, and half a day as a hint', () => {
    expect(RETIREMENT_SECONDS).to.equal(86_400 * 1.5);
  });

  it('signs with the newest whose time has come, whatever the order of the list', () => {
    const three = [key('c', 200), key('a', 0, 9999), key('b', 100, 9999), key('d', 900)];
    expect(signingKey(three, 'RS256', at(250))?.name).to.equal('c');
    expect(signingKey(three.toReversed(), 'RS256', at(150))?.name).to.equal('b');
    expect(signingKey(three, 'RS256', at(-1))).to.equal(undefined);
    expect(signingKey(three, 'ES256', at(250))).to.equal(undefined);
  });

  it('publishes those that sign first, those to come and those that only verify; not the retired', () => {
    const all = [
      key('retired', 0, 100),
      key('verifies', 50, 500),
      key('signs', 100),
      key('to come', 400),
      key('other', 0, undefined, 'ES256'),
    ];
    expect(publishedKeys(all, at(200)).map(({ name }) => name)).to.deep.equal([
      'signs',
      'other',
      'to come',
      'verifies',
    ]);
  });

  const changes: [number, number | undefined][] = [
    [-5, 0],
    [0, 600],
    [599, 600],
    [600, 600 + RETIREMENT_SECONDS],
    [600 + RETIREMENT_SECONDS, undefined],
  ];
  for (const [second, next] of changes) {
    it(`after ${second} s the next change is ${next === undefined ? 'none' : `at ${next} s`}`, () => {
      expect(nextChange(keys, at(second))?.getTime()).to.equal(
        next === undefined ? undefined : at(next).getTime(),
      );
    });
  }

  it('has at any time at most one key of an algorithm that signs, which is published; nothing changes in between', () => {
    const anyKey = fc.record({
      name: fc.uuid(),
      algorithm: fc.constantFrom(...SIGNING_ALGORITHMS),
      activatesAt: fc.integer({ min: -100, max: 100 }).map(at),
      retiresAt: fc.option(fc.integer({ min: 0, max: 300 }).map(at), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(anyKey, { maxLength: 8 }), fc.integer({ min: -120, max: 320 }), (all, second) => {
        const now = at(second);
        const published = publishedKeys(all, now);
        for (const algorithm of SIGNING_ALGORITHMS) {
          const active = published.filter(
            (each) => each.algorithm === algorithm && phaseOf(each, all, now) === 'active',
          );
          expect(active.length).to.be.at.most(1);
          expect(active[0]).to.equal(signingKey(all, algorithm, now));
        }
        const next = nextChange(all, now) ?? at(1000);
        const justBefore = new Date(next.getTime() - 1);
        if (justBefore >= now) {
          expect(publishedKeys(all, justBefore).map(({ name }) => name)).to.deep.equal(
            published.map(({ name }) => name),
          );
        }
      }),
    );
  });
});
