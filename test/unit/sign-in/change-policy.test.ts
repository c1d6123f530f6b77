import { expect } from 'chai';
import { DEMANDS } from '../../../src/domain/second-factors/policy.ts';
import {
  beginningOf,
  isEnough,
  isFresh,
  levelToChange,
  mayComplete,
  type ProtectedAct,
} from '../../../src/sign-in/change-policy.ts';

const NOW = new Date('2026-01-02T03:05:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);

const ACTS: readonly ProtectedAct[] = [
  'see_details',
  'add_authenticator',
  'add_passkey',
  'change_factor',
  'make_recovery_codes',
  'forget_device',
  'change_password',
  'change_address',
];
const none = { totp: 0, passkey: 0 };
const app = { totp: 1, passkey: 0 };
const key = { totp: 0, passkey: 1 };
const both = { totp: 2, passkey: 3 };

describe('what has to be shown before somebody changes how they sign in', () => {
  for (const act of ACTS) {
    it(`${act}: the strongest thing that the person has, and that the act and the policy ask for`, () => {
      for (const policy of DEMANDS) {
        const byPasskey = policy === 'phishing_resistant' || act === 'add_passkey';
        expect(levelToChange(act, none, policy)).to.equal('aal1');
        expect(levelToChange(act, app, policy)).to.equal('aal2');
        expect(levelToChange(act, key, policy)).to.equal(byPasskey ? 'phr' : 'aal2');
        expect(levelToChange(act, both, policy)).to.equal(byPasskey ? 'phr' : 'aal2');
      }
    });
  }

  it('is fresh for 300 seconds, counted in whole ones as the protocol does', () => {
    expect(isFresh(ago(300), NOW)).to.equal(true);
    expect(isFresh(ago(300.3), new Date(NOW.getTime() + 200)), 'the second changes 301 times').to.equal(
      false,
    );
    // The protocol tells the second in which somebody signed in: 300.9 seconds are 300 there.
    expect(isFresh(ago(300), new Date(NOW.getTime() + 900))).to.equal(true);
    expect(isFresh(ago(301), NOW)).to.equal(false);
    expect(isFresh(ago(-5), NOW), 'a clock that is behind').to.equal(true);
  });

  it('may be completed for 900 seconds once it has begun, and never where it has not', () => {
    expect(mayComplete(ago(900), NOW)).to.equal(true);
    expect(mayComplete(ago(901), NOW)).to.equal(false);
    expect(mayComplete(undefined, NOW)).to.equal(false);
    expect(beginningOf(ago(900), NOW)).to.deep.equal(ago(900));
    expect(beginningOf(ago(901), NOW)).to.equal(NOW);
    expect(beginningOf(undefined, NOW)).to.equal(NOW);
  });

  it('needs level and freshness, and a beginning that was in time', () => {
    const shown = (level: 'aal1' | 'aal2' | 'phr', at: Date) => ({ level, at });
    expect(isEnough(shown('aal2', ago(10)), 'aal2', undefined, NOW)).to.equal(true);
    expect(isEnough(shown('phr', ago(10)), 'aal2', undefined, NOW)).to.equal(true);
    expect(isEnough(shown('aal1', ago(10)), 'aal2', undefined, NOW)).to.equal(false);
    expect(isEnough(shown('aal2', ago(10)), 'phr', ago(5), NOW)).to.equal(false);
    expect(isEnough(shown('aal2', ago(301)), 'aal2', undefined, NOW)).to.equal(false);
    expect(isEnough(shown('aal2', ago(1_200)), 'aal2', ago(900), NOW)).to.equal(true);
    expect(isEnough(shown('aal2', ago(1_200)), 'aal2', ago(899), NOW), 'begun too late').to.equal(false);
    expect(isEnough(shown('aal2', ago(1_201)), 'aal2', ago(901), NOW), 'open for too long').to.equal(false);
  });
});
