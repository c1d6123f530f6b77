import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { hmacKey, hmacSha256 } from '../../../src/kernel/hmac.ts';

describe('HMAC-SHA-256', () => {
  it('is what the standard library makes, for keys and texts of any length', () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((key) => Buffer.from(key));
    fc.assert(
      fc.property(bytes, fc.string({ unit: 'binary', maxLength: 300 }), (key, text) => {
        const expected = createHmac('sha256', key).update(text).digest('hex');
        expect(hmacSha256(key, text).toString('hex')).to.equal(expected);
        expect(hmacSha256(hmacKey(key), text).toString('hex')).to.equal(expected);
      }),
    );
  });

  it('agrees with RFC 4231, a key longer than a block among its cases', () => {
    const short = hmacSha256(Buffer.from('Jefe'), 'what do ya want for nothing?');
    expect(short.toString('hex')).to.equal(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
    const long = hmacSha256(
      Buffer.alloc(131, 0xaa),
      'Test Using Larger Than Block-Size Key - Hash Key First',
    );
    expect(long.toString('hex')).to.equal('60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54');
  });

  it('leaves a prepared key as it was', () => {
    const key = hmacKey(Buffer.from('key'));
    expect(hmacSha256(key, 'text')).to.deep.equal(hmacSha256(key, 'text'));
  });
});
