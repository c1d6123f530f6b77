import { expect } from 'chai';
import fc from 'fast-check';
import type { CharacterKind, PasswordPolicy } from '../../../src/domain/passwords/policy.ts';
import {
  lifetimesOf,
  policyOf,
  type RolePolicy,
  strictest,
} from '../../../src/domain/passwords/role-policies.ts';
import { STAFF_POLICY } from '../../support/password-rules.ts';

const BY_ROLE: Record<string, RolePolicy> = {
  administrator: { minLength: 16, expiryDays: 30 },
  robot: { minLength: 40, expiryDays: 0, history: 0, minScore: 0 },
  auditor: { requiredCharacters: ['digit'], minAgeHours: 24, minLengthWithSecondFactor: 8 },
};

describe('the policy of a person', () => {
  const policy = (roles: string[], general = {}, secondFactorAlways = false) =>
    policyOf(roles, { general: { ...STAFF_POLICY, ...general }, byRole: BY_ROLE }, secondFactorAlways);

  const { minLengthWithSecondFactor: _length, expiryRoles: _roles, ...everybody } = STAFF_POLICY;
  const table: [name: string, roles: string[], expected: Partial<PasswordPolicy>][] = [
    ['without a role', [], everybody],
    ['with a role that has none', ['nurse'], everybody],
    ['with a role of an object’s own names', ['constructor'], everybody],
    ['with a stricter role', ['administrator'], { ...everybody, minLength: 16, expiryDays: 30 }],
    [
      'with a looser role alone',
      ['robot'],
      { ...everybody, minLength: 40, expiryDays: 0, history: 0, minScore: 0 },
    ],
    ['with a looser role and any other', ['robot', 'nurse'], { ...everybody, minLength: 40 }],
    [
      'with several',
      ['administrator', 'auditor', 'nurse'],
      { ...everybody, minLength: 16, expiryDays: 30, minAgeHours: 24, requiredCharacters: ['digit'] },
    ],
  ];
  for (const [name, roles, expected] of table) {
    it(name, () => {
      expect(policy(roles)).to.deep.equal(expected);
    });
  }

  it('expires for the roles that are named, for those alone, or for everybody', () => {
    expect(policy(['nurse'], { expiryRoles: ['nurse'] }).expiryDays).to.equal(90);
    expect(policy(['clerk'], { expiryRoles: ['nurse'] }).expiryDays).to.equal(0);
    expect(policy([], { expiryRoles: ['nurse'] }).expiryDays).to.equal(0);
    expect(policy(['clerk', 'nurse'], { expiryRoles: ['nurse'] }).expiryDays).to.equal(90);
    expect(policy([], { expiryRoles: [] }).expiryDays).to.equal(0);
    // What a role says of itself goes before the list.
    expect(policy(['administrator'], { expiryRoles: [] }).expiryDays).to.equal(30);
  });

  it('may be shorter where a second factor is always required, and never longer', () => {
    expect(policy([], { minLength: 15, minLengthWithSecondFactor: 8 }, true).minLength).to.equal(8);
    expect(policy([], { minLength: 12, minLengthWithSecondFactor: 20 }, true).minLength).to.equal(12);
    expect(policy(['auditor'], {}, true).minLength).to.equal(8);
    expect(policy(['auditor', 'nurse'], {}, true).minLength).to.equal(12);
  });

  const kinds = fc.subarray<CharacterKind>(['lower', 'upper', 'digit', 'symbol']);
  const anyPolicy: fc.Arbitrary<PasswordPolicy> = fc.record({
    minLength: fc.integer({ min: 8, max: 64 }),
    maxLength: fc.integer({ min: 64, max: 4096 }),
    minScore: fc.integer({ min: 0, max: 4 }),
    history: fc.integer({ min: 0, max: 24 }),
    expiryDays: fc.integer({ min: 0, max: 3650 }),
    minAgeHours: fc.integer({ min: 0, max: 720 }),
    requiredCharacters: kinds,
  });
  const lifetime = ({ expiryDays }: PasswordPolicy) =>
    expiryDays === 0 ? Number.POSITIVE_INFINITY : expiryDays;

  it('is as strict as each of its roles, in any order, and no stricter than one of them in each rule', () => {
    fc.assert(
      fc.property(fc.array(anyPolicy, { minLength: 1, maxLength: 5 }), (policies) => {
        const result = strictest(policies);
        for (const each of policies) {
          expect(result.minLength).to.be.at.least(each.minLength);
          expect(result.maxLength).to.be.at.most(each.maxLength);
          expect(result.minScore).to.be.at.least(each.minScore);
          expect(result.history).to.be.at.least(each.history);
          expect(result.minAgeHours).to.be.at.least(each.minAgeHours);
          expect(lifetime(result)).to.be.at.most(lifetime(each));
          expect(result.requiredCharacters).to.include.members([...each.requiredCharacters]);
        }
        expect(policies.map(lifetime)).to.include(lifetime(result));
        expect(policies.map(({ minLength }) => minLength)).to.include(result.minLength);
        expect(strictest([...policies].reverse())).to.deep.equal(result);
        expect(strictest([result, ...policies])).to.deep.equal(result);
      }),
    );
  });

  it('may have any of the lifetimes that are named', () => {
    expect(lifetimesOf({ general: STAFF_POLICY, byRole: BY_ROLE })).to.have.members([90, 30]);
    expect(lifetimesOf({ general: { ...STAFF_POLICY, expiryRoles: [] }, byRole: BY_ROLE })).to.deep.equal([
      30,
    ]);
    expect(lifetimesOf({ general: { ...STAFF_POLICY, expiryDays: 0 }, byRole: {} })).to.deep.equal([]);
  });

  it('is never made of nothing', () => {
    expect(() => strictest([])).to.throw('no password policy');
  });
});
