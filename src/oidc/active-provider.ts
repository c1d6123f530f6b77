import type { Provider } from 'oidc-provider';
import { nextChange, publishedKeys } from '../domain/keys/policy.ts';
import type { KeyStore, SigningKey } from '../domain/keys/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { InPlaceSigningKey } from './signing.ts';

/**
 * The provider of this node with the keys of this moment. The library reads its keys once, when it is made; so a change
 * of keys makes a new provider, and requests under way finish on the old one.
 */
export interface ActiveProvider {
  readonly current: Provider;
  /** What it publishes at the moment: whatever of ours is still good was signed with one of them. */
  readonly keys: readonly InPlaceSigningKey[];
  /** Raised with every change: what was derived from the old provider is stale. */
  readonly generation: number;
  /** Reads the keys again and swaps the provider when they changed. */
  reload(): Promise<void>;
  close(): void;
}

export interface ActiveProviderOptions {
  readonly keyStore: KeyStore;
  readonly clock: Clock;
  /** Also without a notification the keys are read again after so many seconds. */
  readonly pollSeconds: number;
  readonly create: (keys: readonly InPlaceSigningKey[]) => Provider;
  readonly onError: (error: unknown) => void;
}

/** Rejects when the keys cannot be read or opened: without them nothing can be signed. */
export async function createActiveProvider(options: ActiveProviderOptions): Promise<ActiveProvider> {
  const { keyStore, clock, pollSeconds, create, onError } = options;
  const opened = new Map<string, InPlaceSigningKey>();
  let current: Provider | undefined;
  let keysInUse: readonly InPlaceSigningKey[] = [];
  let generation = 0;
  let fingerprint = '';
  let timer: NodeJS.Timeout | undefined;
  let loading: Promise<void> | undefined;
  let again = false;
  let closed = false;

  async function load(): Promise<void> {
    const keys = await keyStore.list();
    const now = clock.now();
    const published = publishedKeys(keys, now);
    const next = published.map(({ kid }) => kid).join(' ');
    if (next !== fingerprint) {
      keysInUse = await Promise.all(published.map(open));
      current = create(keysInUse);
      fingerprint = next;
      generation += 1;
    }
    schedule(nextChange(keys, now));
  }

  async function open(key: SigningKey): Promise<InPlaceSigningKey> {
    let signer = opened.get(key.kid);
    if (signer === undefined) {
      signer = new InPlaceSigningKey(key.kid, key.algorithm, await keyStore.open(key.kid));
      opened.set(key.kid, signer);
    }
    return signer;
  }

  function schedule(next: Date | undefined): void {
    clearTimeout(timer);
    if (closed) return;
    const untilNext = next === undefined ? Number.POSITIVE_INFINITY : next.getTime() - clock.now().getTime();
    const delay = Math.min(untilNext, pollSeconds * 1000);
    timer = setTimeout(() => void reload().catch(onError), Math.max(10, delay));
    timer.unref();
  }

  /** One load at a time; a change that comes meanwhile is read after it. */
  async function reload(): Promise<void> {
    if (loading !== undefined) {
      again = true;
      return loading;
    }
    loading = (async () => {
      try {
        do {
          again = false;
          await load();
        } while (again);
      } catch (error) {
        // The keys that are loaded stay in use; the next poll tries again.
        schedule(undefined);
        throw error;
      } finally {
        loading = undefined;
      }
    })();
    return loading;
  }

  await reload();
  return {
    get current() {
      if (current === undefined) throw new Error('no signing keys are loaded');
      return current;
    },
    get keys() {
      return keysInUse;
    },
    get generation() {
      return generation;
    },
    reload,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
