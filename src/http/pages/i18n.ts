import { createInstance } from 'i18next';
import { type Dates, datesIn } from './dates.ts';
import { clean } from './display.ts';

/**
 * Languages of the hosted pages: which one a reader gets, and the words in it. The words themselves are beside the pages that
 * say them.
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
  /**
   * Day and time with the zone: the organisation's, with its name, where none, or an unknown one, is given. In the format of the
   * zone `place`, where that is another one.
   */
  date(at: Date, zone?: string, place?: string): string;
  readonly dates: Dates;
}

export interface Translations {
  for(choice: Choice): Translator;
}

export interface TranslationOptions {
  readonly strict?: boolean;
  readonly words: Readonly<Record<Language, object>>;
  /** The zone of moments whose reader's own is not known. */
  readonly defaultZone?: string | undefined;
}

const FALLBACK: Choice = { language: 'en', locale: 'en' };
const MOST_TAGS = 20;

/**
 * The first language of ours in the reader's preferences, best first: `ui_locales` (OpenID Connect Core, 3.1.2.1), then the
 * account's, then `Accept-Language`. Malformed tags are passed over. English where nothing fits. Where that tag names no country,
 * the first one that does in the same language says for which country dates are written.
 */
export function chooseLanguage(preferences: readonly string[]): Choice {
  const choices = preferences.slice(0, MOST_TAGS).flatMap((tag) => choiceOf(tag) ?? []);
  const [choice = FALLBACK] = choices;
  if (choice.locale !== choice.language) return choice;
  return (
    choices.find(({ language, locale }) => language === choice.language && locale !== language) ?? choice
  );
}

/** What nearly every browser sends, in the spelling that `Intl.Locale` would give it. */
const USUAL = /^(?<language>[a-z]{2})(?:-[A-Z]{2})?$/;

function choiceOf(tag: string): Choice | undefined {
  const usual = USUAL.exec(tag)?.groups?.language;
  if (usual !== undefined) {
    const language = languages.find((known) => known === usual);
    return language && { language, locale: tag };
  }
  try {
    const locale = new Intl.Locale(tag);
    const language = languages.find((known) => known === locale.language);
    // Extensions (`-u-nu-…`) would change digits and calendars; the reader's language and region are all we follow.
    return language && { language, locale: locale.baseName };
  } catch {
    return undefined;
  }
}

// Private-use characters, which no sentence of ours holds, around the name of a value.
const OPEN = '\uE000';
const CLOSE = '\uE001';
const PIECES = new RegExp(`(${OPEN}[^${CLOSE}]*${CLOSE})`, 'u');

/**
 * The words of every language. A key or a value that is missing throws when `strict` (development and tests); otherwise
 * English, then the bare key, stands in.
 */
export function createTranslations(options: TranslationOptions): Translations {
  const { strict = false, words, defaultZone = 'UTC' } = options;
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
  const patterns = new Map<string, readonly Part[]>();

  return {
    for({ language, locale }) {
      const translate = i18n.getFixedT(language);
      // Asks the chosen language alone: a fallback to English would hide what is missing.
      const has = (key: string) => typeof i18n.getResource(language, 'translation', key) === 'string';

      function makePattern(key: string, values: Values): readonly Part[] {
        const known = has(key) || ('count' in values && has(`${key}_other`));
        if (strict && !known) throw new Error(`no translation of "${key}" in ${language}`);
        const marked = Object.entries(values).map(([name, value]) => [
          name,
          typeof value === 'number' ? value : OPEN + name + CLOSE,
        ]);
        return partsOf(String(translate(key, Object.fromEntries(marked))));
      }

      /** A sentence with places for its values: looked up once, unless a number chooses between several. */
      function patternOf(key: string, values: Values): readonly Part[] {
        if (Object.values(values).some((value) => typeof value === 'number')) return makePattern(key, values);
        const name = [language, key, ...Object.keys(values)].join(' ');
        const pattern = patterns.get(name) ?? makePattern(key, values);
        patterns.set(name, pattern);
        return pattern;
      }

      const pieces = (key: string, values: Values = {}): Piece[] =>
        patternOf(key, values)
          .map(({ text, value }) =>
            value === undefined
              ? { text, isValue: false }
              : { text: clean(String(values[value])), isValue: true },
          )
          .filter(({ text }) => text !== '');
      const dates = datesIn(locale, defaultZone);
      return {
        language,
        locale,
        dates,
        has,
        t: (key, values) =>
          pieces(key, values)
            .map(({ text }) => text)
            .join(''),
        pieces,
        date: dates.moment,
      };
    },
  };
}

/** A piece of a sentence before it has its values: our words, or the name of a value. */
interface Part {
  readonly text: string;
  readonly value?: string;
}

const partsOf = (marked: string): Part[] =>
  marked
    .split(PIECES)
    .map((text) => (text.startsWith(OPEN) ? { text: '', value: text.slice(1, -1) } : { text }));
