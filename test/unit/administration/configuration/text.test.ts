import { expect } from 'chai';
import { readText, writeText } from '../../../../src/administration/configuration/text.ts';

const mistakesIn = (text: string) => {
  const read = readText(text);
  return 'mistakes' in read
    ? read.mistakes.map(({ place, words }) => `${place?.line ?? ''} ${words}`.trim())
    : [];
};

describe('the text of a configuration document', () => {
  it('is YAML or JSON, and says where each value stands', () => {
    const yaml = readText('gatehouse: 1\nunits:\n  north:\n    name: North\n  ward:\n    name: 7\n');
    const json = readText(
      '{\n\t"gatehouse": 1,\n\t"units": {\n\t\t"ward": { "name": 7, "scopes": [\n1,\n2] }\n\t}\n}',
    );
    if ('mistakes' in yaml || 'mistakes' in json) throw new Error('they can be read');
    expect(yaml.value).to.deep.equal({
      gatehouse: 1,
      units: { north: { name: 'North' }, ward: { name: 7 } },
    });
    expect(yaml.placeOf(['units', 'ward', 'name'])).to.deep.equal({ line: 6, column: 5 });
    expect(yaml.placeOf(['units', 'ward', 'parent'])).to.deep.equal({ line: 5, column: 3 });
    expect(yaml.placeOf([])).to.deep.equal({ line: 1, column: 1 });
    expect(json.placeOf(['units', 'ward', 'scopes', '1'])).to.deep.equal({ line: 6, column: 1 });
  });

  const CASES: [text: string, mistake: RegExp][] = [
    ['', /is empty/],
    ['# nothing', /is empty/],
    ['a: 1\n---\nb: 1', /2.* several documents/],
    ['a: 1\na: 2', /^2 has a name twice/],
    ['{"a": {"b": 1,\n"b": 2}}', /^2 has a name twice/],
    ['a: !!binary aGk=', /^1 has a tag/],
    ['a:\n  - !secret x', /^2 has a tag/],
    ['? {a: 1}\n: 2', /is no text/],
    ['a: "x', /misses a character/],
    ['a: *b', /alias/],
    ['a: 1\n\tb: 2', /./],
    [`a: ${'['.repeat(3_000)}`, /nested|misses|read/],
    [`a: ${'x'.repeat(1_100_000)}`, /more than 1048576 bytes/],
  ];
  for (const [text, mistake] of CASES)
    it(`is refused as ${JSON.stringify(text.slice(0, 40))}`, () => {
      expect(mistakesIn(text).join('\n')).to.match(mistake);
      expect(mistakesIn(text).join('\n')).not.to.match(/secret x|aGk/);
    });

  it('takes no aliases that stand for a million things', () => {
    const levels = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (let level = 1; level < 10; level += 1) {
      const name = String.fromCharCode(97 + level);
      const before = String.fromCharCode(96 + level);
      levels.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(',')}]`);
    }
    expect(mistakesIn(levels.join('\n'))).to.deep.equal([
      'has an alias for something that is not there, or too many of them',
    ]);
  });

  it('reads what it has written, with anything that a name may hold', () => {
    const document = {
      gatehouse: 1,
      units: { a: { name: 'yes' }, b: { name: '0x10: {#' }, c: { name: ' "\'\n' } },
    };
    for (const format of ['yaml', 'json'] as const) {
      const read = readText(writeText(document, format, 'Two\nlines'));
      expect('value' in read && read.value).to.deep.equal(document);
    }
  });

  it('merges nothing, and takes no name for more than a name', () => {
    const read = readText('a: &a {x: 1}\nb:\n  <<: *a\n__proto__:\n  polluted: true\n');
    if ('mistakes' in read) throw new Error('it can be read');
    expect(JSON.stringify(read.value)).to.contain('"<<"').and.to.contain('"__proto__"');
    expect(({} as { polluted?: boolean }).polluted).to.equal(undefined);
  });
});
