import { z } from 'zod';
import type { AttributeFinding, DeclaredAttributes } from '../../domain/attributes/policy.ts';
import { soughtValue } from '../../domain/attributes/values.ts';
import { ADDRESS_MEMBERS, type AttributeValues } from '../../kernel/attributes.ts';
import { InvalidInput } from '../admission.ts';

/** Attributes of people, as acts take and tell them. Which there are, and what their values have to be, is declared. */

export interface KnowsAttributes {
  readonly attributes: DeclaredAttributes;
}

/** By name: text, a number, a truth, the members of an address, or a list of these. */
export const attributesField = z.record(z.string().max(40), z.unknown());

const scalar = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.object(Object.fromEntries(ADDRESS_MEMBERS.map((member) => [member, z.string().optional()]))),
]);

/** What is told of them: those that are declared. */
export const toldAttributes = z.record(z.string(), z.union([scalar, z.array(scalar)]));

/** As {@link toldAttributes} has them. */
export const tellAttributes = ({ attributes }: KnowsAttributes, stored: AttributeValues) =>
  attributes.told(stored) as z.input<typeof toldAttributes>;

/** Throws `input_invalid` (400) with a finding for each value that cannot be taken. */
export function assertTaken(findings: readonly AttributeFinding[]): void {
  if (findings.length === 0) return;
  throw new InvalidInput(
    findings.map(({ name, words }) => `attributes.${shortened(name)}: ${words}`),
    findings.map(({ name, words }) => ({ path: ['attributes', shortened(name)], words })),
  );
}

/**
 * The attribute and the value of `NAME=VALUE`, as lists find people by it. Throws `input_invalid` (400) where it is none that people
 * are found by, or can have no such value.
 */
export function attributeAsked({ attributes }: KnowsAttributes, asked: string) {
  const at = asked.indexOf('=');
  const name = at < 0 ? asked : asked.slice(0, at);
  const attribute = attributes.find(name);
  if (attribute?.filterable !== true) {
    const names = attributes.list.filter(({ filterable }) => filterable).map((each) => each.name);
    const among = names.length === 0 ? 'none is declared as filterable' : `one of ${names.join(', ')}`;
    throw wrongFilter(`names no attribute that people are found by; ${among}`);
  }
  const value = at < 0 ? undefined : soughtValue(attribute, asked.slice(at + 1));
  if (value === undefined) throw wrongFilter(`expected ${name}= and a value of it`);
  return { name, value };
}

const wrongFilter = (words: string) =>
  new InvalidInput([`attribute: ${words}`], [{ path: ['attribute'], words }]);

const shortened = (name: string) => name.replace(/\p{C}/gu, '?').slice(0, 60);
