import { ADDRESS_RULES } from './addresses.ts';
import { ADMINISTRATION_RULES } from './administration.ts';
import { AUTHENTICATION_RULES } from './authentication.ts';
import { DEMAND_RULES } from './demands.ts';
import { GRANT_RULES } from './grants.ts';
import { KEY_RULES } from './keys.ts';
import type { MetadataRule } from './rule.ts';

/**
 * The table of combinations of client metadata that are refused, at registration and whenever a client is read. It is also in
 * docs/clients.md, which `npm run docs` writes from here.
 */
export const METADATA_RULES: readonly MetadataRule[] = [
  ...GRANT_RULES,
  ...AUTHENTICATION_RULES,
  ...KEY_RULES,
  ...ADDRESS_RULES,
  ...DEMAND_RULES,
  ...ADMINISTRATION_RULES,
];

/** The table as Markdown. */
export function rulesAsTable(): string {
  const rows = METADATA_RULES.map(({ members, refuses, reason, source }) => {
    const named = members.length > 2 ? 'several' : members.map((name) => `\`${name}\``).join(', ');
    return `| ${named} | ${refuses} | ${reason} | ${source} |`;
  });
  return ['| Member | Refused | What is said | Source |', '|---|---|---|---|', ...rows].join('\n');
}

export type { ClientContext, MetadataRule } from './rule.ts';
