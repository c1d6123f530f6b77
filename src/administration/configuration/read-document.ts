import { type ShapeFinding, shapeFindings } from '../../kernel/shape-words.ts';
import {
  type ConfigurationDocument,
  clientSchema,
  declaredResource,
  documentSchema,
  groupSchema,
  referenceSchema,
  unitSchema,
} from './document.ts';
import { findingsOfDocument } from './document-rules.ts';

/** From what somebody has written to a document, or everything that is wrong with it. */

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  clients: Object.keys(clientSchema.shape),
  resources: Object.keys(declaredResource.shape),
  groups: Object.keys(groupSchema.shape),
  units: Object.keys(unitSchema.shape),
};

/** The names that there are at a place of a document. */
function known(path: readonly PropertyKey[]): readonly string[] {
  const [kind = '', , member] = path.map(String);
  if (path.length === 0) return Object.keys(documentSchema.shape);
  if (path.length === 2) return MEMBERS[kind] ?? [];
  if (member === 'secret') return Object.keys(referenceSchema.shape);
  return member === 'scopes' ? ['name', 'description'] : [];
}

export interface ReadDocument {
  /** Undefined where its shape is not right. */
  readonly document?: ConfigurationDocument;
  /** Everything that is wrong with it, each with its place; no value of it is repeated. */
  readonly findings: readonly ShapeFinding[];
}

/** Reads what was declared. Pure. */
export function readDocument(value: unknown): ReadDocument {
  const parsed = documentSchema.safeParse(value);
  if (!parsed.success)
    return { findings: shapeFindings(parsed.error.issues.flatMap(ofKeys), { input: value, known }) };
  return { document: parsed.data, findings: findingsOfDocument(parsed.data) };
}

type Issue = Parameters<typeof shapeFindings>[0][number];

/** What is wrong with the key of an object is said of that object. */
function ofKeys(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_key') return [issue];
  const { issues = [] } = issue as { readonly issues?: readonly Issue[] };
  return issues.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}
