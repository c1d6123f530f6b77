import { z } from 'zod';
import { importLineKey, inspectImport } from '../../domain/accounts/import.ts';
import type { AccountStore } from '../../domain/accounts/store.ts';
import { unknownRoles } from '../../domain/accounts/unknown-roles.ts';
import { assertImportable } from '../../domain/passwords/imported.ts';
import type { SignerKeyStore } from '../../domain/passwords/signer-key-store.ts';
import type { UnitStore } from '../../domain/units/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Database } from '../../storage/database.ts';
import { defineRead, InvalidInput } from '../act.ts';
import type { KnowsAttributes } from './attributes.ts';
import { unitFinder } from './import-units.ts';
import { type KnowsRoles, knownRoles, unknownRoleSchema } from './roles.ts';

/** More than that is a file, for the command. */
const MOST_LINES = 1_000;
const MOST_CHARACTERS = 1_000_000;

interface PreviewsImports extends KnowsRoles, KnowsAttributes {
  readonly database: Database;
  readonly accounts: AccountStore;
  readonly clock: Clock;
  readonly digestKey: Buffer;
  readonly signerKeys: Pick<SignerKeyStore, 'lengths'>;
  readonly units: Pick<UnitStore, 'paths'>;
}

/** Says what an import of these lines would do, and what is wrong with them: the check of `people.import`, and nothing else of it. */
export const importPreview = defineRead({
  name: 'people.import_preview',
  summary: 'Checks lines of an import, and imports nothing.',
  scope: 'people:read',
  // A character has four bytes at most.
  http: { method: 'POST', path: '/imports/preview', mostBytes: MOST_CHARACTERS * 4 },
  input: z.strictObject({
    /** Each as a line of the file of `gatehouse users import`. */
    lines: z.array(z.record(z.string(), z.unknown())).min(1).max(MOST_LINES),
  }),
  result: z.object({
    lines: z.int(),
    /** How many have made their account before. */
    unchanged: z.int(),
    /** How many are wrong; with any, none would be imported. */
    wrong: z.int(),
    /** The first of them, counted from 1. */
    problems: z.array(z.object({ line: z.int(), message: z.string() })),
    unknownRoles: z.array(unknownRoleSchema.extend({ line: z.int() })),
  }),
  async run(deps: PreviewsImports, { lines: given }) {
    const text = given.map((line) => `${JSON.stringify(line)}\n`).join('');
    if (text.length > MOST_CHARACTERS) {
      const words = `are more than ${MOST_CHARACTERS} characters; import a file with the command`;
      throw new InvalidInput([`lines: ${words}`], [{ path: ['lines'], words }]);
    }
    const { accounts, database, clock } = deps;
    const signerKeys = await deps.signerKeys.lengths();
    const rules = {
      checkPasswordHash: (hash: string) => assertImportable(hash, signerKeys),
      now: clock.now(),
      attributes: deps.attributes,
      lineKey: importLineKey(deps.digestKey),
      findUnit: await unitFinder(deps),
    };
    const known = await knownRoles(deps);
    async function* chunks() {
      yield Buffer.from(text);
    }
    const { lines, unchanged, wrong, problems, roles } = await inspectImport(
      { ...rules, accounts, database },
      chunks(),
    );
    return {
      ...{ lines, unchanged, wrong, problems: [...problems] },
      unknownRoles: unknownRoles(roles.keys(), known).map((each) => ({
        ...each,
        line: roles.get(each.role) ?? 0,
      })),
    };
  },
});
