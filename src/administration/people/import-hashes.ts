import { createHash } from 'node:crypto';
import type { ImportLine } from '../../domain/accounts/import-lines.ts';
import { normaliseIdentifier } from '../../domain/accounts/policy.ts';
import type { HashToImport, StagedHashes } from '../../domain/passwords/staged-hash-store.ts';
import type { Transaction } from '../../storage/database.ts';

const hashOf =
  (file: string) =>
  ({ account: { email, passwordHash } }: ImportLine): HashToImport[] =>
    passwordHash === undefined
      ? []
      : [{ owner: `${file} ${normaliseIdentifier(email)}`, hash: passwordHash }];

/** A file that is read, and what it is known by when it was read to its end. */
export function knownFile(chunks: AsyncIterable<Buffer>) {
  const digest = createHash('sha256');
  async function* passed(): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      digest.update(chunk);
      yield chunk;
    }
  }
  return { chunks: passed(), name: () => digest.copy().digest('base64url') };
}

/** The password hashes of lines, for the stage in which the weak ones are wrapped. */
export async function* hashesOf(
  file: string,
  batches: AsyncIterable<readonly ImportLine[]>,
): AsyncGenerator<readonly HashToImport[]> {
  for await (const batch of batches) yield batch.flatMap(hashOf(file));
}

/**
 * The lines with the hashes that are stored: kept, or wrapped before. Throws `hash_not_staged` (409) where a weak one was not
 * wrapped.
 */
export async function withStoredHashes(
  tx: Transaction,
  file: string,
  staged: Pick<StagedHashes, 'take'>,
  lines: readonly ImportLine[],
): Promise<ImportLine[]> {
  const stored = (await staged.take(tx, lines.flatMap(hashOf(file)))).values();
  return lines.map((line) =>
    line.account.passwordHash === undefined
      ? line
      : { ...line, account: { ...line.account, passwordHash: String(stored.next().value) } },
  );
}
