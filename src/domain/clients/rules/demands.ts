import type { CompleteMembers } from '../members.ts';
import type { ClientContext, MetadataRule } from './rule.ts';

/** What a client asks of its people, and what it may be told of them. */

/** The level of a password alone. */
const isBeyondPassword = (level: string, acrValues: readonly string[]) => acrValues.indexOf(level) > 0;

const claimsNamed = ({ id_token_claims: named }: CompleteMembers): readonly string[] =>
  Array.isArray(named) ? named : [];

const claimsOf = ({ claims }: ClientContext): string[] => Object.values(claims).flat();

const isOpenedBy = (words: readonly string[], claim: string, { claims }: ClientContext) =>
  words.some((scope) => claims[scope]?.includes(claim) === true);

export const DEMAND_RULES: readonly MetadataRule[] = [
  {
    id: 'unknown-scope',
    members: ['scope'],
    refuses: 'a scope in `scope` that tells nothing of people',
    reason: 'is no scope about people; scopes of resources belong in resource_scopes',
    source: 'RFC 7591, 2',
    known: ({ scopes }) => scopes,
    isBroken: ({ scope = '' }, { scopes }) => scope.split(' ').filter((name) => !scopes.includes(name)),
  },
  {
    id: 'unknown-claim',
    members: ['id_token_claims'],
    refuses: 'a name in `id_token_claims` that is no claim which a scope opens',
    reason: 'is no claim that a scope opens; name single claims, or say true for all',
    source: 'OpenID Connect Core, 5.4',
    known: claimsOf,
    isBroken: (metadata, context) =>
      claimsNamed(metadata).filter((claim) => !claimsOf(context).includes(claim)),
  },
  {
    id: 'claim-without-scope',
    members: ['id_token_claims'],
    reads: ['scope'],
    refuses: 'a claim in `id_token_claims` that no scope in `scope` opens',
    reason: 'is opened by no scope that scope lists, so that it could never be released',
    source: 'OpenID Connect Core, 5.4',
    isBroken: (metadata, context) => {
      const words = metadata.scope?.split(' ') ?? context.scopes;
      const known = claimsNamed(metadata).filter((claim) => claimsOf(context).includes(claim));
      return known.filter((claim) => !isOpenedBy(words, claim, context));
    },
  },
  {
    id: 'groups-not-in-scope',
    members: ['groups_claim'],
    reads: ['scope'],
    refuses: '`groups_claim` where `scope` is given and does not hold `groups`',
    reason: 'is about the scope groups, which scope does not list, so that it could never be asked for',
    source: 'RFC 7591, 2',
    isBroken: ({ scope }) => scope !== undefined && !scope.split(' ').includes('groups'),
  },
  {
    id: 'unknown-level',
    members: ['default_acr_values'],
    refuses: 'a level in `default_acr_values` that does not exist',
    reason: 'is no level; there are aal1, aal2 and phr',
    source: 'OpenID Connect Registration, 2; RFC 9470, 5',
    known: ({ acrValues }) => acrValues,
    isBroken: ({ default_acr_values: levels = [] }, { acrValues }) =>
      levels.filter((level) => !acrValues.includes(level)),
  },
  {
    id: 'pairwise-subjects',
    members: ['subject_type'],
    refuses: '`subject_type` other than `public`',
    reason: 'must be "public": a person has one subject at all clients',
    source: 'OpenID Connect Core, 8',
    isBroken: ({ subject_type: type }) => type !== 'public',
  },
  {
    id: 'factor-off-but-level',
    members: ['second_factor'],
    reads: ['default_acr_values'],
    refuses: '`second_factor` `off` where every level of `default_acr_values` needs a second factor',
    reason: 'is "off", but every level in default_acr_values needs a second factor',
    source: 'RFC 9470, 4',
    isBroken: ({ second_factor: demand, default_acr_values: levels = [] }, { acrValues }) =>
      demand === 'off' && levels.length > 0 && levels.every((level) => isBeyondPassword(level, acrValues)),
  },
  {
    id: 'idle-beyond-end',
    members: ['session_idle_minutes'],
    reads: ['session_absolute_seconds'],
    refuses: '`session_idle_minutes` beyond `session_absolute_seconds`',
    reason: 'is longer than session_absolute_seconds: the session would be over before',
    source: 'NIST SP 800-63B-4, 2.2.3',
    isBroken: ({ session_idle_minutes: idle, session_absolute_seconds: end }) =>
      idle !== undefined && end !== undefined && idle * 60 > end,
  },
  {
    id: 'refreshes-count-for-strangers',
    members: ['refresh_counts_as_activity'],
    reads: ['first_party'],
    refuses: '`refresh_counts_as_activity` for a client that is not `first_party`',
    reason:
      'is for applications of your own organisation (first_party): an application decides by it how long people stay signed in everywhere',
    source: 'NIST SP 800-63B-4, 2.2.3',
    isBroken: ({ refresh_counts_as_activity: counts, first_party: own }) => counts === true && own !== true,
  },
  {
    id: 'refreshes-count-without-refresh',
    members: ['refresh_counts_as_activity'],
    reads: ['grant_types'],
    refuses: '`refresh_counts_as_activity` without the grant `refresh_token`',
    reason: 'is about refresh tokens; it needs "refresh_token" in grant_types',
    source: 'RFC 7591, 2.1',
    isBroken: ({ refresh_counts_as_activity: counts, grant_types: types }) =>
      counts === true && !types.includes('refresh_token'),
  },
  {
    id: 'refreshes-count-and-stricter',
    members: ['refresh_counts_as_activity'],
    reads: ['session_idle_minutes', 'shared_workstation'],
    refuses: '`refresh_counts_as_activity` with `session_idle_minutes` or `shared_workstation`',
    reason:
      'keeps people signed in who are not there, and session_idle_minutes or shared_workstation asks for the opposite; use one of them',
    source: 'NIST SP 800-63B-4, 2.2.3',
    isBroken: ({
      refresh_counts_as_activity: counts,
      session_idle_minutes: idle,
      shared_workstation: shared,
    }) => counts === true && (idle !== undefined || shared === true),
  },
  {
    id: 'keeps-without-counting',
    members: ['refresh_keeps_minutes'],
    reads: ['refresh_counts_as_activity'],
    refuses: '`refresh_keeps_minutes` where `refresh_counts_as_activity` is not true',
    reason:
      'says how long refreshes keep people signed in, for which refresh_counts_as_activity has to be true',
    source: 'RFC 7591, 2',
    isBroken: ({ refresh_counts_as_activity: counts }) => counts !== true,
  },
];
