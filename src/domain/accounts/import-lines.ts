import { z } from 'zod';
import type { AttributeValues } from '../../kernel/attributes.ts';
import { GatehouseError } from '../../kernel/errors.ts';
import { duplicateNames } from '../../kernel/json.ts';
import { JsonMistake, parseJsonText } from '../../kernel/json-text.ts';
import { didYouMean } from '../../kernel/nearest.ts';
import { shapeProblems } from '../../kernel/shape-words.ts';
import type { NewAccount } from './creation-store.ts';
import { readLines } from './lines.ts';
import {
  asEntered,
  hasTooManyRoles,
  isEmail,
  isLocale,
  isPersonName,
  isRole,
  isSubject,
  isTimeZone,
  isUsername,
} from './policy.ts';

/** What a line of an import says, and what is wrong with one. Knows nothing that is stored. */

export interface ImportProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

export interface ImportLine {
  readonly line: number;
  readonly account: NewAccount;
  readonly totpSecret?: string;
}

export interface LineRules {
  /** Throws a GatehouseError whose safe message says why a hash cannot be taken. */
  readonly checkPasswordHash: (hash: string) => void;
  readonly now: Date;
  /** The id of a unit that a line names; undefined where there is none. Left out: whoever imports the line finds it. */
  readonly findUnit?: (named: string) => string | undefined;
  /** What of attributes can be taken, and what is wrong with them (`domain/attributes`). */
  readonly attributes: {
    ofImported(given: Readonly<Record<string, unknown>>): {
      readonly attributes: AttributeValues;
      readonly findings: readonly { readonly name: string; readonly words: string }[];
    };
  };
}

const MAX_LINE_BYTES = 64 * 1024;
/** At least the 80 bits that authenticator apps have always taken, at most 128 bytes. */
const BASE32 = /^[A-Z2-7]{16,205}$/;
/** Lengths that no whole number of bytes has (RFC 4648, section 6). */
const IMPOSSIBLE_REMAINDERS = [1, 3, 6];

/** Every line that is not empty, one JSON object each, as the account that it asks for or with what is wrong with it. */
export async function* parseLines(
  chunks: AsyncIterable<Buffer>,
  rules: LineRules,
): AsyncGenerator<ImportLine | ImportProblem> {
  const schema = lineSchema(rules);
  for await (const line of readLines(chunks, MAX_LINE_BYTES)) {
    if ('problem' in line) yield { line: line.number, message: line.problem };
    else if (line.text.trim() !== '') yield parseLine(schema, line.number, line.text);
  }
}

type LineSchema = ReturnType<typeof lineSchema>;

const text = (isGood: (text: string) => boolean, otherwise: string) =>
  z.string('must be text').transform(asEntered).refine(isGood, otherwise);

const boolean = () => z.boolean('must be true or false');

const personName = () => text(isPersonName, 'must be one line of 1 to 200 characters');

const isBase32Secret = (secret: string) =>
  BASE32.test(secret) && !IMPOSSIBLE_REMAINDERS.includes(secret.length % 8);

const reportProblem = (check: (value: string) => void) => (value: string, context: z.RefinementCtx) => {
  try {
    check(value);
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    context.addIssue({ code: 'custom', message: error.safeMessage });
  }
};

function lineSchema({ checkPasswordHash, now, attributes, findUnit = (named) => named }: LineRules) {
  return z.strictObject({
    email: text(isEmail, 'is not an e-mail address'),
    name: personName(),
    sub: z
      .string('must be text')
      .refine(isSubject, 'must be 1 to 255 ASCII characters, without spaces around it, and not "gatehouse"')
      .nullish(),
    username: text(isUsername, 'must be 1 to 128 characters without @ and spaces, and no UUID').nullish(),
    given_name: personName().nullish(),
    family_name: personName().nullish(),
    locale: text(isLocale, 'is not a BCP 47 language tag').nullish(),
    zoneinfo: text(isTimeZone, 'is not a name of the IANA time zone database').nullish(),
    roles: z
      .array(
        z
          .string('must be text')
          .refine(isRole, 'must be of lower-case letters and digits, joined by - _ . or :'),
        'must be a list of roles',
      )
      .refine((roles) => !hasTooManyRoles(roles), 'are too many')
      .default([]),
    unit: z
      .string('must be text')
      .transform((named, context) => {
        const id = findUnit(named);
        if (id !== undefined) return id;
        const message = 'is no unit; give its id, or its name behind those above it, joined by /';
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      })
      .nullish(),
    status: z.enum(['active', 'disabled'], 'must be "active" or "disabled"').default('active'),
    email_verified: boolean().default(false),
    password_hash: z.string('must be text').superRefine(reportProblem(checkPasswordHash)).nullish(),
    password_changed_at: z.iso
      .datetime({
        offset: true,
        error: 'must be a date and time with its zone, such as 2025-01-31T08:00:00Z',
      })
      .transform((value) => new Date(value))
      .refine((date) => date <= now, 'must not be in the future')
      .nullish(),
    must_change_password: boolean().default(false),
    totp_secret: z
      .string('must be text')
      .transform((value) => value.toUpperCase().replace(/[\s-]|=+$/g, ''))
      .refine(isBase32Secret, 'is not a base32 secret of 80 bits or more')
      .nullish(),
    attributes: z
      .record(z.string(), z.unknown(), 'must be an object')
      .nullish()
      .transform((given, context) => {
        const { attributes: taken, findings } = attributes.ofImported(given ?? {});
        for (const { name, words } of findings)
          context.addIssue({ code: 'custom', path: [printable(name.slice(0, 60))], message: words });
        return taken;
      }),
  });
}

/** Where nobody knows which there are: they are passed on, and judged by the import. */
export const ANY_ATTRIBUTES: LineRules['attributes'] = {
  ofImported: (given) => ({ attributes: given as AttributeValues, findings: [] }),
};

/** What a line may hold, in the order in which people are told of it. */
export const IMPORT_FIELDS = Object.keys(
  lineSchema({
    checkPasswordHash: () => undefined,
    now: new Date(0),
    attributes: ANY_ATTRIBUTES,
  }).shape,
);

/** What is wrong with the fields of a line, by the name of each; asked by whoever makes lines. */
export function lineProblems(rules: LineRules) {
  const schema = lineSchema(rules);
  return (fields: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> => {
    const result = schema.safeParse(fields);
    const issues = result.success ? [] : result.error.issues;
    return new Map(
      issues.map((issue) => {
        const name = String(issue.path[0]);
        return [
          name,
          issue.code === 'custom' ? `${name}: ${issue.message}` : describe(issue, fields),
        ] as const;
      }),
    );
  };
}

/** No message repeats a value but the address: the file holds secrets, and messages end up on screens and in logs. */
function parseLine(schema: LineSchema, line: number, json: string): ImportLine | ImportProblem {
  let value: unknown;
  try {
    value = parseJsonText(json);
  } catch (error) {
    if (isTableHead(line, json)) return { line, message: TABLE };
    const where = error instanceof JsonMistake ? ` (column ${error.column}: ${error.problem})` : '';
    return { line, message: `the line is not JSON${where}` };
  }
  const twice = duplicateNames(json);
  if (twice.length > 0) return { line, message: `fields that are there twice: ${listed(twice)}` };
  const result = schema.safeParse(value);
  if (!result.success)
    return { line, message: result.error.issues.map((issue) => describe(issue, value)).join('; ') };
  const { totp_secret: totpSecret } = result.data;
  const account = accountOf(result.data);
  return totpSecret == null ? { line, account } : { line, account, totpSecret };
}

const present = <Name extends string, Value>(name: Name, value: Value | null | undefined) =>
  (value == null ? {} : { [name]: value }) as { readonly [K in Name]?: Value };

const accountOf = (data: z.output<LineSchema>): NewAccount => ({
  email: data.email,
  emailVerified: data.email_verified,
  ...present('sub', data.sub),
  ...present('username', data.username),
  name: data.name,
  ...present('givenName', data.given_name),
  ...present('familyName', data.family_name),
  ...present('locale', data.locale),
  ...present('zoneinfo', data.zoneinfo),
  roles: data.roles,
  ...present('unit', data.unit),
  status: data.status,
  ...present('passwordHash', data.password_hash),
  ...present('passwordChangedAt', data.password_changed_at),
  passwordMustChange: data.must_change_password,
  // Not where there are none: the digests of lines that were imported before there were attributes stay the same.
  ...(Object.keys(data.attributes).length === 0 ? {} : { attributes: data.attributes }),
});

function describe(issue: z.core.$ZodIssue, input: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    const plain = issue.keys.includes('password') ? ' (a plain password is never taken: give its hash)' : '';
    const names = issue.keys
      .slice(0, 20)
      .map((key) => `${printable(key.slice(0, 60))}${didYouMean(key, IMPORT_FIELDS)}`);
    return `unknown fields: ${names.join(', ')}${plain}`;
  }
  if (issue.path.length === 0) return 'the line is not a JSON object';
  return shapeProblems([issue], { input }).join('; ');
}

const listed = (names: readonly string[]) => printable(names.join(', ').slice(0, 200));

const TABLE = 'the line is the head of a table (CSV): "gatehouse users convert --from csv" makes lines of it';

/** What is given when the import is mistaken for one of CSV. */
const isTableHead = (line: number, json: string) =>
  line === 1 && !/^\s*[[{]/.test(json) && /e-?mail/i.test(json) && /[,;\t]/.test(json);

// A key of the file may hold anything, also what would move a terminal's cursor.
const printable = (name: string) => name.replace(/\p{C}/gu, '?');
