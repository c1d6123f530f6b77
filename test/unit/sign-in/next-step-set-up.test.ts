import { expect } from 'chai';
import {
  type Attempt,
  type Demands,
  withFactor,
  withPasskey,
  withPassword,
  withSession,
} from '../../../src/sign-in/attempt.ts';
import { type Circumstances, nextStep } from '../../../src/sign-in/next-step.ts';
import {
  AT,
  anybody,
  app,
  ask,
  change,
  changeFirst,
  done,
  either,
  enrol,
  having,
  NOW,
  none,
  nothing,
  password,
  proof,
  required,
  running,
  typed,
  wanting,
} from './attempts.ts';

describe('what comes next in a sign-in', () => {
  describe('before a factor is set up', () => {
    const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);
    const typedAgo = (seconds: number) => withPassword(none, 'robin', { ...proof, at: ago(seconds) });
    const carried = (seconds: number, ...amr: string[]) =>
      withSession(none, { accountId: 'robin', amr, signedInAt: ago(seconds) });
    const codeAgo = (seconds: number, attempt: Attempt): Attempt =>
      withFactor(attempt, { kind: 'totp', id: 'f', at: ago(seconds), synced: false });
    const begun = (seconds: number, attempt: Attempt): Attempt => ({
      ...attempt,
      changeBegunAt: ago(seconds),
    });
    const hours = 2 * 3_600;
    const noApp = having({ totp: 1 }, { policy: 'required' });

    const cases: [string, Attempt, Circumstances, Demands, object][] = [
      ['a password of just now', typedAgo(0), required, anybody, enrol(either)],
      ['a password of 300 s ago', typedAgo(300), required, anybody, enrol(either)],
      ['a password of 301 s ago', typedAgo(301), required, anybody, password],
      ['the same, and the set-up began in time', begun(100, typedAgo(400)), required, anybody, enrol(either)],
      ['the same, at its last second', begun(900, typedAgo(1_200)), required, anybody, enrol(either)],
      ['the same, open for too long', begun(901, typedAgo(1_200)), required, anybody, password],
      ['the same, begun too late', begun(800, typedAgo(1_200)), required, anybody, password],
      ['an old password of a session', carried(hours, 'pwd'), required, anybody, password],
      ['the same, for aal2', carried(hours, 'pwd'), nothing, wanting('aal2'), password],
      ['the same, for phr', carried(hours, 'pwd'), nothing, wanting('phr'), password],
      [
        'the same, where it is only offered',
        carried(hours, 'pwd'),
        having({}, { grace: running }),
        anybody,
        password,
      ],
      ['a young password of a session', carried(200, 'pwd'), nothing, wanting('phr'), enrol(['passkey'])],
      [
        'an old session with a code, for a passkey: everything anew',
        carried(hours, 'pwd', 'otp', 'mfa'),
        app,
        wanting('phr'),
        password,
      ],
      [
        'the same, a code shown beside the old password',
        codeAgo(0, carried(hours, 'pwd')),
        app,
        wanting('phr'),
        password,
      ],
      [
        'a young password without the code that the person has',
        typedAgo(10),
        having({ totp: 1, deviceTrusted: true }),
        wanting('phr'),
        ask('totp'),
      ],
      ['an old code, for a passkey', codeAgo(301, typedAgo(400)), noApp, wanting('phr'), ask('totp')],
      [
        'a young code after an old password',
        codeAgo(10, typedAgo(400)),
        noApp,
        wanting('phr'),
        enrol(['passkey']),
      ],
      [
        'an old passkey, removed since, of somebody with an app',
        withPasskey(none, 'robin', { id: 'p', at: ago(hours), synced: true }),
        noApp,
        wanting('phr'),
        password,
      ],
      [
        'an expired password of 301 s ago',
        { ...typedAgo(301), passwordChange: change },
        nothing,
        anybody,
        password,
      ],
      [
        'the same, the page opened in time',
        begun(100, { ...typedAgo(301), passwordChange: change }),
        nothing,
        anybody,
        changeFirst,
      ],
      [
        'an expired password, and a code of 301 s ago',
        { ...codeAgo(301, typedAgo(400)), passwordChange: change },
        app,
        anybody,
        ask('totp', 'recovery_code'),
      ],
      [
        'an expired password on a trusted device',
        { ...typedAgo(10), passwordChange: change },
        having({ totp: 1, deviceTrusted: true }),
        anybody,
        changeFirst,
      ],
      ['an old password where nothing is set up', typedAgo(3_000), nothing, anybody, done('aal1', 'pwd')],
    ];
    for (const [given, attempt, circumstances, demands, step] of cases) {
      it(`${given} → ${Object.values(step).slice(0, 1).join(' ')}`, () => {
        const next = nextStep(attempt, circumstances, demands, NOW);
        expect(next.kind === 'done' ? { ...next, provenAt: AT } : next).to.deep.equal(step);
      });
    }

    it('evidence of a session is void once the session has ended', () => {
      const kept = codeAgo(0, carried(10, 'pwd'));
      expect(withSession(kept, undefined).accountId).to.equal(undefined);
      const session = { accountId: 'robin', amr: ['pwd'], signedInAt: ago(10) };
      expect(withSession(kept, session)).to.deep.equal(kept);
      expect(withSession(typed, undefined), 'what was shown in the attempt stays').to.deep.equal(typed);
    });
  });
});
