import { expect } from 'chai';
import fc from 'fast-check';
import { NODE_TREE_HASH as HASH } from '../../../../src/domain/audit/node-cryptography.ts';
import { CompactRange } from '../../../../src/domain/audit/tree/compact-range.ts';
import { verifyConsistency, verifyInclusion } from '../../../../src/domain/audit/tree/proofs.ts';
import { useSealing } from '../../../support/sealing.ts';

describe('proofs from the database', function proofs() {
  this.timeout(60_000);
  const here = useSealing();

  /** Leaves and nodes of a tree, as the sealer stores them. */
  async function grow(size: number): Promise<{ hashes: Uint8Array[]; roots: Uint8Array[] }> {
    const range = new CompactRange(HASH);
    const nodes: [level: number, index: number, hash: string][] = [];
    const hashes: Uint8Array[] = [];
    const roots = [range.root()];
    for (let index = 0; index < size; index++) {
      const leaf = HASH.leaf(Buffer.from(String(index)));
      hashes.push(leaf);
      range.push(leaf, (subtree, hash) => {
        if (subtree.level % 8 === 0)
          nodes.push([subtree.level, subtree.index, Buffer.from(hash).toString('hex')]);
      });
      roots.push(range.root());
    }
    await here.owner.query(
      `insert into audit_leaves (index, event, at, mac, hash)
       select ordinality - 1, gen_random_uuid(), now(), 'valid', decode(hash, 'hex') from unnest($1::text[]) with ordinality as row(hash)`,
      [hashes.map((hash) => Buffer.from(hash).toString('hex'))],
    );
    await here.owner.query(
      `insert into audit_nodes (level, index, hash)
       select (node ->> 0)::smallint, (node ->> 1)::bigint, decode(node ->> 2, 'hex') from jsonb_array_elements($1::jsonb) as node`,
      [JSON.stringify(nodes)],
    );
    return { hashes, roots };
  }

  it('prove every leaf in every tree, and every tree in every later one', async () => {
    const { hashes, roots } = await grow(70_000);
    const size = fc.oneof(
      fc.integer({ min: 1, max: 70_000 }),
      fc.constantFrom(1, 2, 255, 256, 257, 65_535, 65_536, 65_537, 70_000),
    );
    const { proofs } = here.sealing;
    await fc.assert(
      fc.asyncProperty(size, size, async (one, other) => {
        const [from, to] = one < other ? [one, other] : [other, one];
        const index = from - 1;
        const claim = { index, size: to, leafHash: hashes[index] as Buffer, root: roots[to] as Buffer };
        expect(verifyInclusion(HASH, claim, await proofs.inclusion(index, to))).to.equal(true);
        const heads = [from, to].map((each) => ({ size: each, root: roots[each] as Buffer })) as [
          never,
          never,
        ];
        expect(verifyConsistency(HASH, ...heads, await proofs.consistency(from, to))).to.equal(true);
        const range = CompactRange.of(HASH, 0, from, await proofs.hashes(0, from));
        range.append(CompactRange.of(HASH, from, to, await proofs.hashes(from, to)));
        expect(Buffer.from(range.root()).equals(roots[to] as Buffer)).to.equal(true);
      }),
      { numRuns: 60 },
    );
    expect(
      await proofs.root(70_000).then((root) => Buffer.from(root).equals(roots[70_000] as Buffer)),
    ).to.equal(true);
    expect(await proofs.hashes(5, 5)).to.deep.equal([]);
    const missing = await proofs.inclusion(1, 80_000).catch((error) => error);
    expect(missing).to.be.an('error');
  });
});
