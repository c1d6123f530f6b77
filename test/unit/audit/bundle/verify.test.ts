import { expect } from 'chai';
import type { BundleLine, LineFormat } from '../../../../src/domain/audit/bundle/format.ts';
import type { Leaf } from '../../../../src/domain/audit/tree/leaf.ts';
import {
  bundleOf,
  makeSigner,
  smallTrail,
  Trail,
  told,
  verifyBytes,
  withLines,
} from '../../../support/audit-trail.ts';

const edited = (line: BundleLine, members: object): BundleLine => ({
  ...line,
  leaf: { ...(line.leaf as Leaf), ...members },
});
const renumbered = (lines: BundleLine[]) => lines.map((line, index) => ({ ...line, index }));

describe('a bundle that is verified', () => {
  for (const format of ['ndjson', 'csv'] satisfies LineFormat[]) {
    it(`is what was sealed, as ${format}`, async () => {
      const trail = smallTrail();
      const report = await verifyBytes(await bundleOf(trail.content(format)), trail);
      expect(told(report)).to.deep.equal([]);
      expect(report).to.include({ tampered: false, events: 13, checkpoints: 2, personal: 2, erased: 1 });
      expect(report.newest?.size).to.equal(13);
    });

    it(`names an event that was altered, as ${format}`, async () => {
      const trail = smallTrail();
      const bytes = await withLines(await bundleOf(trail.content(format)), (lines) =>
        lines.map((line) => (line.index === 2 ? edited(line, { account: 'somebody-else' }) : line)),
      );
      const report = await verifyBytes(bytes, trail);
      expect(told(report)).to.deep.equal(['altered 2']);
      expect(report.findings[0]).to.include({ event: trail.lines[2]?.leaf?.id });
    });
  }

  it('may be any part of the trail', async () => {
    const trail = smallTrail();
    for (const [first, last] of [
      [0, 3],
      [2, 9],
      [5, 5],
      [6, 12],
      [12, 12],
    ] as const) {
      const report = await verifyBytes(await bundleOf(trail.content('ndjson', first, last)), trail);
      expect(told(report), `${first} to ${last}`).to.deep.equal([]);
      expect(report.events).to.equal(last - first + 1);
    }
  });

  const changes: Record<string, { change: (lines: BundleLine[]) => BundleLine[]; expected: string[] }> = {
    'one that was removed': {
      change: (lines) => lines.map((line) => (line.index === 3 ? { index: 3, leaf: null } : line)),
      expected: ['removed 3'],
    },
    'one that was removed, the rest being numbered anew': {
      change: (lines) => renumbered(lines.filter(({ index }) => index !== 3)),
      expected: ['removed 3', 'cut_off 12'],
    },
    'two that were swapped': {
      change: (lines) =>
        lines.map((line) => {
          const other = { 4: 7, 7: 4 }[line.index];
          return other === undefined ? line : { ...(lines[other] as BundleLine), index: line.index };
        }),
      expected: ['reordered 4', 'reordered 7'],
    },
    'one that was inserted, the rest being numbered anew': {
      change: (lines) =>
        renumbered(lines.toSpliced(8, 0, edited(lines[0] as BundleLine, { account: 'forged' }))),
      expected: ['inserted 8'],
    },
    'an end that is missing': { change: (lines) => lines.slice(0, 9), expected: ['cut_off 9'] },
    'a copy behind the end': {
      change: (lines) => [...lines, lines[5] as BundleLine],
      expected: ['inserted 5'],
    },
  };
  for (const [name, { change, expected }] of Object.entries(changes)) {
    it(`names ${name}`, async () => {
      const trail = smallTrail();
      const report = await verifyBytes(await withLines(await bundleOf(trail.content()), change), trail);
      expect(told(report)).to.deep.equal(expected);
    });
  }

  it('names the range, where the hashes were made to fit as well', async () => {
    const trail = smallTrail();
    const other = new Trail(trail.signer).addMany(3).add({ type: 'forged' }).addMany(9);
    const content = { ...trail.content(), events: () => other.content().events() };
    expect(told(await verifyBytes(await bundleOf(content), trail))).to.deep.equal(['rewritten 0']);
  });

  it('names an event that was written past Gatehouse before it was sealed', async () => {
    const trail = new Trail().addMany(2).add({ mac: 'invalid' }).add({ mac: 'none' });
    trail.add({ mac: 'none' }).addMany(1).seal();
    const report = await verifyBytes(await bundleOf(trail.content()), trail);
    expect(told(report)).to.deep.equal(['forged 2']);
    expect(report.unproven).to.deep.equal([{ from: 3, to: 4 }]);
    expect(report.unprovenCount).to.equal(2);
  });

  it('names a personal value that is not the one that was sealed', async () => {
    const trail = smallTrail();
    const bytes = await withLines(await bundleOf(trail.content()), (lines) =>
      lines.map((line) =>
        line.personal === undefined
          ? line
          : {
              ...line,
              personal: { '/after/email': { salt: 'MDEyMzQ1Njc4OWFiY2RlZg==', value: 'eve@example.org' } },
            },
      ),
    );
    expect(told(await verifyBytes(bytes, trail))).to.deep.equal(['personal_altered 4']);
  });
});

describe('the keys of a bundle', () => {
  it('follow each other, whichever of them is known', async () => {
    const trail = smallTrail().changeKey().addMany(3);
    trail.seal();
    trail.changeKey().addMany(2).seal();
    for (const key of [trail.first, trail.signer]) {
      const report = await verifyBytes(await bundleOf(trail.content()), trail, { keys: [key] });
      expect(told(report)).to.deep.equal([]);
      expect(report.remarks.map(({ kind }) => kind)).to.deep.equal(['key_changed', 'key_changed']);
    }
  });

  it('are told to be strange, where the tree was signed anew by another', async () => {
    const trail = smallTrail();
    const forged = new Trail(makeSigner()).addMany(13);
    forged.seal();
    const bytes = await bundleOf(forged.content());
    expect(told(await verifyBytes(bytes, trail))).to.deep.equal(['unknown_key']);
    const content = { ...forged.content(), keys: [...trail.keys, ...forged.keys] };
    expect(told(await verifyBytes(await bundleOf(content), trail))).to.include.members([
      'key_change',
      'foreign_key 13',
    ]);
  });

  it('do not follow by an event that was written past Gatehouse, though it is sealed', async () => {
    const trail = new Trail().addMany(3);
    trail.changeKey();
    const changed = trail.keys[1];
    const forged = new Trail(trail.first).addMany(3);
    forged.add({
      type: 'audit.key_changed',
      details: changed?.change?.leaf.details as object as never,
      mac: 'invalid',
    });
    forged.changeKey();
    const [first, second] = forged.keys;
    const entry = {
      ...second,
      change: { ...second?.change, leaf: { ...second?.change?.leaf, mac: 'invalid' } },
    };
    const content = { ...forged.content(), keys: [first, entry] as typeof forged.keys };
    expect(told(await verifyBytes(await bundleOf(content), trail))).to.include('key_change');
  });

  it('sign no more once they have handed over', async () => {
    const trail = smallTrail().changeKey().addMany(2);
    const thief = trail.signer;
    trail.signer = trail.first;
    trail.seal();
    trail.signer = thief;
    expect(told(await verifyBytes(await bundleOf(trail.content()), trail))).to.include('foreign_key 16');
  });
});

describe('the anchors of a bundle', () => {
  it('tell up to where nothing can be missing', async () => {
    const trail = smallTrail();
    const report = await verifyBytes(await bundleOf(trail.content()), trail, {
      anchors: [trail.notes[0] as string],
    });
    expect(told(report)).to.deep.equal([]);
    expect(report.anchored?.size).to.equal(6);
  });

  it('show an end that was cut off, and a trail that was rolled back and went on', async () => {
    const trail = smallTrail();
    const anchor = trail.notes[1] as string;
    const before = new Trail(trail.signer);
    for (const { leaf, personal } of trail.lines.slice(0, 6))
      before.add({
        type: leaf?.type as string,
        details: leaf?.details as Record<string, unknown>,
        ...(personal && { personal }),
      });
    before.seal();
    const cut = await verifyBytes(await bundleOf(before.content()), trail, { anchors: [anchor] });
    expect(told(cut)).to.deep.equal(['rolled_back 6']);
    before.addMany(3).add({ type: 'other' }).addMany(12).seal();
    const wentOn = await verifyBytes(await bundleOf(before.content()), trail, { anchors: [anchor] });
    expect(told(wentOn)).to.deep.equal(['rolled_back 22']);
  });

  it('agree with a restore that is declared', async () => {
    const trail = smallTrail();
    const [restored, anchored] = trail.notes as [string, string];
    const after = new Trail(trail.signer);
    for (const { leaf } of trail.lines.slice(0, 6))
      after.add({ type: leaf?.type as string, details: leaf?.details as Record<string, unknown> });
    after
      .add({ type: 'audit.restored', details: { restored, anchored: [anchored] } })
      .addMany(9)
      .seal();
    const report = await verifyBytes(await bundleOf(after.content()), trail, {
      anchors: [restored, anchored],
    });
    expect(told(report)).to.deep.equal([]);
    expect(report.remarks).to.deep.equal([{ kind: 'restored', index: 6, restored: 6, anchored: 13 }]);
    expect(report.anchored?.size).to.equal(6);
  });

  it('are told where another key has signed them, or they are of a place that the bundle does not have', async () => {
    const trail = smallTrail();
    const foreign = new Trail(makeSigner()).addMany(2).seal();
    const bytes = await bundleOf(trail.content());
    expect(told(await verifyBytes(bytes, trail, { anchors: [foreign] }))).to.deep.equal(['foreign_key']);
    const part = await verifyBytes(await bundleOf(trail.content('ndjson', 8)), trail, {
      anchors: [trail.notes[0] as string],
    });
    expect(part.remarks).to.deep.equal([{ kind: 'anchor_outside', size: 6 }]);
  });
});
