import { isDeepStrictEqual } from 'node:util';
import type { ClientMetadata } from './record-store.ts';

/** What other metadata for a client change, and what ends by it. Pure. */

export interface MemberChange {
  readonly member: string;
  /** Undefined where the member was not there, or is not there any more. */
  readonly before: unknown;
  readonly after: unknown;
}

/** What no update changes: its name, and when it was registered. */
const KEPT = new Set(['client_id', 'client_id_issued_at']);

/** The members that differ, by their names. The order of a list means nothing. */
export function changesOf(before: ClientMetadata, after: ClientMetadata): MemberChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((member) => !KEPT.has(member))
    .filter((member) => !isDeepStrictEqual(comparable(before[member]), comparable(after[member])))
    .sort()
    .map((member) => ({ member, before: before[member], after: after[member] }));
}

export interface Effects {
  /** Everything that it holds for people ends: grants, tokens and codes. */
  readonly endsAccess: boolean;
  /** What ends or stops working, a sentence each, for whoever is about to change it. */
  readonly ends: readonly string[];
}

/** What the client loses, and whether what it was given before has to end for it. */
export function effectsOf(before: ClientMetadata, after: ClientMetadata): Effects {
  const reasons = [
    ...lost(before, after, 'grant_types').map((grant) => `the grant ${grant}`),
    ...lostScopes(before.scope, after.scope),
    ...(['first_party', 'offline_access'] as const).filter(
      (member) => before[member] === true && after[member] !== true,
    ),
  ];
  const method = methodOf(after);
  return {
    endsAccess: reasons.length > 0,
    ends: [
      ...(reasons.length > 0
        ? [
            `It loses ${reasons.join(', ')}: everything that it holds ends at once, and people sign in to it again.`,
          ]
        : []),
      ...lost(before, after, 'redirect_uris').map((uri) => `Sign-ins that return to ${uri} are refused.`),
      ...lost(before, after, 'post_logout_redirect_uris').map(
        (uri) => `Nobody is led back to ${uri} after signing out.`,
      ),
      ...lost(before, after, 'response_types').map(
        (type) => `Requests for response_type ${type} are refused.`,
      ),
      ...resourceScopes(before.resource_scopes, after.resource_scopes),
      ...adminScopes(before, after),
      ...(before.backchannel_logout_uri !== undefined && after.backchannel_logout_uri === undefined
        ? ['It is no longer told when a session ends.']
        : []),
      ...(methodOf(before) === method
        ? []
        : [`It authenticates with ${method}, and with ${methodOf(before)} no more.`]),
      ...(before.jwks === undefined || isDeepStrictEqual(before.jwks, after.jwks)
        ? []
        : ['Assertions with keys that jwks no longer holds are refused.']),
    ],
  };
}

function resourceScopes(before: unknown, after: unknown): string[] {
  if (after === undefined || isDeepStrictEqual(comparable(before), comparable(after))) return [];
  if (before === undefined)
    return ['Its tokens with scopes of resources that resource_scopes does not name end at once.'];
  const gone = listOf(before).filter((scope) => !listOf(after).includes(scope));
  return gone.length === 0 ? [] : [`Its tokens with the scopes ${gone.join(', ')} end at once.`];
}

function adminScopes(before: ClientMetadata, after: ClientMetadata): string[] {
  const gone = lost(before, after, 'admin_scopes');
  return gone.length === 0
    ? []
    : [`Its tokens for the administration API with the scopes ${gone.join(', ')} end at once.`];
}

/** Without `scope` a client may ask for all of them. */
function lostScopes(before: unknown, after: unknown): string[] {
  if (after === undefined) return [];
  if (before === undefined) return ['the scopes that scope does not name'];
  const left = String(after).split(' ');
  return String(before)
    .split(' ')
    .filter((word) => !left.includes(word))
    .map((word) => `the scope ${word}`);
}

const methodOf = (metadata: ClientMetadata) =>
  String(metadata.token_endpoint_auth_method ?? 'client_secret_basic');

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

const lost = (before: ClientMetadata, after: ClientMetadata, member: string): string[] =>
  listOf(before[member]).filter((value) => !listOf(after[member]).includes(value));

/** Lists are sets. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => JSON.stringify(each)).sort();
  return value;
}
