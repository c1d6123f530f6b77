import { createInstance } from 'i18next';
import { clean } from './display.ts';
import { en } from './locales/en.ts';
import { es } from './locales/es.ts';

/**
 * Languages of the hosted pages: which one a reader gets, and the words in it. The words themselves are in `locales/`.
 */

export const languages = ['en', 'es'] as const;
export type Language = (typeof languages)[number];

/** A language we have, and the reader's own tag of it (`es-MX`), which dates are written for. */
export interface Choice {
  readonly language: Language;
  readonly locale: string;
}

export type Values = Readonly<Record<string, string | number>>;

/** A piece of a sentence: our words, or a value that was put into them. */
export interface Piece {
  readonly text: string;
  readonly isValue: boolean;
}

export interface Translator extends Choice {
  t(key: string, values?: Values): string;
  has(key: string): boolean;
  /** Like `t`, in pieces, so that values can be set apart (another script, another direction). */
  pieces(key: string, values?: Values): Piece[];
  /** Day and time with the name of the zone: UTC where none, or an unknown one, is given. */
  date(at: Date, zone?: string): string;
}

export interface Translations {
  for(choice: Choice): Translator;
}

export interface TranslationOptions {
  readonly strict?: boolean;
  /** The pages' own where none are given. */
  readonly words?: Readonly<Record<Language, object>>;
}

const FALLBACK: Choice = { language: 'en', locale: 'en' };
const MOST_TAGS = 20;

/**
 * The first language of ours in the reader's preferences, best first: `ui_locales` (OpenID Connect Core, 3.1.2.1), then the
 * account's, then `Accept-Language`. Malformed tags are passed over. English where nothing fits.
 */
export function chooseLanguage(preferences: readonly string[]): Choice {
  for (const tag of preferences.slice(0, MOST_TAGS)) {
    const choice = choiceOf(tag);
    if (choice !== undefined) return choice;
  }
  return FALLBACK;
}

function choiceOf(tag: string): Choice | undefined {
  try {
    const locale = new Intl.Locale(tag);
    const language = languages.find((known) => known === locale.language);
    // Extensions (`-u-nu-…`) would change digits and calendars; the reader's language and region are all we follow.
    return language && { language, locale: locale.baseName };
  } catch {
    return undefined;
  }
}

// Private-use characters, which `clean` takes out of every value: nobody can forge where a value begins or ends.
const OPEN = '\uE000';
const CLOSE = '\uE001';
const PIECES = new RegExp(`(${OPEN}[^${CLOSE}]*${CLOSE})`, 'u');

/**
 * The words of every language. A key or a value that is missing throws when `strict` (development and tests); otherwise
 * English, then the bare key, stands in.
 */
export function createTranslations(options: TranslationOptions = {}): Translations {
  const { strict = false, words = { en, es } } = options;
  const i18n = createInstance({
    resources: Object.fromEntries(languages.map((known) => [known, { translation: words[known] }])),
    fallbackLng: 'en',
    initAsync: false,
    nsSeparator: false,
    // Templates escape; doing it here too would escape twice.
    interpolation: { escapeValue: false },
    missingInterpolationHandler: (text: string, match: RegExpExecArray) => {
      if (strict) throw new Error(`no value for ${match[1]} in "${text}"`);
      return '';
    },
  });
  i18n.init();

  return {
    for({ language, locale }) {
      const translate = i18n.getFixedT(language);
      // Asks the chosen language alone: a fallback to English would hide what is missing.
      const has = (key: string) => typeof i18n.getResource(language, 'translation', key) === 'string';
      const lookUp = (key: string, values: Values, wrap: (value: string) => string) => {
        const known = has(key) || ('count' in values && has(`${key}_other`));
        if (strict && !known) throw new Error(`no translation of "${key}" in ${language}`);
        return translate(key, prepare(values, wrap));
      };
      return {
        language,
        locale,
        has,
        t: (key, values = {}) => lookUp(key, values, (value) => value),
        pieces: (key, values = {}) =>
          lookUp(key, values, (value) => OPEN + value + CLOSE)
            .split(PIECES)
            .filter((text) => text !== '')
            .map((text) =>
              text.startsWith(OPEN) ? { text: text.slice(1, -1), isValue: true } : { text, isValue: false },
            ),
        date: (at, zone) => formatDate(locale, at, zone),
      };
    },
  };
}

/** `count` stays a number, because it chooses the plural. */
function prepare(values: Values, wrap: (value: string) => string): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'number' ? value : wrap(clean(value)),
    ]),
  );
}

function formatDate(locale: string, at: Date, zone = 'UTC'): string {
  const format = (timeZone: string) =>
    new Intl.DateTimeFormat(locale, {
      day: 'numeric',
      month: 'long',
      year: 'numeric',
      hour: 'numeric',
      minute: '2-digit',
      timeZone,
      timeZoneName: 'short',
    }).format(at);
  try {
    return format(zone);
  } catch {
    return format('UTC');
  }
}
