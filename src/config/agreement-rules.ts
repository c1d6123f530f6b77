import { readDocumentFolder } from './document-folder.ts';
import type { Rule } from './rules.ts';
import type { Config } from './schema.ts';

const DOCUMENTS = [
  { name: 'SYSTEM_USE_NOTICE', dir: 'noticeDir', version: 'noticeVersion' },
  { name: 'TERMS', dir: 'termsDir', version: 'termsVersion' },
] as const satisfies readonly {
  name: string;
  dir: keyof Config['agreements'];
  version: keyof Config['agreements'];
}[];

/** The rules of the notice and the terms: a text and its version belong together, and every file can be shown. */
export const AGREEMENT_RULES: readonly Rule[] = DOCUMENTS.flatMap(({ name, dir, version }): Rule[] => [
  {
    // Else nobody could be asked again, nor could the record say what was agreed to.
    reads: [`${name}_VERSION`, `${name}_DIR`],
    check: ({ agreements }) =>
      agreements[dir] !== undefined && agreements[version] === undefined
        ? `is missing; expected the version of the texts in ${name}_DIR`
        : undefined,
  },
  {
    // An operator who gives the version believes that people are asked.
    reads: [`${name}_DIR`, `${name}_VERSION`],
    check: ({ agreements }) =>
      agreements[dir] === undefined && agreements[version] !== undefined
        ? `is missing, so that ${name}_VERSION would do nothing; expected the folder of the texts`
        : undefined,
  },
  {
    reads: [`${name}_DIR`],
    check: ({ agreements }) => {
      const path = agreements[dir];
      if (path === undefined) return undefined;
      const { problems } = readDocumentFolder(path);
      return problems.length === 0 ? undefined : problems.join('; ');
    },
  },
]);
