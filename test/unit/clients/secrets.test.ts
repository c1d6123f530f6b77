import { expect } from 'chai';
import {
  comparableSecrets,
  digestClientSecret,
  matchingDigest,
  secretComparison,
} from '../../../src/domain/clients/secrets.ts';

const keyring = { current: 'a', keys: new Map([['a', Buffer.alloc(32, 7)]]) };

describe('the comparison of client secrets', () => {
  const stored = digestClientSecret(keyring, 'the secret');
  const other = digestClientSecret(keyring, 'another secret');

  it('takes the right one, the second time as well', () => {
    const matches = secretComparison(keyring);
    expect([matches(stored, 'the secret'), matches(stored, 'the secret')]).to.deep.equal([true, true]);
  });

  it('refuses a wrong one, also after the right one', () => {
    const matches = secretComparison(keyring);
    expect(matches(stored, 'wrong')).to.equal(false);
    expect(matches(stored, 'the secret')).to.equal(true);
    for (const wrong of ['wrong', '', 'the secre', 'the secret ', 'another secret']) {
      expect(matches(stored, wrong), wrong).to.equal(false);
    }
  });

  it('takes a secret for its own client alone', () => {
    const matches = secretComparison(keyring);
    matches(stored, 'the secret');
    expect(matches(other, 'the secret')).to.equal(false);
    expect(matches(other, 'another secret')).to.equal(true);
  });

  it('proves nothing with a key that is not there', () => {
    const matches = secretComparison({ current: 'b', keys: new Map([['b', Buffer.alloc(32, 8)]]) });
    expect(matches(stored, 'the secret')).to.equal(false);
  });
});

describe('one of several secrets', () => {
  const digests = ['new', 'old'].map((secret) => digestClientSecret(keyring, secret));
  const [recent = '', former = ''] = digests;
  const ends = new Date(1_000_000);
  const comparable = comparableSecrets([
    { digest: recent, endsAt: undefined },
    { digest: former, endsAt: ends },
  ]);
  const at = (ms: number, secret: string) =>
    matchingDigest(secretComparison(keyring), comparable, secret, new Date(ms));

  it('is known by its digest, the old one until the moment in which it ends', () => {
    expect([at(999_999, 'new'), at(999_999, 'old')]).to.deep.equal([recent, former]);
    expect([at(1_000_000, 'new'), at(1_000_000, 'old')]).to.deep.equal([recent, undefined]);
  });

  it('is no other one, no digest, no part of what is kept, and nothing', () => {
    for (const wrong of ['older', '', recent, former, comparable, `${ends.getTime()}`])
      expect(at(0, wrong), wrong).to.equal(undefined);
    expect(matchingDigest(secretComparison(keyring), '', '', new Date(0))).to.equal(undefined);
  });
});
