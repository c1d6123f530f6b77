import { expect } from 'chai';
import {
  ACTIVITY_WORDS,
  DECIDED_TYPES,
  HIDDEN_TYPES,
  UNKNOWN_WORDS,
  wordsFor,
} from '../../../src/domain/audit/activity.ts';
import { EVENT_TYPES } from '../../../src/domain/audit/events/index.ts';
import { END_REASONS } from '../../../src/domain/sessions/policy.ts';
import { en, es } from '../../../src/http/words.ts';

describe('recent activity', () => {
  it('has a decision about every event of the trail: words, or deliberately none', () => {
    expect(EVENT_TYPES).to.have.length.above(50);
    expect([...DECIDED_TYPES].sort()).to.deep.equal([...EVENT_TYPES].sort());
    for (const type of EVENT_TYPES) {
      expect(wordsFor(type, {}) === UNKNOWN_WORDS, type).to.equal(HIDDEN_TYPES.includes(type));
    }
  });

  it('has words for all of them in every language, and no others', () => {
    for (const words of [en, es]) {
      expect(Object.keys(words['account-activity'].event).sort()).to.deep.equal([...ACTIVITY_WORDS].sort());
    }
  });

  it('shows what people have to see', () => {
    for (const type of [
      'sign_in.failed',
      'lockout.started',
      'factor.removed',
      'address.changed',
      'device.trusted',
    ])
      expect(HIDDEN_TYPES).to.not.include(type);
  });

  it('says why a session has ended, for every reason that leaves an account to look at it', () => {
    for (const reason of END_REASONS) {
      const words = wordsFor('session.ended', { reason });
      expect(words).to.equal(reason === 'deleted' ? 'session_ended' : `session_ended_${reason}`);
    }
  });

  it('has vague words for what it does not know, and shows no detail', () => {
    for (const type of ['of.tomorrow', '', 'constructor', '__proto__'])
      expect(wordsFor(type, { reason: 'x' })).to.equal(UNKNOWN_WORDS);
    for (const details of [
      null,
      undefined,
      'idle',
      [],
      { reason: 'of tomorrow' },
      { reason: ['idle'] },
      { reason: {} },
    ])
      expect(wordsFor('session.ended', details)).to.equal('session_ended');
    for (const reason of ['of tomorrow', 'constructor', '__proto__', ['password_wrong'], {}, null])
      expect(wordsFor('sign_in.failed', { reason }, 'totp')).to.equal('sign_in_failed');
    expect(wordsFor('sign_in.failed', { reason: 'wrong' }, 'constructor')).to.equal('sign_in_failed');
  });

  it('says why a sign-in was refused, and of which factor, never which one of its kind it was', () => {
    const told = (reason: string, factor = 'pwd') =>
      wordsFor('sign_in.failed', { reason, id: 'of-a-passkey', identifierDigest: 'd' }, factor);
    expect(told('password_wrong')).to.equal('sign_in_failed_password');
    expect(told('account_disabled')).to.equal('sign_in_failed_disabled');
    expect(told('locked')).to.equal(told('locked_meanwhile')).and.to.equal('sign_in_failed_locked');
    for (const reason of ['malformed', 'wrong', 'none']) {
      for (const factor of ['totp', 'recovery_code', 'temporary_code', 'passkey'])
        expect(told(reason, factor)).to.equal(`sign_in_failed_${factor}`);
    }
    expect(told('used', 'totp')).to.equal('sign_in_failed_used');
    expect(told('counter_reversed', 'passkey')).to.equal('sign_in_failed_passkey');
  });
});
