import { z } from 'zod';
import { conflict, GatehouseError } from '../../kernel/errors.ts';
import { duplicateNames } from '../../kernel/json.ts';
import { JsonMistake, parseJsonText } from '../../kernel/json-text.ts';
import { didYouMean } from '../../kernel/nearest.ts';
import { shapeProblems } from '../../kernel/shape-words.ts';
import type { Transaction } from '../../storage/database.ts';
import { readLines } from './lines.ts';
import { hasTooManyRoles, isEmail, isPersonName, isRole, normaliseIdentifier } from './policy.ts';
import type { Account, AccountStore, NewAccount } from './store.ts';

export interface ImportProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/** What is known of a file before anything of it is written. */
export interface ImportInspection {
  /** Lines that are not empty: each would be or should have been an account. */
  readonly lines: number;
  /** In the order of the lines. None = the file is good. */
  readonly problems: readonly ImportProblem[];
  /** Every role of the lines that can be used, with the first line that has it. */
  readonly roles: ReadonlyMap<string, number>;
}

export interface ImportDependencies {
  readonly accounts: AccountStore;
  /** Takes the secrets of authenticator apps over, in the transaction of the accounts. */
  readonly factors: { adopt(tx: Transaction, seeds: readonly ImportedSeed[]): Promise<void> };
  /** Throws a GatehouseError whose safe message says why a hash cannot be taken. */
  readonly checkPasswordHash: (hash: string) => void;
  /** The lines with the password hashes that are stored, in the transaction of the accounts. */
  readonly storable: (lines: readonly ImportLine[]) => Promise<readonly ImportLine[]>;
}

export interface ImportedSeed {
  readonly accountId: string;
  /** The shared secret of RFC 6238, base32 without padding. */
  readonly totpSecret: string;
}

export interface ImportLine {
  readonly line: number;
  readonly account: NewAccount;
  readonly totpSecret?: string;
}

const MAX_LINE_BYTES = 64 * 1024;
const BATCH = 500;
/** At least the 80 bits that authenticator apps have always taken, at most 128 bytes. */
const BASE32 = /^[A-Z2-7]{16,205}$/;
/** Lengths that no whole number of bytes has (RFC 4648, section 6). */
const IMPOSSIBLE_REMAINDERS = [1, 3, 6];

/**
 * An import of people is a file with one JSON object a line: `email, name, roles[], email_verified, password_hash,
 * totp_secret`. It is read twice: here to find everything that is wrong in it, against what is stored too, and, when nothing is,
 * once more by {@link writeImport}. So a file is either imported or has changed nothing. `chunks` is the file from its beginning.
 */
export async function inspectImport(
  { accounts, checkPasswordHash }: Omit<ImportDependencies, 'factors' | 'storable'>,
  chunks: AsyncIterable<Buffer>,
): Promise<ImportInspection> {
  const firstLines = new Map<string, number>();
  const roles = new Map<string, number>();
  const problems: ImportProblem[] = [];
  let lines = 0;
  for await (const batch of batches(parseLines(chunks, checkPasswordHash))) {
    const keys = batch.flatMap((entry) =>
      'message' in entry ? [] : [normaliseIdentifier(entry.account.email)],
    );
    const existing = await accounts.existing(keys);
    for (const entry of batch) {
      lines += 1;
      const problem = 'message' in entry ? entry : duplicate(entry, firstLines, existing);
      if (problem !== undefined) problems.push(problem);
      else if ('account' in entry) {
        for (const role of entry.account.roles ?? []) if (!roles.has(role)) roles.set(role, entry.line);
      }
    }
  }
  return { lines, problems, roles };
}

/**
 * Writes a file in which nothing is wrong, all of it in the transaction of the caller, and answers after each batch which accounts
 * it has made. Throws `import_overtaken` (409) when the world changed since it was inspected.
 */
export async function* writeImport(
  tx: Transaction,
  { accounts, factors, checkPasswordHash, storable }: ImportDependencies,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<readonly Account[]> {
  for await (const batch of importedLines(chunks, checkPasswordHash)) {
    const lines = await storable(batch);
    const made = await accounts.createMany(
      tx,
      lines.map(({ account }) => account),
    );
    const byKey = new Map(made.map((account) => [normaliseIdentifier(account.email), account]));
    const secrets = lines.flatMap(({ line, account, totpSecret }) => {
      const accountId = byKey.get(normaliseIdentifier(account.email))?.id ?? overtaken(line);
      return totpSecret === undefined ? [] : [{ accountId, totpSecret }];
    });
    await factors.adopt(tx, secrets);
    yield made;
  }
}

/** The lines of a file in which nothing is wrong, by batches. Throws `import_overtaken` (409) where something is by now. */
export async function* importedLines(
  chunks: AsyncIterable<Buffer>,
  checkPasswordHash: (hash: string) => void,
): AsyncGenerator<readonly ImportLine[]> {
  for await (const batch of batches(parseLines(chunks, checkPasswordHash)))
    yield batch.map((entry) => ('message' in entry ? overtaken(entry.line) : entry));
}

function overtaken(line: number): never {
  throw conflict(
    'import_overtaken',
    `Nothing was imported: line ${line} was good at first, but the file or the accounts changed meanwhile.`,
  );
}

function duplicate(
  { line, account }: ImportLine,
  firstLines: Map<string, number>,
  existing: ReadonlySet<string>,
): ImportProblem | undefined {
  const key = normaliseIdentifier(account.email);
  const first = firstLines.get(key);
  if (first !== undefined) return { line, message: `email: ${account.email} is on line ${first} already` };
  firstLines.set(key, line);
  return existing.has(key) ? { line, message: `email: ${account.email} has an account already` } : undefined;
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

async function* parseLines(
  chunks: AsyncIterable<Buffer>,
  checkPasswordHash: (hash: string) => void,
): AsyncGenerator<ImportLine | ImportProblem> {
  const schema = lineSchema(checkPasswordHash);
  for await (const line of readLines(chunks, MAX_LINE_BYTES)) {
    if ('problem' in line) yield { line: line.number, message: line.problem };
    else if (line.text.trim() !== '') yield parseLine(schema, line.number, line.text);
  }
}

type LineSchema = ReturnType<typeof lineSchema>;

function lineSchema(checkPasswordHash: (hash: string) => void) {
  const text = (isGood: (text: string) => boolean, otherwise: string) =>
    z
      .string('must be text')
      .transform((value) => value.normalize('NFC').trim())
      .refine(isGood, otherwise);
  return z.strictObject({
    email: text(isEmail, 'is not an e-mail address'),
    name: text(isPersonName, 'must be one line of 1 to 200 characters'),
    roles: z
      .array(
        z
          .string('must be text')
          .refine(isRole, 'must be of lower-case letters and digits, joined by - _ . or :'),
        'must be a list of roles',
      )
      .refine((roles) => !hasTooManyRoles(roles), 'are too many')
      .default([]),
    email_verified: z.boolean('must be true or false').default(false),
    password_hash: z.string('must be text').superRefine(reportProblem(checkPasswordHash)).nullish(),
    totp_secret: z
      .string('must be text')
      .transform((value) => value.toUpperCase().replace(/[\s-]|=+$/g, ''))
      .refine(isBase32Secret, 'is not a base32 secret of 80 bits or more')
      .nullish(),
  });
}

const isBase32Secret = (text: string) =>
  BASE32.test(text) && !IMPOSSIBLE_REMAINDERS.includes(text.length % 8);

const reportProblem = (check: (value: string) => void) => (value: string, context: z.RefinementCtx) => {
  try {
    check(value);
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    context.addIssue({ code: 'custom', message: error.safeMessage });
  }
};

/** No message repeats a value but the address: the file holds secrets, and messages end up on screens and in logs. */
function parseLine(schema: LineSchema, line: number, text: string): ImportLine | ImportProblem {
  let value: unknown;
  try {
    value = parseJsonText(text);
  } catch (error) {
    if (isTableHead(line, text)) return { line, message: TABLE };
    const where = error instanceof JsonMistake ? ` (column ${error.column}: ${error.problem})` : '';
    return { line, message: `the line is not JSON${where}` };
  }
  const twice = duplicateNames(text);
  if (twice.length > 0) return { line, message: `fields that are there twice: ${listed(twice)}` };
  const result = schema.safeParse(value);
  if (!result.success)
    return { line, message: result.error.issues.map((issue) => describe(issue, value)).join('; ') };
  const { email, name, roles, email_verified, password_hash, totp_secret } = result.data;
  const hash = password_hash == null ? {} : { passwordHash: password_hash };
  const account: NewAccount = { email, name, roles, emailVerified: email_verified, ...hash };
  return totp_secret == null ? { line, account } : { line, account, totpSecret: totp_secret };
}

function describe(issue: z.core.$ZodIssue, input: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    const plain = issue.keys.includes('password') ? ' (a plain password is never taken: give its hash)' : '';
    const names = issue.keys
      .slice(0, 20)
      .map((key) => `${printable(key.slice(0, 60))}${didYouMean(key, FIELDS)}`);
    return `unknown fields: ${names.join(', ')}${plain}`;
  }
  if (issue.path.length === 0) return 'the line is not a JSON object';
  return shapeProblems([issue], { input }).join('; ');
}

const FIELDS = ['email', 'name', 'roles', 'email_verified', 'password_hash', 'totp_secret'];

const listed = (names: readonly string[]) => printable(names.join(', ').slice(0, 200));

const TABLE = 'the line is the head of a table (CSV); every line has to be a JSON object of its own';

/** What is given when the import is mistaken for one of CSV. */
const isTableHead = (line: number, text: string) =>
  line === 1 && !/^\s*[[{]/.test(text) && /e-?mail/i.test(text) && /[,;\t]/.test(text);

// A key of the file may hold anything, also what would move a terminal's cursor.
const printable = (text: string) => text.replace(/\p{C}/gu, '?');
