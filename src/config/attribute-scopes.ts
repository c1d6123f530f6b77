import { OPEN_SCOPES } from './attribute-rules.ts';
import type { Rule } from './rules.ts';

/** A label without its scope is a mistake in the one or the other. */
export const ATTRIBUTE_RULES: readonly Rule[] = [
  {
    reads: ['ATTRIBUTE_SCOPES', 'ATTRIBUTES'],
    check({ attributes, attributeScopes }) {
      const scopes = new Set(Object.values(attributes).map(({ scope }) => scope));
      const unknown = Object.keys(attributeScopes).filter(
        (scope) => !scopes.has(scope) || OPEN_SCOPES.has(scope),
      );
      return unknown.length === 0
        ? undefined
        : `names ${unknown.join(', ')}; expected scopes of your own that an attribute of ATTRIBUTES has`;
    },
  },
];
