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
import { assertImportable, storedFormOf } from '../../domain/passwords/imported.ts';
import type { TotpStore } from '../../domain/totp/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Database } from '../../storage/database.ts';
import { defineStepwise } from '../stepwise.ts';
import { type KnowsRoles, knownRoles, unknownRoleSchema } from './roles.ts';

interface Imports extends KnowsRoles {
  readonly database: Database;
  readonly accounts: AccountStore;
  readonly totp: Pick<TotpStore, 'adopt'>;
  readonly clock: Clock;
  /** Keys the digests by which lines are known again. */
  readonly digestKey: Buffer;
}

const callback = <Callback>() => z.custom<Callback>((value) => typeof value === 'function');

/**
 * Makes an account of each line of a file. The whole file is checked first: where a line has a problem, nothing is imported. Then
 * the accounts are made in batches, each a transaction: whoever is cut off asks again, and only what is not there yet is made.
 * Throws `import_overtaken` (409) when the world changed since the check; the batches before stay.
 */
export const importPeople = defineStepwise({
  name: 'people.import',
  needs: 'people:write',
  dangerous: false,
  input: z.strictObject({
    /** Begins to read the file, one JSON object a line; called twice. */
    open: callback<() => AsyncIterable<Buffer>>(),
    /** Only says what is wrong with the file. */
    dryRun: z.boolean().default(false),
    /** Told after each batch how many of how many lines are accounts. */
    onProgress: callback<(done: number, lines: number) => void>().optional(),
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
  async run(deps: Imports, { input, step }) {
    const { database, accounts, totp } = deps;
    const lineKey = importLineKey(deps.digestKey);
    const rules = { checkPasswordHash: assertImportable, now: deps.clock.now(), lineKey };
    // Of the roles of the file, only those are known that somebody has before it is imported.
    const known = await knownRoles(deps);
    const inspection = await inspectImport({ ...rules, accounts, database }, input.open());
    const { lines, unchanged, wrong, problems, roles } = inspection;
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
    let [imported, done] = [0, 0];
    for await (const batch of importBatches(rules, input.open())) {
      const missing = await notYetImported(accounts, database, batch);
      const ready = await Promise.all(missing.map(readyToStore));
      imported += await step(async ({ tx, record }) => {
        const made = await importLines(tx, { accounts, factors: totp }, ready);
        await record(
          ...made.map(({ id, status }) => {
            const details = {
              source: 'import',
              ...(status === 'disabled' ? { disabled: true } : {}),
            } as const;
            return { type: 'account.created', account: id, details } as const;
          }),
        );
        return made.length;
      });
      done += batch.length;
      input.onProgress?.(done, lines);
    }
    return { ...found, unchanged: done - imported, imported };
  },
});

/** What takes time is done before the transaction, and not for lines that are accounts already. */
async function readyToStore(line: ImportLine): Promise<ImportLine> {
  const { passwordHash } = line.account;
  if (passwordHash === undefined) return line;
  return { ...line, account: { ...line.account, passwordHash: await storedFormOf(passwordHash) } };
}
