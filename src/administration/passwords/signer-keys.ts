import { z } from 'zod';
import type { SignerKeyStore } from '../../domain/passwords/signer-key-store.ts';
import { SIGNER_KEY_NAME } from '../../domain/passwords/wrapped-text.ts';
import { defineAct } from '../act.ts';

/** A Firebase signer key has 64 bytes; a password hash of the project is as long as its key. */
const BYTES = { min: 16, max: 64 };

const key = z
  .string()
  .transform((text) => Buffer.from(text.trim(), 'base64'))
  .refine(({ length }) => length >= BYTES.min && length <= BYTES.max, 'must be base64 of 16 to 64 bytes');

/**
 * Keeps the signer key of a Firebase project, sealed: without it no password hash of the project can be imported or verified.
 * Throws `signer_key_exists` (409) where another one has its name and is not to be replaced.
 */
export const addSignerKey = defineAct({
  name: 'passwords.add_signer_key',
  summary: 'Adds the key with which imported hashes of Firebase were signed.',
  http: { method: 'POST', path: '/passwords/signer-keys', status: 201 },
  scope: 'system:write',
  irreversible: false,
  input: z.strictObject({
    /** What hashes name it by (`k=…`); those that name none mean `default`. */
    name: z
      .string()
      .regex(SIGNER_KEY_NAME, 'must be 1 to 16 lower-case letters and digits')
      .default('default'),
    /** Base64, as Firebase shows it. */
    key,
    /** Takes the place of another one of that name: only where that was wrong. */
    replace: z.boolean().default(false),
  }),
  result: z.object({
    name: z.string(),
    /** False where it was there already. */
    added: z.boolean(),
  }),
  async run(
    { signerKeys }: { readonly signerKeys: Pick<SignerKeyStore, 'put'> },
    { tx, input: { name, key, replace }, record },
  ) {
    const added = await signerKeys.put(tx, name, key, replace);
    if (added) await record({ type: 'signer_key.added', details: { name, replaced: replace } });
    return { name, added };
  },
});
