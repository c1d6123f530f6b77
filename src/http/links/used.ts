import type { Context } from 'koa';
import type { OneTimeLinkStore } from '../../domain/one-time-links/store.ts';
import type { Pages } from '../pages/pages.ts';
import type { LinkViews } from './views.ts';

export interface UsedLinkDependencies {
  readonly usedLinks: Pick<OneTimeLinkStore, 'wasUsed'>;
  readonly pages: Pages<LinkViews>;
}

/**
 * Shows to whoever comes with a link that has done what it is for, by a second click or the way back, that it is done; false
 * for any other link. It tells nothing of what was chosen, so it may be said to everybody who holds the link.
 */
export async function showUsed(
  ctx: Context,
  { usedLinks, pages }: UsedLinkDependencies,
  token: string | undefined,
  model: LinkViews['link-used'],
): Promise<boolean> {
  if (token === undefined || !(await usedLinks.wasUsed(token))) return false;
  await pages.render(ctx, 'link-used', model, 410);
  return true;
}
