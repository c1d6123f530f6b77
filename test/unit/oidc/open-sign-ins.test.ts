import { expect } from 'chai';
import { afterSignIn, MOST_SIGN_INS, readSignIns, writeSignIns } from '../../../src/oidc/open-sign-ins.ts';

const uid = (number: number) => `sign-in-number-${number}`;
const NONE = { open: [], past: [] };

describe('the sign-ins of a browser', () => {
  it('are read as they were written, and whatever else is there is left out', () => {
    for (const list of [NONE, { open: [uid(1), uid(2)], past: [] }, { open: [], past: [uid(3)] }]) {
      expect(readSignIns(writeSignIns(list))).to.deep.equal(list);
    }
    expect(readSignIns(undefined)).to.deep.equal(NONE);
    expect(readSignIns('short.~../../etc/passwd.a b;c~~')).to.deep.equal(NONE);
    const many = Array.from({ length: 100 }, (_each, index) => uid(index)).join('.');
    expect(readSignIns(`${many}~${many}`).open).to.have.length(MOST_SIGN_INS);
  });

  it('are five at most that are under way: the oldest is dropped', () => {
    let signIns = afterSignIn(NONE, { started: uid(1) });
    for (let number = 2; number <= 5; number += 1) {
      signIns = afterSignIn(signIns, { started: uid(number) });
      expect(signIns.dropped).to.deep.equal([]);
    }
    signIns = afterSignIn(signIns, { started: uid(6) });
    expect(signIns.dropped).to.deep.equal([uid(1)]);
    expect(signIns.open).to.deep.equal([2, 3, 4, 5, 6].map(uid));
  });

  it('that have ended take no place of those under way', () => {
    let signIns = afterSignIn(NONE, { started: uid(1) });
    for (let number = 2; number <= 20; number += 1) {
      signIns = afterSignIn(signIns, { started: uid(number) });
      signIns = afterSignIn(signIns, { ended: uid(number) });
    }
    expect(signIns.open).to.deep.equal([uid(1)]);
    expect(signIns.past).to.deep.equal([16, 17, 18, 19, 20].map(uid));
    expect(signIns.dropped).to.deep.equal([uid(15)]);
  });

  it('go on as the next step of the same request', () => {
    const signIns = afterSignIn({ open: [uid(1)], past: [] }, { started: uid(2), ended: uid(1) });
    expect(signIns).to.deep.equal({ open: [uid(2)], past: [uid(1)], dropped: [] });
  });
});
