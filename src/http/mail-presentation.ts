import { en } from '../domain/mail/locales/en.ts';
import { es } from '../domain/mail/locales/es.ts';
import type { Colours, Presentation } from '../domain/mail/render.ts';
import { type Brand, readableOn, textOn } from './brand.ts';
import { contactHref } from './display.ts';
import { chooseLanguage, createTranslations, type TranslationOptions } from './i18n.ts';

/** The pages' neutral colours: custom properties do not reach into a mail program. */
const LIGHT = {
  page: '#f3f5f4',
  surface: '#ffffff',
  ink: '#1b2327',
  inkSoft: '#4d5a61',
  line: '#d5dcd9',
};
const DARK = { page: '#101417', surface: '#1a2024', ink: '#e8eded', inkSoft: '#a9b5b9', line: '#323c41' };

const coloursOf = (neutral: typeof LIGHT, accent: string, pole: string): Colours => ({
  ...neutral,
  accent,
  onAccent: textOn(accent),
  link: readableOn(accent, [neutral.page, neutral.surface], pole),
});

/** What mails share with the pages: languages, the brand, and its colours made safe to read. */
export function mailPresentation(
  brand: Brand,
  options: Pick<TranslationOptions, 'strict'> = {},
): Presentation {
  const translations = createTranslations({ ...options, words: { en, es } });
  const { name, supportContact } = brand;
  const href = supportContact === undefined ? undefined : contactHref(supportContact);
  return {
    brand: {
      name,
      ...(supportContact === undefined
        ? {}
        : { support: { text: supportContact, ...(href === undefined ? {} : { href }) } }),
    },
    look: {
      light: coloursOf(LIGHT, brand.accentColour, '#000000'),
      dark: coloursOf(DARK, brand.accentColourDark, '#ffffff'),
    },
    wordsFor: (locale) => translations.for(chooseLanguage(locale === undefined ? [] : [locale])),
  };
}
