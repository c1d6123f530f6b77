import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { AuditKeyStore } from '../../domain/audit/sealing/key-store.ts';
import type { Sealer } from '../../domain/audit/sealing/sealer.ts';
import { originOf } from '../../domain/audit/tree/checkpoint.ts';
import { defineRead } from '../act.ts';
import { defineStepwise } from '../stepwise.ts';

/** The keys that sign the checkpoints of the audit trail. */

/** The public keys, in the order in which they have signed; one that waits for its change is the last. */
export const listKeys = defineRead({
  name: 'audit.list_keys',
  summary: 'Lists the keys by which checkpoints of the audit trail are verified.',
  http: { method: 'GET', path: '/audit/keys' },
  scope: 'audit:read',
  input: z.strictObject({}),
  result: z.object({
    keys: z.array(
      z.object({
        id: z.string(),
        /** Its text form (vkey), by which auditors verify. */
        verifier: z.string(),
        createdAt: z.date(),
        retiredAt: z.date().nullable(),
      }),
    ),
  }),
  async run({ auditKeys }: { readonly auditKeys: Pick<AuditKeyStore, 'list'> }) {
    const keys = await auditKeys.list();
    return { keys: keys.map((key) => ({ ...key, retiredAt: key.retiredAt ?? null })) };
  },
});

interface RotatesKey {
  readonly auditKeys: Pick<AuditKeyStore, 'prepare' | 'list'>;
  readonly sealer: Sealer;
  readonly issuer: string;
}

/** For how long somebody who changes the key waits until it has changed. */
const PATIENCE_MS = 20_000;
const PAUSE_MS = 250;

/**
 * Changes the key. The event of it is sealed, and signed by the old key, before the new one signs; whichever node seals it changes
 * the key in the same transaction. Where a running transaction holds the sealing up for long, `changed` is false, and it goes on
 * by itself. Throws `audit_key_change_waits` (409) where a change waits already.
 */
export const rotateKey = defineStepwise({
  name: 'audit.rotate_key',
  summary: 'Lets another key sign the audit trail from now on.',
  http: { method: 'POST', path: '/audit/keys/rotate' },
  scope: 'system:write',
  irreversible: false,
  dangerous: true,
  input: z.strictObject({}),
  result: z.object({ from: z.string(), to: z.string(), changed: z.boolean() }),
  async run({ auditKeys, sealer, issuer }: RotatesKey, { step }) {
    const keys = await step(async ({ tx, record }) => {
      const details = await auditKeys.prepare(tx, originOf(issuer));
      await record({ type: 'audit.key_changed', details });
      return details;
    });
    const changed = async () =>
      (await auditKeys.list()).some(
        ({ verifier, retiredAt }) => verifier === keys.from && retiredAt !== undefined,
      );
    const until = performance.now() + PATIENCE_MS;
    while (!(await changed())) {
      if (performance.now() > until) return { ...keys, changed: false };
      const { more } = await sealer.seal();
      if (!more && !(await changed())) await wait(PAUSE_MS);
    }
    return { ...keys, changed: true };
  },
});
