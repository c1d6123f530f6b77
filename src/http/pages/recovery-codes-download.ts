import type { Csrf } from '../kit/csrf.ts';
import type { WizardViews } from './wizard-views.ts';

/** What the token of the form is bound to. */
export const DOWNLOAD_PURPOSE = 'recovery-codes-file';

/** What the page that shows codes posts to have them as a file. The token is over the codes: only what we showed comes back. */
export const downloadOf = (
  csrf: Pick<Csrf, 'token'>,
  codes: readonly string[],
): WizardViews['recovery-codes']['download'] => ({
  action: '/recovery-codes',
  csrfToken: csrf.token(DOWNLOAD_PURPOSE, codes.join(' ')),
});
