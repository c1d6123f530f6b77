import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Attempt,
  type Demands,
  newAttempt,
  type ProvenFactor,
  reachedBy,
  withFactor,
  withPasskey,
  withPassword,
  withSession,
} from '../../../src/sign-in/attempt.ts';
import { LEVELS, type Level, levelFor, lowestOf, reaches } from '../../../src/sign-in/levels.ts';
import {
  type Circumstances,
  isEnrolled,
  needsCode,
  nextStep,
  provesFor,
  type Step,
} from '../../../src/sign-in/next-step.ts';

const NOW = new Date('2026-01-02T03:05:00Z');
const AT = new Date('2026-01-02T03:04:05Z');
const anybody: Demands = { accountId: undefined, acr: undefined, maxAgeSeconds: undefined };
const wanting = (...acr: string[]): Demands => ({ ...anybody, acr });

const none = newAttempt('attempt');
const proof = { at: AT, setAt: undefined, change: undefined };
const typed = withPassword(none, 'robin', proof);
const shown = (kind: ProvenFactor['kind'], attempt = typed): Attempt =>
  withFactor(attempt, { kind, id: 'f', at: AT, synced: false });
const change = { reason: 'expired', setAt: new Date('2025-09-01T00:00:00Z') } as const;
const expired: Attempt = { ...typed, passwordChange: change };

const nothing: Circumstances = {
  facts: {
    totps: 0,
    passkeys: 0,
    recoveryCodes: 0,
    deviceTrusted: false,
    temporaryCode: false,
    codeNeeded: false,
  },
  policy: 'optional',
  grace: { offered: false, skippable: true },
};
const having = (
  facts: Partial<Circumstances['facts']>,
  rest: Partial<Omit<Circumstances, 'facts'>> = {},
): Circumstances => ({ ...nothing, ...rest, facts: { ...nothing.facts, ...facts } });

const app = having({ totps: 1, recoveryCodes: 10 });
const key = having({ passkeys: 1 });
const all = having({ totps: 2, passkeys: 1, recoveryCodes: 3 });
const required = having({}, { policy: 'required' });
const resistant = having({}, { policy: 'phishing_resistant' });
const running = { offered: true, skippable: true, skipsLeft: 2 };
const over = { offered: true, skippable: false };

const password = { kind: 'password' };
const ask = (...kinds: string[]) => ({ kind: 'second_factor', accountId: 'robin', kinds });
const enrol = (kinds: string[], skip: object | undefined = undefined) => ({
  kind: 'enrol_factor',
  accountId: 'robin',
  kinds,
  skip,
});
const either = ['totp', 'passkey'];
const changeFirst = { kind: 'change_password', accountId: 'robin', change };
const done = (acr: string, ...amr: string[]) => ({
  kind: 'done',
  accountId: 'robin',
  acr,
  amr,
  provenAt: AT,
  ending: [],
});
const crowded = having({}, { sessionLimit: { open: ['a', 'b'], most: 2 } });
const choose = (atLeast: number) => ({ kind: 'choose_session', accountId: 'robin', atLeast });
const unmet = { kind: 'impossible', error: 'unmet_authentication_requirements' };
const another = { kind: 'impossible', error: 'login_required' };

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
    ['codes of somebody who was reset', typed, having({ recoveryCodes: 9 }), anybody, done('aal1', 'pwd')],
    ['a code of an app that was removed since', shown('totp'), required, anybody, enrol(either)],

    [
      'policy off, with a factor',
      typed,
      having({ totps: 1 }, { policy: 'off' }),
      anybody,
      done('aal1', 'pwd'),
    ],
    [
      'policy off, a level asked',
      typed,
      having({ totps: 1 }, { policy: 'off' }),
      wanting('aal2'),
      ask('totp'),
    ],
    ['policy off, a level nobody can set up', typed, having({}, { policy: 'off' }), wanting('aal2'), unmet],
    [
      'policy off, phr without a passkey',
      typed,
      having({ totps: 1 }, { policy: 'off' }),
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
      having({ totps: 1 }, { policy: 'phishing_resistant' }),
      anybody,
      ask('totp'),
    ],
    [
      'resistant, after the code',
      shown('totp'),
      having({ totps: 1 }, { policy: 'phishing_resistant' }),
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
    ['grace, with a factor', typed, having({ totps: 1 }, { grace: running }), anybody, ask('totp')],

    [
      'trusted device',
      typed,
      having({ totps: 1, deviceTrusted: true }, { policy: 'required' }),
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
      having({ totps: 1, deviceTrusted: true }),
      wanting('aal2'),
      ask('totp'),
    ],
    [
      'trusted device, max_age=0',
      typed,
      having({ totps: 1, deviceTrusted: true }),
      { ...anybody, maxAgeSeconds: 0 },
      ask('totp'),
    ],
    [
      'trusted device, resistant',
      typed,
      having({ passkeys: 1, deviceTrusted: true }, { policy: 'phishing_resistant' }),
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
    const noApp = having({ totps: 1 }, { policy: 'required' });

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
        having({ totps: 1, deviceTrusted: true }),
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
        having({ totps: 1, deviceTrusted: true }),
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

describe('a temporary code', () => {
  const away = having({ totps: 1, temporaryCode: true });
  const reset = having({ codeNeeded: true }, { grace: over });
  const kindsOf = (step: Step) => ('kinds' in step ? step.kinds : step.kind);

  it('is offered beside what was left at home, and lets in', () => {
    expect(kindsOf(nextStep(typed, away, anybody, AT))).to.deep.equal(['totp', 'temporary_code']);
    expect(nextStep(shown('temporary_code'), away, anybody, AT)).to.include({ kind: 'done', acr: 'aal2' });
  });

  it('lets nobody add a passkey, nor in where one is asked for', () => {
    for (const demands of [wanting('phr'), anybody]) {
      const policy = demands === anybody ? ('phishing_resistant' as const) : ('optional' as const);
      const step = nextStep(shown('temporary_code'), { ...away, policy }, demands, AT);
      expect(kindsOf(step)).to.deep.equal(['totp']);
    }
    const key = having({ passkeys: 1, temporaryCode: true }, { policy: 'phishing_resistant' });
    expect(kindsOf(nextStep(typed, key, anybody, AT))).to.deep.equal(['passkey']);
    expect(kindsOf(nextStep(shown('temporary_code'), key, anybody, AT))).to.deep.equal(['passkey']);
  });

  it('is asked for before a first factor after a reset, whatever the policy, and whether or not there is one', () => {
    for (const policy of ['optional', 'required', 'phishing_resistant'] as const) {
      for (const temporaryCode of [true, false]) {
        const facts = { ...reset.facts, temporaryCode };
        const asked = nextStep(typed, { ...reset, facts, policy }, anybody, AT);
        expect(asked).to.deep.include({ kind: 'second_factor', kinds: ['temporary_code'] });
      }
      const step = nextStep(shown('temporary_code'), { ...reset, policy }, anybody, AT);
      const kinds = policy === 'phishing_resistant' ? ['passkey'] : ['totp', 'passkey'];
      expect(step).to.deep.include({ kind: 'enrol_factor', kinds, skip: undefined });
    }
    const off = { ...reset, policy: 'off' as const, grace: nothing.grace };
    expect(nextStep(typed, off, anybody, AT), 'nobody is asked').to.include({ kind: 'done', acr: 'aal1' });
    expect(kindsOf(nextStep(typed, off, wanting('aal2'), AT))).to.deep.equal(['temporary_code']);
  });

  it('counts for a set-up for 300 seconds, and for 900 where that has begun', () => {
    const code = shown('temporary_code');
    const stepAt = (seconds: number, begun?: Date) =>
      nextStep({ ...code, changeBegunAt: begun }, reset, anybody, new Date(AT.getTime() + seconds * 1000))
        .kind;
    expect(stepAt(300)).to.equal('enrol_factor');
    expect(stepAt(301)).to.equal('second_factor');
    expect(stepAt(899, AT)).to.equal('enrol_factor');
    expect(stepAt(1_201, AT)).to.equal('second_factor');
  });

  it('of a session stays one that stands in', () => {
    const session = { accountId: 'robin', amr: ['pwd', 'otp', 'mfa'], byTemporaryCode: true, signedInAt: AT };
    const carried = withSession(none, session);
    expect(nextStep(carried, away, wanting('aal2'), AT)).to.include({ kind: 'done', acr: 'aal2' });
    expect(kindsOf(nextStep(carried, away, wanting('phr'), AT))).to.deep.equal(['totp']);
    expect(provesFor('make_recovery_codes', carried, away, AT)).to.equal(false);
    const real = withSession(none, { ...session, byTemporaryCode: false });
    expect(provesFor('make_recovery_codes', real, away, AT)).to.equal(true);
  });
});

/** Everything that can happen in an attempt, in any order, at any person’s hands. */
const accounts = fc.constantFrom('robin', 'sam');
const moments = fc.integer({ min: 0, max: 600 }).map((second) => new Date(AT.getTime() + second * 1000));
const events = fc.oneof(
  fc.record({
    do: fc.constant('password' as const),
    account: accounts,
    at: moments,
    mustChange: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('factor' as const),
    kind: fc.constantFrom(
      'totp' as const,
      'passkey' as const,
      'recovery_code' as const,
      'temporary_code' as const,
    ),
    at: moments,
  }),
  fc.record({ do: fc.constant('passkey' as const), account: accounts, at: moments }),
  fc.record({
    do: fc.constant('session' as const),
    account: accounts,
    amr: fc.constantFrom(
      ['pwd'],
      ['pwd', 'otp', 'mfa'],
      ['pwd', 'swk', 'mfa'],
      ['hwk', 'user', 'mfa'],
      ['mfa'],
    ),
    byTemporaryCode: fc.boolean(),
    at: moments,
  }),
  fc.record({ do: fc.constant('skip' as const) }),
  fc.record({ do: fc.constant('set-up' as const), at: moments }),
  fc.record({ do: fc.constant('codes' as const), pending: fc.boolean() }),
);
type Happening = typeof events extends fc.Arbitrary<infer T> ? T : never;

function happen(attempt: Attempt, event: Happening): Attempt {
  switch (event.do) {
    case 'password':
      return withPassword(attempt, event.account, {
        at: event.at,
        setAt: undefined,
        change: event.mustChange ? change : undefined,
      });
    case 'factor':
      return withFactor(attempt, { kind: event.kind, id: 'f', at: event.at, synced: false });
    case 'passkey':
      return withPasskey(attempt, event.account, { id: 'p', at: event.at, synced: false });
    case 'session':
      return withSession(attempt, {
        accountId: event.account,
        amr: event.amr,
        byTemporaryCode: event.byTemporaryCode,
        signedInAt: event.at,
      });
    case 'set-up':
      return { ...attempt, changeBegunAt: event.at };
    case 'skip':
      return { ...attempt, skipped: true };
    case 'codes':
      return { ...attempt, codesPending: event.pending };
  }
}

const few = fc.integer({ min: 0, max: 2 });
const situations = fc.record<Circumstances>({
  facts: fc.record({
    totps: few,
    passkeys: few,
    recoveryCodes: few,
    deviceTrusted: fc.boolean(),
    temporaryCode: fc.boolean(),
    codeNeeded: fc.boolean(),
  }),
  policy: fc.constantFrom('off', 'optional', 'required', 'phishing_resistant'),
  grace: fc.constantFrom(nothing.grace, running, over),
});
const demandsOf = fc.record<Demands>({
  accountId: fc.option(accounts, { nil: undefined }),
  acr: fc.option(fc.array(fc.constantFrom(...LEVELS, 'loa3'), { maxLength: 3 }), { nil: undefined }),
  maxAgeSeconds: fc.option(fc.constantFrom(0, 30, 3_600), { nil: undefined }),
});
const later = new Date(AT.getTime() + 700_000);

/** Checks something of every step that any course of events leads to. */
function always(
  claim: (step: Step, attempt: Attempt, circumstances: Circumstances, demands: Demands) => void,
): void {
  fc.assert(
    fc.property(
      fc.array(events, { maxLength: 6 }),
      situations,
      demandsOf,
      (course, circumstances, demands) => {
        const attempt = course.reduce(happen, none);
        claim(nextStep(attempt, circumstances, demands, later), attempt, circumstances, demands);
      },
    ),
    { numRuns: 3_000 },
  );
}

describe('whatever happens in an attempt', () => {
  it('nobody is done below the level that the client demands', () => {
    always((step, _attempt, _circumstances, { acr }) => {
      if (step.kind !== 'done') return;
      expect(levelFor(step.acr, acr)).to.not.equal(undefined);
      if (acr !== undefined) expect(reaches(step.acr, lowestOf(acr) as Level)).to.equal(true);
    });
  });

  it('nobody is done who is not expected, or of whom nothing was proven', () => {
    always((step, attempt, _circumstances, demands) => {
      if (step.kind !== 'done') return;
      expect(reachedBy(attempt), 'evidence').to.not.equal(undefined);
      expect(step.accountId).to.equal(attempt.accountId);
      if (demands.accountId !== undefined) expect(step.accountId).to.equal(demands.accountId);
    });
  });

  it('nobody who has a factor is done without it, unless nobody is asked or the device is trusted', () => {
    always((step, _attempt, { facts, policy }) => {
      if (step.kind !== 'done' || !isEnrolled(facts) || policy === 'off') return;
      if (policy !== 'phishing_resistant' && facts.deviceTrusted) return;
      expect(reaches(step.acr, policy === 'phishing_resistant' ? 'phr' : 'aal2')).to.equal(true);
    });
  });

  it('a trusted device meets no demand for a level, nor max_age=0', () => {
    always((step, attempt, { facts, policy }, { acr, maxAgeSeconds }) => {
      if (step.kind !== 'done' || !facts.deviceTrusted) return;
      if (acr !== undefined || (maxAgeSeconds === 0 && isEnrolled(facts) && policy !== 'off')) {
        const least = acr === undefined ? 'aal2' : (lowestOf(acr) as Level);
        expect(reaches(step.acr, least)).to.equal(true);
      }
      expect(reaches(reachedBy(attempt)?.level as Level, step.acr), 'and raises nothing').to.equal(true);
    });
  });

  it('a skip is worth nothing: no level, and nothing where it is required or due', () => {
    always((step, attempt, { facts, policy, grace }) => {
      if (step.kind !== 'done' || !attempt.skipped || step.acr !== 'aal1') return;
      if (policy === 'off' || (facts.deviceTrusted && isEnrolled(facts))) return;
      expect(policy).to.equal('optional');
      expect(grace.skippable).to.equal(true);
      expect(isEnrolled(facts)).to.equal(false);
    });
  });

  it('a factor is added to an account that has one only by who has shown one', () => {
    always((step, attempt, { facts }) => {
      if (step.kind !== 'enrol_factor' || !isEnrolled(facts)) return;
      expect(attempt.secondFactor ?? attempt.passkey).to.not.equal(undefined);
      expect(attempt.secondFactor?.kind, 'not by what only stands in').to.not.equal('temporary_code');
      expect(facts.passkeys, 'and never beside a passkey').to.equal(0);
    });
  });

  it('a first factor of who needs a code is set up with one, shown lately, by nobody else', () => {
    always((step, attempt, { facts }) => {
      if (step.kind === 'done' && needsCode(facts))
        expect(step.acr, 'by the password alone').to.equal('aal1');
      if (step.kind !== 'enrol_factor' || !needsCode(facts)) return;
      expect(attempt.secondFactor?.kind).to.equal('temporary_code');
      const longest = attempt.changeBegunAt === undefined ? 300_999 : 1_200_999;
      expect(later.getTime() - Number(attempt.secondFactor?.at)).to.be.at.most(longest);
    });
  });

  it('a temporary code is worth aal2, never phr, and only beside a password', () => {
    always((step, attempt, { facts }) => {
      if (step.kind !== 'done' || attempt.secondFactor?.kind !== 'temporary_code') return;
      if (!isEnrolled(facts) || attempt.passkey !== undefined) return;
      expect(attempt.passwordAt).to.not.equal(undefined);
      expect(step.acr).to.equal('aal2');
      expect(step.amr).to.deep.equal(['pwd', 'otp', 'mfa']);
    });
  });

  it('no factor is set up on evidence that was old when that began', () => {
    always((step, attempt) => {
      if (step.kind !== 'enrol_factor') return;
      const { passkey, secondFactor, passwordAt, changeBegunAt } = attempt;
      const times = [passkey?.at, secondFactor?.at, passwordAt].filter((at) => at !== undefined);
      const last = Math.max(...times.map((at) => at.getTime()));
      expect(later.getTime() - last).to.be.at.most(changeBegunAt === undefined ? 300_999 : 1_200_999);
    });
  });

  it('nothing is offered that is not there, and never nothing', () => {
    always((step, _attempt, { facts }) => {
      if (step.kind !== 'second_factor') return;
      expect(step.kinds).to.not.deep.equal([]);
      const there = {
        totp: facts.totps,
        passkey: facts.passkeys,
        recovery_code: facts.recoveryCodes,
        temporary_code: Number(facts.temporaryCode || needsCode(facts)),
      };
      for (const kind of step.kinds) expect(there[kind]).to.be.above(0);
    });
  });

  it('who shows what is asked for gets on: it never goes in circles', () => {
    fc.assert(
      fc.property(situations, demandsOf, fc.boolean(), (circumstances, demands, mustChange) => {
        let attempt = withPassword(none, 'robin', { ...proof, change: mustChange ? change : undefined });
        let { facts } = circumstances;
        const seen: string[] = [];
        for (let turn = 0; turn < 7; turn += 1) {
          const step = nextStep(attempt, { ...circumstances, facts }, demands, NOW);
          seen.push(step.kind);
          if (step.kind === 'done' || step.kind === 'impossible') return;
          expect(step.kind, seen.join(', ')).to.not.equal('password');
          if (step.kind === 'second_factor') attempt = shown(step.kinds.at(-1) ?? 'totp', attempt);
          if (step.kind === 'store_codes') attempt = { ...attempt, codesPending: false };
          if (step.kind === 'change_password') attempt = { ...attempt, passwordChange: undefined };
          if (step.kind === 'enrol_factor') {
            const kind = step.kinds[0] ?? 'totp';
            attempt =
              step.skip === undefined
                ? { ...shown(kind, attempt), codesPending: true }
                : { ...attempt, skipped: true };
            if (step.skip === undefined) facts = { ...facts, [kind === 'totp' ? 'totps' : 'passkeys']: 1 };
          }
        }
        expect.fail(`no end: ${seen.join(', ')}`);
      }),
      { numRuns: 2_000 },
    );
  });
});
