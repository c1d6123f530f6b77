import type Router from '@koa/router';
import { z } from 'zod';
import type { Csrf } from '../kit/csrf.ts';
import { readForm } from '../kit/form.ts';
import { DOWNLOAD_PURPOSE } from '../pages/recovery-codes-download.ts';

export interface RecoveryCodeDependencies {
  readonly issuer: string;
  /** What the organisation is called. */
  readonly issuerName: string;
  readonly csrf: Csrf;
  readonly bodyLimitBytes: number;
}

const form = z.object({ csrf: z.string().max(200), codes: z.string().max(1_000) });

/**
 * `POST /recovery-codes`: the codes that a page has just shown, as a text file. They come from that page, for they are kept
 * nowhere, and in a form, so that no address, history or log holds them.
 */
export function recoveryCodeRoutes(router: Router, deps: RecoveryCodeDependencies): void {
  router.post('/recovery-codes', async (ctx) => {
    const { csrf: token, codes } = await readForm(ctx, form, deps.bodyLimitBytes);
    deps.csrf.verify(ctx, DOWNLOAD_PURPOSE, codes, token);
    ctx.set('Cache-Control', 'no-store');
    ctx.attachment('recovery-codes.txt');
    ctx.type = 'text/plain; charset=utf-8';
    ctx.body = [deps.issuerName, deps.issuer, '', ...codes.split(' '), ''].join('\r\n');
  });
}
