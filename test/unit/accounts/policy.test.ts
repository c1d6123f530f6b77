import { expect } from 'chai';
import fc from 'fast-check';
import {
  hasTooManyRoles,
  isAccountId,
  isEmail,
  isPersonName,
  isPossibleIdentifier,
  isRole,
  normaliseIdentifier,
} from '../../../src/domain/accounts/policy.ts';

function verdicts(what: string, judge: (text: string) => boolean, good: string[], bad: string[]): void {
  for (const text of good)
    it(`${what}: takes ${JSON.stringify(text.slice(0, 40))}`, () => expect(judge(text)).to.equal(true));
  for (const text of bad)
    it(`${what}: refuses ${JSON.stringify(text.slice(0, 40))}`, () => expect(judge(text)).to.equal(false));
}

describe('accounts: what is taken', () => {
  verdicts(
    'address',
    isEmail,
    [
      'ada@example.org',
      'a.b+tag@mail.example.co.uk',
      "o'hara_x=y@example.org",
      'ada@localhost',
      'zoë@exämple.org',
      '用户@例子.公司',
      `${'a'.repeat(64)}@example.org`,
      'x@1-2.example',
    ],
    [
      '',
      '@',
      'ada',
      'ada@',
      '@example.org',
      'a@b@example.org',
      'ada@@example.org',
      'ada lovelace@example.org',
      'ada@example..org',
      'ada@.org',
      'ada@-x.org',
      'ada@x-.org',
      'ada@example.org.',
      '.ada@example.org',
      'ada.@example.org',
      'a..b@example.org',
      'Ada <ada@example.org>',
      'ada@example.org\r\nBcc: all@example.org',
      'ada@example.org,bob@example.org',
      'a\0b@example.org',
      'a\u202eb@example.org',
      '\ud800@example.org',
      `${'a'.repeat(65)}@example.org`,
      `a@${'a'.repeat(64)}.org`,
      `a@${'abc.'.repeat(70)}org`,
      'ada@exam_ple.org',
      'ada@[127.0.0.1]',
    ],
  );
  verdicts(
    'name',
    isPersonName,
    ['Ada Lovelace', '李', "Renée O'Connor-Müller", 'X'.repeat(200)],
    ['', ' ', '\u00a0', 'X'.repeat(201), 'two\nlines', 'escape\u001b[2J', 'line\u2028separator', '\ud800'],
  );
  verdicts(
    'role',
    isRole,
    ['nurse', 'ward-3', 'a', 'app:read', 'org.unit_2', '9'],
    ['', 'Nurse', 'two words', '-x', 'x-', 'x--y', 'ärzte', 'x'.repeat(65), 'a,b'],
  );
  verdicts(
    'account id',
    isAccountId,
    ['0b4f2a5e-7f0e-4b86-9a53-0a4c9f5d8a11'],
    ['', '0b4f2a5e7f0e4b869a530a4c9f5d8a11', '0b4f2a5e-7f0e-4b86-9a53-0a4c9f5d8a11x', 'ada@example.org'],
  );

  it('roles: at most 100', () => {
    expect(hasTooManyRoles(Array(100).fill('x'))).to.equal(false);
    expect(hasTooManyRoles(Array(101).fill('x'))).to.equal(true);
  });

  // A pattern that went back and forth would not be done before the time limit of a test.
  it('does not lose itself in addresses made for that', () => {
    for (const evil of [
      `a@${'a-'.repeat(126)}`,
      `${'a.'.repeat(126)}@`,
      `a@${'a.'.repeat(125)}!`,
      '@'.repeat(254),
    ]) {
      expect(isEmail(evil)).to.equal(false);
    }
  });
});

describe('accounts: one person, however typed', () => {
  it('normalises to one form, and once normalised stays so', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (typed) => {
        const key = normaliseIdentifier(typed);
        expect(normaliseIdentifier(` ${typed.toUpperCase().normalize('NFD')}\t`)).to.equal(
          normaliseIdentifier(typed.toUpperCase()),
        );
        expect(normaliseIdentifier(key)).to.equal(key);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes capitals that only compose in lower case for their small letters', () => {
    expect(normaliseIdentifier('J\u030c@example.org')).to.equal(normaliseIdentifier('\u01f0@example.org'));
  });

  it('knows what no account can have', () => {
    expect(isPossibleIdentifier('ada@example.org')).to.equal(true);
    expect(isPossibleIdentifier('a\0b')).to.equal(false);
    expect(isPossibleIdentifier('a'.repeat(255))).to.equal(false);
  });
});
