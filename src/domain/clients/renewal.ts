import type { Clock } from '../../kernel/clock.ts';
import type { Keyring } from '../../kernel/crypto.ts';
import type { ClientSecretStore } from './secret-store.ts';
import { digestClientSecret, isUnderOlderKey } from './secrets.ts';

/** While nodes are restarted one by one, those with the new order of keys and those with the old would undo each other. */
const PAUSE_MS = 3_600_000;

/**
 * Brings the digest of a client's secret under the current key of `ENCRYPTION_KEYS`, once the client has shown the secret:
 * only then can it be digested again. So a key can be dropped when every client has authenticated since the rotation
 * (`gatehouse keys rotate-encryption` says which have not). Answers nothing and holds nobody up; at most once an hour for each
 * client on each node.
 */
export function createSecretRenewal({
  secrets,
  keyring,
  clock,
  onRenewed,
  onError,
}: {
  readonly secrets: Pick<ClientSecretStore, 'replaceDigest'>;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** Told under which digest the secret is stored from now on. */
  readonly onRenewed?: (clientId: string, digest: string) => void;
  readonly onError: (error: unknown) => void;
}): (clientId: string, digest: string, secret: string) => void {
  const renewedAt = new Map<string, number>();
  return (clientId, digest, secret) => {
    if (!isUnderOlderKey(keyring, digest)) return;
    const now = clock.now().getTime();
    if (now - (renewedAt.get(clientId) ?? Number.NEGATIVE_INFINITY) < PAUSE_MS) return;
    renewedAt.set(clientId, now);
    const renewed = digestClientSecret(keyring, secret);
    secrets
      .replaceDigest(clientId, digest, renewed)
      .then((replaced) => (replaced ? onRenewed?.(clientId, renewed) : undefined))
      .catch(onError);
  };
}
