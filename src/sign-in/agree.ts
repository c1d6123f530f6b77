import type { AgreementDocument, DocumentKind, DocumentText } from '../domain/agreements/policy.ts';
import { editionKey } from '../domain/agreements/policy.ts';
import type { AgreementStore } from '../domain/agreements/store.ts';
import { person } from '../domain/audit/actor.ts';
import type { AuditEvent } from '../domain/audit/events.ts';
import type { Effects } from './advance.ts';
import type { Attempt } from './attempt.ts';
import type { Step } from './next-step.ts';
import type { SignInRequest } from './request.ts';
import type { SignInState } from './submit-factor.ts';

export interface AgreementDependencies {
  readonly agreements: Pick<AgreementStore, 'agree'>;
  /** Those that are in force, in the order in which they are asked. */
  readonly documents: readonly AgreementDocument[];
}

/** What a person says yes to: what their page has shown them. */
export interface AgreedText {
  readonly document: DocumentKind;
  readonly version: string;
  readonly language: string;
}

export type AgreeState = SignInState & { readonly step: Step & { readonly kind: 'agree' } };

/** A document, as it is shown in a sign-in that asks for it. */
export const documentAt = (
  { step: { document } }: AgreeState,
  documents: readonly AgreementDocument[],
): AgreementDocument | undefined => documents.find((each) => editionKey(each) === editionKey(document));

/** What an agreement makes of the attempt, and what is kept with it; undefined where something else was shown. */
export function agreed(
  request: SignInRequest,
  state: AgreeState,
  given: AgreedText,
  at: Date,
  { agreements, documents }: AgreementDependencies,
): { readonly attempt: Attempt; readonly made: Effects } | undefined {
  const { attempt, account, step } = state;
  const edition = { kind: given.document, version: given.version };
  // A page that was open while another version came into force: its person reads that one.
  if (editionKey(edition) !== editionKey(step.document)) return undefined;
  const text = documentAt(state, documents)?.texts.find(({ language }) => language === given.language);
  if (text === undefined) return undefined;
  return {
    attempt: { ...attempt, agreed: [...attempt.agreed, editionKey(edition)] },
    made: {
      writes: [agreements.agree({ ...edition, accountId: account.id, text, at, attempt: request.uid })],
      events: [accepted(request, account.id, given, text)],
    },
  };
}

const accepted = (
  { client }: SignInRequest,
  accountId: string,
  { document, version }: AgreedText,
  { language, digest: textDigest }: DocumentText,
): AuditEvent => ({
  type: 'agreement.accepted',
  outcome: 'success',
  actor: person(accountId),
  account: accountId,
  client: client.id,
  details: { document, version, language, textDigest },
});
