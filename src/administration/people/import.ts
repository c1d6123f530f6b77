import { z } from 'zod';
import { type ImportLine, importedLines, inspectImport, writeImport } from '../../domain/accounts/import.ts';
import type { AccountStore } from '../../domain/accounts/store.ts';
import { unknownRoles } from '../../domain/accounts/unknown-roles.ts';
import { assertImportable } from '../../domain/passwords/imported.ts';
import type { SignerKeyStore } from '../../domain/passwords/signer-key-store.ts';
import type { StagedHashes, StagingProgress } from '../../domain/passwords/staged-hash-store.ts';
import type { TotpStore } from '../../domain/totp/store.ts';
import { defineAct } from '../act.ts';
import { hashesOf, knownFile, withStoredHashes } from './import-hashes.ts';
import { type KnowsRoles, knownRoles, unknownRoleSchema } from './roles.ts';

interface Imports {
  readonly accounts: AccountStore;
  readonly totp: Pick<TotpStore, 'adopt'>;
  readonly signerKeys: Pick<SignerKeyStore, 'lengths'>;
  readonly stagedHashes: StagedHashes;
}

/**
 * Makes an account of each line of a file, all of them or none: where a line has a problem, nothing is imported. Throws
 * `import_overtaken` (409) when the world changed while the file was read.
 */
export const importPeople = defineAct({
  name: 'people.import',
  needs: 'people:write',
  dangerous: false,
  input: z.strictObject({
    /** Begins to read the file, one JSON object a line; called three times. */
    open: z.custom<() => AsyncIterable<Buffer>>((value) => typeof value === 'function'),
    /** Only says what is wrong with the file. */
    dryRun: z.boolean().default(false),
    /** Told how far the wrapping of weak password hashes is, which comes before any account is made. */
    onWrapping: z
      .custom<(progress: StagingProgress) => void>((value) => typeof value === 'function')
      .optional(),
  }),
  result: z.object({
    /** Lines that are not empty. */
    lines: z.int(),
    /** How many accounts were made. */
    imported: z.int(),
    problems: z.array(z.object({ line: z.int(), message: z.string() })),
    unknownRoles: z.array(unknownRoleSchema.extend({ line: z.int() })),
  }),
  async prepare(deps: Imports & KnowsRoles, { open, dryRun, onWrapping }) {
    // Of the roles of the file, only those are known that somebody has before it is imported.
    const known = await knownRoles(deps);
    const signerKeys = await deps.signerKeys.lengths();
    const checkPasswordHash = (hash: string) => assertImportable(hash, signerKeys);
    const read = knownFile(open());
    const inspection = await inspectImport({ ...deps, checkPasswordHash }, read.chunks);
    const file = read.name();
    if (!dryRun && inspection.problems.length === 0) {
      const batches = importedLines(open(), checkPasswordHash);
      await deps.stagedHashes.stage(hashesOf(file, batches), onWrapping);
    }
    return { ...inspection, known, checkPasswordHash, file };
  },
  async run({ accounts, totp, stagedHashes }: Imports, { tx, input, prepared, record }) {
    const { lines, problems, roles, known, checkPasswordHash, file } = prepared;
    const unknown = unknownRoles(roles.keys(), known);
    const found = {
      lines,
      problems: [...problems],
      unknownRoles: unknown.map((each) => ({ ...each, line: roles.get(each.role) ?? 0 })),
    };
    if (input.dryRun || problems.length > 0) return { ...found, imported: 0 };
    const storable = (batch: readonly ImportLine[]) => withStoredHashes(tx, file, stagedHashes, batch);
    const deps = { accounts, factors: totp, checkPasswordHash, storable };
    let imported = 0;
    for await (const made of writeImport(tx, deps, input.open())) {
      const details = { source: 'import' } as const;
      await record(...made.map(({ id }) => ({ type: 'account.created', account: id, details }) as const));
      imported += made.length;
    }
    return { ...found, imported };
  },
});
