import { expect } from 'chai';
import { createAttributes, MOST_BYTES, mergedAttributes } from '../../../src/domain/attributes/policy.ts';
import type { AttributeDeclaration } from '../../../src/kernel/attributes.ts';
import { declaring } from '../../support/attributes.ts';

const DECLARED: Readonly<Record<string, AttributeDeclaration>> = {
  department: declaring({
    type: 'text',
    maxLength: 12,
    required: true,
    scope: 'employment',
    claim: 'department',
  }),
  licence: declaring({ type: 'text', pattern: '[A-Z]{2}\\d{4}' }),
  beds: declaring({ type: 'number' }),
  hired: declaring({ type: 'date' }),
  onCall: declaring({ type: 'boolean' }),
  contract: declaring({ type: 'choice', choices: { full: 'Full-time', part: 'Part-time' } }),
  languages: declaring({ type: 'text', many: true, scope: 'profile', claim: 'languages' }),
  phone: declaring({
    type: 'phone',
    visibleTo: 'self',
    editableBy: 'self',
    scope: 'phone',
    claim: 'phone_number',
  }),
  home: declaring({
    type: 'address',
    visibleTo: 'self',
    editableBy: 'self',
    scope: 'address',
    claim: 'address',
  }),
  nickname: declaring({ type: 'text', visibleTo: 'self', editableBy: 'self', required: true }),
};

describe('attributes of people', () => {
  const attributes = createAttributes(DECLARED);
  const taken = (name: string, value: unknown) => {
    const { attributes: all, findings } = attributes.change({}, { [name]: value });
    return findings.length > 0 ? findings.map(({ problem }) => problem) : all[name];
  };

  const GOOD: readonly (readonly [name: string, given: unknown, kept: unknown])[] = [
    ['department', '  Cardiologi\u0301a ', 'Cardiología'],
    ['licence', 'AB1234', 'AB1234'],
    ['beds', 12.5, 12.5],
    ['beds', -0, 0],
    ['hired', '2024-02-29', '2024-02-29'],
    ['onCall', false, false],
    ['contract', 'part', 'part'],
    ['languages', ['pt', ' ko', 'pt'], ['pt', 'ko']],
    ['phone', '+351 (21) 000-00 00', '+351210000000'],
    [
      'home',
      { street_address: ' Rua A\r\n 2º ', locality: 'Porto', region: '', country: null },
      { street_address: 'Rua A\n 2º', locality: 'Porto' },
    ],
  ];
  for (const [name, given, kept] of GOOD)
    it(`keep ${JSON.stringify(given)} as ${name}`, () => expect(taken(name, given)).to.deep.equal(kept));

  const BAD: readonly (readonly [name: string, given: unknown, problem: string | undefined])[] = [
    ['department', '', 'missing'],
    ['department', ' ', 'missing'],
    ['department', null, 'missing'],
    ['department', 7, 'text'],
    ['department', {}, 'text'],
    ['department', ['a'], 'one'],
    ['department', 'two\nlines', 'text'],
    ['department', 'nul\0', 'text'],
    ['department', '\ud800', 'text'],
    ['department', 'a'.repeat(13), 'too_long'],
    ['licence', 'AB12345', 'pattern'],
    ['licence', 'ab1234', 'pattern'],
    ['beds', '12', 'number'],
    ['beds', Number.NaN, 'number'],
    ['beds', 1e16, 'number'],
    ['hired', '2023-02-29', 'date'],
    ['hired', '29/02/2024', 'date'],
    ['onCall', 'true', 'boolean'],
    ['contract', 'Full-time', 'choice'],
    ['contract', 'constructor', 'choice'],
    ['languages', 'pt', 'list'],
    ['languages', [], 'missing'],
    ['languages', ['pt', ''], 'missing'],
    ['languages', Array.from({ length: 21 }, (_, n) => `l${n}`), 'too_many'],
    ['phone', '210000000', 'phone'],
    ['phone', '+0351210000', 'phone'],
    ['phone', `+${'1'.repeat(16)}`, 'phone'],
    ['home', 'Rua A', 'address'],
    ['home', { street: 'Rua A' }, 'address'],
    ['home', { locality: 7 }, 'address'],
    ['home', { locality: 'a\nb' }, 'address'],
    ['home', { locality: 'a'.repeat(201) }, 'too_long'],
    ['home', {}, 'missing'],
    ['nothing', 'x', undefined],
    ['constructor', 'x', undefined],
    ['__proto__', 'x', undefined],
  ];
  for (const [name, given, problem] of BAD)
    it(`refuse ${String(JSON.stringify(given)).slice(0, 40)} as ${name}`, () => {
      const change = JSON.parse(`{${JSON.stringify(name)}: null}`);
      Object.defineProperty(change, name, { value: given, enumerable: true });
      const { attributes: all, changed, findings } = attributes.change({ department: 'ICU' }, change);
      expect(findings.map((finding) => finding.problem)).to.deep.equal([problem]);
      expect(findings[0]?.words).to.not.equal('');
      expect([all, changed]).to.deep.equal([{ department: 'ICU' }, []]);
    });

  it('change by name: null removes, the rest stays, also what is not declared any more', () => {
    const before = {
      department: 'ICU',
      beds: 4,
      gone: 'old',
      home: { locality: 'Porto', country: 'Portugal' },
    };
    const given = {
      beds: null,
      department: 'ICU',
      hired: '2026-01-02',
      home: { country: 'Portugal', locality: 'Porto' },
    };
    expect(attributes.change(before, given)).to.deep.equal({
      attributes: { department: 'ICU', gone: 'old', home: before.home, hired: '2026-01-02' },
      changed: ['beds', 'hired'],
      findings: [],
    });
  });

  it('are changed by their person only where they may, and nobody learns what else is kept', () => {
    const own = ({ editableBy }: AttributeDeclaration) => editableBy === 'self';
    const words = (name: string) => attributes.change({}, { [name]: 'x' }, own).findings[0]?.words;
    expect(words('department')).to.equal(words('no_such'));
    expect(attributes.change({}, { nickname: 'Bo' }, own).attributes).to.deep.equal({ nickname: 'Bo' });
  });

  it('have an end together', () => {
    const large = { gone: 'x'.repeat(MOST_BYTES - 40) };
    expect(attributes.change(large, { department: 'ICU' }).findings).to.deep.equal([]);
    const { findings } = attributes.change(large, {
      department: 'ICU',
      licence: 'AB1234',
      nickname: 'a'.repeat(60),
    });
    expect(findings.map(({ name }) => name)).to.deep.equal(['nickname']);
  });

  it('of somebody new are there where they are required, but for those that the person fills in', () => {
    expect(attributes.ofNew({}).findings.map(({ name }) => name)).to.deep.equal(['department']);
    expect(attributes.ofNew({ department: null }).findings.map(({ name }) => name)).to.deep.equal([
      'department',
    ]);
    expect(attributes.ofNew({ department: 'ICU', beds: null })).to.deep.include({
      attributes: { department: 'ICU' },
      findings: [],
    });
  });

  it('of an import may be texts, and one may stand for a list of one', () => {
    const given = { department: ['ICU'], beds: '12,5', onCall: 'Yes', languages: 'pt', hired: '2024-01-01' };
    const { attributes: read, findings } = attributes.ofImported(given);
    expect([findings, read]).to.deep.equal([
      [],
      { department: 'ICU', beds: 12.5, onCall: true, languages: ['pt'], hired: '2024-01-01' },
    ]);
    const wrong = attributes.ofImported({
      department: ['a', 'b'],
      beds: 'many',
      onCall: 'perhaps',
      unheard: 1,
    });
    expect(wrong.findings.map(({ name, words }) => `${name} ${words}`)).to.deep.equal([
      'department must be one value, no list',
      'beds must be a number',
      'onCall must be true or false',
      'unheard is no attribute that is declared',
    ]);
  });

  it('are told where they are declared and still have their shape', () => {
    const stored = {
      department: 'ICU',
      gone: 'x',
      beds: 'twelve',
      languages: 'pt',
      onCall: true,
      home: ['x'],
    };
    expect(attributes.told(stored)).to.deep.equal({ department: 'ICU', onCall: true });
  });

  it('become claims, by scope; a phone number is told as one that nobody has verified', () => {
    expect(attributes.claimsByScope).to.deep.equal({
      employment: ['department'],
      profile: ['languages'],
      phone: ['phone_number', 'phone_number_verified'],
      address: ['address'],
    });
    const stored = { department: 'ICU', beds: 4, phone: '+351210000000', gone: 'x' };
    expect(attributes.claims(stored)).to.deep.equal({
      department: 'ICU',
      phone_number: '+351210000000',
      phone_number_verified: false,
    });
    expect(attributes.claims({ beds: 4 })).to.deep.equal({});
  });

  it('of two accounts of one person: those of the one that stays, and what it has not', () => {
    expect(mergedAttributes({ a: 1 }, { a: 2, b: ['x'] })).to.deep.equal({
      all: { a: 1, b: ['x'] },
      changed: ['b'],
    });
    const large = { a: 'x'.repeat(MOST_BYTES - 20) };
    expect(mergedAttributes(large, { b: 'y'.repeat(40), c: 1 })).to.deep.equal({
      all: { ...large, c: 1 },
      changed: ['c'],
    });
  });
});
