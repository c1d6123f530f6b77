import { z } from 'zod';
import type { AttributeFinding, DeclaredAttributes } from '../../domain/attributes/policy.ts';
import { type Attribute, typedAttribute } from '../../domain/attributes/values.ts';
import {
  type AttributeScalar,
  type AttributeValue,
  type AttributeValues,
  attributeText,
  labelFor,
  type PostalAddress,
} from '../../kernel/attributes.ts';
import { isOwnAttribute } from '../../lifecycle/own-profile.ts';
import type { AttributeInForm, AttributeOnPage } from './views.ts';

/** Attributes on the page of one's own profile: those that people change as fields of its form, the others to be read. */

/** The parts of an address in a form, in which it is written on a letter; `formatted` is made by nobody here. */
export const ADDRESS_PARTS = ['street_address', 'postal_code', 'locality', 'region', 'country'] as const;

const idOf = ({ name }: Attribute, part?: string) => ['attribute', name, part].filter(Boolean).join('.');
const ownOf = ({ list }: DeclaredAttributes) => list.filter(isOwnAttribute);
const isChecked = ({ type, many }: Attribute) => type === 'choice' && many;

/** How the fields are read. */
export function attributeFields(attributes: DeclaredAttributes) {
  const own = ownOf(attributes);
  const text = z.string().max(25_000).optional();
  return {
    shape: Object.fromEntries(
      own.flatMap((attribute): [string, z.ZodType][] => {
        if (attribute.type === 'address') return ADDRESS_PARTS.map((part) => [idOf(attribute, part), text]);
        return [[idOf(attribute), isChecked(attribute) ? z.array(z.string().max(200)).max(200) : text]];
      }),
    ),
    /** Those that may come several times. */
    lists: own.filter(isChecked).map((attribute) => idOf(attribute)),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** What was posted, by name: null where a field was left empty. A field that the page did not have (`shown`) is left out. */
export function attributesPosted(
  attributes: DeclaredAttributes,
  fields: Fields,
  shown: readonly string[],
  before: AttributeValues,
): Record<string, unknown> {
  const own = ownOf(attributes).filter(({ name }) => shown.includes(name));
  return Object.fromEntries(
    own.map((attribute) => [attribute.name, postedValue(attribute, fields, before[attribute.name])]),
  );
}

function postedValue(attribute: Attribute, fields: Fields, before: AttributeValue | undefined): unknown {
  const { type, many } = attribute;
  if (type === 'address') return postedAddress(attribute, fields, before as PostalAddress | undefined);
  const posted = fields[idOf(attribute)];
  const texts = Array.isArray(posted)
    ? posted.map(String)
    : String(posted ?? '').split(many ? /\r?\n/u : /(?!)/u);
  const values = texts.map((text) => text.trim()).filter((text) => text !== '');
  if (values.length === 0) return null;
  const typed = values.map((text) => typedAttribute(attribute, text));
  return many ? typed : typed[0];
}

function postedAddress(attribute: Attribute, fields: Fields, before: PostalAddress | undefined): unknown {
  const parts = ADDRESS_PARTS.map(
    (part) =>
      [
        part,
        String(fields[idOf(attribute, part)] ?? '')
          .replace(/\r\n?/gu, '\n')
          .trim(),
      ] as const,
  );
  const isSame = parts.every(([part, text]) => text === (before?.[part] ?? ''));
  // What is formatted belongs to the parts that it was made of.
  if (isSame) return before ?? null;
  const given = parts.filter(([, text]) => text !== '');
  return given.length === 0 ? null : Object.fromEntries(given);
}

/** The fields of the form, with what is in them: `given` where it was posted and is not right, else what is stored. */
export function attributesInForm(
  attributes: DeclaredAttributes,
  stored: AttributeValues,
  tags: readonly string[],
  given: { readonly fields: Fields; readonly findings: readonly AttributeFinding[] } | undefined,
): AttributeInForm[] {
  return ownOf(attributes).map((attribute) => {
    const { name, label, type, many, required, choices = {}, maxLength } = attribute;
    const finding = given?.findings.find((each) => each.name === name);
    const value = stored[name];
    const typed = (part?: string) => {
      const field = given?.fields[idOf(attribute, part)];
      return field === undefined ? undefined : [field].flat().map(String);
    };
    const kept = part(value);
    return {
      id: idOf(attribute),
      name,
      label: labelFor(label, tags),
      kind: isChecked(attribute) ? 'checks' : many ? 'lines' : type,
      required,
      maxLength,
      values: type === 'address' ? [] : (typed() ?? kept),
      options: Object.entries(choices).map(([each, text]) => ({ value: each, label: labelFor(text, tags) })),
      parts:
        type !== 'address'
          ? []
          : ADDRESS_PARTS.map((each) => ({
              id: idOf(attribute, each),
              part: each,
              value: typed(each)?.[0] ?? (value as PostalAddress | undefined)?.[each] ?? '',
            })),
      ...(finding === undefined ? {} : { error: inForm(finding.problem) }),
    };
  });
}

/** A form has a list where there may be several, and one value elsewhere: it cannot be the other way round. */
const inForm = (problem: AttributeFinding['problem']): NonNullable<AttributeInForm['error']> =>
  problem === undefined ? 'too_long' : problem === 'list' || problem === 'one' ? 'text' : problem;

const part = (value: AttributeValue | undefined): string[] =>
  value === undefined ? [] : [value].flat().map((each) => attributeText(each as AttributeScalar));

/** What people read of what is kept about them: whatever is visible to them, as text. */
export function attributesToRead(
  attributes: DeclaredAttributes,
  stored: AttributeValues,
  tags: readonly string[],
  which: (attribute: Attribute) => boolean = () => true,
): AttributeOnPage[] {
  const told = attributes.told(stored);
  return attributes.list.flatMap((attribute) => {
    const value = told[attribute.name];
    if (attribute.visibleTo !== 'self' || value === undefined || !which(attribute)) return [];
    const texts = ([value].flat() as AttributeScalar[]).map((each) => readable(attribute, each, tags));
    return [{ label: labelFor(attribute.label, tags), type: attribute.type, texts }];
  });
}

function readable({ choices = {} }: Attribute, value: AttributeScalar, tags: readonly string[]): string {
  if (typeof value === 'object') {
    const { formatted, street_address: street, postal_code: code, locality, region, country } = value;
    const town = [code, locality].filter(Boolean).join(' ');
    return formatted ?? [street, town, region, country].filter(Boolean).join('\n');
  }
  const choice = Object.hasOwn(choices, String(value)) ? choices[String(value)] : undefined;
  return choice === undefined ? String(value) : labelFor(choice, tags);
}
