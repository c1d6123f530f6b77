import { inflateSync } from 'node:zlib';
import { expect } from 'chai';
import { resourceSchema } from '../../../src/domain/resources/store.ts';
import {
  BLOCK_SECONDS,
  indexAt,
  LIST_SECONDS,
  LIST_SIZE,
  packList,
  placeOf,
} from '../../../src/domain/token-status/policy.ts';
import { indexOf, parseList, referenceTo } from '../../../src/oidc/status-reference.ts';

const ISSUER = 'https://id.example.org';

describe('the place of a token on a status list', () => {
  it('is one for each index, and back', () => {
    for (const index of [0, 1, LIST_SIZE - 1, LIST_SIZE, 7 * LIST_SIZE + 5, 2 ** 40 + 3]) {
      const place = placeOf(index);
      expect(place.bit).to.be.within(0, LIST_SIZE - 1);
      expect(indexAt(place)).to.equal(index);
    }
    expect(placeOf(LIST_SIZE - 1)).to.deep.equal({ list: 0, bit: LIST_SIZE - 1 });
    expect(placeOf(LIST_SIZE)).to.deep.equal({ list: 1, bit: 0 });
  });

  it('is told by an address of ours, and no other is ours', () => {
    const reference = referenceTo(ISSUER, 3 * LIST_SIZE + 9);
    expect(reference).to.deep.equal({ status_list: { idx: 9, uri: `${ISSUER}/status-lists/3` } });
    expect(indexOf(ISSUER, reference)).to.equal(3 * LIST_SIZE + 9);
    for (const uri of [
      'https://other.example/status-lists/3',
      `${ISSUER}.evil.example/status-lists/3`,
      `${ISSUER}/status-lists/3/`,
      `${ISSUER}/status-lists/03`,
      `${ISSUER}/status-lists/`,
      `${ISSUER}/status-lists/3?x`,
    ]) {
      expect(indexOf(ISSUER, { status_list: { idx: 9, uri } }), uri).to.equal(undefined);
    }
    expect(['0', '17', '-1', '1.0', ' 1', '', '1e3', '9'.repeat(10)].map(parseList)).to.deep.equal([
      0,
      17,
      ...Array(6).fill(undefined),
    ]);
  });

  it('is packed as the draft does it (section 4.1)', () => {
    const bytes = inflateSync(Buffer.from(packList([0, 3, 4, 5, 7, 8, 9, 13, 15]), 'base64url'));
    expect(bytes.subarray(0, 3).toString('hex')).to.equal('b9a300');
    expect(bytes).to.have.length(LIST_SIZE / 8);
    expect(inflateSync(Buffer.from(packList([LIST_SIZE - 1]), 'base64url')).at(-1)).to.equal(0x80);
  });

  it('takes a few KB however many tokens there are, while few are revoked', () => {
    const hundredth = Array.from({ length: LIST_SIZE / 100 }, (_, n) => (n * 7919 * 31) % LIST_SIZE);
    expect(packList([]).length).to.be.below(100);
    expect(packList(hundredth).length).to.be.below(4_096);
  });

  it('is kept until the last token of a list has expired, whatever a resource is registered with', () => {
    const longest = 86_400;
    const resource = { identifier: 'urn:r', name: 'R', scopes: ['r:read'] };
    expect(resourceSchema.safeParse({ ...resource, token_seconds: longest }).success).to.equal(true);
    expect(resourceSchema.safeParse({ ...resource, token_seconds: longest + 1 }).success).to.equal(false);
    expect(LIST_SECONDS).to.be.above(BLOCK_SECONDS + longest);
  });
});
