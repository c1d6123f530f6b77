import { packList } from '../domain/token-status/policy.ts';
import type { TokenStatusStore } from '../domain/token-status/store.ts';
import { type Clock, epochSeconds } from '../kernel/clock.ts';
import { sha256 } from '../kernel/crypto.ts';
import type { ActiveProvider } from './active-provider.ts';
import { signJwt } from './own-jwts.ts';
import type { InPlaceSigningKey } from './signing.ts';
import { STATUS_LISTS_PATH, statusListUri } from './status-reference.ts';

/** A Status List Token (Token Status List, section 5.1), and the tag that is different for each. */
export interface SignedStatusList {
  readonly token: string;
  readonly tag: string;
}

export interface StatusLists {
  /** How long a service may go by a copy before it asks again, in seconds. */
  readonly ttlSeconds: number;
  /** The list as it is at this moment; undefined where there is none, or every token of it has expired. */
  find(list: number): Promise<SignedStatusList | undefined>;
  /** The addresses of all lists (section 9.3). */
  uris(): Promise<string[]>;
}

export interface StatusListDependencies {
  readonly statuses: Pick<TokenStatusStore, 'revokedOf' | 'lists'>;
  readonly active: Pick<ActiveProvider, 'keys'>;
  readonly issuer: string;
  readonly ttlSeconds: number;
  readonly clock: Clock;
}

interface Kept {
  readonly revoked: readonly number[];
  readonly key: InPlaceSigningKey;
  readonly usedUntil: number;
  readonly signed: SignedStatusList;
}

/** How many times as long as it is fresh a copy may be relied on at all, by a service that cannot ask again. */
const LIVES = 20;
/** The algorithm that every service that takes access tokens can verify (RFC 9068, section 2.1). */
const ALGORITHM = 'RS256';
const MOST_KEPT = 64;

/**
 * What is revoked is read for each that asks; those who ask at the same moment share one statement. A list that has not
 * changed is not packed and signed again, so that its tag stays and a copy of it can be confirmed.
 */
export function createStatusLists(deps: StatusListDependencies): StatusLists {
  const { statuses, active, issuer, ttlSeconds, clock } = deps;
  const kept = new Map<number, Kept>();

  async function sign(list: number, revoked: readonly number[], key: InPlaceSigningKey, now: number) {
    const token = await signJwt(key, 'statuslist+jwt', {
      iss: issuer,
      sub: statusListUri(issuer, list),
      iat: now,
      exp: now + LIVES * ttlSeconds,
      ttl: ttlSeconds,
      status_list: {
        bits: 1,
        lst: packList(revoked),
        aggregation_uri: `${issuer}${STATUS_LISTS_PATH}`,
      },
    });
    return { token, tag: sha256(token).toString('base64url') };
  }

  return {
    ttlSeconds,
    uris: async () => (await statuses.lists()).map((list) => statusListUri(issuer, list)),
    async find(list) {
      const revoked = await statuses.revokedOf(list);
      if (revoked === undefined) return undefined;
      const key = active.keys.find(({ alg }) => alg === ALGORITHM);
      if (key === undefined) throw new Error(`no ${ALGORITHM} key to sign status lists with`);
      const now = epochSeconds(clock.now());
      const known = kept.get(list);
      if (known?.key === key && known.usedUntil > now && isSame(known.revoked, revoked)) return known.signed;
      const signed = await sign(list, revoked, key, now);
      if (kept.size >= MOST_KEPT) kept.clear();
      // Half of its life is left to whoever gets it last.
      kept.set(list, { revoked, key, usedUntil: now + (LIVES / 2) * ttlSeconds, signed });
      return signed;
    },
  };
}

const isSame = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index]);
