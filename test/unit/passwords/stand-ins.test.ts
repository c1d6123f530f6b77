import { expect } from 'chai';
import fc from 'fast-check';
import { parsePasswordHash } from '../../../src/domain/passwords/phc.ts';
import {
  type Allocation,
  isSame,
  reallocate,
  SLOTS,
  shapeOf,
  standInOf,
} from '../../../src/domain/passwords/stand-ins.ts';
import { systemRandomness } from '../../../src/kernel/ids.ts';
import { costOf } from '../../support/password-hashes.ts';

const ARGON = '$argon2id$v=19$m=19456,t=2,p=1$22$43';
const BCRYPT = '$2b$12';
const SCRYPT = '$scrypt$ln=15,r=8,p=1$22$43';

const counts = (given: Record<string, number>) => new Map(Object.entries(given));

function slotsOf(allocation: Allocation | undefined): Record<string, number> {
  const found: Record<string, number> = {};
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const shape = String(shapeOf(allocation, slot));
    found[shape] = (found[shape] ?? 0) + 1;
  }
  return found;
}

/** From which shape to which each slot went that was moved. */
function moves(before: Allocation | undefined, after: Allocation | undefined): string[] {
  const found: string[] = [];
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const [from, to] = [shapeOf(before, slot), shapeOf(after, slot)];
    if (from !== to) found.push(`${from} > ${to}`);
  }
  return found;
}

describe('stand-ins', () => {
  it('are of every kind as many as there are accounts with it', () => {
    const dealt = reallocate(undefined, counts({ [ARGON]: 500, [BCRYPT]: 250, [SCRYPT]: 250 }));
    expect(slotsOf(dealt)).to.deep.equal({ [ARGON]: SLOTS / 2, [BCRYPT]: SLOTS / 4, [SCRYPT]: SLOTS / 4 });
  });

  it('are there for the rarest kind, too, which would give its accounts away', () => {
    const dealt = slotsOf(reallocate(undefined, counts({ [ARGON]: 10_000_000, [BCRYPT]: 1, [SCRYPT]: 2 })));
    expect(dealt).to.deep.equal({ [ARGON]: SLOTS - 2, [BCRYPT]: 1, [SCRYPT]: 1 });
  });

  it('stay as they are where nothing is counted', () => {
    expect(reallocate(undefined, new Map())).to.equal(undefined);
    const dealt = reallocate(undefined, counts({ [BCRYPT]: 1 }));
    expect(reallocate(dealt, new Map())).to.equal(dealt);
  });

  it('follow accounts whose hashes are replaced, and nothing moves the other way', () => {
    let dealt = reallocate(undefined, counts({ [ARGON]: 100, [BCRYPT]: 600, [SCRYPT]: 300 }));
    const everMoved = new Set<string>();
    for (let replaced = 1; replaced <= 300; replaced += 1) {
      const given = { [ARGON]: 100 + 2 * replaced, [BCRYPT]: 600 - replaced, [SCRYPT]: 300 - replaced };
      const next = reallocate(
        dealt,
        counts(Object.fromEntries(Object.entries(given).filter(([, n]) => n > 0))),
      );
      for (const move of moves(dealt, next)) everMoved.add(move);
      dealt = next;
    }
    expect([...everMoved].toSorted()).to.deep.equal([`${BCRYPT} > ${ARGON}`, `${SCRYPT} > ${ARGON}`]);
  });

  it('move as few as that takes, keep every share, and are not dealt out twice', () => {
    const shapes = [ARGON, BCRYPT, SCRYPT, '$2b$10', '$pbkdf2-sha256$29000$22$43'];
    const given = fc
      .array(fc.nat({ max: 5_000 }), { minLength: shapes.length, maxLength: shapes.length })
      .map((numbers) => numbers.map((count, index): [string, number] => [String(shapes[index]), count]))
      .map((entries) => new Map(entries.filter(([, count]) => count > 0)))
      .filter((map) => map.size > 0);
    fc.assert(
      fc.property(fc.array(given, { minLength: 2, maxLength: 6 }), (history) => {
        let dealt: Allocation | undefined;
        for (const each of history) {
          const next = reallocate(dealt, each) as Allocation;
          const total = [...each.values()].reduce((sum, count) => sum + count, 0);
          const found = slotsOf(next);
          expect(Object.keys(found)).to.have.members([...each.keys()]);
          for (const [shape, count] of each) {
            // The rarest may take a slot each from the commonest.
            expect(found[shape]).to.be.closeTo((count / total) * SLOTS, shapes.length);
          }
          const before = slotsOf(dealt);
          const gone = Object.entries(before).map(([shape, slots]) =>
            Math.max(0, slots - (found[shape] ?? 0)),
          );
          if (dealt !== undefined) {
            expect(moves(dealt, next)).to.have.length(gone.reduce((sum, slots) => sum + slots, 0));
          }
          expect(isSame(reallocate(next, each) as Allocation, next)).to.equal(true);
          dealt = next;
        }
      }),
      { numRuns: 40 },
    );
  });

  it('cost what hashes of their shape cost, and are never the same twice', () => {
    for (const [shape, cost] of [
      [ARGON, 'argon2id digest=32 memoryKib=19456 parallelism=1 salt=16 timeCost=2 version=19'],
      [
        '$argon2i$m=64,t=3,p=2$11$22',
        'argon2i digest=16 memoryKib=64 parallelism=2 salt=8 timeCost=3 version=16',
      ],
      [
        '{pepper=k1}$argon2id$v=19$m=64,t=1,p=1$22$43',
        'argon2id digest=32 memoryKib=64 parallelism=1 salt=16 timeCost=1 version=19',
      ],
      [BCRYPT, 'bcrypt 12'],
      [SCRYPT, 'scrypt blockSize=8 digest=32 logCost=15 parallelism=1 salt=16'],
      ['$pbkdf2-sha256$29000$22$43', 'pbkdf2-sha256 digest=32 iterations=29000 salt=16'],
      ['$pbkdf2-sha512$i=9,l=64$22$86', 'pbkdf2-sha512 digest=64 iterations=9 salt=16'],
    ] as const) {
      const [one, other] = [0, 1].map(() => String(standInOf(shape, systemRandomness)));
      expect(costOf(parsePasswordHash(String(one)))).to.equal(cost);
      expect(one).to.not.equal(other);
    }
  });

  it('are made of nothing that would not be verified', () => {
    for (const shape of [
      '',
      'x',
      '$2b$31',
      '$2b$03',
      '$scrypt$ln=30,r=8,p=1$22$43',
      '$md5$1$22$43',
      '$argon2id$v=19$m=x$22$43',
    ]) {
      expect(standInOf(shape, systemRandomness), shape).to.equal(undefined);
    }
  });
});
