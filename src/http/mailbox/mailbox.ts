import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { KeptMail, MailFolder } from '../../domain/mail/folder.ts';
import { canonicalAddress } from '../../kernel/addresses.ts';
import { notFound } from '../../kernel/errors.ts';
import { loadTemplates } from '../../templates.ts';
import type { Assets } from '../pages/assets.ts';

export interface MailboxRouteDependencies {
  readonly mails: MailFolder;
  readonly issuer: string;
  readonly assets: Pick<Assets, 'url'>;
}

const VIEWS = join(import.meta.dirname, '../../../views/mail/mailbox');
const MOST_LISTED = 200;

/**
 * `/dev/mailbox`: what a development server would have mailed. The mails open accounts, so the page is there for this
 * machine only; whoever else asks is told that there is no such page. In English: its readers are developers.
 */
export function mailboxRoutes(router: Router, deps: MailboxRouteDependencies): void {
  const { mails, assets } = deps;
  // Read anew for every page: whoever looks at it may be changing it.
  const render = async (view: string, page: object) => {
    const templates = await loadTemplates({ path: VIEWS, except: [], locals: ['page', 'asset'] });
    return templates.of(view)({ page, asset: assets.url });
  };
  const answer = async (ctx: Context, view: string, page: object) => {
    const body = await render(view, page);
    ctx.type = 'text/html; charset=utf-8';
    ctx.set('Cache-Control', 'no-store');
    ctx.body = await render('layout', { ...page, body });
  };
  const found = async (ctx: Context): Promise<KeptMail> => {
    const mail = await mails.find(String(ctx.params.id));
    if (mail === undefined) throw notFound('not_found', 'There is no such mail.');
    return mail;
  };

  router.use('/dev/mailbox', onlyThisMachine(deps.issuer));
  router.get('/dev/mailbox', async (ctx) => {
    const list = await mails.list(MOST_LISTED);
    await answer(ctx, 'list', { title: 'Mailbox', mails: list, folder: mails.folder });
  });
  router.get('/dev/mailbox/style.css', async (ctx) => {
    ctx.body = await readFile(join(VIEWS, 'style.css'), 'utf8');
    ctx.type = 'text/css; charset=utf-8';
  });
  router.get('/dev/mailbox/:id', async (ctx) => {
    const mail = await found(ctx);
    ctx.set('Content-Security-Policy', `${ctx.response.get('Content-Security-Policy')};frame-src 'self'`);
    await answer(ctx, 'message', { title: mail.subject, mail, parts: partsOf(mail.text) });
  });
  router.get('/dev/mailbox/:id/html', async (ctx) => {
    const { html } = await found(ctx);
    // A mail is a stranger's document: it may have its own look and open links in new windows, nothing else.
    ctx.set('Content-Security-Policy', MAIL_POLICY);
    ctx.set('X-Frame-Options', 'SAMEORIGIN');
    ctx.set('Cache-Control', 'no-store');
    ctx.type = 'text/html; charset=utf-8';
    ctx.body = html.replace('<head>', '<head><base target="_blank">');
  });
}

const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; " +
  'sandbox allow-popups allow-popups-to-escape-sandbox';

/**
 * Lets through only requests from this machine: a loopback peer that came without a proxy (a tunnel to here is one) and asked
 * for a name of this machine (a foreign name that resolves to here is how a web page would reach in).
 */
function onlyThisMachine(issuer: string): Middleware {
  const names = new Set(['localhost', '127.0.0.1', '[::1]', new URL(issuer).hostname]);
  return (ctx, next) => {
    // Behind the cleaning of headers only the raw ones still say what was asked.
    const raw = new Map<string, string>();
    for (let index = 0; index < ctx.req.rawHeaders.length; index += 2) {
      raw.set(String(ctx.req.rawHeaders[index]).toLowerCase(), String(ctx.req.rawHeaders[index + 1]));
    }
    const peer = canonicalAddress(ctx.req.socket.remoteAddress ?? '');
    const forwarded = [...raw.keys()].some((name) => /^(x-forwarded-|forwarded$|x-real-ip$|via$)/.test(name));
    const asked = URL.parse(`http://${raw.get('host') ?? ''}`)?.hostname ?? '';
    if (peer === undefined || !isLoopback(peer) || forwarded || !names.has(asked)) {
      throw notFound('not_found', 'There is no page at this address.');
    }
    return next();
  };
}

const isLoopback = (address: string) => address === '::1' || address.startsWith('127.');

/** The text in pieces, links apart. */
const partsOf = (text: string): { text?: string; href?: string }[] =>
  text.split(/(https?:\/\/\S+)/).map((part) => (/^https?:\/\//.test(part) ? { href: part } : { text: part }));
