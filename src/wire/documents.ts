import { readDocumentFolder } from '../config/document-folder.ts';
import { ConfigurationError } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { AgreementDocument, DocumentKind } from '../domain/agreements/policy.ts';

/**
 * The documents that are in force, in the order in which they are asked. Loading the configuration has read the same files and
 * told everything that is wrong with them; throws {@link ConfigurationError} where they have changed since.
 */
export function openDocuments({ agreements }: Pick<Config, 'agreements'>): AgreementDocument[] {
  const { noticeDir, noticeVersion, termsDir, termsVersion } = agreements;
  return [...documentOf('notice', noticeDir, noticeVersion), ...documentOf('terms', termsDir, termsVersion)];
}

function documentOf(
  kind: DocumentKind,
  folder: string | undefined,
  version: string | undefined,
): AgreementDocument[] {
  if (folder === undefined || version === undefined) return [];
  const { texts, problems } = readDocumentFolder(folder);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return [{ kind, version, texts }];
}
