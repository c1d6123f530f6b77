import { expect } from 'chai';
import {
  type AgreementDocument,
  concernsOf,
  editionKey,
  nextDue,
  textFor,
} from '../../../src/domain/agreements/policy.ts';

const text = (language: string) => ({ language, format: 'plain', content: language, digest: '' }) as const;
const notice: AgreementDocument = { kind: 'notice', version: '1', texts: [text('en')] };
const terms: AgreementDocument = { kind: 'terms', version: '2', texts: [text('en')] };

describe('which document has to be agreed to', () => {
  const due = (agreed: readonly string[], agreedHere: readonly string[] = [], goesOn = false) =>
    nextDue(concernsOf([notice, terms], agreed), { agreedHere, goesOn })?.kind;

  it('is the notice first, then the terms, then none', () => {
    expect(due([])).to.equal('notice');
    expect(due([], [editionKey(notice)])).to.equal('terms');
    expect(due([], [editionKey(notice), editionKey(terms)])).to.equal(undefined);
  });

  it('is the notice at every sign-in, and the terms once', () => {
    const before = [editionKey(notice), editionKey(terms)];
    expect(due(before)).to.equal('notice');
    expect(due(before, [editionKey(notice)])).to.equal(undefined);
  });

  it('is the notice only once for each version where a session goes on', () => {
    expect(due([editionKey(notice), editionKey(terms)], [], true)).to.equal(undefined);
    expect(due([editionKey(terms)], [], true)).to.equal('notice');
  });

  it('is the terms again in another version, and in none of an earlier one', () => {
    expect(due(['terms:1'], [editionKey(notice)])).to.equal('terms');
    expect(due([], [editionKey(notice), 'terms:1'])).to.equal('terms');
  });

  it('is none where none is in force', () => {
    expect(nextDue(concernsOf([], ['terms:1']), { agreedHere: [], goesOn: false })).to.equal(undefined);
  });
});

describe('the text that a reader gets', () => {
  const texts = ['de', 'en-GB', 'es', 'pt-BR'].map(text);
  const languageFor = (...tags: string[]) => textFor({ texts }, tags).language;

  it('is in the first of their languages that there is', () => {
    expect(languageFor('es')).to.equal('es');
    expect(languageFor('fr', 'pt-PT', 'es')).to.equal('pt-BR');
    expect(languageFor('ES-mx')).to.equal('es');
    expect(languageFor('pt-br')).to.equal('pt-BR');
  });

  it('is else in English, else the first that there is', () => {
    expect(languageFor('fr')).to.equal('en-GB');
    expect(languageFor()).to.equal('en-GB');
    expect(textFor({ texts: [text('fr'), text('it')] }, ['de']).language).to.equal('fr');
  });
});
