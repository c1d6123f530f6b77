import { expect } from 'chai';
import fc from 'fast-check';
import { clean, contactHref, monogram, safeHref, shortName } from '../../../src/http/pages/display.ts';

describe('text of strangers on a page', () => {
  for (const [text, shown] of [
    ['Riverside Notes', 'Riverside Notes'],
    ['  two\n\tlines ', 'two lines'],
    ['\u202Egnp.exe\u202C', 'gnp.exe'],
    ['\u2066isolated\u2069 \u200Fmark', 'isolated mark'],
    ['zero\u200Bwidth\u0000', 'zerowidth'],
    ['\uE000forged\uE001', 'forged'],
    ['می\u200Cخواهم', 'می\u200Cخواهم'],
    ['\u{1F469}\u200D\u{1F52C} Lab', '\u{1F469}\u200D\u{1F52C} Lab'],
    ['<b>&"', '<b>&"'],
  ] as const) {
    it(`shows ${JSON.stringify(text)} as ${JSON.stringify(shown)}`, () => {
      expect(clean(text)).to.equal(shown);
    });
  }

  it('cuts a name that would fill the page, and never inside a character', () => {
    expect(shortName('x'.repeat(5_000))).to.equal(`${'x'.repeat(79)}…`);
    expect(shortName('\u{1F3E5}'.repeat(500))).to.equal(`${'\u{1F3E5}'.repeat(79)}…`);
    expect(shortName('\u{1F3E5}'.repeat(80))).to.equal('\u{1F3E5}'.repeat(80));
  });

  it('leaves nothing invisible in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(clean(text)).not.to.match(/[\p{Cc}\p{Co}\p{Cs}\u202A-\u202E\u2066-\u2069]/u);
      }),
    );
  });

  for (const [name, letter] of [
    ['riverside notes', 'R'],
    ['  "Quoted"', 'Q'],
    ['<script>', 'S'],
    ['ملاحظات', 'م'],
    ['3M', '3'],
    ['---', '?'],
    ['', '?'],
  ] as const) {
    it(`stands ${JSON.stringify(letter)} for ${JSON.stringify(name)}`, () => {
      expect(monogram(name)).to.equal(letter);
    });
  }
});

describe('addresses that a page links to', () => {
  for (const address of [
    'https://notes.example.org/privacy',
    'http://localhost:3001/',
    'http://127.0.0.1:3001/terms',
    'http://[::1]:3001/',
    '/account',
  ]) {
    it(`keeps ${address}`, () => expect(safeHref(address)).to.equal(address));
  }

  for (const address of [
    undefined,
    '',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'http://notes.example.org/',
    'http://localhost.evil.example/',
    'https://user:secret@example.org/',
    '//evil.example/',
    '/\\evil.example/',
    '/\t/evil.example/',
    'blob:https://example.org/x',
    'relative/path',
  ]) {
    it(`leaves out ${JSON.stringify(address)}`, () => expect(safeHref(address)).to.equal(undefined));
  }

  it('writes what an attribute cannot be broken out of', () => {
    expect(safeHref('https://example.org/"><script>')).to.equal('https://example.org/%22%3E%3Cscript%3E');
  });

  for (const [contact, href] of [
    ['it-desk@example.org', 'mailto:it-desk@example.org'],
    ['+49 (0)30 123-456', 'tel:+49030123456'],
    ['https://help.example.org/', 'https://help.example.org/'],
    ['Extension 4711, room 2', undefined],
    ['javascript:alert(1)', undefined],
  ] as const) {
    it(`leads from the contact ${contact} to ${href}`, () => expect(contactHref(contact)).to.equal(href));
  }
});
