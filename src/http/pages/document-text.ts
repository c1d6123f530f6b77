import type { DocumentText } from '../../domain/agreements/policy.ts';
import { safeHref } from './display.ts';

/**
 * The text of a document as pages show it: blocks of plain text, which templates escape. Of Markdown this reads headings, lists,
 * `**bold**`, `*emphasis*` and links; everything else, HTML above all, stays the text that it is.
 */
export type Block =
  /** `level`: below the heading of the page, which is the first. */
  | { readonly kind: 'heading'; readonly level: 2 | 3 | 4; readonly spans: readonly Span[] }
  | { readonly kind: 'paragraph'; readonly spans: readonly Span[] }
  | {
      readonly kind: 'list';
      readonly ordered: boolean;
      /** The number of the first, of an ordered list. */
      readonly start: number;
      readonly items: readonly (readonly Span[])[];
    };

/** A piece of a sentence in one look. */
export interface Span {
  readonly text: string;
  readonly look?: 'strong' | 'emphasis';
  readonly href?: string;
}

/** The blocks of a text, in their order. Pure. */
export function blocksOf({ format, content }: Pick<DocumentText, 'format' | 'content'>): Block[] {
  const lines = content
    .replace(/^\uFEFF/u, '')
    .replace(/\r\n?/g, '\n')
    .split('\n');
  return format === 'plain' ? plainBlocks(lines) : markdownBlocks(lines);
}

/** Paragraphs, between empty lines; the lines within one stay lines. */
function plainBlocks(lines: readonly string[]): Block[] {
  const paragraphs = lines.join('\n').split(/\n(?:[ \t]*\n)+/);
  return paragraphs
    .map((paragraph) => paragraph.trim())
    .filter((text) => text !== '')
    .map((text) => ({ kind: 'paragraph', spans: [{ text }] }));
}

const HEADING = /^(#{1,6})[ \t]+(.+?)[ \t]*#*$/;
const BULLET = /^[-*+][ \t]+(.+)$/;
const NUMBER = /^(\d{1,6})[.)][ \t]+(.+)$/;

/** A block whose lines are still being read. */
interface Open {
  readonly kind: 'paragraph' | 'list';
  readonly ordered: boolean;
  readonly start: number;
  /** The text of the paragraph, or of each item. */
  readonly texts: string[];
}

function markdownBlocks(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let open: Open | undefined;
  let last: Level | 1 = 1;
  const close = () => {
    if (open !== undefined) blocks.push(closed(open));
    open = undefined;
  };
  for (const line of lines) {
    const text = line.trim();
    const [, marks, heading] = HEADING.exec(text) ?? [];
    const item = itemOf(text);
    if (text === '') close();
    else if (marks !== undefined && heading !== undefined) {
      close();
      const level = levelOf(marks.length, last);
      last = level;
      blocks.push({ kind: 'heading', level, spans: spansOf(heading) });
    } else if (item !== undefined) {
      if (open?.kind !== 'list' || open.ordered !== item.ordered) {
        close();
        open = { kind: 'list', ordered: item.ordered, start: item.number, texts: [] };
      }
      open.texts.push(item.text);
    } else {
      open ??= { kind: 'paragraph', ordered: false, start: 1, texts: [''] };
      const last = open.texts.length - 1;
      open.texts[last] = `${open.texts[last]} ${text}`.trim();
    }
  }
  close();
  return blocks;
}

function itemOf(line: string): { ordered: boolean; number: number; text: string } | undefined {
  const bullet = BULLET.exec(line)?.[1];
  if (bullet !== undefined) return { ordered: false, number: 1, text: bullet };
  const [, number, text] = NUMBER.exec(line) ?? [];
  return text === undefined ? undefined : { ordered: true, number: Number(number), text };
}

const closed = ({ kind, ordered, start, texts }: Open): Block =>
  kind === 'list'
    ? { kind, ordered, start, items: texts.map(spansOf) }
    : { kind, spans: spansOf(texts[0] ?? '') };

type Level = (Block & { readonly kind: 'heading' })['level'];

/**
 * `#` and `##` are the first level below the page's own heading, which is 1. No level is skipped: who hears the page would look for
 * what is missing.
 */
const levelOf = (marks: number, last: Level | 1): Level =>
  Math.min(marks <= 2 ? 2 : marks === 3 ? 3 : 4, last + 1) as Level;

const INLINE =
  /\\(?<literal>[\\*[\]()#+.-])|\*\*(?<strong>[^\s*](?:[^*]*[^\s*])?)\*\*|\*(?<emphasis>[^\s*](?:[^*]*[^\s*])?)\*|\[(?<label>[^\][]+)\]\((?<address>[^()\s]+)\)/gu;

function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  let text = '';
  let from = 0;
  const add = (span: Span) => {
    if (text !== '') spans.push({ text });
    text = '';
    spans.push(span);
  };
  for (const match of line.matchAll(INLINE)) {
    text += line.slice(from, match.index);
    from = match.index + match[0].length;
    const { literal, strong, emphasis, label = '', address } = match.groups ?? {};
    const href = address === undefined ? undefined : addressOf(address);
    if (literal !== undefined) text += literal;
    else if (strong !== undefined) add({ text: strong, look: 'strong' });
    else if (emphasis !== undefined) add({ text: emphasis, look: 'emphasis' });
    else if (href !== undefined) add({ text: label, href });
    else text += match[0];
  }
  text += line.slice(from);
  if (text !== '') spans.push({ text });
  return spans;
}

/** An address that a link may lead to: a page, or an address for mail. */
const addressOf = (address: string): string | undefined =>
  /^mailto:[^\s@<>"?]+@[^\s@<>"?]+$/.test(address) ? address : safeHref(address);
