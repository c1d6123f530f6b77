import { SEALED_ACCOUNT_REQUESTS } from '../domain/account-requests/store.ts';
import { isUnderOlderKey } from '../domain/clients/secrets.ts';
import { SEALED_KEYS } from '../domain/identifier-key/store.ts';
import { SEALED_SIGNING_KEYS } from '../domain/keys/store.ts';
import { SEALED_MAILS } from '../domain/mail/entry-store.ts';
import { conflict } from '../kernel/errors.ts';
import type { SealedColumn } from '../storage/resealing.ts';
import type { App } from '../wire.ts';
import type { Terminal } from './environment.ts';
import { commandOrigin } from './origin.ts';

/** Everything that is sealed under `ENCRYPTION_KEYS` and lasts, by the words for it. */
const SEALED: Readonly<Record<string, SealedColumn>> = {
  'keys of our own': SEALED_KEYS,
  'signing keys': SEALED_SIGNING_KEYS,
  'mails that wait': SEALED_MAILS,
  'requests that wait': SEALED_ACCOUNT_REQUESTS,
};

const BATCH = 500;

type RotatedApp = Pick<App, 'database' | 'audit' | 'resealing' | 'totpResealing' | 'clients' | 'keyring'>;

/**
 * Seals everything anew under the first key of `ENCRYPTION_KEYS`, and says what still needs an older one. Fails with
 * `encryption_keys_needed` where anything does: whoever drops a key then loses that.
 */
export async function rotateEncryption(app: RotatedApp, terminal: Terminal): Promise<void> {
  const remaining: string[] = [];
  for (const [words, column] of Object.entries(SEALED)) {
    const { resealed, unopened } = await resealAll(app, column);
    terminal.print(`${words}: sealed anew under the key "${app.keys.resealing.keyId}": ${resealed}.`);
    if (unopened.length > 0) remaining.push(`No key opens these ${words}: ${unopened.join(', ')}.`);
  }
  const seeds = await app.factors.totpResealing.countUnderOldGeneralKeys(app.database);
  if (seeds > 0) {
    remaining.push(
      `${seeds} imported authenticator apps are under an older key: run gatehouse keys rotate-mfa.`,
    );
  }
  const clients = (await app.clients.store.list())
    .filter(
      ({ secretDigest }) => secretDigest !== undefined && isUnderOlderKey(app.secrets.keyring, secretDigest),
    )
    .map(({ id }) => id);
  if (clients.length > 0) {
    remaining.push(
      `The secrets of these applications are digested under an older key until they next authenticate: ${clients.join(', ')}.`,
    );
  }
  if (remaining.length === 0) {
    terminal.print('Everything is under it. Older keys can be dropped.');
    return;
  }
  for (const each of remaining) terminal.warn(each);
  throw conflict(
    'encryption_keys_needed',
    'Older keys of ENCRYPTION_KEYS are still needed: keep them in the list.',
  );
}

async function resealAll({ database, audit, resealing }: RotatedApp, column: SealedColumn) {
  const unopened: string[] = [];
  let resealed = 0;
  let after: string | undefined;
  do {
    after = await database.transaction(async (tx) => {
      const batch = await resealing.reseal(tx, column, BATCH, after);
      const failed = batch.unopened.length;
      if (batch.resealed + failed > 0) {
        await audit.record(tx, {
          type: 'encryption_key.rotated',
          outcome: 'success',
          actor: 'command',
          origin: commandOrigin('keys rotate-encryption'),
          details: { keyId: resealing.keyId, of: column.table, resealed: batch.resealed, failed },
        });
      }
      resealed += batch.resealed;
      unopened.push(...batch.unopened);
      return batch.next;
    });
  } while (after !== undefined);
  return { resealed, unopened };
}
