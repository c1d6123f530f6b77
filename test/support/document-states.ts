import { blocksOf } from '../../src/http/pages/document-text.ts';
import { account, client, csrfToken, hostileClient, state } from './page-state.ts';

const NOTICE = `# Riverside Hospital information system

You are about to use an information system of **Riverside Hospital**. It holds records of patients. By going on you
consent to the following:

1. Use of this system is for authorised purposes *only*, and may be monitored, recorded and audited.
2. Unauthorised use is prohibited, and subject to criminal and civil penalties.
3. You have no expectation of privacy in what you do here.

Read the [policy on acceptable use](https://riverside.example.org/policies/acceptable-use) for more, or write to
[security](mailto:security@riverside.example.org).
`;

/** As long as what lawyers write: the page scrolls. */
const TERMS = [
  'TERMS OF USE OF THE CLINICAL SYSTEMS OF RIVERSIDE HOSPITAL',
  ...Array.from(
    { length: 14 },
    (_, index) =>
      `${index + 1}. Confidentiality of records\nYou look at records of patients in whose care you take part, and at no others. ` +
      'What you learn stays confidential, also when you have left the organisation. You lock your screen when you leave it, ' +
      'you share your password and your second factor with nobody, and you report at once what looks like misuse.',
  ),
].join('\n\n');

const page = {
  csrfToken,
  account,
  client,
  action: '/sign-in/sample/agree',
  declineAction: '/sign-in/sample/decline',
  signedIn: false,
} as const;

const notice = {
  ...page,
  document: 'notice',
  version: '2026-11',
  language: 'en',
  format: 'markdown',
  blocks: blocksOf({ format: 'markdown', content: NOTICE }),
} as const;

const terms = {
  ...page,
  document: 'terms',
  version: '3.1',
  language: 'en',
  format: 'plain',
  blocks: blocksOf({ format: 'plain', content: TERMS }),
} as const;

const hostile = `## <script>alert(1)</script> ${'Verylongword'.repeat(30)}
- "><img src=x onerror=alert(1)> [x](javascript:alert(1))
- ${'https://riverside.example.org/'.repeat(8)}

#### ملاحظات العيادة
`;

/** The pages with a document that people agree to. */
export const documentStates = [
  state('use-notice', 'use-notice', notice),
  state('use-notice-signed-in', 'use-notice', { ...notice, signedIn: true }),
  state('use-notice-hostile', 'use-notice', {
    ...notice,
    client: hostileClient,
    version: 'v'.repeat(64),
    language: 'ar',
    blocks: blocksOf({ format: 'markdown', content: hostile }),
  }),
  state('terms', 'terms', terms),
  state('terms-signed-in', 'terms', { ...terms, signedIn: true }),
  state('declined', 'declined', { accountHref: '/account' }),
];
