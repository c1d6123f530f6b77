import {
  ADDRESS_MEMBERS,
  type AttributeDeclaration,
  type AttributeScalar,
  type AttributeValue,
  isSameAttribute,
  type PostalAddress,
} from '../../kernel/attributes.ts';
import type { SafePattern } from '../../kernel/safe-pattern.ts';
import { isStorable } from '../../kernel/text.ts';

/** What a value of an attribute has to be, and in which form it is kept. Pure. */

export interface Attribute extends AttributeDeclaration {
  readonly name: string;
  readonly compiled?: SafePattern | undefined;
}

/** What is wrong with a value, as a code that pages have words for. */
export type AttributeProblem =
  | 'missing'
  | 'text'
  | 'too_long'
  | 'pattern'
  | 'number'
  | 'date'
  | 'boolean'
  | 'choice'
  | 'phone'
  | 'address'
  | 'list'
  | 'one'
  | 'too_many';

export type ReadValue =
  | { readonly value: AttributeValue; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: AttributeProblem };

/** Of one attribute that may have several. */
export const MOST_VALUES = 20;
/** Of a member of an address, in characters. */
const LONGEST_PART = 200;
/** Of those that may have several lines. */
const LONGEST_LINES = 500;
const LARGEST_NUMBER = 1e15;
/** Of E.164: a plus, a country code that begins with no zero, and 15 digits at most. */
const E164 = /^\+[1-9]\d{6,14}$/u;
/** What people write between the digits of a phone number. */
const PUNCTUATION = /[\s().\p{Pd}/]/gu;
const DATE = /^\d{4}-\d{2}-\d{2}$/u;

/** The value as it is kept, or what is wrong with it. */
export function readAttribute(attribute: Attribute, given: unknown): ReadValue {
  if (!attribute.many) return Array.isArray(given) ? { problem: 'one' } : readOne(attribute, given);
  if (!Array.isArray(given)) return { problem: 'list' };
  const values: AttributeScalar[] = [];
  for (const each of given) {
    const read = readOne(attribute, each);
    if (read.problem !== undefined) return read;
    const value = read.value as AttributeScalar;
    if (!values.some((other) => isSameAttribute(other, value))) values.push(value);
    if (values.length > MOST_VALUES) return { problem: 'too_many' };
  }
  return values.length === 0 ? { problem: 'missing' } : { value: values };
}

function readOne(attribute: Attribute, given: unknown): ReadValue {
  switch (attribute.type) {
    case 'number':
      return typeof given === 'number' && Number.isFinite(given) && Math.abs(given) <= LARGEST_NUMBER
        ? { value: given === 0 ? 0 : given }
        : { problem: 'number' };
    case 'boolean':
      return typeof given === 'boolean' ? { value: given } : { problem: 'boolean' };
    case 'address':
      return readAddress(given);
    default:
      return typeof given === 'string'
        ? readText(attribute, given.normalize('NFC').trim())
        : { problem: 'text' };
  }
}

function readText(attribute: Attribute, text: string): ReadValue {
  if (text === '') return { problem: 'missing' };
  if (!isStorable(text) || /\p{Cc}|[\u2028\u2029]/u.test(text)) return { problem: 'text' };
  switch (attribute.type) {
    case 'date':
      return isDate(text) ? { value: text } : { problem: 'date' };
    case 'choice':
      return Object.hasOwn(attribute.choices ?? {}, text) ? { value: text } : { problem: 'choice' };
    case 'phone': {
      const number = text.replace(PUNCTUATION, '');
      return E164.test(number) ? { value: number } : { problem: 'phone' };
    }
    default:
      if ([...text].length > attribute.maxLength) return { problem: 'too_long' };
      return attribute.compiled?.matches(text) === false ? { problem: 'pattern' } : { value: text };
  }
}

/** A day of the calendar, as RFC 3339 writes it (`full-date`). */
function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

const SEVERAL_LINES: ReadonlySet<string> = new Set(['formatted', 'street_address']);

function readAddress(given: unknown): ReadValue {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return { problem: 'address' };
  if (Object.keys(given).some((name) => !(ADDRESS_MEMBERS as readonly string[]).includes(name)))
    return { problem: 'address' };
  const address: Partial<Record<keyof PostalAddress, string>> = {};
  for (const member of ADDRESS_MEMBERS) {
    const part = (given as Record<string, unknown>)[member];
    if (part === undefined || part === null) continue;
    if (typeof part !== 'string') return { problem: 'address' };
    const text = part.normalize('NFC').replace(/\r\n?/gu, '\n').trim();
    const lines = SEVERAL_LINES.has(member);
    const controls = lines ? /[^\P{Cc}\n]/u : /\p{Cc}/u;
    if (!isStorable(text) || controls.test(text)) return { problem: 'address' };
    if ([...text].length > (lines ? LONGEST_LINES : LONGEST_PART)) return { problem: 'too_long' };
    if (text !== '') address[member] = text;
  }
  return Object.keys(address).length === 0 ? { problem: 'missing' } : { value: address };
}

/** A value that somebody has typed into a form or a table, as it is given otherwise. Of an address there is no such text. */
export function typedAttribute({ type }: Pick<Attribute, 'type'>, text: string): unknown {
  const typed = text.trim();
  if (type === 'number')
    return /^[+-]?(?:\d{1,15}(?:[.,]\d{1,15})?)$/u.test(typed) ? Number(typed.replace(',', '.')) : typed;
  if (type === 'boolean')
    return /^(?:true|yes|1)$/iu.test(typed) ? true : /^(?:false|no|0)$/iu.test(typed) ? false : typed;
  return typed;
}

/** What somebody looks for among the values of an attribute; undefined where it can be none. */
export function soughtValue(attribute: Attribute, text: string): string | number | boolean | undefined {
  const { type } = attribute;
  const typed = typedAttribute(attribute, text);
  if (type === 'number' || type === 'boolean')
    return typeof typed === type ? (typed as number | boolean) : undefined;
  const sought = type === 'phone' ? String(typed).replace(PUNCTUATION, '') : String(typed);
  return sought === '' ? undefined : sought;
}

/** What is wrong, for whoever has given it to an act or in an import; completes "department: …". Never the value itself. */
export function problemWords(
  problem: AttributeProblem,
  { choices = {}, maxLength, type }: Attribute,
): string {
  switch (problem) {
    case 'missing':
      return 'must not be empty';
    case 'text':
      return 'must be text of one line';
    case 'too_long':
      return type === 'address'
        ? `has a part that is too long: at most ${LONGEST_PART} characters, ${LONGEST_LINES} of a street or all of it`
        : `is too long: at most ${maxLength} characters`;
    case 'pattern':
      return 'does not have the form that is configured for it';
    case 'number':
      return 'must be a number';
    case 'date':
      return 'must be a day such as 2026-11-30';
    case 'boolean':
      return 'must be true or false';
    case 'choice':
      return `must be one of ${Object.keys(choices).slice(0, 20).join(', ')}${Object.keys(choices).length > 20 ? ', …' : ''}`;
    case 'phone':
      return 'must be a phone number with its country code, such as +351 21 000 0000 (E.164)';
    case 'address':
      return `must be an object of texts with any of ${ADDRESS_MEMBERS.join(', ')}`;
    case 'list':
      return 'must be a list of values';
    case 'one':
      return 'must be one value, no list';
    case 'too_many':
      return `must have at most ${MOST_VALUES} values`;
  }
}
