import { words as activityEn } from './account/activity-words.en.ts';
import { words as activityEs } from './account/activity-words.es.ts';
import { words as accountEn } from './account/words.en.ts';
import { words as accountEs } from './account/words.es.ts';
import { words as linksEn } from './links/words.en.ts';
import { words as linksEs } from './links/words.es.ts';
import { error as errorEn } from './pages/error-words.en.ts';
import { error as errorEs } from './pages/error-words.es.ts';
import { words as factorsEn } from './pages/factor-words.en.ts';
import { words as factorsEs } from './pages/factor-words.es.ts';
import type { Shape } from './pages/word-shape.ts';
import { words as pagesEn } from './pages/words.en.ts';
import { words as pagesEs } from './pages/words.es.ts';
import { words as signInEn } from './sign-in/words.en.ts';
import { words as signInEs } from './sign-in/words.es.ts';
import { words as testEn } from './test-sign-in/words.en.ts';
import { words as testEs } from './test-sign-in/words.es.ts';

/**
 * The words of every hosted page, put together from its folder. English is also the shape that every other language has to
 * fill. Words are plain and short; a refusal says what was not accepted and what to do next, and never whether an account
 * exists. Values in double braces are put in by the pages.
 */
export const en = {
  ...pagesEn,
  ...factorsEn,
  ...signInEn,
  ...linksEn,
  ...accountEn,
  ...activityEn,
  ...testEn,
  error: errorEn,
};

export type Messages = Shape<typeof en>;

export const es: Messages = {
  ...pagesEs,
  ...factorsEs,
  ...signInEs,
  ...linksEs,
  ...accountEs,
  ...activityEs,
  ...testEs,
  error: errorEs,
};

/** By language, as `createTranslations` takes them. */
export const WORDS = { en, es };
