import type { ImportLine } from '../../domain/accounts/import.ts';
import { normaliseIdentifier } from '../../domain/accounts/policy.ts';
import type { HashToImport, StagedHashes } from '../../domain/passwords/staged-hash-store.ts';
import type { Transaction } from '../../storage/database.ts';

const hashOf = ({ account: { email, passwordHash } }: ImportLine): HashToImport[] =>
  passwordHash === undefined ? [] : [{ owner: normaliseIdentifier(email), hash: passwordHash }];

/** The password hashes of lines, for the stage in which the weak ones are wrapped. */
export async function* hashesOf(
  batches: AsyncIterable<readonly ImportLine[]>,
): AsyncGenerator<readonly HashToImport[]> {
  for await (const batch of batches) yield batch.flatMap(hashOf);
}

/**
 * The lines with the hashes that are stored: kept, or wrapped before. Throws `hash_not_staged` (409) where a weak one was not
 * wrapped.
 */
export async function withStoredHashes(
  tx: Transaction,
  staged: Pick<StagedHashes, 'take'>,
  lines: readonly ImportLine[],
): Promise<ImportLine[]> {
  const stored = (await staged.take(tx, lines.flatMap(hashOf))).values();
  return lines.map((line) =>
    line.account.passwordHash === undefined
      ? line
      : { ...line, account: { ...line.account, passwordHash: String(stored.next().value) } },
  );
}
