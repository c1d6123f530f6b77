import { DeliveryError } from '../domain/mail/transport.ts';
import { GatehouseError } from '../kernel/errors.ts';
import { scrub } from '../redaction.ts';

interface SmtpFailure {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly message?: string;
}

/** Why a relay could not be used, in plain words, as an error that names the setting. What the relay said stands behind it. */
export function mailFailure(error: unknown): GatehouseError {
  const cause = (error instanceof DeliveryError ? error.cause : error) as SmtpFailure | undefined;
  const reason = error instanceof DeliveryError ? error.reason : String((error as Error)?.message ?? error);
  const said = scrub(reason)
    .replace(/\p{C}+/gu, ' ')
    .slice(0, 300);
  return new GatehouseError('mail_failed', {
    message: `${wordsFor(cause ?? {}, said)} (${said})`,
    cause: error,
  });
}

function wordsFor(
  { code = '', command = '', responseCode = 0, message = '' }: SmtpFailure,
  said: string,
): string {
  if (code === 'EAUTH')
    return 'SMTP_URL: the relay does not accept user and password; check them (special characters are percent-encoded)';
  if (/^MAIL/.test(command) && responseCode >= 400)
    return 'MAIL_FROM: the relay does not take mail from this sender; check the address, and what the user of SMTP_URL may send';
  if (/^RCPT/.test(command) && responseCode >= 400)
    return 'the relay does not take mail to this address; check it, and whether SMTP_URL needs a user to relay for';
  if (/wrong version number|packet length too long|ssl3_get_record/i.test(`${message}${said}`))
    return 'SMTP_URL: the relay does not begin with TLS there; use smtp:// (STARTTLS, port 587), or the port of smtps:// (465)';
  if (
    /self[- ]signed|certificate|altname/i.test(`${message}${said}`) ||
    /^(CERT_|DEPTH_|UNABLE_TO_|ERR_TLS)/.test(code)
  )
    return 'SMTP_URL: the certificate of the relay is not accepted; use the name that it is for, and give its authority to Node.js (NODE_EXTRA_CA_CERTS)';
  if (code === 'ETLS')
    return 'SMTP_URL: the relay offers no STARTTLS, which production insists on; use smtps://, or switch it on there';
  if (code === 'EDNS' || /ENOTFOUND|EAI_AGAIN/.test(`${code}${message}`))
    return 'SMTP_URL: the host name of the relay is not known; check how it is written';
  if (/ECONNREFUSED/.test(`${code}${message}`))
    return 'SMTP_URL: nothing listens there; check host and port, and that the relay runs';
  if (code === 'ETIMEDOUT' || code === 'EABORT' || /timeout|too long/i.test(said))
    return 'SMTP_URL: the relay does not answer; check host and port, and the firewalls in between';
  return 'SMTP_URL: the relay did not take the mail';
}
