import { expect } from 'chai';
import { type Attempt, type Demands, withPasskey } from '../../../src/sign-in/attempt.ts';
import { type Circumstances, nextStep } from '../../../src/sign-in/next-step.ts';
import {
  AT,
  all,
  another,
  anybody,
  app,
  ask,
  changeFirst,
  choose,
  crowded,
  done,
  either,
  enrol,
  expired,
  having,
  key,
  NOW,
  none,
  nothing,
  over,
  password,
  required,
  resistant,
  running,
  shown,
  typed,
  unmet,
  wanting,
} from './attempts.ts';

describe('what comes next in a sign-in', () => {
  const cases: [string, Attempt, Circumstances | undefined, Demands, object][] = [
    ['nothing yet', none, undefined, anybody, password],
    ['failures only', { ...none, failures: 7 }, undefined, anybody, password],
    ['an account without its password', { ...typed, passwordAt: undefined }, nothing, anybody, password],
    ['a password without an account', { ...typed, accountId: undefined }, nothing, anybody, password],
    ['a code without its password', { ...shown('totp'), passwordAt: undefined }, app, anybody, password],
    ['the password', typed, nothing, anybody, done('aal1', 'pwd')],
    [
      'the password of who is expected',
      typed,
      nothing,
      { ...anybody, accountId: 'robin' },
      done('aal1', 'pwd'),
    ],
    ['the password of somebody else', typed, nothing, { ...anybody, accountId: 'sam' }, another],
    [
      'the password of who has room',
      typed,
      having({}, { sessionLimit: { open: ['a'], most: 2 } }),
      anybody,
      done('aal1', 'pwd'),
    ],
    ['the password of who is signed in too often', typed, crowded, anybody, choose(1)],
    ['the same, and what was chosen is not theirs', { ...typed, ending: ['z'] }, crowded, anybody, choose(1)],
    [
      'the same, and what was chosen is enough',
      { ...typed, ending: ['b'] },
      crowded,
      anybody,
      { ...done('aal1', 'pwd'), ending: ['b'] },
    ],
    ['an expired password of who is signed in too often', expired, crowded, anybody, changeFirst],
    [
      'the password of who has a factor and is signed in too often',
      typed,
      { ...app, sessionLimit: { open: ['a', 'b', 'c'], most: 1 } },
      anybody,
      ask('totp', 'recovery_code'),
    ],
    [
      'both, of who is signed in too often',
      shown('totp'),
      { ...app, sessionLimit: { open: ['a', 'b', 'c'], most: 1 } },
      anybody,
      choose(3),
    ],
    ['nothing, for a level of ours', none, undefined, wanting('phr'), password],
    ['nothing, for no level of ours', none, undefined, wanting('loa3'), unmet],
    ['the password, for no level at all', typed, nothing, wanting(), unmet],
    ['both demands missed: the level first', typed, nothing, { ...wanting('x'), accountId: 'sam' }, unmet],
    ['a password that has to be changed', expired, nothing, anybody, changeFirst],
    [
      'a password to be changed, of somebody else',
      expired,
      nothing,
      { ...anybody, accountId: 'sam' },
      another,
    ],

    ['a password, for the app', typed, app, anybody, ask('totp', 'recovery_code')],
    ['a password, for a passkey', typed, key, anybody, ask('passkey')],
    ['a password, for everything', typed, all, anybody, ask('passkey', 'totp', 'recovery_code')],
    ['an expired password: the factor first', expired, app, anybody, ask('totp', 'recovery_code')],
    ['an expired password and a code', shown('totp', expired), app, anybody, changeFirst],
    ['a code', shown('totp'), app, anybody, done('aal2', 'pwd', 'otp', 'mfa')],
    ['a recovery code', shown('recovery_code'), app, anybody, done('aal2', 'pwd', 'otp', 'mfa')],
    ['a passkey beside the password', shown('passkey'), key, anybody, done('phr', 'pwd', 'hwk', 'mfa')],
    [
      'codes that are not stored yet',
      { ...shown('totp'), codesPending: true },
      app,
      anybody,
      { kind: 'store_codes', accountId: 'robin' },
    ],
    ['codes of somebody who was reset', typed, having({ recovery_code: 9 }), anybody, done('aal1', 'pwd')],
    ['a code of an app that was removed since', shown('totp'), required, anybody, enrol(either)],

    [
      'policy off, with a factor',
      typed,
      having({ totp: 1 }, { policy: 'off' }),
      anybody,
      done('aal1', 'pwd'),
    ],
    [
      'policy off, a level asked',
      typed,
      having({ totp: 1 }, { policy: 'off' }),
      wanting('aal2'),
      ask('totp'),
    ],
    ['policy off, a level nobody can set up', typed, having({}, { policy: 'off' }), wanting('aal2'), unmet],
    [
      'policy off, phr without a passkey',
      typed,
      having({ totp: 1 }, { policy: 'off' }),
      wanting('phr'),
      unmet,
    ],
    ['required, without a factor', typed, required, anybody, enrol(either)],
    [
      'required, skipped all the same',
      { ...typed, skipped: true },
      having({}, { policy: 'required', grace: running }),
      anybody,
      enrol(either),
    ],
    ['required, an expired password', expired, required, anybody, enrol(either)],
    ['resistant, without a factor', typed, resistant, anybody, enrol(['passkey'])],
    [
      'resistant, with an app',
      typed,
      having({ totp: 1 }, { policy: 'phishing_resistant' }),
      anybody,
      ask('totp'),
    ],
    [
      'resistant, after the code',
      shown('totp'),
      having({ totp: 1 }, { policy: 'phishing_resistant' }),
      anybody,
      enrol(['passkey']),
    ],
    [
      'resistant, with both: only the passkey',
      typed,
      { ...all, policy: 'phishing_resistant' },
      anybody,
      ask('passkey'),
    ],
    [
      'resistant, with both, a code shown',
      shown('totp'),
      { ...all, policy: 'phishing_resistant' },
      anybody,
      ask('passkey'),
    ],

    ['grace: an offer', typed, having({}, { grace: running }), anybody, enrol(either, { skipsLeft: 2 })],
    [
      'grace: skipped',
      { ...typed, skipped: true },
      having({}, { grace: running }),
      anybody,
      done('aal1', 'pwd'),
    ],
    ['grace over', typed, having({}, { grace: over }), anybody, enrol(either)],
    [
      'grace over, a skip from before',
      { ...typed, skipped: true },
      having({}, { grace: over }),
      anybody,
      enrol(either),
    ],
    [
      'grace, but a level is demanded',
      { ...typed, skipped: true },
      having({}, { grace: running }),
      wanting('aal2'),
      enrol(either),
    ],
    ['grace, with a factor', typed, having({ totp: 1 }, { grace: running }), anybody, ask('totp')],

    [
      'trusted device',
      typed,
      having({ totp: 1, deviceTrusted: true }, { policy: 'required' }),
      anybody,
      done('aal1', 'pwd'),
    ],
    [
      'trusted device, no factor any more',
      typed,
      having({ deviceTrusted: true }, { policy: 'required' }),
      anybody,
      enrol(either),
    ],
    [
      'trusted device, a level demanded',
      typed,
      having({ totp: 1, deviceTrusted: true }),
      wanting('aal2'),
      ask('totp'),
    ],
    [
      'trusted device, max_age=0',
      typed,
      having({ totp: 1, deviceTrusted: true }),
      { ...anybody, maxAgeSeconds: 0 },
      ask('totp'),
    ],
    [
      'trusted device, resistant',
      typed,
      having({ passkey: 1, deviceTrusted: true }, { policy: 'phishing_resistant' }),
      anybody,
      ask('passkey'),
    ],

    ['phr, without anything', typed, nothing, wanting('phr'), enrol(['passkey'])],
    ['phr, with an app: that first', typed, app, wanting('phr'), ask('totp', 'recovery_code')],
    ['phr, the code shown', shown('totp'), app, wanting('phr'), enrol(['passkey'])],
    [
      'phr or aal2: the code will do',
      shown('totp'),
      app,
      wanting('phr', 'aal2'),
      done('aal2', 'pwd', 'otp', 'mfa'),
    ],
    ['aal1: no less than the policy asks', typed, app, wanting('aal1'), ask('totp', 'recovery_code')],
    [
      'a whole sign-in by passkey',
      withPasskey(none, 'robin', { id: 'p', at: AT, synced: true }),
      { ...key, policy: 'phishing_resistant' },
      wanting('phr'),
      done('phr', 'swk', 'user', 'mfa'),
    ],
    [
      'a passkey that was removed since',
      withPasskey(none, 'robin', { id: 'p', at: AT, synced: true }),
      app,
      anybody,
      password,
    ],
  ];
  for (const [given, attempt, circumstances, demands, step] of cases) {
    it(`${given} → ${Object.values(step).slice(0, 1).join(' ')}`, () => {
      expect(nextStep(attempt, circumstances, demands, NOW)).to.deep.equal(step);
    });
  }

  it('refuses to go by evidence without knowing the second factors', () => {
    expect(() => nextStep(typed, undefined, anybody, NOW)).to.throw('not known');
  });

  it('changes nothing that it is given', () => {
    const freeze = <T>(value: T): T => {
      if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
        Object.values(value).forEach(freeze);
        Object.freeze(value);
      }
      return value;
    };
    const given = [
      freeze({ ...shown('totp') }),
      freeze(structuredClone(all)),
      freeze(wanting('phr')),
    ] as const;
    expect(nextStep(...given, NOW)).to.deep.equal(nextStep(...given, NOW));
  });
});
