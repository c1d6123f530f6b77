import type { PasskeyStore } from '../domain/passkeys/store.ts';
import type { TotpStore } from '../domain/totp/store.ts';
import { type HeldOwnFactors, OWN_KINDS, type OwnFactorKind } from '../sign-in/factors/kinds.ts';
import type { Executor } from '../storage/database.ts';
import type { Write } from '../storage/unit-of-work.ts';

/** A factor of somebody's own, of whichever kind. */
export interface OwnFactor {
  readonly id: string;
  /** What its owner calls it; an imported one has no name. */
  readonly name: string | undefined;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | undefined;
  /** Of a kind that can be on several devices of its owner: whether it is. */
  readonly backedUp?: boolean;
}

/** What the store of each kind does for the acts of this layer. */
export interface OwnFactorStore {
  list(accountId: string, executor?: Executor): Promise<readonly OwnFactor[]>;
  rename(accountId: string, id: string, name: string): Write;
  remove(accountId: string, id: string): Write;
  removeAll(accountId: string): Write;
}

type Method = keyof OwnFactorStore;

/** The stores as the application knows them, as far as an act needs them. */
export interface OwnFactorStoreDependencies<Methods extends Method> {
  readonly totp: Pick<TotpStore, Methods>;
  readonly passkeys: Pick<PasskeyStore, Methods>;
}

export type OwnFactorStores<Methods extends Method> = Readonly<
  Record<OwnFactorKind, Pick<OwnFactorStore, Methods>>
>;

/** The store of each kind. */
export const ownFactorStores = <Methods extends Method>({
  totp,
  passkeys,
}: OwnFactorStoreDependencies<Methods>): OwnFactorStores<Methods> => ({ totp, passkey: passkeys });

/** What somebody has of each kind. */
export type OwnFactorsByKind = Readonly<Record<OwnFactorKind, readonly OwnFactor[]>>;

/** All of somebody's factors, the oldest first of each kind. */
export async function listOwn(
  stores: OwnFactorStores<'list'>,
  accountId: string,
  executor?: Executor,
): Promise<OwnFactorsByKind> {
  const read = async (kind: OwnFactorKind) => [kind, await stores[kind].list(accountId, executor)] as const;
  const found: Awaited<ReturnType<typeof read>>[] = [];
  // A transaction has one connection.
  if (executor === undefined) found.push(...(await Promise.all(OWN_KINDS.map(read))));
  else for (const kind of OWN_KINDS) found.push(await read(kind));
  return Object.fromEntries(found) as Record<OwnFactorKind, readonly OwnFactor[]>;
}

/** How many there are. */
export const heldOf = (own: OwnFactorsByKind): HeldOwnFactors =>
  Object.fromEntries(OWN_KINDS.map((kind) => [kind, own[kind].length])) as Record<OwnFactorKind, number>;
