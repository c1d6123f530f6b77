import { deriveKey, hmacSha256 } from '../../kernel/crypto.ts';
import { conflict } from '../../kernel/errors.ts';
import type { Executor, Transaction } from '../../storage/database.ts';
import type { AccountCreation, Taken } from './creation-store.ts';
import { FirstLines } from './first-lines.ts';
import { type ImportLine, type ImportProblem, type LineRules, parseLines } from './import-lines.ts';
import { normaliseIdentifier } from './policy.ts';
import type { Account } from './record-store.ts';

/**
 * An import of people: a file with one JSON object a line (`import-lines.ts` says which). It is read twice: by
 * {@link inspectImport}, to find everything that is wrong in it, also against what is stored; and, when nothing is, by
 * {@link importBatches}, some hundred lines at a time, each batch a transaction of its own. An account remembers the line that
 * made it, so a file that was cut off, or is given again, goes on where it ended, whatever its people have changed since.
 */

/** What is known of a file before anything of it is written. */
export interface ImportInspection {
  /** Lines that are not empty: each would be or should have been an account. */
  readonly lines: number;
  /** Lines that have made an account already. */
  readonly unchanged: number;
  /** In the order of the lines, the first {@link MOST_PROBLEMS}. None = the file is good. */
  readonly problems: readonly ImportProblem[];
  /** How many lines have a problem. */
  readonly wrong: number;
  /** Every role of the lines that can be used, with the first line that has it. */
  readonly roles: ReadonlyMap<string, number>;
}

export interface InspectionDependencies extends LineRules {
  readonly accounts: Pick<AccountCreation, 'taken'>;
  readonly database: Executor;
  readonly lineKey: Buffer;
}

export interface WritingDependencies {
  readonly accounts: AccountCreation;
  /** Takes the secrets of authenticator apps over, in the transaction of the accounts. */
  readonly factors: { adopt(tx: Transaction, seeds: readonly ImportedSeed[]): Promise<void> };
}

export interface ImportedSeed {
  readonly accountId: string;
  /** The shared secret of RFC 6238, base32 without padding. */
  readonly totpSecret: string;
}

/** So many problems of a file are told. */
export const MOST_PROBLEMS = 1000;
const BATCH = 500;
const DIGEST_BYTES = 16;

/** The key under which lines are digested: they hold hashes, of which nothing may be learned from what is stored. */
export const importLineKey = (digestKey: Buffer): Buffer => deriveKey(digestKey, 'import-lines');

/** Everything that is wrong with a file; `chunks` is it from its beginning. Its memory grows by some ten bytes a line. */
export async function inspectImport(
  { accounts, database, lineKey, ...rules }: InspectionDependencies,
  chunks: AsyncIterable<Buffer>,
): Promise<ImportInspection> {
  const first = { email: new FirstLines(), sub: new FirstLines(), username: new FirstLines() };
  const roles = new Map<string, number>();
  const problems: ImportProblem[] = [];
  let [lines, unchanged, wrong] = [0, 0, 0];
  for await (const batch of batches(parseLines(chunks, rules))) {
    const entries = batch.map((entry) => ('message' in entry ? entry : marked(entry, lineKey)));
    const taken = await accounts.taken(database, accountsOf(entries));
    for (const entry of entries) {
      lines += 1;
      const problem = 'message' in entry ? entry : (repeated(entry, first) ?? collision(entry, taken));
      if (problem !== undefined) {
        wrong += 1;
        if (problems.length < MOST_PROBLEMS) problems.push(problem);
      } else if ('account' in entry) {
        if (isImported(entry, taken)) unchanged += 1;
        for (const role of entry.account.roles ?? []) if (!roles.has(role)) roles.set(role, entry.line);
      }
    }
  }
  return { lines, unchanged, problems, wrong, roles };
}

/** The batches of a file in which nothing was wrong. Throws `import_overtaken` (409) where something is by now. */
export async function* importBatches(
  { lineKey, ...rules }: LineRules & { readonly lineKey: Buffer },
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<ImportLine[]> {
  for await (const batch of batches(parseLines(chunks, rules)))
    yield batch.map((entry) => ('message' in entry ? overtaken(entry.line) : marked(entry, lineKey)));
}

/** Those lines of a batch that have made no account yet. */
export async function notYetImported(
  accounts: Pick<AccountCreation, 'taken'>,
  executor: Executor,
  lines: readonly ImportLine[],
): Promise<ImportLine[]> {
  const taken = await accounts.taken(executor, accountsOf(lines));
  return lines.filter((line) => !isImported(line, taken));
}

/**
 * Makes the accounts of lines, in the transaction of the caller, and answers which. One that somebody else has made of the same
 * line meanwhile is none of them. Throws `import_overtaken` (409) where another account has the address, the subject or the
 * user name of one.
 */
export async function importLines(
  tx: Transaction,
  { accounts, factors }: WritingDependencies,
  lines: readonly ImportLine[],
): Promise<readonly Account[]> {
  const made = await accounts.createMany(
    tx,
    lines.map(({ account }) => account),
  );
  const ids = new Map(made.map(({ id, email }) => [normaliseIdentifier(email), id]));
  const idOf = ({ account }: ImportLine) => ids.get(normaliseIdentifier(account.email));
  const missing = lines.filter((line) => idOf(line) === undefined);
  const [lost] = missing.length === 0 ? [] : await notYetImported(accounts, tx, missing);
  if (lost !== undefined) overtaken(lost.line);
  const seeds = lines.flatMap((line) => {
    const accountId = idOf(line);
    return accountId === undefined || line.totpSecret === undefined
      ? []
      : [{ accountId, totpSecret: line.totpSecret }];
  });
  await factors.adopt(tx, seeds);
  return made;
}

function overtaken(line: number): never {
  throw conflict(
    'import_overtaken',
    `Stopped at line ${line}: it was good at first, but the file or the accounts changed meanwhile. What comes before is imported; the same command goes on there.`,
  );
}

/**
 * The line with what it is known by: all that it says, in one order, but for the password hash. Of a weak one nothing may be kept
 * that could be guessed at without argon2id, not even by who has the key.
 */
function marked(line: ImportLine, lineKey: Buffer): ImportLine {
  const { account, totpSecret } = line;
  const { passwordHash: _hash, ...known } = account;
  const digest = hmacSha256(lineKey, JSON.stringify([known, totpSecret])).subarray(0, DIGEST_BYTES);
  return { ...line, account: { ...account, importDigest: digest } };
}

const accountsOf = (entries: readonly (ImportLine | ImportProblem)[]) =>
  entries.flatMap((entry) => ('account' in entry ? [entry.account] : []));

const isImported = ({ account }: ImportLine, { digests }: Taken): boolean =>
  account.importDigest !== undefined && digests.has(account.importDigest.toString('hex'));

function repeated(
  { line, account }: ImportLine,
  first: Readonly<Record<'email' | 'sub' | 'username', FirstLines>>,
): ImportProblem | undefined {
  const { email, sub, username } = account;
  const before = [
    ['email', email, first.email.add(normaliseIdentifier(email), line)],
    ['sub', sub, sub === undefined ? undefined : first.sub.add(sub, line)],
    [
      'username',
      username,
      username === undefined ? undefined : first.username.add(normaliseIdentifier(username), line),
    ],
  ] as const;
  const found = before.find(([, , earlier]) => earlier !== undefined);
  if (found === undefined) return undefined;
  const [field, value, earlier] = found;
  return { line, message: `${field}: ${value} is on line ${earlier} already` };
}

function collision(entry: ImportLine, taken: Taken): ImportProblem | undefined {
  const { line, account } = entry;
  if (isImported(entry, taken)) return undefined;
  const { email, sub, username } = account;
  if (taken.emails.has(normaliseIdentifier(email)))
    return { line, message: `email: ${email} has an account already, which this line has not made` };
  if (sub !== undefined && taken.subs.has(sub))
    return { line, message: `sub: ${sub} is the subject of another account or the id of a client` };
  if (username !== undefined && taken.usernames.has(normaliseIdentifier(username)))
    return { line, message: `username: ${username} is another account's` };
  return undefined;
}

async function* batches<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    if (batch.push(item) === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
