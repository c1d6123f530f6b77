import { expect } from 'chai';
import fc from 'fast-check';
import { type Claims, HOUR, REFUSED, useAssertions } from './assertions.ts';

/** RFC 7523, and what RFC 7519 leaves open: times of client assertions, wherever clients come. */
describe('client assertions', function assertions() {
  this.timeout(60_000);
  const { now, signed, claims, made, written, ENDPOINTS, at, everywhere } = useAssertions();

  const times: Record<string, () => Claims> = {
    'end in two hours': () => ({ exp: now() + 2 * HOUR }),
    'were issued long ago': () => ({ iat: now() - HOUR - 60 }),
    'were issued before there were computers': () => ({ iat: 0 }),
    'were issued in the future': () => ({ iat: now() + 30 }),
    'were issued after their end': () => ({ iat: now() + 120 }),
    'are not good yet': () => ({ nbf: now() + 30 }),
    'begin before the epoch': () => ({ nbf: -1 }),
    'have expired': () => ({ iat: now() - 120, exp: now() - 60 }),
    'never end': () => ({ exp: undefined }),
  };
  for (const [what, changes] of Object.entries(times)) {
    it(`are refused that ${what}`, async () => {
      expect(await everywhere(() => made(changes()))).to.equal(REFUSED);
    });
  }

  const NUMBERS = [
    '1e11',
    '1e300',
    '1e999',
    '-1e999',
    '99999999999999',
    '9007199254740993',
    '-1',
    '0',
    '-0',
    'null',
    'true',
    '"1795429200"',
    '[]',
    '{}',
    '[1795429200]',
  ];
  for (const name of ['exp', 'iat', 'nbf']) {
    it(`are refused with an ${name} that is no time of these days, and never with a fault`, async () => {
      // What the times of these are good for: nbf may be any time that has passed.
      const harmless = name === 'nbf' ? ['0', '-0'] : [];
      for (const value of NUMBERS) {
        const expected = harmless.includes(value) ? 'accepted' : REFUSED;
        expect(await everywhere(() => written(name, value)), value).to.equal(expected);
      }
    });
  }

  it('are never answered with a fault, whatever numbers they hold', async () => {
    const number = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.bigInt().map(String),
      fc.integer({ min: -2 * HOUR, max: 2 * HOUR }).map((offset) => now() + offset),
      fc.constantFrom(...NUMBERS),
    );
    await fc.assert(
      fc.asyncProperty(
        number,
        number,
        number,
        fc.constantFrom(...Object.keys(ENDPOINTS)),
        async (exp, iat, nbf, path) => {
          const given = Object.entries({ exp, iat, nbf }).map(([name, value]) => [
            name,
            String(value).replace('Infinity', '1e999').replace('NaN', 'null'),
          ]);
          const { exp: _exp, iat: _iat, ...others } = claims();
          const text = given.map(([name, value]) => `"${name}":${value}`).join();
          const answer = await at(path, await signed(`${JSON.stringify(others).slice(0, -1)},${text}}`));
          expect(answer.status, text).to.be.oneOf([200, 201, 401]);
          const [end, begun] = given.map(([, value]) => Number(value)) as [number, number];
          if (answer.status !== 401) {
            expect(end).to.be.within(now() - 6, now() + HOUR + 6);
            expect(end - begun).to.be.within(0, HOUR + 6);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
