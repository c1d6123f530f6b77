/**
 * Agreements: what people read at a sign-in and say yes to, and when they have to. A system-use notice is acknowledged at every
 * sign-in (NIST SP 800-53, AC-8); terms are accepted once for each version. This folder owns that decision and the record
 * (`store.ts`). Where the step stands among the others is the sign-in's to say, how a text looks the pages'.
 */

/** In the order in which they are asked. */
export const DOCUMENT_KINDS = ['notice', 'terms'] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

/** A document in one language. */
export interface DocumentText {
  /** A BCP 47 tag. */
  readonly language: string;
  readonly format: 'markdown' | 'plain';
  readonly content: string;
  /** SHA-256 of the file, in hexadecimal: the record says which text it was, whatever becomes of the file. */
  readonly digest: string;
}

/** A document that is in force. */
export interface AgreementDocument {
  readonly kind: DocumentKind;
  /** Another one asks everybody again. */
  readonly version: string;
  /** One for each language, at least one. */
  readonly texts: readonly DocumentText[];
}

type Edition = Pick<AgreementDocument, 'kind' | 'version'>;

/** How an edition of a document is known in the record of an attempt and of an account. */
export const editionKey = ({ kind, version }: Edition): string => `${kind}:${version}`;

/** A document in force, as it concerns one person. */
export interface Concern extends Edition {
  /** The person has agreed to this version before, at whichever sign-in. */
  readonly agreedBefore: boolean;
}

/** What is in force for somebody who has agreed to the editions of `agreed`. */
export const concernsOf = (documents: readonly AgreementDocument[], agreed: readonly string[]): Concern[] =>
  documents.map(({ kind, version }) => ({
    kind,
    version,
    agreedBefore: agreed.includes(editionKey({ kind, version })),
  }));

/**
 * The document to be agreed to next in a sign-in; undefined when none is. `agreedHere`: in this sign-in. `goesOn`: nothing was
 * begun anew, a session only adds to what it has; such a session has had its notice.
 */
export const nextDue = (
  concerns: readonly Concern[],
  { agreedHere, goesOn }: { readonly agreedHere: readonly string[]; readonly goesOn: boolean },
): Concern | undefined =>
  concerns.find((concern) => {
    if (agreedHere.includes(editionKey(concern))) return false;
    const everyTime = concern.kind === 'notice' && !goesOn;
    return everyTime || !concern.agreedBefore;
  });

/**
 * The text for a reader of these languages (BCP 47 tags, best first): the same tag, else the same language, else English, else
 * the first there is.
 */
export function textFor({ texts }: Pick<AgreementDocument, 'texts'>, tags: readonly string[]): DocumentText {
  const languageIn = (tag: string) => tag.toLowerCase().split('-')[0];
  const preferred = tags.flatMap((tag) => [
    texts.find(({ language }) => language.toLowerCase() === tag.toLowerCase()),
    texts.find(({ language }) => languageIn(language) === languageIn(tag)),
  ]);
  const english = texts.find(({ language }) => languageIn(language) === 'en');
  const text = preferred.find((each) => each !== undefined) ?? english ?? texts[0];
  if (text === undefined) throw new Error('a document in force has no text');
  return text;
}
