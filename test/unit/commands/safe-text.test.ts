import { expect } from 'chai';
import { tableLines } from '../../../src/commands/columns.ts';
import { fitted, safeJson, safeText, widthOf } from '../../../src/commands/safe-text.ts';

describe('text of strangers at a terminal', () => {
  const hostile: [name: string, text: string, safe: string][] = [
    ['an escape sequence', 'a\u001b[2Jb', 'a\\x1b[2Jb'],
    ['the one-character form of it', 'a\u009b31mb', 'a\\x9b31mb'],
    ['lines of its own', 'a\r\nb\tc', 'a\\x0d\\x0ab\\x09c'],
    ['another direction', 'a\u202eb\u2066c', 'a\\u202eb\\u2066c'],
    ['what nobody sees', 'a\u200bb\ufeff\u{e0041}', 'a\\u200bb\\ufeff\\u{e0041}'],
    ['separators of lines', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
    ['a bell and DEL', '\u0007\u007f', '\\x07\\x7f'],
    ['half a character', 'a\ud800b', 'a\\ud800b'],
  ];
  for (const [name, text, safe] of hostile) {
    it(`is written out where it is ${name}`, () => {
      expect(safeText(text)).to.equal(safe);
      const json = safeJson({ text });
      expect(json).to.match(/^[^\p{C}\p{Zl}\p{Zp}]*$/u);
      expect(JSON.parse(json)).to.deep.equal({ text });
    });
  }

  it('stays as it is where it is ordinary', () => {
    for (const text of ['Zoë Müller', '서울 대학교 병원', 'a\\x1b', '👩 and 𠮷'])
      expect(safeText(text)).to.equal(text);
  });

  it('takes as many columns as it has', () => {
    const widths: [string, number][] = [
      ['abc', 3],
      ['Zoe\u0308', 3],
      ['서울', 4],
      ['日本', 4],
      ['👩', 2],
      ['', 0],
    ];
    for (const [text, width] of widths) expect(widthOf(text), text).to.equal(width);
    expect(fitted('서울대학교', 6)).to.equal('서울… ');
    expect(fitted('abcdef', 4)).to.equal('abc…');
    expect(fitted('ab', 4)).to.equal('ab  ');
  });
});

describe('a table at a terminal', () => {
  const columns = [{ title: 'A' }, { title: 'LONG', least: 4 }, { title: 'B', least: 2 }];
  const rows = [
    ['1', 'x'.repeat(30), 'yyyyyy'],
    ['22', 'x', 'y'],
  ];

  it('is cut nowhere where nobody looks at it', () => {
    expect(tableLines(columns, rows, [], undefined)).to.deep.equal([
      `1   ${'x'.repeat(30)}  yyyyyy`,
      `22  x${' '.repeat(29)}  y`,
    ]);
  });

  it('cuts the widest first, down to the least of each, and never what must be whole', () => {
    expect(tableLines(columns, rows, [], 20)[0]).to.equal(`1   ${'x'.repeat(7)}…  yyyyyy`);
    expect(tableLines(columns, rows, [], 5)[0]).to.equal('1   xxx…  y…');
  });

  it('keeps its columns over pages', () => {
    const widths: number[] = [];
    tableLines(columns, rows, widths, undefined);
    expect(tableLines(columns, [['1', 'x', 'z']], widths, undefined)[0]).to.equal(
      `1   x${' '.repeat(29)}  z`,
    );
  });
});
