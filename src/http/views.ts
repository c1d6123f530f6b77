import { type AccountViews, accountViewNames } from './account/views.ts';
import { type LinkViews, linkViewNames } from './links/views.ts';
import { type CommonViews, commonViewNames } from './pages/views.ts';
import { type SignInViews, signInViewNames } from './sign-in/views.ts';
import { type TestViews, testViewNames } from './test-sign-in/views.ts';

/** What each page needs to be rendered, put together from the folders. */
export interface ViewModels extends CommonViews, SignInViews, LinkViews, AccountViews, TestViews {}

export type ViewName = keyof ViewModels;

export const viewNames: readonly ViewName[] = [
  ...new Set([
    ...commonViewNames,
    ...signInViewNames,
    ...linkViewNames,
    ...accountViewNames,
    ...testViewNames,
  ]),
];
