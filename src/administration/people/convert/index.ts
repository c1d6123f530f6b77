import { IMPORT_FIELDS, type LineRules, lineProblems } from '../../../domain/accounts/import-lines.ts';
import type { Converted, Converter, ConvertOptions, Fields } from './converted.ts';
import { convertCsv } from './csv.ts';
import { convertDjango } from './django.ts';
import { convertKeycloak } from './keycloak.ts';
import { convertLdif } from './ldif.ts';

const CONVERTERS = {
  keycloak: convertKeycloak,
  ldif: convertLdif,
  csv: convertCsv,
  django: convertDjango,
} as const satisfies Record<string, Converter>;

/** Where people can be brought from. */
export type ExportKind = keyof typeof CONVERTERS;
export const EXPORT_KINDS = Object.keys(CONVERTERS) as ExportKind[];

/** A line of an import that an export has become, or what could not be taken. */
export interface ConvertedLine {
  readonly line: number;
  /** JSON, for a file of `users import`; undefined where the person could not be taken at all. */
  readonly text: string | undefined;
  readonly left: readonly string[];
}

/** Without these there is no account. */
const NEEDED = ['email', 'name'];

/**
 * The people of an export as lines of an import. Whatever the import would refuse of a line is left out of it, and said; a person
 * is left out whole where that is their address or name.
 */
export async function* convertExport(
  kind: ExportKind,
  chunks: AsyncIterable<Buffer>,
  options: ConvertOptions,
  rules: LineRules,
): AsyncGenerator<ConvertedLine> {
  const problemsOf = lineProblems(rules);
  for await (const person of CONVERTERS[kind](chunks, options)) yield lineOf(person, problemsOf);
}

function lineOf(
  { line, fields, left }: Converted,
  problemsOf: (fields: Fields) => ReadonlyMap<string, string>,
): ConvertedLine {
  if (fields === undefined) return { line, text: undefined, left };
  const given = Object.fromEntries(
    IMPORT_FIELDS.map((name) => [name, fields[name]]).filter(([, value]) => value !== undefined),
  );
  const problems = problemsOf(given);
  const said = [...left, ...problems.values()];
  if (NEEDED.some((name) => problems.has(name))) return { line, text: undefined, left: said };
  const taken = Object.entries(given).filter(([name]) => !problems.has(name));
  return { line, text: JSON.stringify(Object.fromEntries(taken)), left: said };
}
