import { expect } from 'chai';
import {
  afterUse,
  atSharedWorkstation,
  END_REASONS,
  endsOfflineAccess,
  excessOf,
  isInteractive,
  isWorthWriting,
  limitsOf,
  longestSession,
  warnAt,
  withinClient,
} from '../../../src/domain/sessions/policy.ts';

const SETTINGS = {
  timeoutMinutes: 20,
  warningMinutes: 18,
  absoluteSeconds: 43_200,
  maxConcurrent: 3,
  capPolicy: 'evict-oldest' as const,
  byRole: {
    administrator: { timeoutMinutes: 10, absoluteSeconds: 14_400, maxConcurrent: 1 },
    auditor: { timeoutMinutes: 30 },
    ward: { absoluteSeconds: 86_400 },
  },
  sharedWorkstation: { timeoutMinutes: 5 },
};
const NOW = new Date('2026-03-04T05:06:07Z');
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

describe('how long a session lasts', () => {
  const cases: [string[], number, number][] = [
    [[], 1_200, 43_200],
    [['nurse'], 1_200, 43_200],
    [['administrator'], 600, 14_400],
    [['auditor'], 1_800, 43_200],
    [['auditor', 'nurse'], 1_200, 43_200],
    [['ward', 'administrator', 'auditor'], 600, 14_400],
    [['constructor'], 1_200, 43_200],
  ];
  for (const [roles, idleSeconds, absoluteSeconds] of cases) {
    it(`is the shortest of its person's roles: ${roles.join(' and ') || 'none'}`, () => {
      expect(limitsOf(roles, SETTINGS)).to.deep.equal({ idleSeconds, absoluteSeconds });
    });
  }

  it('is shorter at a shared workstation, and never longer', () => {
    const limits = { idleSeconds: 1_200, absoluteSeconds: 43_200 };
    expect(atSharedWorkstation(limits, SETTINGS)).to.deep.equal({ ...limits, idleSeconds: 300 });
    const short = { ...limits, idleSeconds: 120 };
    expect(atSharedWorkstation(short, SETTINGS)).to.deep.equal(short);
  });

  it('is what a client asks for, where that is less', () => {
    const limits = { idleSeconds: 1_200, absoluteSeconds: 43_200 };
    expect(withinClient(limits, {})).to.deep.equal(limits);
    expect(withinClient(limits, { idleSeconds: 60 })).to.deep.equal({ ...limits, idleSeconds: 60 });
    expect(withinClient(limits, { idleSeconds: 9_999, absoluteSeconds: 99_999 })).to.deep.equal(limits);
  });

  it('is never more than the longest of all roles', () => {
    expect(longestSession(SETTINGS)).to.equal(86_400);
    expect(longestSession({ ...SETTINGS, byRole: {} })).to.equal(43_200);
  });
});

describe('what has to end before another session begins', () => {
  const cases: [string[], number, string[], number][] = [
    [[], 2, [], 0],
    [['a'], 2, [], 0],
    [['a', 'b'], 2, [], 1],
    [['a', 'b'], 2, ['b'], 0],
    [['a', 'b'], 2, ['a', 'b'], 0],
    [['a', 'b'], 2, ['z'], 1],
    [['a', 'b', 'c'], 1, ['a'], 2],
    [['a'], 1, [], 1],
  ];
  for (const [open, most, ending, excess] of cases) {
    it(`is ${excess} of ${open.length}, of which ${most} may last and ${ending.join(' and ') || 'none'} ends`, () => {
      expect(excessOf({ open, most }, ending)).to.equal(excess);
    });
  }
});

describe('what a session is told and asked', () => {
  it('warns as long before the end as the settings say, and in the second half of a very short time', () => {
    expect(warnAt(later(1_200), 1_200, SETTINGS)).to.deep.equal(later(1_080));
    expect(warnAt(later(600), 600, SETTINGS)).to.deep.equal(later(480));
    expect(warnAt(later(60), 60, SETTINGS)).to.deep.equal(later(30));
  });

  it('has its use written once in fifteen seconds', () => {
    expect(isWorthWriting(NOW, later(14.999))).to.equal(false);
    expect(isWorthWriting(NOW, later(15))).to.equal(true);
    expect(isWorthWriting(NOW, later(-60)), 'a clock that went back').to.equal(false);
  });

  it('goes on with a use that is worth writing, never past its age', () => {
    const deadlines = {
      lastActiveAt: NOW,
      idleSeconds: 1_200,
      idleExpiresAt: later(1_200),
      absoluteExpiresAt: later(2_000),
    };
    expect(afterUse(deadlines, later(15))).to.deep.equal({
      ...deadlines,
      lastActiveAt: later(15),
      idleExpiresAt: later(1_215),
    });
    expect(afterUse(deadlines, later(1_199)).idleExpiresAt).to.deep.equal(later(2_000));
  });

  it('is used by a person who is sent to sign in, not by what an application does alone', () => {
    expect(isInteractive(undefined, '')).to.equal(true);
    expect(isInteractive('login', 'document')).to.equal(true);
    expect(isInteractive('none', 'document')).to.equal(false);
    expect(isInteractive('consent none', '')).to.equal(false);
    expect(isInteractive(undefined, 'iframe')).to.equal(false);
    expect(isInteractive(undefined, 'empty')).to.equal(false);
  });

  it('takes what was granted for absence along when the reason is a precaution', () => {
    const outlived = END_REASONS.filter((reason) => !endsOfflineAccess(reason));
    expect(outlived).to.deep.equal(['idle', 'absolute', 'signed_out', 'evicted']);
  });
});
