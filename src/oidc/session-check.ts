import type { KoaContextWithOIDC } from 'oidc-provider';
import { type AgreementDocument, concernsOf, nextDue } from '../domain/agreements/policy.ts';
import type { AgreementStore } from '../domain/agreements/store.ts';
import { type Demand, type FactorSettings, isDemand } from '../domain/second-factors/policy.ts';
import type { Clock } from '../kernel/clock.ts';
import { newAttempt, withSession } from '../sign-in/attempt.ts';
import { circumstancesOf, whereSkipped } from '../sign-in/circumstances.ts';
import { nextStep } from '../sign-in/next-step.ts';
import type { PersonStore } from '../sign-in/person-store.ts';
import type { PersonBehind } from './claims.ts';
import type { SharedWorkstations } from './shared-workstations.ts';
import { isByTemporaryCode } from './temporary-sessions.ts';

export interface SessionCheck {
  readonly people: Pick<PersonStore, 'facts'>;
  readonly settings: FactorSettings;
  /** The id that the browser's device cookie holds, if it is one of ours. */
  readonly deviceOf: (ctx: KoaContextWithOIDC) => string | undefined;
  readonly sharedWorkstations: SharedWorkstations;
  readonly clock: Clock;
  readonly agreements: Pick<AgreementStore, 'agreedBy'>;
  /** The documents that are in force. */
  readonly documents: readonly AgreementDocument[];
}

/** What a client's metadata asks of the people who sign in to it. */
export function demandOf(client: object | undefined): Demand | undefined {
  const { second_factor: demand } = (client ?? {}) as { second_factor?: unknown };
  return isDemand(demand) ? demand : undefined;
}

/**
 * Whether the session of a request would be complete if it were made now, for this client: it may be from before its
 * person had a second factor, from before a policy, or of a client that asks for less. Else the session of one client
 * would be the way round the demands of another.
 */
export function sessionSuffices(deps: SessionCheck) {
  const { people, settings, sharedWorkstations, clock } = deps;
  return async (ctx: KoaContextWithOIDC): Promise<boolean> => {
    const { session, client } = ctx.oidc;
    const account = ctx.oidc.account as PersonBehind | undefined;
    if (session?.accountId === undefined || account === undefined) return false;
    // There is nothing above it.
    if (session.acr === 'phr') return true;
    const { accountId, amr = [], loginTs = 0 } = session;
    const signedInAt = new Date(loginTs * 1000);
    const now = clock.now();
    // A device that is shared spares nobody a factor.
    const shared = sharedWorkstations({ address: ctx.ip, client, sessionUid: session.uid });
    const facts = await people.facts(accountId, shared === undefined ? deps.deviceOf(ctx) : undefined);
    const found = circumstancesOf(facts, account, demandOf(client), settings, now);
    const byTemporaryCode = isByTemporaryCode(session.uid);
    const attempt = withSession(newAttempt(''), { accountId, amr, byTemporaryCode, signedInAt });
    // What was put off in this session is not brought up again by each of its clients.
    const skipped = found.skippedAt !== undefined && found.skippedAt >= signedInAt;
    const circumstances = whereSkipped(found, signedInAt);
    const anybody = { accountId: undefined, acr: undefined, maxAgeSeconds: undefined };
    return nextStep({ ...attempt, skipped }, circumstances, anybody, now).kind === 'done';
  };
}

/**
 * Whether the person of the request's session has a document to agree to before it is used: one that came into force after they
 * signed in. Asked for apart from everything else, because a request without a page is told of it in another way.
 */
export function agreementDue({ agreements, documents }: Pick<SessionCheck, 'agreements' | 'documents'>) {
  return async ({ oidc: { session, account } }: KoaContextWithOIDC): Promise<boolean> => {
    if (documents.length === 0 || session?.accountId === undefined || account === undefined) return false;
    const concerns = concernsOf(documents, await agreements.agreedBy(session.accountId));
    return nextDue(concerns, { agreedHere: [], goesOn: true }) !== undefined;
  };
}
