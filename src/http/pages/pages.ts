import type { Context } from 'koa';
import type { Device } from '../../domain/mail/device.ts';
import type { Templates } from '../../templates.ts';
import { loadTemplates } from '../../templates.ts';
import { offeredSwitch, type SwitchPerson } from '../kit/switch-offer.ts';
import { type Assets, logoName } from './assets.ts';
import { type Brand, GATE } from './brand.ts';
import { clean, contactHref, monogram, safeHref, shortName } from './display.ts';
import {
  type Choice,
  chooseLanguage,
  createTranslations,
  type Language,
  type Piece,
  type Translations,
  type Translator,
  type Values,
} from './i18n.ts';
import type { SessionOnEveryPage } from './on-page.ts';
import { passwordWords } from './password-words.ts';
import { type CommonViews, errorCodes } from './views.ts';

/**
 * The hosted pages: turns a view and its model into HTML in the reader's language. This file owns templates, titles and the
 * headers of a page; it leaves deciding which page to show to the routes, and security headers to the stack around it.
 */

/** The name of the hidden field that carries the CSRF token in every form but the sign-out form of `oidc-provider`. */
export const CSRF_FIELD = 'csrf';

/** Pages of some views: what a folder needs, of all that there are. */
export interface Pages<Views extends object = CommonViews> {
  /**
   * Answers with a page. `status` defaults to 200, or to the model's for an error. The language is the first we have of
   * `ctx.state.uiLocales` (string[]), `ctx.state.accountLocale` (string) and `Accept-Language`. With `ctx.state.session`
   * ({@link SessionOnEveryPage}) the page says when the session ends, and warns of it.
   */
  render<V extends keyof Views & string>(
    ctx: Context,
    view: V,
    model: Views[V],
    status?: number,
  ): Promise<void>;
}

export interface PagesOptions<Views extends CommonViews> {
  /** Every view that there is a template of. */
  readonly views: readonly (keyof Views & string)[];
  /** The words of every page. */
  readonly words: Readonly<Record<Language, object>>;
  readonly brand: Brand;
  /** The folder with `layout.ejs`, the views and `partials/`. */
  readonly viewsPath: string;
  readonly assets: Pick<Assets, 'url'>;
  /** Reads templates anew for every page, and throws for a missing translation. */
  readonly development?: boolean;
  readonly translations?: Translations;
}

/** What templates can name. The rest of what they use is under `model` (a view's) and `it` (a partial's). */
const LOCALS = [
  'model',
  'it',
  'page',
  'brand',
  't',
  'has',
  'sentence',
  'partial',
  'asset',
  'date',
  'dates',
  'device',
  'name',
  'href',
  'errorKey',
  'password',
  'session',
];

/** Compiles every template once, so that a broken one stops the start and not a person. */
export async function createPages<Views extends CommonViews>(
  options: PagesOptions<Views>,
): Promise<Pages<Views>> {
  const { brand, viewsPath, words, development = false } = options;
  const translations =
    options.translations ?? createTranslations({ words, strict: development, defaultZone: brand.timeZone });
  // Those of mails are rendered by the mail module.
  const load = () =>
    loadTemplates({ path: viewsPath, except: ['mail'], locals: LOCALS, debug: development, trim: true });
  const compiled = await load();
  for (const name of ['layout', ...options.views]) compiled.of(name);
  const brandOnPage = describeBrand(brand, options.assets);

  return {
    async render(ctx, view, model, status) {
      const templates = development ? await load() : compiled;
      const translator = withBrand(translations.for(languageOf(ctx)), brand.name);
      ctx.status = status ?? (view === 'error' ? (model as CommonViews['error']).status : 200);
      ctx.type = 'text/html; charset=utf-8';
      ctx.set('Cache-Control', 'no-store');
      ctx.set('Content-Language', translator.language);
      const inPage = { templates, translator, assets: options.assets, brand: brandOnPage };
      const around = { session: sessionOf(ctx, view), switchPerson: offeredSwitch(ctx) };
      ctx.body = renderPage({ ...inPage, ...around }, view, model);
    },
  };
}

/** The translator with the brand's name for every sentence. */
function withBrand(translator: Translator, brand: string): Translator {
  return {
    ...translator,
    t: (key, values) => translator.t(key, { brand, ...values }),
    pieces: (key, values) => translator.pieces(key, { brand, ...values }),
  };
}

/** The language in which pages answer this request. */
export const languageOf = (ctx: Context): Choice => chooseLanguage(preferencesOf(ctx));

/** Of a value that people are shown of what is kept about them. */
const MOST_TEXT = 1_000;

/** The languages of the reader as BCP 47 tags, best first: what was asked for, the account's, the browser's. */
export function preferencesOf(ctx: Context): string[] {
  const { uiLocales, accountLocale } = ctx.state as { uiLocales?: string[]; accountLocale?: string };
  const accepted = ctx.acceptsLanguages() as string[] | string;
  return [
    ...(uiLocales ?? []),
    ...(accountLocale === undefined ? [] : [accountLocale]),
    ...[accepted].flat(),
  ];
}

function describeBrand(brand: Brand, assets: Pick<Assets, 'url'>) {
  const { name, logoFile, supportContact } = brand;
  return {
    name,
    gate: GATE,
    logo: logoFile === undefined ? undefined : assets.url(logoName(logoFile)),
    support:
      supportContact === undefined ? undefined : { text: supportContact, href: contactHref(supportContact) },
  };
}

/** The session in which the page is shown. A request that has failed has prolonged none: its page says nothing of it. */
function sessionOf(ctx: Context, view: string): SessionOnEveryPage | undefined {
  return view === 'error' ? undefined : (ctx.state as { session?: SessionOnEveryPage }).session;
}

interface Rendering {
  readonly templates: Templates;
  readonly translator: Translator;
  readonly assets: Pick<Assets, 'url'>;
  readonly brand: ReturnType<typeof describeBrand>;
  readonly session: SessionOnEveryPage | undefined;
  readonly switchPerson: SwitchPerson | undefined;
}

function renderPage(
  { templates, translator, assets, brand, session, switchPerson }: Rendering,
  view: string,
  model: unknown,
): string {
  const page = {
    view,
    language: translator.language,
    locale: translator.locale,
    title: titleOf(translator, view, model),
    csrfField: CSRF_FIELD,
    switchPerson,
  };
  const partial = (name: string, it: unknown = {}): string =>
    templates.of(`partials/${name}`)({ ...shared, it });
  const shared = {
    model,
    page,
    brand,
    session,
    partial,
    t: translator.t,
    has: translator.has,
    /** A sentence of which the values are set apart from our words; already escaped. */
    sentence: (key: string, values?: Values) =>
      partial('sentence', { pieces: translator.pieces(key, values) satisfies Piece[] }),
    asset: (name: string) => assets.url(name),
    date: translator.date,
    dates: translator.dates,
    /** What a browser says of itself, as far as it does. */
    device: ({ browser, system }: Device) =>
      browser && system ? translator.t('account.sessionOn', { browser, system }) : (browser ?? system),
    name: {
      short: shortName,
      full: (text: string) => clean(text),
      text: (text: string) => clean(text, MOST_TEXT),
      monogram,
    },
    href: safeHref,
    errorKey,
    password: passwordWords(translator),
  };
  const body = templates.of(view)(shared);
  return templates.of('layout')({ ...shared, it: { body } });
}

/** The title names the state, so that a screen reader says first what happened. */
function titleOf({ t }: Translator, view: string, model: unknown): string {
  if (view === 'error')
    return t('common.errorTitle', { title: errorTitle(t, model as CommonViews['error']) });
  const { error, errors } = model as { error?: object; errors?: object };
  const failed = error !== undefined || Object.keys(errors ?? {}).length > 0;
  return failed ? t('common.errorTitle', { title: t(`${view}.title`) }) : t(`${view}.title`);
}

const errorTitle = (t: Translator['t'], model: CommonViews['error']): string =>
  model.title === undefined ? t(`${errorKey(model)}.title`) : clean(model.title);

type ErrorCode = (typeof errorCodes)[number];

/** Statuses that say more than 4xx or 5xx alone. */
const CODES_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  403: 'access_denied',
  404: 'not_found',
  405: 'method_not_allowed',
  410: 'not_found',
  429: 'rate_limited',
  503: 'unavailable',
};

/** Where the words for an error are: its code's, or for a code without words its status's. */
function errorKey({ code, status }: CommonViews['error']): string {
  const own = errorCodes.find((known) => known === code) ?? CODES_OF_STATUS[status];
  return `error.${own ?? (status >= 400 && status < 500 ? 'bad_request' : 'internal')}`;
}
