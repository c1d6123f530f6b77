/** Addresses and names in the headers of a mail, where a line break would be a header of somebody else's. */

/** The longest path of RFC 5321, section 4.5.3.1.3, less its angle brackets. */
const MAX_ADDRESS = 254;
const MAX_NAME = 80;

/** Without the quoted forms, comments and groups of RFC 5322: what a person types, and nothing that a list is made of. */
const ADDRESS = /^[^\s\p{C}@<>()[\]\\,;:"]+@[^\s\p{C}@<>()[\]\\,;:"]+$/u;

/** Whether the text is one address and nothing else, so that it can stand in an envelope and in a header. */
export const isAddress = (text: string): boolean => text.length <= MAX_ADDRESS && ADDRESS.test(text);

export interface Mailbox {
  readonly name?: string;
  readonly address: string;
}

/** `Name <address>` or `address`, as the configuration checked it. */
export function parseMailbox(text: string): Mailbox {
  const [, name, address] = /^(.+) <([^<>]+)>$/.exec(text.trim()) ?? [];
  if (name === undefined || address === undefined) return mailboxOf(text.trim());
  return mailboxOf(address, name);
}

/** Throws where the address is none: nothing may be written to an envelope unseen. */
export function mailboxOf(address: string, name = ''): Mailbox {
  if (!isAddress(address)) throw new Error('not an address that mail can be sent to');
  const fit = headerName(name);
  return fit === '' ? { address } : { name: fit, address };
}

/** Controls, line ends, invisible characters and those that turn text around; joiners stay, for scripts that need them. */
const UNFIT = /[\p{Cc}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200C\u200D])\p{Cf}/gu;

/** A name fit for a header: one line, without characters that end or disguise it, cut where it would fill a screen. */
export const headerName = (name: string): string =>
  Array.from(
    name
      .toWellFormed()
      .replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
      .replace(UNFIT, ''),
  )
    .slice(0, MAX_NAME)
    .join('')
    .trim();

export interface Sender {
  readonly from: Mailbox;
  readonly replyTo?: Mailbox;
  /** The right side of every Message-ID. */
  readonly domain: string;
}

/** The sender. Where none is configured (development), one at the issuer's own host, which receives nothing. */
export function senderOf(mail: { from?: string; replyTo?: string }, brand: string, issuer: string): Sender {
  const { hostname } = new URL(issuer);
  const domain = /^[a-z0-9]/i.test(hostname) ? hostname : 'localhost';
  return {
    from: mail.from === undefined ? mailboxOf(`no-reply@${domain}`, brand) : parseMailbox(mail.from),
    ...(mail.replyTo === undefined ? {} : { replyTo: parseMailbox(mail.replyTo) }),
    domain,
  };
}

/** What mail programs make a link of although nobody wrote one: `evil.example`, `a@b`, anything with a scheme. */
const LINK_LIKE = /[/\\@:]|\S[.\u3002\uFF0E\uFF61]\S/u;
const MAX_GREETED = 60;

/**
 * The name to greet with; undefined where it could pass for a message of its own: whoever registers with somebody
 * else's address chooses the name in the mail that goes there.
 */
export function greetedName(name: string | undefined): string | undefined {
  const fit = headerName(name ?? '');
  return fit === '' || fit.length > MAX_GREETED || LINK_LIKE.test(fit) ? undefined : fit;
}

/** Enough of an address to recognise one's own, too little to learn somebody else's. */
export function maskedAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const local = Array.from(address.slice(0, Math.max(at, 0)));
  const shown = local.length > 3 ? `${local[0]}***${local.at(-1)}` : `${local[0] ?? ''}***`;
  return `${shown}${address.slice(Math.max(at, 0))}`;
}
