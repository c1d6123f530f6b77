import { z } from 'zod';
import {
  importBatches,
  importLineKey,
  importLines,
  inspectImport,
  notYetImported,
} from '../../domain/accounts/import.ts';
import type { ImportLine } from '../../domain/accounts/import-lines.ts';
import type { AccountStore } from '../../domain/accounts/store.ts';
import { unknownRoles } from '../../domain/accounts/unknown-roles.ts';
import { accountFacts } from '../../domain/audit/facts.ts';
import { assertImportable } from '../../domain/passwords/imported.ts';
import type { SignerKeyStore } from '../../domain/passwords/signer-key-store.ts';
import type { StagedHashes, StagingProgress } from '../../domain/passwords/staged-hash-store.ts';
import type { TotpStore } from '../../domain/totp/store.ts';
import type { UnitStore } from '../../domain/units/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import { conflict, isCode } from '../../kernel/errors.ts';
import type { Database } from '../../storage/database.ts';
import { assertMayGiveRoles } from '../rights/granting.ts';
import type { RightsReader } from '../rights/rights-store.ts';
import { defineStepwise } from '../stepwise.ts';
import type { KnowsAttributes } from './attributes.ts';
import { hashesOf, knownFile, withStoredHashes } from './import-hashes.ts';
import { unitFinder } from './import-units.ts';
import { type KnowsRoles, knownRoles, unknownRoleSchema } from './roles.ts';

interface Imports extends KnowsRoles, KnowsAttributes {
  readonly rights: Pick<RightsReader, 'of' | 'isAdministrative'>;
  readonly database: Database;
  readonly accounts: AccountStore;
  readonly totp: Pick<TotpStore, 'adopt'>;
  readonly clock: Clock;
  /** Keys the digests by which lines are known again. */
  readonly digestKey: Buffer;
  readonly signerKeys: Pick<SignerKeyStore, 'lengths'>;
  readonly stagedHashes: StagedHashes;
  readonly units: Pick<UnitStore, 'paths'>;
}

const FOREIGN_KEY_VIOLATION = '23503';

const unitGone = () =>
  conflict(
    'import_overtaken',
    'A unit of the file was deleted meanwhile. What was imported stays; the same command goes on there.',
  );

const callback = <Callback>() => z.custom<Callback>((value) => typeof value === 'function');

/**
 * Makes an account of each line of a file. The whole file is checked first: where a line has a problem, nothing is imported. Then
 * weak password hashes are wrapped, which may take hours and goes on where it was cut off. Then the accounts are made in batches,
 * each a transaction: whoever is cut off asks again, and only what is not there yet is made.
 * Throws `grant_refused` (403), and `import_overtaken` (409) when the world changed since the check; the batches before stay.
 */
export const importPeople = defineStepwise({
  name: 'people.import',
  summary: 'Makes many accounts from a file.',
  operatorOnly: true,
  scope: 'people:write',
  irreversible: false,
  // Many people at once, with roles.
  dangerous: true,
  input: z.strictObject({
    /** Begins to read the file, one JSON object a line; called three times. */
    open: callback<() => AsyncIterable<Buffer>>(),
    /** Only says what is wrong with the file. */
    dryRun: z.boolean().default(false),
    /** Told after each batch how many of how many lines are accounts. */
    onProgress: callback<(done: number, lines: number) => void>().optional(),
    /** Told how far the wrapping of weak password hashes is, which comes before any account is made. */
    onWrapping: callback<(progress: StagingProgress) => void>().optional(),
  }),
  result: z.object({
    /** Lines that are not empty. */
    lines: z.int(),
    /** How many accounts were made. */
    imported: z.int(),
    /** How many lines had made their account before. */
    unchanged: z.int(),
    /** How many lines are wrong. */
    wrong: z.int(),
    /** The first of them. */
    problems: z.array(z.object({ line: z.int(), message: z.string() })),
    unknownRoles: z.array(unknownRoleSchema.extend({ line: z.int() })),
  }),
  async run(deps: Imports, { input, actor, step }) {
    const { database, accounts, totp } = deps;
    const lineKey = importLineKey(deps.digestKey);
    const signerKeys = await deps.signerKeys.lengths();
    const checkPasswordHash = (hash: string) => assertImportable(hash, signerKeys);
    const findUnit = await unitFinder(deps);
    const { attributes } = deps;
    const rules = { checkPasswordHash, now: deps.clock.now(), attributes, lineKey, findUnit };
    // Of the roles of the file, only those are known that somebody has before it is imported.
    const known = await knownRoles(deps);
    const read = knownFile(input.open());
    const inspection = await inspectImport({ ...rules, accounts, database }, read.chunks);
    const file = read.name();
    const { lines, unchanged, wrong, problems, roles } = inspection;
    await assertMayGiveRoles(deps, database, actor, {}, roles.keys());
    const found = {
      lines,
      wrong,
      problems: [...problems],
      unknownRoles: unknownRoles(roles.keys(), known).map((each) => ({
        ...each,
        line: roles.get(each.role) ?? 0,
      })),
    };
    if (input.dryRun || wrong > 0) return { ...found, unchanged, imported: 0 };
    async function* missingLines() {
      for await (const batch of importBatches(rules, input.open()))
        yield await notYetImported(accounts, database, batch);
    }
    await deps.stagedHashes.stage(hashesOf(file, missingLines()), input.onWrapping);
    const apply = (batch: readonly ImportLine[]) =>
      step(async ({ tx, record }) => {
        const missing = await notYetImported(accounts, tx, batch);
        const given = missing.flatMap(({ account }) => account.roles ?? []);
        await assertMayGiveRoles(deps, tx, actor, {}, given);
        const ready = await withStoredHashes(tx, file, deps.stagedHashes, missing);
        const made = await importLines(tx, { accounts, factors: totp }, ready);
        await record(
          ...made.map((account) => {
            const details = {
              source: 'import',
              ...(account.status === 'disabled' ? { disabled: true } : {}),
              after: accountFacts(account),
            } as const;
            return { type: 'account.created', account: account.id, details } as const;
          }),
        );
        return made.length;
      });
    let [imported, done] = [0, 0];
    for await (const batch of importBatches(rules, input.open())) {
      // Somebody else who imports the same file may have made these accounts, and taken their hashes, just now.
      imported += await apply(batch).catch((error) => {
        if (isCode(error, 'hash_not_staged')) return apply(batch);
        if ((error as { code?: string }).code === FOREIGN_KEY_VIOLATION) throw unitGone();
        throw error;
      });
      done += batch.length;
      input.onProgress?.(done, lines);
    }
    return { ...found, unchanged: done - imported, imported };
  },
});
