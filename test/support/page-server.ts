import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import Koa from 'koa';
import type { Page } from 'playwright-core';
import { createAssets } from '../../src/http/pages/assets.ts';
import type { Brand } from '../../src/http/pages/brand.ts';
import { createTranslations, type Translations } from '../../src/http/pages/i18n.ts';
import { createPages, type Pages } from '../../src/http/pages/pages.ts';
import { type ViewModels, viewNames } from '../../src/http/views.ts';
import { WORDS } from '../../src/http/words.ts';
import { type PageState, pageStates } from './page-states.ts';

export const viewsPath = fileURLToPath(new URL('../../views', import.meta.url));

export const sampleBrand: Brand = {
  name: 'Riverside Practice Group',
  accentColour: '#0b5cad',
  accentColourDark: '#7cc0ff',
  supportContact: 'it-desk@riverside.example.org',
};

/** What the pages have to live with; the real stack's policy may only be stricter about where forms may lead. */
const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; " +
  "frame-ancestors 'none'; base-uri 'none'";

export interface PageServer {
  readonly origin: string;
  url(state: PageState, language?: string): string;
  close(): Promise<void>;
}

/** Templates are compiled once, unlike in development; a missing translation throws all the same. */
export async function samplePages(
  brand: Brand = sampleBrand,
  translations: Translations = createTranslations({ words: WORDS, strict: true }),
) {
  const assets = await createAssets({ brand, assetsPath: `${viewsPath}/assets` });
  const pages = await createPages<ViewModels>({
    views: viewNames,
    words: WORDS,
    brand,
    viewsPath,
    assets,
    translations,
  });
  return { assets, pages };
}

/** Serves every sample state at `/NAME?ui_locales=…`, with the headers that the product gives to pages. */
export async function startPageServer(options: { brand?: Brand; port?: number } = {}): Promise<PageServer> {
  const { assets, pages } = await samplePages(options.brand);
  const app = new Koa();
  app.use(async (ctx, next) => {
    ctx.set({ 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff' });
    await next();
  });
  app.use(assets);
  app.use(serveAxe);
  app.use((ctx) => answer(ctx, pages));
  const server = app.listen(options.port ?? 0, '127.0.0.1');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    url: (state, language = 'en') => `${origin}/${state.name}?ui_locales=${language}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Where a page of this server finds axe. */
export const AXE_PATH = '/axe.min.js';
const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'));

/** As a file that the browser keeps: it does not have to read half a megabyte of code anew for every page. */
async function serveAxe(ctx: Koa.Context, next: Koa.Next): Promise<void> {
  if (ctx.path !== AXE_PATH) return next();
  ctx.set('Cache-Control', 'max-age=3600');
  ctx.type = 'text/javascript';
  ctx.body = await axe;
}

/** Opens a state and waits for what its scripts show by themselves. */
export async function openState(
  page: Page,
  server: PageServer,
  state: PageState,
  language?: string,
): Promise<void> {
  await page.goto(server.url(state, language));
  if (state.session !== undefined && state.session.warnIn <= 0) await page.locator('dialog[open]').waitFor();
}

/** What the script of a page asks, which says by its address which state it is in. */
function answerDeadlines(ctx: Koa.Context): void {
  const asking = URL.parse(ctx.get('Referer'))?.pathname;
  const { session } = pageStates.find(({ name }) => asking === `/${name}`) ?? {};
  if (session === undefined) return;
  const now = Math.floor(Date.now() / 1000);
  const idleEnd = now + session.endsIn;
  ctx.body = {
    now,
    warn_at: now + session.warnIn,
    idle_expires_at: idleEnd,
    absolute_expires_at: session.final === true ? idleEnd : now + 40_000,
  };
}

async function answer(ctx: Koa.Context, pages: Pages<ViewModels>): Promise<void> {
  if (ctx.path === '/account/session') return answerDeadlines(ctx);
  const found = pageStates.find(({ name }) => ctx.path === `/${name}`);
  if (found === undefined) return;
  const asked = ctx.query.ui_locales;
  ctx.state.session = found.session?.page;
  ctx.state.switchPerson = found.switchPerson;
  ctx.state.uiLocales = typeof asked === 'string' ? asked.split(' ') : [];
  await pages.render(ctx, found.view, found.model, found.status);
}

/** As much of a request and its response as rendering a page needs. */
export function fakeContext(): Koa.Context {
  const request = { headers: {}, url: '/', method: 'GET', socket: {} };
  const response = {
    setHeader: () => {},
    getHeader: () => undefined,
    removeHeader: () => {},
    headersSent: false,
  };
  type Exchange = Parameters<Koa['createContext']>;
  return new Koa().createContext(...([request, response] as unknown as Exchange)) as Koa.Context;
}
