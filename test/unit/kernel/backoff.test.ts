import { expect } from 'chai';
import { leaseSeconds } from '../../../src/kernel/backoff.ts';

describe('a claim', () => {
  it('lasts longer than an attempt usually does', () => {
    expect(leaseSeconds(5)).to.be.above(5);
  });
});
