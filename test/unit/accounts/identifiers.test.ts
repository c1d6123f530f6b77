import { expect } from 'chai';
import fc from 'fast-check';
import {
  asEntered,
  isEmail,
  isLocale,
  isSubject,
  isTimeZone,
  isUsername,
  normaliseIdentifier,
  trimmed,
} from '../../../src/domain/accounts/policy.ts';

/** Spaces and what nobody sees, as it is copied along from mails, tables and chats. */
const AROUND = ['\u200B', '\uFEFF', '\u2060', '\u200D', '\u00AD', '\u202A', '\u2069', '\u00A0', ' ', '\n'];

describe('identifiers: what is copied along', () => {
  it('is taken away around, in any number and order, and never inside', () => {
    const around = fc.array(fc.constantFrom(...AROUND)).map((list) => list.join(''));
    fc.assert(
      fc.property(around, around, (before, after) => {
        const text = `${before}Ada@Example.org${after}`;
        expect(asEntered(text)).to.equal('Ada@Example.org');
        expect(normaliseIdentifier(text)).to.equal('ada@example.org');
        expect(isEmail(asEntered(`ad${before || '\u200B'}a@example.org`))).to.equal(false);
      }),
    );
  });

  it('takes no longer for more of it', () => {
    const long = '\u200B'.repeat(200_000);
    expect(trimmed(`${long}x${long}y${long}`)).to.have.length(200_002);
  });
});

describe('identifiers: domains in either spelling', () => {
  const pairs = [
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ADA@BÜCHER.example', 'Ada@XN--BCHER-KVA.Example'],
    ['ada@mail.straße.de', 'ada@mail.xn--strae-oqa.de'],
    ['用户@例子.公司', '用户@xn--fsqu00a.xn--55qx5d'],
    ['a@аррӏе.com', 'a@xn--80ak6aa92e.com'],
  ] as const;
  for (const [unicode, ascii] of pairs) {
    it(`${unicode} is ${ascii}`, () => {
      expect(normaliseIdentifier(ascii)).to.equal(normaliseIdentifier(unicode));
      expect(normaliseIdentifier(normaliseIdentifier(ascii))).to.equal(normaliseIdentifier(ascii));
    });
  }

  it('makes nobody of a label that no domain can have, nor of a local part', () => {
    for (const odd of [
      'ada@xn--zz.example',
      'ada@xn--google-x.example',
      'xn--bcher-kva@example.org',
      'ada@xn--',
      // What would come out as capitals, or as another label.
      'ada@xn--abc-.example',
    ])
      expect(normaliseIdentifier(odd)).to.equal(odd);
    expect(normaliseIdentifier('a@аррӏе.com')).to.not.equal('a@apple.com');
  });
});

describe('user names, subjects, locales and zones', () => {
  const verdicts: [string, (text: string) => boolean, string[], string[]][] = [
    [
      'user name',
      isUsername,
      ['ada', 'Ada.L', 'a_b-c+d', 'зоя', '山田', 'x'.repeat(128)],
      [
        '',
        ' ',
        'a b',
        'a@b',
        'a\uFF20b',
        'a\u200Bb',
        'a\0',
        'x'.repeat(129),
        '00000000-0000-4000-8000-000000000000',
      ],
    ],
    [
      'subject',
      isSubject,
      ['1', 'auth0|42', 'uid=Ada L,ou=x', 'a'.repeat(255), '00000000-0000-4000-8000-000000000000'],
      ['', ' ', ' a', 'a ', 'é', 'a\n', 'a'.repeat(256), 'gatehouse', 'a\u200B'],
    ],
    ['locale', isLocale, ['en', 'pt-PT', 'zh-Hant-TW'], ['', 'english please', 'e', 'x'.repeat(50)]],
    ['zone', isTimeZone, ['Europe/Lisbon', 'Asia/Seoul', 'UTC'], ['', 'Mars/Olympus', '+01:00', '../etc']],
  ];
  for (const [what, judge, good, bad] of verdicts) {
    it(`a ${what} is one`, () => {
      for (const text of good) expect(judge(text), JSON.stringify(text)).to.equal(true);
      for (const text of bad) expect(judge(text), JSON.stringify(text)).to.equal(false);
    });
  }
});
