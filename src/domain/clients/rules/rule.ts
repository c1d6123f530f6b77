import type { CompleteMembers, MemberName } from '../members.ts';

/** What the rules have to know of the provider beside the metadata. */
export interface ClientContext {
  /** Our own address: with http, this is a development installation. */
  readonly issuer: string;
  /** The scopes that tell applications about people. */
  readonly scopes: readonly string[];
  /** The claims that each of them opens. */
  readonly claims: Readonly<Record<string, readonly string[]>>;
  /** The levels of authentication, the lowest first. */
  readonly acrValues: readonly string[];
  /** Whether people may sign devices in here (RFC 8628). */
  readonly deviceSignIn: boolean;
  /** With which ID tokens can be signed. */
  readonly idTokenAlgorithms: readonly string[];
}

/**
 * A combination of client metadata that is refused. A rule is judged only where every member that it reads is of the right type;
 * what is wrong with a member by itself is said once.
 */
export interface MetadataRule {
  /** Stable, for tests and for documents. */
  readonly id: string;
  /** The members that may break it: those to change. The rule is asked about each that is there. */
  readonly members: readonly MemberName[];
  /** What else it reads. */
  readonly reads?: readonly MemberName[];
  /** The combination, as documentation lists it. */
  readonly refuses: string;
  /** Why, and what to do: completes "MEMBER: …" */
  readonly reason: string;
  /** Where the rule comes from. */
  readonly source: string;
  /** Among which a value that breaks it was probably meant to be. */
  readonly known?: (context: ClientContext) => readonly string[];
  /** Whether `member` breaks it; a list holds the values that do, for the message. */
  readonly isBroken: (
    metadata: CompleteMembers,
    context: ClientContext,
    member: MemberName,
  ) => boolean | readonly string[];
}

/** The values of a member that is a text or a list of texts. */
export function valuesOf(metadata: CompleteMembers, member: MemberName): readonly string[] {
  const value = metadata[member];
  return [value ?? []].flat().filter((each): each is string => typeof each === 'string');
}

/** Nobody can keep a secret in it, or it has none (RFC 6749, section 2.1). */
export const isPublic = ({ token_endpoint_auth_method: method }: CompleteMembers): boolean =>
  method === 'none';

/** People sign in with it, and are sent back to it. */
export const signsPeopleIn = ({ response_types: types }: CompleteMembers): boolean => types.length > 0;
