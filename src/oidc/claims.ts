import {
  type AccountClaims,
  errors,
  type FindAccount,
  type KoaContextWithOIDC,
  type Account as LibraryAccount,
} from 'oidc-provider';
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import type { DeclaredAttributes } from '../domain/attributes/policy.ts';
import { epochSeconds } from '../kernel/clock.ts';
import { currentUnit } from '../storage/unit-of-work.ts';
import { ARTIFACT_CHANGES } from './artifacts.ts';
import { tellInIdToken } from './internals.ts';

/**
 * Which claims a scope opens of itself (OpenID Connect Core, section 5.4); attributes add theirs (`told-claims.ts`). `acr`, `amr`, `auth_time` and `sid` tell how the person
 * signed in and belong in every ID token; `roles` and `groups` are ours.
 */
export const CLAIMS_BY_SCOPE: Readonly<Record<string, string[]>> = {
  openid: ['sub', 'acr', 'amr', 'auth_time', 'sid'],
  profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale', 'zoneinfo', 'updated_at'],
  email: ['email', 'email_verified'],
  roles: ['roles'],
  groups: ['groups'],
};

export const SCOPES = ['openid', 'profile', 'email', 'roles', 'groups', 'offline_access'];

/** What applications can be told of people here: what everybody has, and the attributes that the organisation has declared. */
export interface ToldClaims {
  /** Which claims a scope opens (OpenID Connect Core, section 5.4). */
  readonly byScope: Readonly<Record<string, string[]>>;
  /** Every scope that means something by itself, `offline_access` included. */
  readonly scopes: readonly string[];
  /** The claims of somebody's attributes. */
  readonly ofAttributes: DeclaredAttributes['claims'];
}

/** What section 5.5 knows has four levels; a value that a claim is asked to have may be an object of its own. */
const MAX_CLAIMS_DEPTH = 10;

/** Whether objects and arrays are no deeper in one another than that. Walks by levels: it must not fail of the depth itself. */
function isNoDeeperThan(limit: number, value: unknown): boolean {
  const isNested = (each: unknown): each is object => typeof each === 'object' && each !== null;
  let level = [value].filter(isNested);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limit) return false;
    level = level.flatMap((each) => Object.values(each).filter(isNested));
  }
  return true;
}

type RequestedClaims = Partial<Record<'id_token' | 'userinfo', Record<string, unknown> | undefined>>;

/**
 * Refuses a `claims` parameter (OpenID Connect Core, section 5.5) that asks for what only a scope opens that the client
 * may not ask for: else its list of scopes would bind nobody (OWASP ASVS 10.4.12). Refuses also what is so deep that
 * whoever reads, writes or stores it later runs out of stack.
 */
export const refuseClaimsBeyondScopes =
  ({ byScope }: Pick<ToldClaims, 'byScope'>) =>
  (_ctx: unknown, claims: RequestedClaims, client: { scope?: string | undefined }): void => {
    if (!isNoDeeperThan(MAX_CLAIMS_DEPTH, claims))
      throw new errors.InvalidRequest('claims are nested too deeply');
    if (client.scope === undefined) return;
    const { id_token: idToken, userinfo } = claims;
    const allowed = new Set(['openid', ...client.scope.split(' ')]);
    const requested = new Set(Object.keys({ ...idToken, ...userinfo }));
    for (const [scope, opened] of Object.entries(byScope)) {
      if (!allowed.has(scope) && opened.some((claim) => requested.has(claim))) {
        throw new errors.InvalidRequest(`claims of the scope ${scope} are not for this client`);
      }
    }
  };

/** What the claim `groups` holds (client metadata `groups_claim`). */
type GroupsClaim = 'roles' | 'groups' | 'both';

/**
 * What the claim `groups` says of a person: their roles, which is what many applications read there; the names of their groups; or
 * both, each name once. Pure.
 */
export function groupsClaim(
  { roles, groups }: Pick<Account, 'roles' | 'groups'>,
  what: GroupsClaim = 'roles',
): string[] {
  const names = groups.map(({ name }) => name);
  return what === 'roles' ? roles : what === 'groups' ? names : [...new Set([...roles, ...names])];
}

/**
 * Groups that are longer than this, as JSON in bytes, are in no ID token, which stands in cookies and in addresses at sign-out. They are
 * left out whole: a part of them would pass for all. Userinfo tells them.
 */
export const MOST_GROUPS_BYTES = 4_096;

const isShort = (groups: readonly string[]): boolean =>
  Buffer.byteLength(JSON.stringify(groups)) <= MOST_GROUPS_BYTES;

/** What may be said of a person; the provider filters by scope, by the claims parameter and by what was consented. */
export function claimsOf(account: Account, client: object | undefined, use: string): AccountClaims {
  const { groups_claim: what } = (client ?? {}) as { groups_claim?: GroupsClaim };
  const groups = groupsClaim(account, what);
  const hasGroups = use !== 'id_token' || what === undefined || what === 'roles' || isShort(groups);
  const { givenName, familyName, locale, zoneinfo } = account;
  return {
    sub: account.sub,
    name: account.name,
    ...(givenName === undefined ? {} : { given_name: givenName }),
    ...(familyName === undefined ? {} : { family_name: familyName }),
    preferred_username: account.username ?? account.email,
    ...(locale === undefined ? {} : { locale }),
    ...(zoneinfo === undefined ? {} : { zoneinfo }),
    updated_at: epochSeconds(account.updatedAt),
    email: account.email,
    email_verified: account.emailVerified,
    roles: account.roles,
    ...(hasGroups ? { groups } : {}),
  };
}

/**
 * What a client has in its ID tokens beside what everybody has there, by its `id_token_claims`: of the claims that these scopes
 * open, the ones that it names, or all. Names nothing that the scopes do not open. Pure.
 */
export function idTokenClaims(
  client: object,
  scopes: readonly string[],
  { byScope }: Pick<ToldClaims, 'byScope'>,
): string[] {
  const { id_token_claims: named } = client as { id_token_claims?: boolean | readonly string[] };
  if (named === undefined || named === false) return [];
  const opened = scopes.flatMap((scope) => byScope[scope] ?? []);
  return named === true ? opened : opened.filter((claim) => named.includes(claim));
}

/** What the provider hands on of a person, and what our own checks need of them. */
export interface PersonBehind extends LibraryAccount {
  readonly roles: readonly string[];
  /** What clients know them by. The library's `accountId` is ours alone. */
  readonly sub: string;
}

/**
 * The person behind a session, code or token. A disabled account is as good as none: sign-in is asked for again and
 * tokens are refused at once. `undefined`, never `null`, which the provider answers with 500.
 */
export function findAccount(accounts: AccountStore, told: ToldClaims): FindAccount {
  return async ({ oidc }, id) => {
    const account = currentUnit()?.part(ARTIFACT_CHANGES).person(id) ?? (await accounts.findById(id));
    if (account === undefined || account.status !== 'active') return undefined;
    const { id: accountId, sub, roles } = account;
    return {
      accountId,
      sub,
      roles,
      async claims(use, scope, asked) {
        if (use === 'id_token' && oidc.client !== undefined && oidc.grant !== undefined) {
          const granted = oidc.grant.getOIDCScopeFiltered(new Set(scope.split(' ')));
          tellInIdToken(asked, idTokenClaims(oidc.client, granted.split(' '), told));
        }
        // Ours last: no attribute has a claim of ours, whatever the configuration says.
        const own = claimsOf(account, oidc.client, use);
        return { ...told.ofAttributes(account.attributes), ...own } as AccountClaims;
      },
    } satisfies PersonBehind;
  };
}

/**
 * What clients know the person of an account by (`sub`); the account's id where it is gone. Asks the database only where nothing
 * of this request has read the account yet.
 */
export const subjectOf =
  (accounts: Pick<AccountStore, 'findById'>) =>
  async (ctx: KoaContextWithOIDC | undefined, accountId: string): Promise<string> => {
    const present = ctx?.oidc.account as PersonBehind | undefined;
    if (present?.accountId === accountId) return present.sub;
    const account =
      currentUnit()?.part(ARTIFACT_CHANGES).person(accountId) ?? (await accounts.findById(accountId));
    return account?.sub ?? accountId;
  };
