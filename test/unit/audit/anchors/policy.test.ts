import { expect } from 'chai';
import {
  behindMessage,
  covers,
  type DeclaredRestore,
  judged,
  type KeptCheckpoint,
  newestKept,
  standingOf,
} from '../../../../src/domain/audit/anchors/policy.ts';
import { AnchorProblem } from '../../../../src/domain/audit/anchors/target.ts';
import { NODE_CRYPTOGRAPHY } from '../../../../src/domain/audit/node-cryptography.ts';
import { noteOf, ORIGIN, rootOf, signerOf } from '../../../support/anchors.ts';

async function* from(...notes: string[]): AsyncGenerator<string> {
  yield* notes;
}

const judging = { cryptography: NODE_CRYPTOGRAPHY, origin: ORIGIN, keys: [signerOf(1)] };

const kept = (size: number, fill = size, seconds = size, signed = true): KeptCheckpoint => ({
  origin: ORIGIN,
  size,
  root: rootOf(fill),
  time: new Date(seconds * 1000),
  note: noteOf(size, fill, new Date(seconds * 1000)),
  signed,
});

describe('what an anchor keeps', () => {
  it('is nothing, or the newest checkpoint of this trail', async () => {
    expect(await newestKept(from(), judging)).to.equal(undefined);
    const found = await newestKept(from(noteOf(3), noteOf(2)), judging);
    expect(found?.signed).to.include({ size: 3, signed: true });
    expect(found?.strange).to.equal(undefined);
  });

  it('is told apart from what is forged, half written or of another trail', async () => {
    const forged = noteOf(9).replace('\n9\n', '\n10\n');
    const other = noteOf(8, 8, new Date(0), signerOf(1, 'elsewhere.example/audit'));
    const found = await newestKept(from('half a no', forged, other, noteOf(3)), judging);
    expect(found?.signed).to.include({ size: 3 });
    for (const [notes, told] of [
      [['nonsense', forged], 'nothing that it keeps is a checkpoint of this audit trail'],
      [[other], `it keeps checkpoints of elsewhere.example/audit; expected ${ORIGIN}`],
    ] as const) {
      const error = await newestKept(from(...notes), judging).catch((caught) => caught);
      expect(error).to.be.instanceOf(AnchorProblem).and.to.have.property('message', told);
    }
  });

  it('is looked for behind what a key has signed that is not known', async () => {
    const [newer, older] = [9, 7].map((size) => noteOf(size, size, new Date(0), signerOf(2))) as [
      string,
      string,
    ];
    const found = await newestKept(from(newer, older, noteOf(5)), judging);
    expect(found?.signed).to.include({ size: 5, signed: true });
    expect(found?.strange).to.include({ size: 9, signed: false });
    expect(await newestKept(from(older), judging)).to.have.property('signed', undefined);
  });
});

describe('how a trail stands to an anchor', () => {
  const rootAt = async (size: number) => (size > 20 ? undefined : rootOf(size));
  const restored: DeclaredRestore = { restored: kept(5), anchored: [kept(10, 99)] };
  const standing = (checkpoint: KeptCheckpoint, size: number, restores: DeclaredRestore[] = []) =>
    standingOf(checkpoint, { size, restores, rootAt });

  it('holds what it has sealed', async () => {
    expect(await standing(kept(10), 10)).to.equal('held');
    expect(await standing(kept(10), 12)).to.equal('held');
  });

  it('is behind where it is shorter, has another root, or part of it is gone', async () => {
    expect(await standing(kept(10), 9)).to.equal('shorter');
    expect(await standing(kept(10, 99), 12)).to.equal('another');
    expect(await standing(kept(21), 30)).to.equal('another');
  });

  it('is declared where a restore names the checkpoint, whatever has grown since', async () => {
    expect(await standing(kept(10, 99), 6, [restored])).to.equal('declared');
    expect(await standing(kept(10, 99), 30, [restored])).to.equal('declared');
    expect(await standing(kept(10, 98), 6, [restored]), 'another of that size').to.equal('shorter');
  });

  it('is not behind by what nobody known has signed, and says so', async () => {
    const strange = (size: number, fill = size) => kept(size, fill, size, false);
    expect(await standing(strange(10), 9)).to.equal('strange');
    expect(await standing(strange(10, 99), 12)).to.equal('strange');
    expect(await standing(strange(10), 12)).to.equal('held');
    expect(await standing(strange(10, 99), 6, [restored])).to.equal('declared');
  });

  it('is decided by what is signed, unless the trail holds that and not a newer one', async () => {
    const trail = { size: 9, restores: [], rootAt };
    const states = async (signed?: KeptCheckpoint, strange?: KeptCheckpoint) => {
      const { state, missing } = await judged({ signed, strange }, trail);
      return [state, missing.map((each) => each.state)];
    };
    expect(await states(kept(10), kept(12, 12, 12, false))).to.deep.equal([
      'shorter',
      ['shorter', 'strange'],
    ]);
    expect(await states(kept(9), kept(12, 12, 12, false))).to.deep.equal(['strange', ['strange']]);
    expect(await states(kept(9))).to.deep.equal(['held', []]);
    expect(await states(undefined, kept(12, 12, 12, false))).to.deep.equal(['strange', ['strange']]);
  });

  it('tells people what was found and what to do', () => {
    const told = behindMessage('file:/a', kept(10), 'shorter', 6);
    expect(told)
      .to.include('file:/a keeps a checkpoint of 1970-01-01T00:00:10.000Z over 10 events')
      .and.to.include('this database has 6 sealed')
      .and.to.include('gatehouse recover --reason');
  });
});

describe('what a declared restore covers', () => {
  const restored: DeclaredRestore = { restored: kept(5), anchored: [kept(10, 99, 100)] };
  const cases: [what: string, checkpoint: KeptCheckpoint, expected: boolean][] = [
    ['the checkpoint that it names', kept(10, 99, 100), true],
    ['one that it names and whose key is unknown', kept(10, 99, 100, false), true],
    ['an older one of the lost time', kept(8, 77, 90), true],
    [
      'not one of the lost sizes that is younger: the trail has grown again and was put back again',
      kept(8, 77, 101),
      false,
    ],
    ['not one that nobody known has signed', kept(8, 77, 90, false), false],
    ['not one that was not lost', kept(5, 77, 90), false],
    ['not one beyond', kept(11, 77, 90), false],
    ['not one without a time', { ...kept(8, 77), time: undefined }, false],
  ];
  for (const [what, checkpoint, expected] of cases) {
    it(what, () => expect(covers(restored, checkpoint)).to.equal(expected));
  }

  it('everything up to there, where the database had no checkpoint at all', () => {
    expect(covers({ restored: undefined, anchored: [kept(10, 99, 100)] }, kept(1, 77, 50))).to.equal(true);
    expect(covers({ restored: undefined, anchored: [] }, kept(1))).to.equal(false);
  });
});
