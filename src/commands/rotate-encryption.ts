import type { CommandActor } from '../administration/actor.ts';
import { keys } from '../administration/keys/index.ts';
import type { Sealed } from '../administration/keys/sealing.ts';
import { conflict } from '../kernel/errors.ts';
import type { AdministeredApp } from './acting.ts';
import type { Terminal } from './environment.ts';

const WORDS: Readonly<Record<Sealed, string>> = {
  own_keys: 'keys of our own',
  signing_keys: 'signing keys',
  audit_keys: 'keys of the audit trail',
  signer_keys: 'signer keys of Firebase projects',
  mails: 'mails that wait',
  requests: 'requests that wait',
  approvals: 'acts that wait for a second person',
  approval_results: 'answers of approved acts',
};

/** `keys rotate-encryption`. Fails with `encryption_keys_needed` where an older key must not be dropped yet. */
export async function rotateEncryption(
  { administration }: AdministeredApp,
  terminal: Terminal,
  actor: CommandActor,
): Promise<void> {
  const done = await administration.perform(keys.rotateEncryption, actor, {});
  const remaining: string[] = [];
  for (const { of, resealed, unopened } of done.sealed) {
    terminal.print(`${WORDS[of]}: sealed anew under the key "${done.keyId}": ${resealed}.`);
    if (unopened.length > 0) remaining.push(`No key opens these ${WORDS[of]}: ${unopened.join(', ')}.`);
  }
  if (done.seedsUnderOlderKeys > 0) {
    remaining.push(
      `${done.seedsUnderOlderKeys} imported authenticator apps are under an older key: run gatehouse keys rotate-mfa.`,
    );
  }
  if (done.clientsUnderOlderKeys.length > 0) {
    remaining.push(
      `The secrets of these applications are digested under an older key until they next authenticate: ${done.clientsUnderOlderKeys.join(', ')}.`,
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
