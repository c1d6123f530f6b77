import type { SendMailOptions } from 'nodemailer';
import type { Message } from './transport.ts';

/** The message for nodemailer. RFC 3834 (section 5) keeps automatic answers away from what no person wrote. */
export const mimeFields = (message: Message): SendMailOptions => ({
  messageId: message.messageId,
  date: message.date,
  from: addressOf(message.from),
  to: addressOf(message.to),
  ...(message.replyTo === undefined ? {} : { replyTo: addressOf(message.replyTo) }),
  envelope: { from: message.from.address, to: [message.to.address] },
  subject: message.subject,
  text: message.text,
  html: message.html,
  headers: {
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'All',
    'Content-Language': message.language,
  },
  xMailer: false,
  disableFileAccess: true,
  disableUrlAccess: true,
});

const addressOf = ({ name = '', address }: Message['from']) => ({ name, address });
