import { fromHex } from '../tree/encoding.ts';
import { sameBytes, treeHash } from '../tree/hashing.ts';
import { type Leaf, leafBytes, leafText } from '../tree/leaf.ts';
import { verifyConsistency, verifyInclusion } from '../tree/proofs.ts';
import { type BundleKey, type PersonalValue, Unreadable } from './format.ts';
import { createKeyChain, type JudgedCheckpoint } from './key-chain.ts';
import { checkPersonal } from './personal.ts';
import { has, isKey, isLeaf, isMembers, isPersonal } from './shape.ts';
import type { Verifier } from './verify.ts';

/** Proofs that stand alone, as JSON: that one event is sealed, and that one tree is the beginning of another. */

export const PROOF_FORMAT = 'gatehouse-audit-proof/1';

export interface InclusionProof {
  readonly format: typeof PROOF_FORMAT;
  readonly proves: 'inclusion';
  readonly index: number;
  readonly leaf: Leaf;
  readonly personal?: Readonly<Record<string, PersonalValue>> | undefined;
  readonly size: number;
  /** Hexadecimal, as RFC 9162 orders it. */
  readonly path: readonly string[];
  /** Signed note of the tree with `size` leaves. */
  readonly checkpoint: string;
  readonly keys: readonly BundleKey[];
}

export interface ConsistencyProof {
  readonly format: typeof PROOF_FORMAT;
  readonly proves: 'consistency';
  readonly path: readonly string[];
  /** Signed notes of the smaller and of the larger tree. */
  readonly first: string;
  readonly second: string;
  readonly keys: readonly BundleKey[];
}

export type Proof = InclusionProof | ConsistencyProof;

export interface ProofReport {
  readonly outcome: 'included' | 'consistent' | 'wrong' | 'foreign' | 'outside' | 'forged';
  readonly index?: number | undefined;
  readonly from?: number | undefined;
  readonly size?: number | undefined;
  readonly time?: string | undefined;
  /** The leaf, where it is proven. */
  readonly leaf?: Leaf | undefined;
  /** How many anchors are of the size of a tree of the proof, and agree. */
  readonly agreeing?: number | undefined;
  /** Sizes of the others, which were compared with nothing. */
  readonly uncompared?: readonly number[] | undefined;
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

/** Throws {@link Unreadable} where it is not a proof of this format. */
export function readProof(value: unknown): Proof {
  const common = ['format', 'proves', 'path', 'keys'];
  const known =
    isMembers(value) &&
    value.format === PROOF_FORMAT &&
    isTexts(value.path) &&
    Array.isArray(value.keys) &&
    value.keys.every(isKey) &&
    (value.proves === 'inclusion'
      ? has(value, [...common, 'index', 'leaf', 'size', 'checkpoint'], ['personal']) &&
        isLeaf(value.leaf) &&
        (value.personal === undefined || isPersonal(value.personal)) &&
        Number.isSafeInteger(value.index) &&
        Number.isSafeInteger(value.size) &&
        typeof value.checkpoint === 'string'
      : value.proves === 'consistency' &&
        has(value, [...common, 'first', 'second']) &&
        typeof value.first === 'string' &&
        typeof value.second === 'string');
  if (!known) throw new Unreadable(`This is not a proof of the format ${PROOF_FORMAT}.`);
  return value as unknown as Proof;
}

/** Verifies a proof under the keys; the anchors have to agree where they are of the size of one of its trees. */
export function verifyProof(proof: Proof, { cryptography, keys, anchors }: Verifier): ProofReport {
  const chain = createKeyChain(cryptography, proof.keys, keys);
  const hash = treeHash(cryptography.sha256);
  const path = proof.path.map(fromHex);
  if (path.includes(undefined)) return { outcome: 'wrong' };
  const known = anchors.map((note) => chain.open(note));
  if (chain.findings.length > 0 || known.includes(undefined)) return { outcome: 'foreign' };
  const agrees = ({ size, root }: JudgedCheckpoint) =>
    known.every((anchor) => anchor?.size !== size || sameBytes(anchor.root, root));

  /** All agree by now that are of one of these sizes. */
  const compared = (sizes: readonly number[]) => {
    const given = known.flatMap((anchor) => anchor?.size ?? []);
    const agreeing = given.filter((size) => sizes.includes(size)).length;
    return { agreeing, uncompared: given.filter((size) => !sizes.includes(size)) };
  };

  if (proof.proves === 'consistency') {
    const [first, second] = [chain.open(proof.first), chain.open(proof.second)];
    if (first === undefined || !second?.trusted) return { outcome: 'foreign' };
    if (!verifyConsistency(hash, first, second, path as Uint8Array[])) return { outcome: 'wrong' };
    if (!agrees(first) || !agrees(second)) return { outcome: 'outside' };
    const { size, time } = second;
    const told = { from: first.size, size, time: time?.toISOString() };
    return { outcome: 'consistent', ...told, ...compared([first.size, size]) };
  }

  const { index, leaf, size, personal } = proof;
  const checkpoint = chain.open(proof.checkpoint);
  if (!checkpoint?.trusted) return { outcome: 'foreign' };
  const claim = { index, size, leafHash: hash.leaf(leafBytes(leaf)), root: checkpoint.root };
  const wrong =
    checkpoint.size !== size ||
    !verifyInclusion(hash, claim, path as Uint8Array[]) ||
    checkPersonal(cryptography.sha256, leaf, leafText(leaf), personal).wrong !== undefined;
  if (wrong) return { outcome: 'wrong' };
  if (!agrees(checkpoint)) return { outcome: 'outside' };
  const outcome = leaf.mac === 'invalid' ? 'forged' : 'included';
  return { outcome, index, size, time: checkpoint.time?.toISOString(), leaf, ...compared([size]) };
}
