import { expect } from 'chai';
import { gatherLookups } from '../../../src/storage/lookups.ts';

/** A read that answers when it is told to. */
function heldRead() {
  const reads: { keys: readonly number[]; answer(): void; fail(): void }[] = [];
  const read = (keys: readonly number[]) =>
    new Promise<string[]>((resolve, reject) => {
      reads.push({
        keys,
        answer: () => resolve(keys.map((key) => `found ${key}`)),
        fail: () => reject(new Error('gone')),
      });
    });
  return { reads, read };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('gathered lookups', () => {
  it('go together when they are asked for at once, or while something is under way', async () => {
    const { reads, read } = heldRead();
    const lookup = gatherLookups(read);
    const answers = [1, 2].map(lookup);
    await settled();
    expect(reads.map(({ keys }) => keys)).to.deep.equal([[1, 2]]);
    answers.push(...[3, 4].map(lookup));
    await settled();
    expect(reads).to.have.length(1);
    reads[0]?.answer();
    await settled();
    expect(reads.map(({ keys }) => keys)).to.deep.equal([
      [1, 2],
      [3, 4],
    ]);
    reads[1]?.answer();
    expect(await Promise.all(answers)).to.deep.equal(['found 1', 'found 2', 'found 3', 'found 4']);
  });

  it('never join a statement that was sent before they were asked for', async () => {
    const { reads, read } = heldRead();
    const lookup = gatherLookups(read);
    const first = lookup(7);
    await settled();
    const second = lookup(7);
    reads[0]?.answer();
    await first;
    await settled();
    expect(reads[1]?.keys).to.deep.equal([7]);
    reads[1]?.answer();
    await second;
  });

  it('fail together, and go on', async () => {
    const { reads, read } = heldRead();
    const lookup = gatherLookups(read);
    const failing = lookup(1);
    await settled();
    const after = lookup(2);
    reads[0]?.fail();
    const error = await failing.catch((reason: Error) => reason);
    expect(error).to.be.an('error').with.property('message', 'gone');
    await settled();
    reads[1]?.answer();
    expect(await after).to.equal('found 2');
  });

  it('are bounded in the size of a statement', async () => {
    const sizes: number[] = [];
    const lookup = gatherLookups(async (keys: readonly number[]) => {
      sizes.push(keys.length);
      return keys;
    });
    const keys = Array.from({ length: 250 }, (_, index) => index);
    expect(await Promise.all(keys.map(lookup))).to.deep.equal(keys);
    expect(Math.max(...sizes)).to.equal(100);
  });
});
