import { createPrivateKey, sign } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { expect } from 'chai';
import fc from 'fast-check';
import { NODE_CRYPTOGRAPHY as NODE } from '../../../../src/domain/audit/node-cryptography.ts';
import {
  type Checkpoint,
  checkpointText,
  openCheckpoint,
  originOf,
  parseCheckpoint,
  signCheckpoint,
} from '../../../../src/domain/audit/tree/checkpoint.ts';
import {
  type NoteSigner,
  parseNote,
  parseVkey,
  signNote,
  type VerifierKey,
  verifierKey,
  verifyNote,
  vkeyOf,
} from '../../../../src/domain/audit/tree/note.ts';

/** The example of Go's `golang.org/x/mod/sumdb/note`, from which C2SP’s signed-note comes. */
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const PETERS_NOTE = [
  'If you think cryptography is the answer to your problem,',
  "then you don't know what your problem is.",
  '',
  '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=',
  '',
].join('\n');
/** Go's checksum database. */
const SUM_GOLANG_ORG = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8';

const keyOf = (vkey: string) => parseVkey(NODE.sha256, vkey) as VerifierKey;

function signerOf(name: string, seed: number): NoteSigner {
  const secret = new Uint8Array(32).fill(seed);
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secret]);
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return {
    ...verifierKey(NODE.sha256, name, ed25519.getPublicKey(secret)),
    sign: (message) => sign(null, message, key),
  };
}

const signer = signerOf('id.example/audit', 1);
const stranger = signerOf('id.example/audit', 2);
const ROOT = NODE.sha256(new Uint8Array(0));
const TIME = new Date('2027-01-02T03:04:05.678Z');

describe('signed notes', () => {
  it('are those of Go’s note package', () => {
    const note = parseNote(PETERS_NOTE);
    expect(note).to.include({ text: PETERS_NOTE.split('\n\n')[0]?.concat('\n') });
    expect(note && verifyNote(NODE, note, [keyOf(PETER)])?.name).to.equal('PeterNeumann');
    for (const vkey of [PETER, SUM_GOLANG_ORG]) expect(vkeyOf(keyOf(vkey))).to.equal(vkey);
  });

  it('are verified by another implementation of Ed25519 as well', () => {
    const note = parseNote(signNote('text\n', signer));
    const noble = {
      ...NODE,
      verifyEd25519: (key: Uint8Array, message: Uint8Array, signature: Uint8Array) =>
        ed25519.verify(signature, message, key),
    };
    expect(note && verifyNote(noble, note, [signer])?.id).to.equal(signer.id);
  });

  it('count only signatures of the keys that are asked for, and are refused where one of those is false', () => {
    const both = parseNote(signNote('text\n', stranger, signer));
    expect(both?.signatures).to.have.length(2);
    expect(both && verifyNote(NODE, both, [signer])?.id).to.equal(signer.id);
    expect(both && verifyNote(NODE, both, [signerOf('elsewhere', 1)])).to.equal(undefined);
    const forged = parseNote(signNote('text\n', { ...signer, sign: stranger.sign }, stranger));
    expect(forged && verifyNote(NODE, forged, [signer, stranger])).to.equal(undefined);
  });

  it('prove nothing with a bit flipped anywhere', () => {
    const note = Buffer.from(signCheckpoint(signer, { size: 12, root: ROOT }, TIME));
    expect(openCheckpoint(NODE, note.toString(), [signer])?.size).to.equal(12);
    fc.assert(
      fc.property(fc.nat({ max: note.length * 8 - 1 }), (bit) => {
        const flipped = Buffer.from(note);
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(openCheckpoint(NODE, flipped.toString(), [signer])).to.equal(undefined);
      }),
      { numRuns: 400 },
    );
  });

  it('are not read from anything else', () => {
    const good = signNote('text\n', signer);
    for (const bad of [
      '',
      'text\n',
      good.slice(0, -1),
      good.replace('\n\n', '\n'),
      `${good}\n`,
      `${good}more\n`,
      good.replace('\u2014 ', '- '),
      good.replace('text', 'te\txt'),
      good.replace('text', 'te\rxt'),
      good.replace('text', 'te\u0000xt'),
      good.replace('=\n', '\n'),
      good.replace('id.example', 'id+example'),
      `text\n\n${'\u2014 a AAAAAAAA\n'.repeat(101)}`,
    ]) {
      expect(parseNote(bad), JSON.stringify(bad)).to.equal(undefined);
    }
    expect(() => signNote('text', signer)).to.throw(RangeError);
    for (const name of ['', 'a b', 'a+b', 'a\u00a0b']) {
      expect(() => verifierKey(NODE.sha256, name, signer.publicKey), name).to.throw(RangeError);
    }
  });

  it('know a key by name, key hash and algorithm', () => {
    for (const bad of [
      '',
      PETER.replace('c74f20a3', 'c74f20a4'),
      PETER.replace('PeterNeumann', 'PeterNewmann'),
      PETER.replace('+AR', '+AB'),
      PETER.replace('10TW', '10TX'),
      PETER.toLowerCase(),
      `${PETER}\n`,
      ` ${PETER}`,
    ]) {
      expect(parseVkey(NODE.sha256, bad), bad).to.equal(undefined);
    }
  });
});

describe('checkpoints', () => {
  it('are lines of origin, size, root and time', () => {
    const note = signCheckpoint(signer, { size: 42, root: ROOT }, TIME);
    expect(note.split('\n').slice(0, 5)).to.deep.equal([
      'id.example/audit',
      '42',
      '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
      'time 2027-01-02T03:04:05.678Z',
      '',
    ]);
    const opened = openCheckpoint(NODE, note, [signer]);
    expect(opened).to.deep.include({ origin: 'id.example/audit', size: 42, time: TIME, note });
    expect(opened?.key.id).to.equal(signer.id);
  });

  it('are of the trail whose name their key has', () => {
    const text = checkpointText({ origin: 'other.example/audit', size: 1, root: ROOT, time: undefined });
    expect(openCheckpoint(NODE, signNote(text, signer), [signer])).to.equal(undefined);
    expect(openCheckpoint(NODE, signCheckpoint(stranger, { size: 1, root: ROOT }, TIME), [signer])).to.equal(
      undefined,
    );
  });

  it('may have lines that are not known, and no time', () => {
    const known: Checkpoint = { origin: 'a/audit', size: 3, root: ROOT, time: undefined };
    expect(parseCheckpoint(`${checkpointText(known)}other line\n`)).to.deep.include({
      size: 3,
      time: undefined,
    });
    expect(parseCheckpoint(`${checkpointText({ ...known, time: TIME })}other\n`)?.time).to.deep.equal(TIME);
  });

  it('are not read from anything else', () => {
    const root = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
    for (const bad of [
      '',
      `a\n1\n`,
      `\n1\n${root}\n`,
      `a\n01\n${root}\n`,
      `a\n-1\n${root}\n`,
      `a\n1e3\n${root}\n`,
      `a\n9007199254740993\n${root}\n`,
      `a\n1\n${root.slice(4)}\n`,
      `a\n1\n${root}`,
      `a\n1\n${root}\n\nmore\n`,
      `a\n1\n${root}\ntime 2027-13-02T03:04:05.678Z\n`,
      `a\n1\n${root}\ntime 2027-01-02T03:04:05.678Z\ntime 2027-01-02T03:04:05.678Z\n`,
    ]) {
      expect(parseCheckpoint(bad), JSON.stringify(bad)).to.equal(undefined);
    }
  });

  it('are named by the issuer’s host, and its port where it has one', () => {
    expect(originOf('https://id.example')).to.equal('id.example/audit');
    expect(originOf('http://localhost:3000/path')).to.equal('localhost:3000/audit');
  });
});
