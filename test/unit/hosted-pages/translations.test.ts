import { expect } from 'chai';
import { createTranslations, languages, type Translations } from '../../../src/http/pages/i18n.ts';
import { en, es, WORDS } from '../../../src/http/words.ts';
import { fakeContext, sampleBrand, samplePages } from '../../support/page-server.ts';
import { pageStates } from '../../support/page-states.ts';

type Tree = { readonly [key: string]: string | Tree };

function flatten(tree: Tree, prefix = ''): Map<string, string> {
  const entries = Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[prefix + key, value]] : [...flatten(value, `${prefix}${key}.`)],
  );
  return new Map(entries);
}

const variables = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name as string).sort();

/** Remembers every key that a page asked for. */
function recorder(): { asked: Set<string>; translations: Translations } {
  const asked = new Set<string>();
  const real = createTranslations({ words: WORDS, strict: true });
  const translations: Translations = {
    for(choice) {
      const translator = real.for(choice);
      const remember = (key: string, values?: Readonly<Record<string, unknown>>) => {
        const plural = new Intl.PluralRules(choice.language).select(Number(values?.count ?? 0));
        asked.add(values && 'count' in values ? `${key}_${plural}` : key);
      };
      return {
        ...translator,
        t: (key, values) => {
          remember(key, values);
          return translator.t(key, values);
        },
        pieces: (key, values) => {
          remember(key, values);
          return translator.pieces(key, values);
        },
      };
    },
  };
  return { asked, translations };
}

describe('translations', () => {
  const english = flatten(en);
  const spanish = flatten(es);

  it('have the same keys in every language', () => {
    expect([...spanish.keys()].sort()).to.deep.equal([...english.keys()].sort());
  });

  it('put the same values into every sentence', () => {
    for (const [key, text] of english)
      expect(variables(spanish.get(key) as string), key).to.deep.equal(variables(text));
  });

  it('have words for every key, and left none untranslated', () => {
    // The same in both languages by chance or by nature.
    const alike = [
      'common.errorTitle',
      'account-profile.no',
      'test-sign-in.userinfo',
      'test-sign-in-refused.error',
    ];
    for (const [key, text] of english) {
      expect(text.trim(), key).to.equal(text).and.not.equal('');
      if (!alike.includes(key)) expect(spanish.get(key), key).not.to.equal(text);
    }
  });

  it('hold exactly what the pages ask for, in every state', async function everyState() {
    this.timeout(120_000);
    const { asked, translations } = recorder();
    const { pages } = await samplePages(sampleBrand, translations);
    for (const { view, model, session, switchPerson } of pageStates) {
      for (const language of languages) {
        const ctx = fakeContext();
        ctx.state.uiLocales = [language];
        ctx.state.session = session?.page;
        ctx.state.switchPerson = switchPerson;
        await pages.render(ctx, view, model);
        expect(ctx.body).to.include(`<html lang="${language}">`);
      }
    }
    expect([...asked].sort()).to.deep.equal([...english.keys()].sort());
  });
});
