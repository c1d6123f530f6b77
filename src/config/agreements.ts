import { matching, text } from './kinds.ts';
import { optional, section } from './setting.ts';

/** The settings of what people read and agree to when they sign in. */

const folder = text(1024, 'the path of a folder');
const version = matching(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  'a version such as 2026-11 or 3.1: letters, digits, dots, hyphens and underscores, 64 at most',
);

export const agreements = section(
  'Notice and terms',
  'What people read at a sign-in, after everything else was shown and before access is given. Each folder holds a text in each ' +
    'language, named after it: `en.md`, `es.txt`. `.txt` is plain text; of Markdown, `.md` may have headings (`##`), lists, ' +
    '`**bold**`, `*emphasis*` and links (`[words](https://…)`), and everything else is shown as it stands. People get the text ' +
    'of the first of their languages that there is, else the English one, else the first by name. What they agreed to is kept ' +
    'with version, language and the SHA-256 of the file, and is in the audit trail (`agreement.accepted`).',
  {
    noticeDir: optional('SYSTEM_USE_NOTICE_DIR', folder, {
      description:
        'A system-use notice (NIST SP 800-53, AC-8): shown at every sign-in, until the person acknowledges it. Who is signed in ' +
        'already sees it once for each version.',
    }),
    noticeVersion: optional('SYSTEM_USE_NOTICE_VERSION', version, {
      description: 'The version of that notice. Change it with the text, on every node.',
    }),
    termsDir: optional('TERMS_DIR', folder, {
      description:
        'Terms of use, which each person accepts once for each version. Until then they get no access: an application that asks ' +
        'without a page (`prompt=none`) is told `interaction_required`.',
    }),
    termsVersion: optional('TERMS_VERSION', version, {
      description:
        'The version of the terms. A new one asks everybody to accept again, also who is signed in.',
    }),
  },
);
