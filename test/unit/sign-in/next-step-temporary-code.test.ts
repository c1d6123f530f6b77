import { expect } from 'chai';
import { withSession } from '../../../src/sign-in/attempt.ts';
import { nextStep, provesFor, type Step } from '../../../src/sign-in/next-step.ts';
import { AT, anybody, having, none, nothing, over, shown, typed, wanting } from './attempts.ts';

describe('a temporary code', () => {
  const away = having({ totp: 1, temporary_code: 1 });
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
    const key = having({ passkey: 1, temporary_code: 1 }, { policy: 'phishing_resistant' });
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
