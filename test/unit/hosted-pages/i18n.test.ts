import { expect } from 'chai';
import fc from 'fast-check';
import { chooseLanguage, createTranslations } from '../../../src/http/pages/i18n.ts';
import { WORDS } from '../../../src/http/words.ts';

const english = createTranslations({ words: WORDS, strict: true }).for({ language: 'en', locale: 'en-GB' });
const spanish = createTranslations({ words: WORDS, strict: true }).for({ language: 'es', locale: 'es' });

describe('the language of a page', () => {
  for (const [preferences, language, locale] of [
    [[], 'en', 'en'],
    [['es'], 'es', 'es'],
    [['es-MX', 'en'], 'es', 'es-MX'],
    [['de', 'fr-CA', 'es-419'], 'es', 'es-419'],
    [['en-GB', 'es'], 'en', 'en-GB'],
    [['ES'], 'es', 'es'],
    [['*', 'xx', 'not a tag', '', 'es'], 'es', 'es'],
    [['est'], 'en', 'en'],
    [['es-u-nu-arab'], 'es', 'es'],
    [Array(500).fill('xx').concat('es'), 'en', 'en'],
  ] as [string[], string, string][]) {
    it(`is ${locale} for ${JSON.stringify(preferences.slice(0, 6))}`, () => {
      expect(chooseLanguage(preferences)).to.deep.equal({ language, locale });
    });
  }

  it('is found for any list of tags', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary' })), (tags) => void chooseLanguage(tags)));
  });
});

describe('the words of a page', () => {
  it('chooses the plural', () => {
    expect(english.t('sign-in.error.too_busy_in', { count: 1 })).to.match(/1 second\.$/);
    expect(english.t('sign-in.error.too_busy_in', { count: 30 })).to.match(/30 seconds\.$/);
    expect(spanish.t('sign-in.error.too_busy_in', { count: 1 })).to.match(/1 segundo\.$/);
  });

  it('takes a value for text, never for a reference or another value', () => {
    for (const client of ['$t(error.internal.title)', '{{brand}}', '$1', '\\']) {
      expect(english.t('sign-in.toContinue', { client })).to.equal(`to continue to ${client}`);
    }
  });

  it('tells its own words from the values in them', () => {
    expect(english.pieces('consent.heading', { client: '\uE001Notes\uE000' })).to.deep.equal([
      { text: 'Allow ', isValue: false },
      { text: 'Notes', isValue: true },
      { text: ' to use your account?', isValue: false },
    ]);
  });

  it('refuses a key or a value that is missing, when strict', () => {
    expect(() => english.t('no.such.key')).to.throw('no translation');
    expect(() => english.t('sign-in.error')).to.throw('no translation');
    expect(() => english.t('consent.heading')).to.throw('no value for client');
  });

  it('shows a page all the same, when not strict', () => {
    const lenient = createTranslations({ words: WORDS }).for({ language: 'es', locale: 'es' });
    expect(lenient.t('no.such.key')).to.equal('no.such.key');
    expect(lenient.t('consent.heading')).to.equal('¿Permitir que  use su cuenta?');
  });

  for (const key of [
    'constructor',
    '__proto__',
    'scope.constructor',
    'scope.__proto__',
    'scope',
    'scope.toString',
  ]) {
    it(`does not take ${key} for a text`, () => expect(english.has(key)).to.equal(false));
  }

  it('writes dates in the language, with the zone', () => {
    const at = new Date('2026-11-23T06:41:00Z');
    expect(english.date(at)).to.equal('23 November 2026 at 06:41 UTC');
    expect(english.date(at, 'Europe/Madrid')).to.equal('23 November 2026 at 07:41 CET');
    expect(spanish.date(at, 'No/Such')).to.equal('23 de noviembre de 2026 a las 6:41 UTC');
  });
});
