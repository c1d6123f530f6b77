import { expect } from 'chai';
import fc from 'fast-check';
import { reachedBy, withPassword } from '../../../src/sign-in/attempt.ts';
import { type Level, levelFor, lowestOf, reaches } from '../../../src/sign-in/levels.ts';
import { isEnrolled, needsCode, nextStep } from '../../../src/sign-in/next-step.ts';
import { change, NOW, none, proof, shown } from './attempts.ts';
import { always, demandsOf, later, situations } from './courses.ts';

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
      expect(facts.held.passkey, 'and never beside a passkey').to.equal(0);
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
        ...facts.held,
        temporary_code: Math.max(facts.held.temporary_code, Number(needsCode(facts))),
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
            if (step.skip === undefined) facts = { ...facts, held: { ...facts.held, [kind]: 1 } };
          }
        }
        expect.fail(`no end: ${seen.join(', ')}`);
      }),
      { numRuns: 2_000 },
    );
  });
});
