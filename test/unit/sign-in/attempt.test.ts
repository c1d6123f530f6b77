import { expect } from 'chai';
import {
  type Attempt,
  type Demands,
  newAttempt,
  type ProvenFactor,
  provenAt,
  provenLately,
  reachedBy,
  withFactor,
  withoutStale,
  withPassword,
  withSession,
} from '../../../src/sign-in/attempt.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 2, 3, 4, second));
const none = newAttempt('attempt');
const proven = { at: at(5), setAt: at(0), change: undefined };
const typed = withPassword(none, 'robin', proven);
const factor = (kind: ProvenFactor['kind'], second = 9, synced = false): ProvenFactor => ({
  kind,
  id: 'f',
  at: at(second),
  synced,
});
const byPasskey: Attempt = { ...none, accountId: 'robin', passkey: { id: 'p', at: at(7), synced: true } };

describe('what the evidence of an attempt amounts to', () => {
  const cases: [string, Attempt, object | undefined][] = [
    ['nothing', none, undefined],
    ['an account without its password', { ...none, accountId: 'robin' }, undefined],
    ['a password without an account', { ...typed, accountId: undefined }, undefined],
    ['a second factor alone', { ...none, accountId: 'robin', secondFactor: factor('totp') }, undefined],
    ['a password', typed, { level: 'aal1', amr: ['pwd'] }],
    [
      'a password and a code',
      withFactor(typed, factor('totp')),
      { level: 'aal2', amr: ['pwd', 'otp', 'mfa'] },
    ],
    [
      'a password and a recovery code',
      withFactor(typed, factor('recovery_code')),
      { level: 'aal2', amr: ['pwd', 'otp', 'mfa'] },
    ],
    [
      'a password and a security key',
      withFactor(typed, factor('passkey')),
      { level: 'phr', amr: ['pwd', 'hwk', 'mfa'] },
    ],
    [
      'a password and a passkey that is synchronised',
      withFactor(typed, factor('passkey', 9, true)),
      { level: 'phr', amr: ['pwd', 'swk', 'mfa'] },
    ],
    ['a passkey alone', byPasskey, { level: 'phr', amr: ['swk', 'user', 'mfa'] }],
  ];
  for (const [given, attempt, reached] of cases) {
    it(given, () => expect(reachedBy(attempt)).to.deep.equal(reached));
  }

  it('a code after a passkey takes nothing from it', () => {
    const both = withFactor(withFactor(typed, factor('passkey')), factor('totp', 12));
    expect(reachedBy(both)?.level).to.equal('phr');
  });

  it('its time is that of the strongest proof', () => {
    expect(provenAt(typed)).to.deep.equal(at(5));
    expect(provenAt(withFactor(typed, factor('totp')))).to.deep.equal(at(9));
    expect(provenAt(byPasskey)).to.deep.equal(at(7));
  });

  it('a password that is typed again makes no factor younger', () => {
    const again = (attempt: Attempt) => withPassword(attempt, 'robin', { ...proven, at: at(40) });
    expect(provenAt(again(withFactor(typed, factor('totp'))))).to.deep.equal(at(9));
    expect(provenAt(again(byPasskey))).to.deep.equal(at(7));
    expect(provenAt(again(typed))).to.deep.equal(at(40));
  });
});

describe('a password of somebody else in the same attempt', () => {
  it('takes nothing over: neither factor nor skip nor codes', () => {
    const robins = {
      ...withFactor(typed, factor('passkey')),
      skipped: true,
      codesPending: true,
      failures: 2,
    };
    const sams = withPassword(robins, 'sam', proven);
    expect(sams).to.deep.equal({ ...withPassword(none, 'sam', proven), failures: 2 });
    expect(reachedBy(sams)?.level).to.equal('aal1');
  });

  it('takes over what the same person has shown', () => {
    const again = withPassword(withFactor(typed, factor('totp')), 'robin', { ...proven, at: at(20) });
    expect(reachedBy(again)?.level).to.equal('aal2');
  });
});

describe('what was proven lately', () => {
  const minutes = (count: number) => new Date(at(0).getTime() + count * 60_000);
  const now = minutes(20);
  const shown = (
    passkey: number | undefined,
    code: number | undefined,
    password: number | undefined,
  ): Attempt => ({
    ...none,
    accountId: 'robin',
    passkey: passkey === undefined ? undefined : { id: 'p', at: minutes(passkey), synced: true },
    secondFactor: code === undefined ? undefined : { ...factor('totp'), at: minutes(code) },
    passwordAt: password === undefined ? undefined : minutes(password),
  });
  const cases: [string, Attempt, string | undefined][] = [
    ['an old passkey, an old code, a young password', shown(0, 5, 20), 'aal1'],
    ['an old passkey, a young code, an old password', shown(0, 19, 5), 'aal2'],
    ['a young passkey before all', shown(19, 0, 0), 'phr'],
    ['an old code and an old password', shown(undefined, 0, 0), undefined],
    ['a young code after an old password', shown(undefined, 19, 0), 'aal2'],
    ['all of it old', shown(0, 1, 2), undefined],
  ];
  for (const [given, attempt, level] of cases) {
    it(`${given} → ${level ?? 'nothing'}`, () =>
      expect(reachedBy(provenLately(attempt, now))?.level).to.equal(level));
  }
});

describe('a step-up', () => {
  const session = (amr: string[], accountId = 'robin') => ({ accountId, amr, signedInAt: at(1) });
  const level = (amr: string[]) => reachedBy(withSession(none, session(amr)))?.level;
  const demands = (maxAgeSeconds?: number): Demands => ({
    accountId: undefined,
    acr: ['aal2'],
    maxAgeSeconds,
  });

  it('begins with what the session was made with', () => {
    expect(level(['pwd'])).to.equal('aal1');
    expect(level(['pwd', 'otp', 'mfa'])).to.equal('aal2');
    expect(level(['pwd', 'swk', 'mfa'])).to.equal('phr');
    expect(level(['hwk', 'user', 'mfa'])).to.equal('phr');
    expect(level([]), 'of which nothing is known').to.equal(undefined);
    expect(level(['otp', 'mfa']), 'a code alone').to.equal(undefined);
  });

  it('is the session’s only where nothing was proven in the attempt', () => {
    expect(withSession(typed, session(['pwd', 'otp', 'mfa'], 'sam'))).to.equal(typed);
    expect(withSession({ ...none, completed: true }, session(['pwd'])).accountId).to.equal(undefined);
    expect(withSession(none, undefined)).to.equal(none);
  });

  it('leaves the time of the sign-in where it was', () => {
    const stepped = withFactor(withSession(none, session(['pwd'])), factor('totp', 30));
    expect(reachedBy(stepped)?.level).to.equal('aal2');
    expect(provenAt(stepped)).to.deep.equal(at(1));
  });

  it('counts no session that is older than allowed, but what was shown since', () => {
    const carried = withSession(none, session(['pwd', 'otp', 'mfa']));
    expect(withoutStale(carried, demands(10), at(11))).to.equal(carried);
    expect(withoutStale(carried, demands(), at(59))).to.equal(carried);
    expect(reachedBy(withoutStale(carried, demands(10), at(12)))).to.equal(undefined);
    const stepped = withFactor(withSession(none, session(['pwd'])), factor('totp', 12));
    const late = withoutStale(stepped, demands(10), at(12));
    expect(reachedBy(late), 'the password again').to.equal(undefined);
    const done = withPassword(late, 'robin', { ...proven, at: at(20) });
    expect(reachedBy(done)?.level).to.equal('aal2');
    expect(provenAt(done), 'the code is no younger').to.deep.equal(at(12));
  });

  it('drops what the session brought when a password is typed', () => {
    const again = withPassword(withSession(none, session(['pwd', 'otp', 'mfa'])), 'robin', proven);
    expect(reachedBy(again)?.level).to.equal('aal1');
  });
});
