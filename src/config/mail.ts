import { matching, password } from './kinds.ts';
import { lifetime, optional, section } from './setting.ts';

/** How mail leaves the server. */

/** No query: whether certificates are verified must not be an option of a URL. */
const SMTP_URL =
  /^smtps?:\/\/(?:[^\s/@:?#]+(?::[^\s/@?#]*)?@)?(?:[a-z0-9][a-z0-9.-]*|\[[0-9a-f:.]+\])(?::\d{1,5})?\/?$/i;
/** An address as RFC 5321 has it, without the quoted forms, alone or after a name. */
const MAILBOX =
  /^(?:[^\s\p{C}@<>()[\]\\,;:"]+@[\p{L}\p{N}][\p{L}\p{M}\p{N}.-]*|[^\p{C}<>@"]{1,80} <[^\s\p{C}@<>()[\]\\,;:"]+@[\p{L}\p{N}][\p{L}\p{M}\p{N}.-]*>)$/u;

export const mail = section(
  'Mail',
  'How Gatehouse tells people what concerns their account. Mail waits in the database until the relay has taken it, is ' +
    'tried for about a day, and is then given up: `gatehouse mail list --failed` shows what, `gatehouse mail retry` tries again.',
  {
    url: optional(
      'SMTP_URL',
      matching(SMTP_URL, 'a URL such as smtps://user:password@smtp.example.org:465'),
      {
        description:
          'The relay that takes all mail. `smtps` speaks TLS from the start; `smtp` changes to it (STARTTLS), which ' +
          'production insists on unless the relay is on this machine. Special characters of user and password are ' +
          'percent-encoded. Without it, outside production, mail is kept under `DATA_DIR` and shown at `/dev/mailbox`.',
        secret: true,
        required: 'production',
        example: 'smtps://gatehouse:…@smtp.example.org',
      },
    ),
    password: optional('SMTP_PASSWORD', password, {
      description:
        'The password of the user in `SMTP_URL`, where that has none. Its file is read again when a login fails.',
      secret: true,
    }),
    from: optional(
      'MAIL_FROM',
      matching(MAILBOX, 'an address, or a name and an address: Name <name@example.org>'),
      {
        description: 'The sender of all mail. Also where the relay reports what could not be delivered.',
        required: 'production',
        example: 'Example Hospital <no-reply@example.org>',
      },
    ),
    replyTo: optional('MAIL_REPLY_TO', matching(MAILBOX, 'an address, or a name and an address'), {
      description: 'Where answers go. Without it the mails say that answers are not read.',
    }),
    sendTimeoutSeconds: lifetime(
      'MAIL_SEND_TIMEOUT_SECONDS',
      60,
      600,
      'How long one delivery to the relay may take. Twice as long after a node has died, another one takes over what it was sending.',
      1,
    ),
  },
);
