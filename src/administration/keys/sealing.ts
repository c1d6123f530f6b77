import { z } from 'zod';
import { SEALED_ACCOUNT_REQUESTS } from '../../domain/account-requests/store.ts';
import { SEALED_APPROVAL_RESULTS, SEALED_APPROVALS } from '../../domain/approvals/store.ts';
import { SEALED_AUDIT_KEYS } from '../../domain/audit/sealing/key-store.ts';
import type { ClientSecretStore } from '../../domain/clients/secret-store.ts';
import { SEALED_SIGNING_KEYS } from '../../domain/keys/store.ts';
import { SEALED_MAILS } from '../../domain/mail/entry-store.ts';
import { SEALED_SIGNER_KEYS } from '../../domain/passwords/signer-key-store.ts';
import type { TotpResealing } from '../../domain/totp/reseal-store.ts';
import type { Database, Transaction } from '../../storage/database.ts';
import type { ResealedBatch, Resealing, SealedColumn } from '../../storage/resealing.ts';
import { SEALED_KEYS } from '../../storage/sealed-keys.ts';
import type { ActEvent } from '../act.ts';
import { defineStepwise, type StepwiseContext } from '../stepwise.ts';

/**
 * Bringing what is sealed under the first key of its keyring, so that older keys can be dropped. Rows are held while they are
 * sealed anew, so each batch is a transaction; what is done already is skipped by whoever begins again.
 */

/** How many values are sealed anew in one transaction. */
const BATCH = 500;

/** Everything that is sealed under the general keys and lasts. */
const SEALED = {
  own_keys: SEALED_KEYS,
  signing_keys: SEALED_SIGNING_KEYS,
  audit_keys: SEALED_AUDIT_KEYS,
  signer_keys: SEALED_SIGNER_KEYS,
  mails: SEALED_MAILS,
  requests: SEALED_ACCOUNT_REQUESTS,
  approvals: SEALED_APPROVALS,
  approval_results: SEALED_APPROVAL_RESULTS,
} as const satisfies Record<string, SealedColumn>;

export type Sealed = keyof typeof SEALED;

const sealedKinds = Object.keys(SEALED) as [Sealed, ...Sealed[]];

/**
 * Seals what authenticator apps share anew, under the first key of the keyring for factors. Seeds that no key opens stay as they
 * are and are told: whoever drops a key then loses them.
 */
export const rotateMfa = defineStepwise({
  name: 'keys.rotate_mfa',
  summary: 'Brings second factors under the current key.',
  scope: 'system:write',
  operatorOnly: true,
  irreversible: false,
  input: z.strictObject({}),
  result: z.object({
    keyId: z.string(),
    resealed: z.int(),
    /** People with an authenticator app that no configured key opens, by their accounts' ids. */
    unopened: z.array(z.string()),
  }),
  async run(
    { totpResealing }: { readonly totpResealing: Pick<TotpResealing, 'keyId' | 'reseal'> },
    { step },
  ) {
    const { keyId } = totpResealing;
    const { resealed, unopened } = await inBatches(
      step,
      (tx, after) => totpResealing.reseal(tx, BATCH, after),
      (counts) => ({ type: 'mfa_key.rotated', details: { keyId, ...counts } }),
    );
    return { keyId, resealed, unopened: [...new Set(unopened)] };
  },
});

interface RotatesEncryption {
  readonly database: Pick<Database, 'query'>;
  readonly resealing: Resealing;
  readonly totpResealing: Pick<TotpResealing, 'countUnderOldGeneralKeys'>;
  readonly clientSecrets: Pick<ClientSecretStore, 'withUnknownKey'>;
}

/** Seals everything else anew, under the first general key, and tells what still needs an older one. */
export const rotateEncryption = defineStepwise({
  name: 'keys.rotate_encryption',
  summary: 'Brings what is sealed under the current key.',
  scope: 'system:write',
  operatorOnly: true,
  irreversible: false,
  input: z.strictObject({}),
  result: z.object({
    keyId: z.string(),
    sealed: z.array(
      z.object({
        of: z.enum(sealedKinds),
        resealed: z.int(),
        /** Ids of what no configured key opens. */
        unopened: z.array(z.string()),
      }),
    ),
    /** Seeds of authenticator apps, imported before there was a keyring for them; `keys.rotate_mfa` brings them under that. */
    seedsUnderOlderKeys: z.int(),
    /** Their secrets are digested under an older key until they next authenticate. */
    clientsUnderOlderKeys: z.array(z.string()),
  }),
  async run(deps: RotatesEncryption, { step }) {
    const { resealing, totpResealing, clientSecrets, database } = deps;
    const { keyId } = resealing;
    const sealed = [];
    for (const of of sealedKinds) {
      const column = SEALED[of];
      const done = await inBatches(
        step,
        (tx, after) => resealing.reseal(tx, column, BATCH, after),
        (counts) => ({ type: 'encryption_key.rotated', details: { keyId, of: column.table, ...counts } }),
      );
      sealed.push({ of, ...done });
    }
    return {
      keyId,
      sealed,
      seedsUnderOlderKeys: await totpResealing.countUnderOldGeneralKeys(database),
      clientsUnderOlderKeys: await clientSecrets.withUnknownKey([keyId]),
    };
  },
});

/** A step for each batch, with an event where something was to be done. Ids may be there twice. */
async function inBatches(
  step: StepwiseContext<unknown>['step'],
  reseal: (tx: Transaction, after: string | undefined) => Promise<ResealedBatch>,
  eventOf: (counts: { resealed: number; failed: number }) => ActEvent,
): Promise<{ resealed: number; unopened: string[] }> {
  const unopened: string[] = [];
  let resealed = 0;
  let after: string | undefined;
  do {
    const batch = await step(async ({ tx, record }) => {
      const done = await reseal(tx, after);
      const counts = { resealed: done.resealed, failed: done.unopened.length };
      if (counts.resealed + counts.failed > 0) await record(eventOf(counts));
      return done;
    });
    resealed += batch.resealed;
    unopened.push(...batch.unopened);
    after = batch.next;
  } while (after !== undefined);
  return { resealed, unopened };
}
