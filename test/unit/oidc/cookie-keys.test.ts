import { expect } from 'chai';
import Keygrip from 'keygrip';
import { createCookieKeys } from '../../../src/oidc/cookies.ts';

describe('cookie keys', () => {
  const keys = createCookieKeys(['the current key of the cookies', 'the key before']);

  it('sign as the package does for which they stand in', () => {
    const known = new Keygrip(['the current key of the cookies'], 'sha256');
    for (const data of ['gatehouse_session=abc', '', 'ü=€', 'x'.repeat(4_000)]) {
      expect(keys.sign(data)).to.equal(known.sign(data));
    }
  });

  it('verify what any of them signed, and say which', () => {
    const before = createCookieKeys(['the key before']).sign('a=1');
    expect(keys.index('a=1', keys.sign('a=1'))).to.equal(0);
    expect(keys.index('a=1', before)).to.equal(1);
    expect(keys.verify('a=1', before)).to.equal(true);
  });

  it('refuse everything else', () => {
    const signature = keys.sign('a=1');
    for (const wrong of [
      '',
      'x',
      signature.slice(1),
      `${signature}=`,
      signature.toUpperCase(),
      'é'.repeat(43),
    ]) {
      expect(keys.index('a=1', wrong), wrong).to.equal(-1);
    }
    expect(keys.verify('a=2', signature)).to.equal(false);
  });

  it('must be some', () => {
    expect(() => createCookieKeys([])).to.throw('no key');
  });
});
