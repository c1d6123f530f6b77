import canonicalize from 'canonicalize';
import { sha256 } from '../../kernel/crypto.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import type { ClientMetadata } from './record-store.ts';

/** Of what is registered of a client: the same for the same metadata, in whichever order they are written down (RFC 8785). */
export const versionOf = (metadata: ClientMetadata): string =>
  sha256(String(canonicalize(metadata)))
    .subarray(0, 16)
    .toString('base64url');

/**
 * Refuses a change that is meant for another version of the client than the one that is there: what somebody else has changed
 * meanwhile would be lost without anybody having seen it. Throws `precondition_failed` (412; RFC 9110, section 13.1.1).
 */
export function assertVersion(metadata: ClientMetadata, expected: string | undefined): void {
  if (expected === undefined || expected === versionOf(metadata)) return;
  throw new GatehouseError('precondition_failed', {
    status: 412,
    message: 'The client was changed meanwhile. Nothing was done: read it again.',
  });
}
