import type { Clock } from '../../kernel/clock.ts';
import { type ClientSecretStore, USES_COALESCED_SECONDS } from './secret-store.ts';

/** Forgotten when there are this many, which costs one more statement for each secret. */
const MOST_NOTED = 10_000;

/**
 * Writes down when a secret was last used, so that an operator sees whether the old one still is. Nobody waits for it, and each
 * process writes it once in five minutes for each secret; of several processes the first writes.
 */
export function createSecretUses({
  secrets,
  clock,
  onError,
}: {
  readonly secrets: Pick<ClientSecretStore, 'noteUse'>;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}): (clientId: string, digest: string) => void {
  const notedAt = new Map<string, number>();
  return (clientId, digest) => {
    const now = clock.now();
    const key = `${clientId} ${digest}`;
    const last = notedAt.get(key) ?? Number.NEGATIVE_INFINITY;
    if (now.getTime() - last < USES_COALESCED_SECONDS * 1000) return;
    if (notedAt.size >= MOST_NOTED) notedAt.clear();
    notedAt.set(key, now.getTime());
    secrets.noteUse(clientId, digest, now).catch(onError);
  };
}
