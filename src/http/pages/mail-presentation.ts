import { en } from '../../domain/mail/locales/en.ts';
import { es } from '../../domain/mail/locales/es.ts';
import type { Presentation } from '../../domain/mail/render.ts';
import { type Brand, mailLook } from './brand.ts';
import { contactHref } from './display.ts';
import { chooseLanguage, createTranslations, type TranslationOptions } from './i18n.ts';

/** What mails share with the pages: languages, the brand, and its colours made safe to read. */
export function mailPresentation(
  brand: Brand,
  options: Pick<TranslationOptions, 'strict'> = {},
): Presentation {
  const { name, supportContact, timeZone: defaultZone } = brand;
  const translations = createTranslations({ ...options, words: { en, es }, defaultZone });
  const href = supportContact === undefined ? undefined : contactHref(supportContact);
  return {
    brand: {
      name,
      ...(supportContact === undefined
        ? {}
        : { support: { text: supportContact, ...(href === undefined ? {} : { href }) } }),
    },
    look: mailLook(brand),
    wordsFor: (locale) => translations.for(chooseLanguage(locale === undefined ? [] : [locale])),
  };
}
