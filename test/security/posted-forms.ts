import type { TestServer } from '../support/server.ts';
import type { Applications, PostedForm } from './form-tools.ts';
import { accountForms } from './posted-account-forms.ts';
import { factorForms } from './posted-factor-forms.ts';
import { linkForms } from './posted-link-forms.ts';
import { ownFactorForms } from './posted-own-factor-forms.ts';
import { signInForms } from './posted-sign-in-forms.ts';

export type { Applications, OpenForm, PostedForm } from './form-tools.ts';

/** Every form of the server by a name for it; `applications` is asked when a form is opened. */
export function postedForms(
  app: () => TestServer,
  applications: () => Applications,
): Record<string, PostedForm> {
  return {
    ...signInForms(app, applications),
    ...accountForms(app, applications),
    ...linkForms(app, applications),
    ...ownFactorForms(app),
    ...factorForms(app, () => applications().own),
  };
}
