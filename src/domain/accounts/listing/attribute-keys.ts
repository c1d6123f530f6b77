import type { AttributeScalar, AttributeValues } from '../../../kernel/attributes.ts';
import { foldText } from './words.ts';

/**
 * What people are found by where somebody looks for a value of an attribute. Everything that is stored is indexed but addresses,
 * whatever the configuration says of it: so that another declaration, also one that only some nodes have by now, leaves nobody out.
 * Pure.
 */

/** Longer ones are cut: an index entry has an end, and what may be filtered by is shorter. */
const LONGEST = 400;

export interface AttributeKey {
  readonly name: string;
  readonly value: string;
}

/** A value as it is compared: in small letters, without accents, its words separated by one space. */
export const attributeKey = (value: Exclude<AttributeScalar, object>): string =>
  [
    ...foldText(String(value))
      .split(/[\s\p{Z}\p{Cf}]+/u)
      .filter((word) => word !== '')
      .join(' '),
  ]
    .slice(0, LONGEST)
    .join('');

/** Of all that somebody has, each once. */
export const attributeKeys = (attributes: AttributeValues): AttributeKey[] =>
  Object.entries(attributes).flatMap(([name, stored]) => {
    const values: readonly AttributeScalar[] = Array.isArray(stored) ? stored : [stored as AttributeScalar];
    const keys = values.flatMap((value) => (typeof value === 'object' ? [] : [attributeKey(value)]));
    return [...new Set(keys)].map((value) => ({ name, value }));
  });
