import { z } from 'zod';
import { heldAccountVersion } from '../../domain/accounts/held-version.ts';
import { isAccountId } from '../../domain/accounts/policy.ts';
import type { Account, AccountStore } from '../../domain/accounts/store.ts';
import { assertNotBreakGlass } from '../../domain/break-glass/policy.ts';
import { parsePasswordHash } from '../../domain/passwords/phc.ts';
import { GatehouseError, notFound } from '../../kernel/errors.ts';
import type { About } from '../about.ts';
import { EVERYTHING } from '../rights/limit.ts';
import type { RightsReader } from '../rights/rights-store.ts';
import { type KnowsAttributes, tellAttributes, toldAttributes } from './attributes.ts';

/** The person that an act is about. */
export const onPerson = z.strictObject({
  /** Their account's id, their address or user name in any spelling, or what applications know them by (`sub`). */
  person: z.string(),
});

/** Enough to speak of somebody. */
export const namedPerson = z.object({ id: z.string(), email: z.string() });

/** What is told of a person: never the hash of their password, only how it was made. */
export const personSchema = z.object({
  id: z.string(),
  /** What applications know them by. */
  sub: z.string(),
  email: z.string(),
  emailVerified: z.boolean(),
  username: z.string().nullable(),
  name: z.string(),
  /** What the organisation keeps about them beyond that, by name. */
  attributes: toldAttributes,
  /** Given to the person directly: what `people.set_roles` sets. */
  roles: z.array(z.string()),
  /** What their groups give, beside them. */
  groupRoles: z.array(z.string()),
  groups: z.array(z.object({ id: z.string(), name: z.string() })),
  /** The unit that they belong to, by its id. */
  unit: z.string().nullable(),
  status: z.enum(['active', 'disabled']),
  /** The algorithm of the hash (`wrapped`, and the one inside), `unreadable`, or null where there is no password. */
  password: z.string().nullable(),
  passwordChangedAt: z.date().nullable(),
  /** Why another password is asked for at the next sign-in, apart from its age. */
  passwordChange: z.enum(['compromised', 'must_change']).nullable(),
  createdAt: z.date(),
  updatedAt: z.date(),
  /** Another one after each change that is seen from outside. */
  version: z.int(),
});

export type Person = z.output<typeof personSchema>;

export const personOf = (account: Account, known: KnowsAttributes): Person => ({
  id: account.id,
  sub: account.sub,
  email: account.email,
  emailVerified: account.emailVerified,
  username: account.username ?? null,
  name: account.name,
  attributes: tellAttributes(known, account.attributes),
  roles: account.ownRoles,
  groupRoles: account.groupRoles,
  groups: [...account.groups],
  unit: account.unit ?? null,
  status: account.status,
  password: passwordKind(account.passwordHash),
  passwordChangedAt: account.passwordChangedAt ?? null,
  passwordChange: account.passwordCompromised
    ? 'compromised'
    : account.passwordMustChange
      ? 'must_change'
      : null,
  createdAt: account.createdAt,
  updatedAt: account.updatedAt,
  version: account.version,
});

function passwordKind(hash: string | undefined): string | null {
  if (hash === undefined) return null;
  try {
    const parsed = parsePasswordHash(hash);
    return parsed.algorithm === 'wrapped' ? `wrapped ${parsed.inner.algorithm}` : parsed.algorithm;
  } catch (error) {
    if (error instanceof GatehouseError) return 'unreadable';
    throw error;
  }
}

export interface FindsPeople {
  readonly accounts: Pick<AccountStore, 'findById' | 'findByIdentifier' | 'findBySub'>;
}

/** A right may be limited to the people of some units. */
export interface FindsPeopleWithin extends FindsPeople {
  readonly rights: Pick<RightsReader, 'reachesPerson'>;
}

/**
 * The account of a person who is named by its id, an address, a user name, or what applications know them by: the first of
 * these that somebody has. Throws `account_unknown` (404).
 */
export async function findPerson(
  { accounts }: FindsPeople,
  { person }: { person: string },
): Promise<Account> {
  const account =
    (isAccountId(person) ? await accounts.findById(person) : await accounts.findByIdentifier(person)) ??
    (await accounts.findBySub(person));
  if (account === undefined) throw accountUnknown(person);
  return account;
}

export const accountUnknown = (person: string): GatehouseError =>
  notFound('account_unknown', `There is no account "${person}".`);

/**
 * An act about the person whom its input names. Somebody beyond the limit is as unknown as somebody who is not there. Throws
 * `account_unknown` (404).
 */
export const onePerson: About<{ readonly person: string }, Account, FindsPeopleWithin> = {
  subject: 'person',
  async find(deps, input, limit) {
    const account = await findPerson(deps, input);
    if (limit !== EVERYTHING && !(await deps.rights.reachesPerson(account.id, limit)))
      throw accountUnknown(input.person);
    return account;
  },
  async hold({ rights }, tx, { person }, { id }, limit) {
    if (!(await rights.reachesPerson(id, limit, tx, true))) throw accountUnknown(person);
  },
  assertMayChange: assertNotBreakGlass,
  accountOf: ({ id }) => id,
  keptOf: ({ id, version }) => ({ account: id, version: String(version) }),
  heldVersion: (_deps, tx, { id }) => heldAccountVersion(tx, id),
};
