/** Text of strangers (client names, addresses) made fit to be shown. Escaping is the templates' work and comes on top. */

/** As long as an email address may be. */
const MOST_CHARACTERS = 254;
const MOST_CHARACTERS_OF_A_NAME = 80;

/**
 * Control characters, bidirectional overrides and isolates (which could turn the text around them about: Unicode
 * Technical Report 36, section 2.5), and private-use characters (which have no agreed look) go; so do invisible
 * format characters, except the joiners that Persian and emoji need.
 */
const UNFIT = /[\p{Cc}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200C\u200D])\p{Cf}/gu;

/** On one line, without characters that deceive, and cut after so many characters. */
export function clean(text: string, most = MOST_CHARACTERS): string {
  const line = text.replace(/\s+/gu, ' ').replace(UNFIT, '').trim();
  if (line.length <= most) return line;
  const characters = Array.from(line.slice(0, most * 2 + 2));
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : line;
}

/** The name of an application: long enough for every honest one, too short to fill a page with claims. */
export const shortName = (name: string): string => clean(name, MOST_CHARACTERS_OF_A_NAME);

// Making one takes longer than rendering the rest of a page.
const SEGMENTER = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The first letter or digit of a name, as a person sees one. */
export function monogram(name: string): string {
  const readable = clean(name).replace(/^[^\p{L}\p{N}\p{Emoji}]+/u, '');
  const [first] = SEGMENTER.segment(readable);
  return first?.segment.slice(0, 12).toUpperCase() ?? '?';
}

/**
 * An address that a link may lead to: https anywhere, http on this machine (development), or a path of ours. Anything
 * else (`javascript:`, `data:`, plain http) is left out.
 */
export function safeHref(address: string | undefined): string | undefined {
  if (address === undefined || /[\p{Cc}\\]/u.test(address)) return undefined;
  if (/^\/(?!\/)/.test(address)) return address;
  const url = URL.parse(address);
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal) ? url.href : undefined;
}

/** Where a support contact leads: an email address, a phone number or an https URL; anything else is only text. */
export function contactHref(contact: string): string | undefined {
  if (/^[^\s@<>"]+@[^\s@<>"]+$/.test(contact)) return `mailto:${contact}`;
  if (/^\+?[\d\s()./-]{3,}$/.test(contact)) return `tel:${contact.replace(/[^\d+]/g, '')}`;
  return safeHref(contact);
}
