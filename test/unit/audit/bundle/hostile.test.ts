import { expect } from 'chai';
import { Unreadable } from '../../../../src/domain/audit/bundle/format.ts';
import { signCheckpoint } from '../../../../src/domain/audit/tree/checkpoint.ts';
import type { Leaf } from '../../../../src/domain/audit/tree/leaf.ts';
import { bundleOf, rezipped, smallTrail, Trail, told, verifyBytes } from '../../../support/audit-trail.ts';

const withFile = (bytes: Uint8Array, file: string, change: (text: string) => string) =>
  rezipped(bytes, (name, content) => (name.startsWith(file) ? change(content.toString()) : content));

/** A trail that was put back to its first six events and went on, declaring it with these anchors. */
function restoredTrail(trail: Trail, anchored: readonly string[]): Trail {
  const after = new Trail(trail.signer);
  for (const { leaf } of trail.lines.slice(0, 6))
    after.add({ type: leaf?.type as string, details: leaf?.details as Record<string, unknown> });
  return after.add({ type: 'audit.restored', details: { restored: trail.notes[0], anchored } });
}

describe('a restore that is declared', () => {
  it('excuses no anchor that it does not name, and none that is younger', async () => {
    const trail = smallTrail();
    const [, anchor] = trail.notes as [string, string];
    const { signer } = trail;
    const elsewhere = signCheckpoint(
      signer,
      { size: 13, root: new Uint8Array(32) },
      new Date('2027-01-01T00:00:13Z'),
    );
    const after = restoredTrail(trail, [elsewhere]).addMany(9);
    after.seal();
    expect(
      told(await verifyBytes(await bundleOf(after.content()), trail, { anchors: [anchor] })),
    ).to.deep.equal(['rolled_back 16']);

    // It goes on to ten events, is anchored, and is cut off later.
    const cut = restoredTrail(trail, [anchor]).addMany(1);
    cut.seal();
    const younger = restoredTrail(trail, [anchor]).addMany(3).seal(new Date('2027-01-02T00:00:00Z'));
    const bytes = await bundleOf(cut.content());
    expect(told(await verifyBytes(bytes, trail, { anchors: [younger] }))).to.deep.equal(['rolled_back 8']);
    expect(told(await verifyBytes(bytes, trail, { anchors: [anchor] }))).to.deep.equal([]);
  });
});

describe('an anchor of a place behind the events of a bundle', () => {
  it('is compared where the rest of the tree tells its root', async () => {
    const trail = new Trail().addMany(8);
    const anchor = trail.seal();
    trail.addMany(5).seal();
    const bytes = await bundleOf(trail.content('ndjson', 0, 3));
    const report = await verifyBytes(bytes, trail, { anchors: [anchor] });
    expect(told(report)).to.deep.equal([]);
    expect(report.anchored?.size).to.equal(8);
    const other = signCheckpoint(trail.signer, { size: 8, root: new Uint8Array(32) }, new Date());
    expect(told(await verifyBytes(bytes, trail, { anchors: [other] }))).to.deep.equal(['rolled_back 13']);
  });
});

describe('a bundle that was made to harm', () => {
  it('is unreadable where it has no event and no checkpoint, which anybody can make', async () => {
    const trail = smallTrail();
    const nothing: Record<string, string> = {
      'checkpoints.txt': '',
      'tree.json': '{"left":[],"right":[]}',
    };
    const empty = { first: 0, last: -1, size: 0, events: 0, segments: 0 };
    const bytes = await rezipped(await bundleOf(trail.content()), (name, file) => {
      if (name === 'manifest.json') return JSON.stringify({ ...JSON.parse(file.toString()), ...empty });
      return name.includes('0001') ? undefined : (nothing[name] ?? file);
    });
    const error = await verifyBytes(bytes, trail).catch((caught) => caught);
    expect(error).to.be.instanceOf(Unreadable);
  });

  it('is found out, however deep it is, and however many digests stand under a long name', async () => {
    const trail = smallTrail();
    const digest = `{"sha256":"${'A'.repeat(43)}"}`;
    for (const more of [
      `${'['.repeat(3000)}${']'.repeat(3000)}`,
      `{"${'k'.repeat(1_900_000)}":[${Array(36_000).fill(digest).join(',')}]}`,
    ]) {
      const bytes = await withFile(await bundleOf(trail.content()), 'events', (text) =>
        text.replace('"acr":"aal1"', `"acr":"aal1","more":${more},"one":${digest}`),
      );
      expect(told(await verifyBytes(bytes, trail))[0]).to.match(/^(altered|removed|malformed) 0$/);
    }
  });

  it('is found out where a file of events does not begin or end as an export writes it', async () => {
    const trail = smallTrail();
    const unended = await withFile(await bundleOf(trail.content()), 'events', (text) => text.slice(0, -1));
    expect(told(await verifyBytes(unended, trail))).to.deep.equal(['malformed 13']);
    const headless = await withFile(await bundleOf(trail.content('csv')), 'events', (text) =>
      text.slice(text.indexOf('\n') + 1),
    );
    expect(told(await verifyBytes(headless, trail))).to.deep.equal(['malformed 0']);
  });
});

describe('the times of events', () => {
  it('are not those that were sealed by Gatehouse, where told_at says the same', async () => {
    const trail = new Trail().addMany(2).add({ told_at: '2027-01-01T00:05:02.000000Z' });
    trail.add({ told_at: '2027-01-01T00:05:03.001000Z' }).addMany(2).seal();
    const report = await verifyBytes(await bundleOf(trail.content()), trail);
    expect(told(report)).to.deep.equal(['time_moved 2']);
    expect(report.remarks).to.deep.equal([{ kind: 'clock', count: 2, first: 2 }]);
  });

  it('are in question, where they do not fit those around them', async () => {
    const trail = new Trail().addMany(3);
    const moved = (at: string) => {
      trail.add({ told_at: '2027-01-01T00:00:03.000000Z' });
      const line = trail.lines.at(-1);
      return { ...(line?.leaf as Leaf), at };
    };
    const { Clocks } = await import('../../../../src/domain/audit/bundle/clocks.ts');
    const clocks = new Clocks();
    const ask = (index: number, leaf: Leaf) => clocks.unlikely({ index }, leaf).map((each) => each.index);
    const plain = trail.lines[0]?.leaf as Leaf;
    expect(ask(0, plain)).to.deep.equal([]);
    expect(ask(1, moved('2026-12-31T23:00:00.000000Z'))).to.deep.equal([1]);
    expect(ask(2, moved('2027-01-01T02:00:00.000000Z'))).to.deep.equal([]);
    expect(ask(3, plain)).to.deep.equal([2]);
    expect(ask(4, moved('2027-01-03T00:00:00.000000Z'))).to.deep.equal([]);
    expect(clocks.after('2027-01-01T00:00:20.000Z').map(({ index }) => index)).to.deep.equal([4]);
  });
});
