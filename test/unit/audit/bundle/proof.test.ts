import { expect } from 'chai';
import fc from 'fast-check';
import { type Proof, readProof, verifyProof } from '../../../../src/domain/audit/bundle/proof.ts';
import { tellProof } from '../../../../src/domain/audit/bundle/tell.ts';
import { REPORT_WORDS_EN } from '../../../../src/domain/audit/bundle/words.en.ts';
import { REPORT_WORDS_ES } from '../../../../src/domain/audit/bundle/words.es.ts';
import { NODE_CRYPTOGRAPHY } from '../../../../src/domain/audit/node-cryptography.ts';
import { toHex } from '../../../../src/domain/audit/tree/encoding.ts';
import type { Leaf } from '../../../../src/domain/audit/tree/leaf.ts';
import { consistencyRanges, inclusionRanges } from '../../../../src/domain/audit/tree/proofs.ts';
import { makeSigner, smallTrail, type Trail } from '../../../support/audit-trail.ts';

const FORMAT = 'gatehouse-audit-proof/1' as const;

function inclusion(trail: Trail, index: number): Proof {
  const { leaf, personal } = trail.lines[index] ?? {};
  const path = inclusionRanges(index, trail.size).map(({ begin, end }) => toHex(trail.rootOf(begin, end)));
  const checkpoint = trail.notes.at(-1) as string;
  const about = { index, size: trail.size, leaf: leaf as Leaf, ...(personal && { personal }) };
  return { format: FORMAT, proves: 'inclusion', ...about, path, checkpoint, keys: trail.keys };
}

function consistency(trail: Trail): Proof {
  const path = consistencyRanges(6, trail.size).map(({ begin, end }) => toHex(trail.rootOf(begin, end)));
  const [first, second] = trail.notes as [string, string];
  return { format: FORMAT, proves: 'consistency', path, first, second, keys: trail.keys };
}

const verify = (proof: Proof, trail: Trail, { anchors = [] as string[], key = trail.first } = {}) =>
  verifyProof(proof, { cryptography: NODE_CRYPTOGRAPHY, keys: [key], anchors });

describe('a proof that stands alone', () => {
  const trail = smallTrail();

  it('shows that any event is sealed', () => {
    for (const { index } of trail.lines) {
      const report = verify(readProof(JSON.parse(JSON.stringify(inclusion(trail, index)))), trail);
      expect(report).to.include({ outcome: 'included', index, size: 13 });
    }
  });

  it('shows that one tree is the beginning of another', () => {
    expect(verify(consistency(trail), trail)).to.include({ outcome: 'consistent', from: 6, size: 13 });
  });

  it('says where another key has signed, or an anchor has another root', () => {
    expect(verify(inclusion(trail, 3), trail, { key: makeSigner() }).outcome).to.equal('foreign');
    const other = smallTrail();
    const forged = { ...inclusion(trail, 3), keys: [...trail.keys, ...other.keys] };
    expect(verify(forged as Proof, trail).outcome).to.equal('foreign');
    expect(verify(inclusion(trail, 3), trail, { anchors: [other.notes[1] as string] }).outcome).to.equal(
      'foreign',
    );
  });

  it('says which anchors agree, and which it says nothing about', () => {
    const [smaller, newest] = trail.notes as [string, string];
    const told = (proof: Proof, ...anchors: string[]) => verify(proof, trail, { anchors });
    expect(told(inclusion(trail, 3), newest)).to.deep.include({
      outcome: 'included',
      agreeing: 1,
      uncompared: [],
    });
    const beside = told(inclusion(trail, 3), smaller);
    expect(beside).to.deep.include({ outcome: 'included', agreeing: 0, uncompared: [6] });
    for (const words of [REPORT_WORDS_EN, REPORT_WORDS_ES])
      expect(tellProof(beside, words).at(-1)).to.match(/: (the anchor of|el ancla de) 6 event.*--between/);
    expect(tellProof(told(inclusion(trail, 3), newest, newest), REPORT_WORDS_EN).at(-1)).to.equal(
      'Anchored: 2 anchors of this size have the same root.',
    );
    expect(told(consistency(trail), smaller, newest)).to.deep.include({ agreeing: 2, uncompared: [] });
  });

  it('does not show what was written past Gatehouse', () => {
    const forged = smallTrail().add({ mac: 'invalid' });
    forged.seal();
    expect(verify(inclusion(forged, 13), forged).outcome).to.equal('forged');
  });

  it('shows nothing with any one character changed', () => {
    const text = JSON.stringify(inclusion(trail, 4));
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.constantFrom('0', 'a', 'Z', '"', '1', '-'),
        (place, character) => {
          if (text[place] === character) return;
          const changed = `${text.slice(0, place)}${character}${text.slice(place + 1)}`;
          let outcome: string;
          try {
            outcome = verify(readProof(JSON.parse(changed)), trail).outcome;
          } catch {
            return;
          }
          expect(outcome, changed).to.not.equal('included');
        },
      ),
      { numRuns: 400 },
    );
  });
});
