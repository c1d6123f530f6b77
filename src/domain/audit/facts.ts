import { type AttributeValues, attributeText } from '../../kernel/attributes.ts';
import { sha256 } from '../../kernel/crypto.ts';
import type { AuditDetails } from './events/index.ts';
import { type Personal, personal } from './personal.ts';

/**
 * What the trail says of an account or a client, before and after a change: never a secret nor the hash of one, and what
 * identifies a person as a value that can be erased. Pure; the parameters are what the records of others look like.
 */

/** An account, as far as the trail tells of it. */
export interface DescribedAccount {
  readonly id: string;
  readonly sub: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly username?: string;
  readonly name: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly locale?: string;
  readonly zoneinfo?: string;
  readonly attributes: AttributeValues;
  readonly roles: readonly string[];
  readonly unit?: string;
  readonly status: 'active' | 'disabled';
  readonly passwordHash?: string;
  readonly passwordChangedAt?: Date;
  readonly passwordMustChange: boolean;
  readonly passwordCompromised: boolean;
}

type Of<Type extends keyof AuditDetails, Member extends string> = AuditDetails[Type] extends {
  readonly [Name in Member]?: infer Facts;
}
  ? NonNullable<Facts>
  : never;

const optional = <Name extends string, Value>(name: Name, value: Value | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { readonly [N in Name]?: Value };

const optionalPersonal = <Name extends string>(name: Name, value: string | undefined) =>
  optional<Name, Personal>(name, value === undefined ? undefined : personal(value));

/** The name of an attribute among the fields of a profile. */
const IS_ATTRIBUTE = /^attributes\.(?<name>.+)$/u;

/** These attributes, as values that can be erased. */
const attributeFacts = (attributes: AttributeValues, names: readonly string[]) => {
  const told = names.flatMap((name) => {
    const value = attributes[name];
    return value === undefined ? [] : [[name, personal(attributeText(value))] as const];
  });
  return told.length === 0 ? {} : { attributes: Object.fromEntries(told) };
};

/** A new account, whole. */
export const accountFacts = (account: DescribedAccount): Of<'account.created', 'after'> => ({
  email: personal(account.email),
  emailVerified: account.emailVerified,
  ...optionalPersonal('username', account.username),
  name: personal(account.name),
  ...optionalPersonal('givenName', account.givenName),
  ...optionalPersonal('familyName', account.familyName),
  ...optionalPersonal('sub', account.sub === account.id ? undefined : account.sub),
  ...optional('locale', account.locale),
  ...optional('zoneinfo', account.zoneinfo),
  ...attributeFacts(account.attributes, Object.keys(account.attributes)),
  roles: account.roles,
  ...optional('unit', account.unit),
  status: account.status,
  password: account.passwordHash !== undefined,
});

/** The roles that have a limit or an end. */
export const termsFacts = (
  terms: readonly {
    readonly role: string;
    readonly unit?: string | undefined;
    readonly owned: boolean;
    readonly until?: Date | undefined;
  }[],
): Of<'account.roles_changed', 'after'>['terms'] =>
  terms.map(({ role, unit, owned, until }) => ({
    role,
    ...optional('unit', unit),
    owned,
    ...optional('until', until?.toISOString()),
  }));

/** The address of an account. */
export const addressFacts = ({
  email,
  emailVerified,
}: Pick<DescribedAccount, 'email' | 'emailVerified'>): Of<'address.changed', 'before'> => ({
  email: personal(email),
  emailVerified,
});

/** What of an account is its profile. */
export interface DescribedProfile {
  readonly name: string;
  readonly username?: string | undefined;
  readonly givenName?: string | undefined;
  readonly familyName?: string | undefined;
  readonly locale?: string | undefined;
  readonly zoneinfo?: string | undefined;
  readonly attributes?: AttributeValues | undefined;
}

/** These fields of a profile, of attributes `attributes.NAME`; one that is empty is left out. */
export const profileFacts = (
  { name, username, givenName, familyName, locale, zoneinfo, attributes = {} }: DescribedProfile,
  fields: readonly string[],
): Of<'account.profile_changed', 'before'> => ({
  ...(fields.includes('name') ? { name: personal(name) } : {}),
  ...(fields.includes('username') ? optionalPersonal('username', username) : {}),
  ...(fields.includes('givenName') ? optionalPersonal('givenName', givenName) : {}),
  ...(fields.includes('familyName') ? optionalPersonal('familyName', familyName) : {}),
  ...(fields.includes('locale') ? optional('locale', locale) : {}),
  ...(fields.includes('zoneinfo') ? optional('zoneinfo', zoneinfo) : {}),
  ...attributeFacts(
    attributes,
    fields.flatMap((field) => IS_ATTRIBUTE.exec(field)?.groups?.name ?? []),
  ),
});

/** What opening an account changes of it. */
export const openingFacts = ({
  name,
  emailVerified,
  password,
}: {
  readonly name: string;
  readonly emailVerified: boolean;
  readonly password: boolean;
}): Of<'invitation.accepted', 'before'> => ({ name: personal(name), emailVerified, password });

/** What is true of a password. */
const passwordFacts = ({
  passwordChangedAt,
  passwordMustChange: mustChange,
  passwordCompromised: compromised,
}: Pick<DescribedAccount, 'passwordChangedAt' | 'passwordMustChange' | 'passwordCompromised'>): Of<
  'password.changed',
  'before'
> => ({
  ...optional('changedAt', passwordChangedAt?.toISOString()),
  mustChange,
  compromised,
});

/** What has changed with a password that has to be replaced; nothing where that was so already, or there is none. */
export const flagChange = (
  flag: 'must_change' | 'compromised',
  flagged: Parameters<typeof passwordFacts>[0] | undefined,
): Pick<AuditDetails['password.change_required'], 'before' | 'after'> => {
  if (flagged === undefined) return {};
  const after = passwordFacts(flagged);
  const before = { ...after, [flag === 'must_change' ? 'mustChange' : 'compromised']: false };
  return { before, after };
};

/** The policy by which a password was judged, as far as the trail tells of it. */
interface DescribedPolicy {
  readonly minLength: number;
  readonly minScore: number;
  readonly history: number;
  readonly expiryDays: number;
  readonly requiredCharacters: readonly string[];
}

/** What has changed with a password of an account: nothing is wrong with the new one, which this policy was asked about. */
export const passwordChange = (
  account: Parameters<typeof passwordFacts>[0],
  changedAt: Date,
  { minLength, minScore, history, expiryDays, requiredCharacters }: DescribedPolicy,
): Pick<AuditDetails['password.changed'], 'before' | 'after' | 'policy'> => ({
  before: passwordFacts(account),
  after: passwordFacts({
    passwordChangedAt: changedAt,
    passwordMustChange: false,
    passwordCompromised: false,
  }),
  policy: { minLength, minScore, history, expiryDays, requiredCharacters },
});

/** What its owner calls a factor. */
export const factorFacts = (name: string | undefined): Of<'factor.renamed', 'before'> =>
  optionalPersonal('name', name);

/** What a resource is registered with. */
export const resourceFacts = ({
  name,
  scopes,
  tokenAlgorithm,
  tokenSeconds,
}: {
  readonly name: string;
  readonly scopes: readonly { readonly name: string; readonly description?: string | undefined }[];
  readonly tokenAlgorithm: string;
  readonly tokenSeconds: number;
}): Of<'resource.created', 'after'> => ({
  name,
  scopes: scopes.map((scope) => ({ name: scope.name, ...optional('description', scope.description) })),
  tokenAlgorithm,
  tokenSeconds,
});

type ClientFacts = Of<'client.updated', 'before'>;

/** Never told: the client's own secret, and what every event says of the client anyway. */
const NOT_TOLD: ReadonlySet<string> = new Set(['client_id', 'client_secret']);

/** Addresses that we call, not a browser: whoever is called may have put a key into the query. */
const CALLED: ReadonlySet<string> = new Set(['backchannel_logout_uri', 'jwks_uri']);

/**
 * Client metadata (RFC 7591): all members, or those with these names. Keys are told by their thumbprints, addresses of people as
 * values that can be erased, and the query of an address that the server calls by its digest.
 */
export function clientFacts(
  metadata: Readonly<Record<string, unknown>>,
  members: readonly string[] = Object.keys(metadata),
): ClientFacts {
  const told = members.filter((member) => Object.hasOwn(metadata, member) && !NOT_TOLD.has(member));
  const facts = told.map((member): [string, unknown] => [member, memberFacts(member, metadata[member])]);
  return Object.fromEntries(facts.filter(([, value]) => value !== undefined)) as ClientFacts;
}

function memberFacts(member: string, value: unknown): unknown {
  if (member === 'contacts' && Array.isArray(value)) return value.map((each) => personal(String(each)));
  if (member === 'contacts') return undefined;
  if (member === 'jwks') return keysOf(value).map(keyFacts);
  if (CALLED.has(member) && typeof value === 'string') return withoutQuery(value);
  return auditable(value);
}

/** `https://host/path?sha256=…`: two queries that differ have other digests. */
function withoutQuery(address: string): string {
  const at = address.indexOf('?');
  if (at < 0) return address;
  return `${address.slice(0, at)}?sha256=${sha256(address.slice(at + 1)).toString('base64url')}`;
}

type Key = Readonly<Record<string, unknown>>;

const keysOf = (jwks: unknown): readonly Key[] => {
  const keys = (jwks as { readonly keys?: unknown } | null)?.keys;
  return Array.isArray(keys) ? keys.filter((key) => typeof key === 'object' && key !== null) : [];
};

const textIn = (key: Key, member: string) =>
  typeof key[member] === 'string' ? { [member]: key[member] as string } : {};

const keyFacts = (key: Key) => ({
  ...textIn(key, 'kid'),
  ...textIn(key, 'kty'),
  ...textIn(key, 'alg'),
  ...textIn(key, 'use'),
  ...optional('thumbprint', thumbprintOf(key)),
});

/** What a thumbprint is made of, by the kind of key (RFC 7638, section 3.2; RFC 8037, section 2), in lexical order. */
const THUMBPRINTED: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
};

/** Undefined for what is no public key of a kind that we know. */
function thumbprintOf(key: Key): string | undefined {
  const { kty } = key;
  const members = typeof kty === 'string' && Object.hasOwn(THUMBPRINTED, kty) ? THUMBPRINTED[kty] : undefined;
  if (members?.every((member) => typeof key[member] === 'string') !== true) return undefined;
  const public_ = Object.fromEntries(members.map((member) => [member, key[member]]));
  return sha256(JSON.stringify(public_)).toString('base64url');
}

/** JSON as details may have it: without null, and with what is no whole number as text. */
function auditable(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : String(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(auditable).filter((each) => each !== undefined);
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => [name, auditable(inner)]);
  return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
}
