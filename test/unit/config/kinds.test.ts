import { expect } from 'chai';
import fc from 'fast-check';
import { parseJsonWithComments } from '../../../src/config/jsonc.ts';
import {
  colour,
  duration,
  flag,
  type Kind,
  keyring,
  networks,
  origin,
  postgresUrl,
  secretList,
  text,
  wholeNumber,
} from '../../../src/config/kinds.ts';
import { editDistance } from '../../../src/kernel/nearest.ts';

const read = <T>(kind: Kind<T>, value: unknown) => kind.schema.safeParse(value);
const accepts = (kind: Kind<unknown>, value: unknown) => read(kind, value).success;
const complaints = (kind: Kind<unknown>, value: unknown) =>
  read(kind, value).error?.issues.map(({ message }) => message) ?? [];

describe('kinds of settings', () => {
  it('numbers: whole, within bounds, written plainly', () => {
    const kind = wholeNumber({ min: 1, max: 100, unit: 'seconds' });
    expect(read(kind, '100').data).to.equal(100);
    expect(read(kind, 7).data).to.equal(7);
    for (const value of [
      '0',
      '101',
      '1.5',
      '1e1',
      '0x10',
      '-1',
      '',
      ' 5',
      '٥',
      1.5,
      Number.NaN,
      true,
      null,
      ['5'],
    ]) {
      expect(accepts(kind, value), String(value)).to.equal(false);
    }
    fc.assert(fc.property(fc.integer(), (n) => accepts(kind, String(n)) === (n >= 1 && n <= 100)));
  });

  it('flags: true and false, no other spelling', () => {
    expect(read(flag, 'true').data).to.equal(true);
    expect(read(flag, 'false').data).to.equal(false);
    for (const value of ['TRUE', 'yes', '1', 'on', '', 1]) expect(accepts(flag, value)).to.equal(false);
  });

  it('origins: nothing behind the host', () => {
    for (const value of [
      'https://id.example.org',
      'https://id.example.org:8443',
      'http://localhost:3000',
      'http://[::1]:3000',
    ]) {
      expect(accepts(origin, value), value).to.equal(true);
    }
    for (const value of [
      'https://id.example.org/',
      'https://id.example.org/path',
      'https://id.example.org?x',
      'https://id.example.org#x',
      'https://user@id.example.org',
      'https://id.example.org:443',
      'https://ID.example.org',
      'ftp://id.example.org',
      'id.example.org',
      '//id.example.org',
      'javascript:alert(1)',
      '',
    ]) {
      expect(accepts(origin, value), value).to.equal(false);
    }
  });

  it('database URLs name a database', () => {
    expect(accepts(postgresUrl, 'postgres://u:p@h:5432/d')).to.equal(true);
    expect(accepts(postgresUrl, 'postgresql:///d?host=/run/postgresql')).to.equal(true);
    for (const value of ['postgres://h', 'postgres://h/', 'mysql://h/d', 'h/d', '']) {
      expect(accepts(postgresUrl, value), value).to.equal(false);
    }
  });

  it('networks: addresses and ranges of both families', () => {
    expect(read(networks, '10.0.0.5, 192.168.0.0/16,fd00::/8 , ::1').data).to.deep.equal([
      '10.0.0.5',
      '192.168.0.0/16',
      'fd00::/8',
      '::1',
    ]);
    expect(read(networks, ['10.0.0.5']).data).to.deep.equal(['10.0.0.5']);
    for (const value of [
      '10.0.0.5/33',
      'fd00::/129',
      '10.0.0',
      'proxy',
      '10.0.0.5/',
      '10.0.0.5/8/8',
      '10.0.0.5/-1',
      'fe80::1%eth0',
    ]) {
      expect(complaints(networks, value), value).to.deep.equal([`"${value}" is no address or range`]);
    }
  });

  it('colours have six digits', () => {
    expect(read(colour, '#0B5CAD').data).to.equal('#0b5cad');
    for (const value of ['#fff', '0b5cad', 'red', '#0b5cag', '#0b5cad00'])
      expect(accepts(colour, value)).to.equal(false);
  });

  it('text is one line', () => {
    expect(accepts(text(10), 'ten letter')).to.equal(true);
    for (const value of ['', 'eleven lett', 'a\nb', 'a\u0000b'])
      expect(accepts(text(10), value)).to.equal(false);
  });

  it('secret lists say which one is wrong, not what it is', () => {
    expect(read(secretList(4), 'abcd, efgh').data).to.deep.equal(['abcd', 'efgh']);
    expect(complaints(secretList(4), 'abcd,xyz,abcd')).to.deep.equal([
      'secret 2 has 3 characters',
      'secret 3 repeats an earlier one',
    ]);
    expect(complaints(secretList(4), ' , ')).to.deep.equal(['it holds no secret']);
  });
});

describe('keyrings', () => {
  const a = 'a1'.repeat(32);
  const b = 'b2'.repeat(32);

  it('hold every key, the first one current', () => {
    const { data } = read(keyring, `new:${a}, old_1:${b.toUpperCase()}`);
    expect(data?.current).to.equal('new');
    expect([...(data?.keys ?? [])].map(([id, key]) => [id, key.toString('hex')])).to.deep.equal([
      ['new', a],
      ['old_1', b],
    ]);
  });

  for (const [value, expected] of [
    ['', ['it holds no key']],
    [a, ['key 1 has no id (id:key)']],
    [`:${a}`, ['key 1 has no id (id:key)']],
    [`k.1:${a}`, ['key 1 has an id of other than 1 to 32 letters, digits, - or _']],
    [`k:${a},k:${b}`, ['key 2 has the id of an earlier key']],
    [`k:${a}00`, ['key 1 has 66 hexadecimal digits instead of 64']],
    [`k:${a.slice(2)}`, ['key 1 has 62 hexadecimal digits instead of 64']],
    [`k:${'zz'.repeat(32)}`, ['key 1 has characters that are not hexadecimal digits']],
    [
      `x:1,k:${a},y:2`,
      ['key 1 has 1 hexadecimal digits instead of 64', 'key 3 has 1 hexadecimal digits instead of 64'],
    ],
  ] as const) {
    it(`refuse ${value.slice(0, 12) || 'nothing'}…: ${expected[0]}`, () => {
      expect(complaints(keyring, value)).to.deep.equal(expected);
    });
  }
});

describe('JSON with comments', () => {
  it('is JSON where there are none', () => {
    fc.assert(
      fc.property(fc.json(), (source) => {
        expect(parseJsonWithComments(source)).to.deep.equal(JSON.parse(source));
      }),
    );
  });

  it('may hold comments and trailing commas wherever white space may stand', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const source = JSON.stringify(value, null, 1)
          .replaceAll(/$/gm, ' // "not": [this],')
          .replaceAll(/^(\s*)/gm, '$1/* nor, "this */ ')
          .replace(/(\S)(\s*\/\/[^\n]*\n[^\n]*)([}\]] \/\/[^\n]*)$/, '$1$2$3');
        expect(parseJsonWithComments(source)).to.deep.equal(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(parseJsonWithComments('{"a": [1, 2, ], // x\n}')).to.deep.equal({ a: [1, 2] });
    expect(parseJsonWithComments('{"a": ",]", "b": "/* // */"}')).to.deep.equal({ a: ',]', b: '/* // */' });
  });

  it('is nothing more than that', () => {
    for (const source of ['{a: 1}', '{"a": 1,,}', '[,]', "{'a': 1}", '/* open', '']) {
      expect(() => parseJsonWithComments(source), source).to.throw(SyntaxError);
    }
  });
});

describe('words about numbers', () => {
  it('durations are said in the largest unit that fits', () => {
    expect([59, 60, 90, 3600, 43_200, 86_400, 172_800].map(duration)).to.deep.equal([
      '59 s',
      '1 min',
      '90 s',
      '1 h',
      '12 h',
      '1 d',
      '2 d',
    ]);
  });

  it('the edit distance counts insertions, deletions, substitutions and swaps', () => {
    expect(editDistance('SESION', 'SESSION')).to.equal(1);
    expect(editDistance('HSOT', 'HOST')).to.equal(1);
    expect(editDistance('', 'abc')).to.equal(3);
    expect(editDistance('kitten', 'sitting')).to.equal(3);
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(editDistance(a, b)).to.equal(editDistance(b, a));
        expect(editDistance(a, a)).to.equal(0);
      }),
    );
  });
});
