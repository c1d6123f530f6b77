/**
 * Audit: the evidence of who did what, when, from where. This folder owns the closed list of events and how they are
 * written; the modules that cause an event decide when, and commit it in the transaction of the change that it tells of.
 * It leaves reading, export and proof of integrity to files of their own.
 */

import type { AuditActor } from './actor.ts';

export type { AuditActor } from './actor.ts';

/** Second factors as the trail names them. */
export type AuditedFactor = 'totp' | 'passkey' | 'recovery_codes';

/** A document that people agree to, as the trail names it. */
interface AuditedEdition {
  readonly document: 'notice' | 'terms';
  readonly version: string;
}

/** Why a request of an application was refused, and what to change: see `oidc/refusal-reasons.ts`. Values only of few parameters. */
export interface RefusedRequest {
  readonly endpoint?: string;
  readonly parameter?: string;
  readonly expected?: string;
  readonly change?: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly present?: readonly string[];
}

/** What each event says beyond the common fields. Adding an event is adding a line here; nothing else may be written. */
export interface AuditDetails {
  'sign_in.succeeded': { amr: readonly string[]; acr: string };
  /** The page of the sign-in has one answer for all reasons. The owner of the account sees them when signed in (`activity.ts`). */
  // The identifier as a keyed digest: people type passwords into the wrong field, and the trail keeps for years.
  'sign_in.failed': { reason: string; identifierDigest?: string };
  'sign_in.cancelled': Record<never, never>;
  /** The password was right, or one factor, and more is asked for; `enrol`: the person has to set it up. */
  'second_factor.demanded': { kinds: readonly string[]; enrol: boolean };
  /** Everything was shown, and the person was asked to agree to a document first: the system-use notice, or the terms. */
  'agreement.demanded': AuditedEdition;
  /** Which text it was: `language`, and the SHA-256 of its file. */
  'agreement.accepted': AuditedEdition & { language: string; textDigest: string };
  /** The sign-in has ended with it, and so has the session that it was to add to. */
  'agreement.declined': AuditedEdition;
  'session.started': { amr: readonly string[]; acr?: string };
  /** Its refresh tokens and grants with it. `offline` too, what was granted for the person's absence. */
  'session.ended': { reason: string; offline: boolean };
  /** The person has as many sessions as they may have, and was asked to choose which end. */
  'session.choice_demanded': { atLeast: number };
  /** The person has ended every session of theirs but this one. */
  'session.others_ended': Record<never, never>;
  'consent.granted': { scopes: readonly string[] };
  'consent.refused': { scopes: readonly string[] };
  'consent.withdrawn': Record<never, never>;
  'authorization.granted': { scope?: string };
  'authorization.refused': { error: string } & RefusedRequest;
  'token.issued': { grantType: string; scope?: string; audience?: readonly string[] };
  'token.refused': { grantType?: string; error: string } & RefusedRequest;
  'token.revoked': { kind: string };
  /** A spent refresh token came again within its client's leeway, and was given another successor. */
  'token.replayed': { kind: string };
  'token.reuse_detected': { kind: string };
  /** `clients` lost what they held by the session. */
  'sign_out.completed': { everywhere: boolean; clients: readonly string[] };
  /** The client was told that the session has ended. */
  'logout.delivered': { delivery: string; attempts: number };
  /** It could not be told, and is not tried any more: the person may still be signed in there. */
  'logout.failed': { delivery: string; attempts: number; reason: string };
  'logout.retried': { delivery: string };
  'account.created': {
    source:
      | 'setup'
      | 'import'
      | 'command'
      | 'administrator'
      | 'api'
      | 'system'
      | 'invitation'
      | 'registration';
    /** Nobody signs in with it before it is enabled. */
    disabled?: boolean;
  };
  'account.disabled': Record<never, never>;
  'account.enabled': Record<never, never>;
  'account.deleted': Record<never, never>;
  'account.roles_changed': { added: readonly string[]; removed: readonly string[] };
  'account.profile_changed': { fields: readonly string[] };
  /** No addresses: the trail outlives the account. */
  'address.change_requested': Record<never, never>;
  'address.changed': Record<never, never>;
  /** Its former address has taken the account back. */
  'address.restored': Record<never, never>;
  'account.invited': { again: boolean };
  'invitation.accepted': Record<never, never>;
  /** For whatever was typed; `reason` says why no link was sent. */
  'registration.requested': { identifierDigest: string; reason?: string };
  'registration.completed': Record<never, never>;
  /** Its owner said that it was somebody else: everything that was open is ended, the password has no effect any more. */
  'account.secured': Record<never, never>;
  /** For whatever was typed; `reason` says why no link was sent. */
  'password_reset.requested': { identifierDigest: string; reason?: string };
  'password_reset.completed': Record<never, never>;
  /** `demand`: by its owner, who could not get in with the old one. */
  'password.changed': { by: 'person' | 'demand' | 'link' | 'administrator'; sessionsEnded: boolean };
  /** Another password has to be chosen at the next sign-in. */
  'password.change_required': { reason: 'must_change' | 'compromised' };
  /** The person was told to choose another password first. */
  'password.change_demanded': { reason: 'must_change' | 'compromised' | 'expired' };
  'password.rehashed': { from: string };
  /** Weak hashes that were stored before there was wrapping, of accounts and of their former passwords. */
  'password_hashes.wrapped': { accounts: number; former: number };
  /** Of a Firebase project; `replaced`: another one had its name. */
  'signer_key.added': { name: string; replaced: boolean };
  /** Too many failures in a row: it works again when it was reset. */
  'password.disabled': { failures: number };
  /** For what was typed, whether or not an account has it; `device` when only a known device of the person has to wait. */
  'lockout.started': { failures: number; until: string; device: boolean; identifierDigest?: string };
  'lockout.ended': { device: boolean; identifierDigest?: string };
  'account.unlocked': Record<never, never>;
  /** A device signed the person in for the first time. */
  'device.added': Record<never, never>;
  'factor.added': { kind: AuditedFactor; id?: string };
  'factor.renamed': { kind: AuditedFactor; id: string };
  'factor.removed': { kind: AuditedFactor; id?: string };
  /** All of a person's, by an administrator; the next sign-in sets one up. Counts of what there was. */
  'factor.reset': { totp: number; passkeys: number; recoveryCodes: number; trustedDevices: number };
  /** A sign-in that would have set one up and may do without, this time. */
  'factor.setup_skipped': { skipsLeft?: number; until?: string };
  'recovery_code.used': { left: number };
  /** An administrator has made one: to set up a first factor after a reset, or to sign in once without the factor that there is. */
  'temporary_code.issued': { purpose: 'enrolment' | 'sign_in'; until: string };
  'temporary_code.used': Record<never, never>;
  /** A signature of a passkey was good and older than the last one: there may be a copy of it. */
  'passkey.counter_reversed': { id: string };
  /** The device is not asked for a second factor for a while. */
  'device.trusted': { until: string };
  'device.trust_ended': { all: boolean };
  'mfa_key.rotated': { keyId: string; resealed: number; failed: number };
  /** Told once for each time that a budget runs out, not for each request that is refused then. */
  'rate_limit.exceeded': { limit: string; identifierDigest?: string };
  'setup.link_issued': Record<never, never>;
  'setup.completed': Record<never, never>;
  'client.created': { name?: string };
  /** The names of the members that changed. */
  'client.updated': { members: readonly string[] };
  /** It has another secret; the one from before works until then. */
  'client.secret_rotated': { secret: string; former: readonly string[]; until: string };
  'client.secret_ended': { secret: string };
  'client.deleted': Record<never, never>;
  'resource.created': { identifier: string };
  'resource.deleted': { identifier: string };
  /** Somebody was not told what they should have been told. */
  'mail.given_up': { mail: string; kind: string; reason: string };
  'mail.retried': { mail: string; kind: string };
  'key.published': { kid: string; algorithm: string };
  'key.retired': { kid: string };
  /** The key of the digests of identifiers. `adopted`: the one that an earlier version derived from `COOKIE_KEYS`. */
  'identifier_key.created': { adopted: boolean };
  /** The key through which weak password hashes are wrapped. */
  'wrapping_key.created': Record<never, never>;
  /** What is sealed was brought under another key of `ENCRYPTION_KEYS`. */
  'encryption_key.rotated': { keyId: string; of: string; resealed: number; failed: number };
}

export type AuditEventType = keyof AuditDetails;

/** Where a request came from, as far as it can be believed. */
export interface Origin {
  readonly ip?: string;
  readonly userAgent?: string;
  readonly requestId?: string;
}

/** Who does something, from where, and why, where they have said so: as the events say it. */
export interface AuditedBy {
  readonly actor: AuditActor;
  readonly origin: Origin;
  readonly reason?: string;
}

export type AuditEvent = {
  [Type in AuditEventType]: {
    readonly type: Type;
    readonly outcome: 'success' | 'failure';
    /** Who acted; undefined where a stranger did. */
    readonly actor?: AuditActor;
    /** Whom it is about. */
    readonly account?: string;
    readonly client?: string;
    readonly session?: string;
    /** The authentication factor that was used, e.g. `pwd`. */
    readonly factor?: string;
    readonly origin?: Origin;
    /** Why, in the words of whoever acts. */
    readonly reason?: string;
    readonly details: AuditDetails[Type];
  };
}[AuditEventType];
