/**
 * Attributes: what an organisation keeps about people beyond names and addresses, such as a department or a licence number. Here is
 * what a declaration and a value look like, for whoever reads the configuration, stores values or tells them.
 */

export const ATTRIBUTE_TYPES = ['text', 'number', 'date', 'boolean', 'choice', 'phone', 'address'] as const;
export type AttributeType = (typeof ATTRIBUTE_TYPES)[number];

/** Who may see or change a value. Administrators are those with the acts on people; they always may. */
export const ATTRIBUTE_AUDIENCES = ['self', 'administrators'] as const;
export type AttributeAudience = (typeof ATTRIBUTE_AUDIENCES)[number];

/** One text for everybody, or one by language (a BCP 47 tag). */
export type Label = string | Readonly<Record<string, string>>;

export interface AttributeDeclaration {
  readonly label: Label;
  readonly type: AttributeType;
  /** Somebody may have several values. */
  readonly many: boolean;
  /** Of a choice: the values, with what people read for each. */
  readonly choices?: Readonly<Record<string, Label>> | undefined;
  /** What a text has to match as a whole, in the syntax of `safe-pattern.ts`. */
  readonly pattern?: string | undefined;
  /** Of a text, in characters. */
  readonly maxLength: number;
  readonly required: boolean;
  readonly visibleTo: AttributeAudience;
  readonly editableBy: AttributeAudience;
  /** Which scope opens the claim; both or neither. */
  readonly scope?: string | undefined;
  readonly claim?: string | undefined;
  /** People are found by it. */
  readonly filterable: boolean;
}

/** The members of the claim `address` (OpenID Connect Core, section 5.1.1). */
export const ADDRESS_MEMBERS = [
  'formatted',
  'street_address',
  'locality',
  'region',
  'postal_code',
  'country',
] as const;
export type PostalAddress = { readonly [Member in (typeof ADDRESS_MEMBERS)[number]]?: string };

export type AttributeScalar = string | number | boolean | PostalAddress;
export type AttributeValue = AttributeScalar | readonly AttributeScalar[];
/** By the name of the attribute; one that somebody has not is not there. */
export type AttributeValues = Readonly<Record<string, AttributeValue>>;

/** The text for a reader of these languages, best first: the same tag, the same language, English, or the first there is. */
export function labelFor(label: Label, tags: readonly string[]): string {
  if (typeof label === 'string') return label;
  const languageIn = (tag: string) => tag.toLowerCase().split('-')[0];
  const entries = Object.entries(label);
  const found = [...tags, 'en'].flatMap((tag) => [
    entries.find(([each]) => each.toLowerCase() === tag.toLowerCase()),
    entries.find(([each]) => languageIn(each) === languageIn(tag)),
  ]);
  return (found.find((entry) => entry !== undefined) ?? entries[0])?.[1] ?? '';
}

/** A value as one text: what it is, or as JSON where it has parts. */
export const attributeText = (value: AttributeValue): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

/** Whether two values are the same, whatever the order of the members of an address. */
export const isSameAttribute = (
  one: AttributeValue | undefined,
  other: AttributeValue | undefined,
): boolean => canonical(one) === canonical(other);

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value === 'object' && value !== null)
    return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(value) ?? '';
}
