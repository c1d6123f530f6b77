import {
  attributesOf,
  type Converted,
  type ConvertOptions,
  decoded,
  type Fields,
  leftOut,
  nameOf,
  roleOf,
} from './converted.ts';

/** A table with a head: RFC 4180, separated by commas, semicolons or tabs, with or without a byte order mark. */

interface Row {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

const LONGEST_ROW = 1024 * 1024;

/** What a column may be called, in small letters and without what separates words, and which field it is. */
const COLUMNS: Readonly<Record<string, string>> = {
  email: 'email',
  emailaddress: 'email',
  mail: 'email',
  emailverified: 'email_verified',
  sub: 'sub',
  subject: 'sub',
  username: 'username',
  login: 'username',
  name: 'name',
  displayname: 'name',
  fullname: 'name',
  givenname: 'given_name',
  firstname: 'given_name',
  familyname: 'family_name',
  lastname: 'family_name',
  surname: 'family_name',
  locale: 'locale',
  language: 'locale',
  zoneinfo: 'zoneinfo',
  timezone: 'zoneinfo',
  role: 'roles',
  roles: 'roles',
  groups: 'roles',
  unit: 'unit',
  status: 'status',
  passwordhash: 'password_hash',
  passwordchangedat: 'password_changed_at',
  mustchangepassword: 'must_change_password',
  totpsecret: 'totp_secret',
};

/** In front of the name of a column that becomes an attribute. Of several values, `|` stands between. */
const ATTRIBUTE = 'attribute ';

const plain = (name: string) => name.toLowerCase().replace(/[^a-z]/g, '');

export async function* convertCsv(
  chunks: AsyncIterable<Buffer>,
  options: ConvertOptions,
): AsyncGenerator<Converted> {
  const { sub, attributes } = options;
  let columns: readonly (string | undefined)[] | undefined;
  for await (const { line, cells } of rowsOf(decoded(chunks))) {
    if (columns === undefined) {
      columns = cells.map((cell) => {
        const name = cell.trim();
        if (name === sub) return 'sub';
        return attributes?.has(name) === true ? `${ATTRIBUTE}${name}` : COLUMNS[plain(name)];
      });
      yield* problemsOfHead(line, cells, columns);
      if (!columns.includes('email')) return;
    } else if (cells.length !== columns.length) {
      yield leftOut(line, `the row has ${cells.length} columns, and the head ${columns.length}`);
    } else yield personOf(line, columns, cells, options);
  }
}

function* problemsOfHead(
  line: number,
  names: readonly string[],
  columns: readonly (string | undefined)[],
): Generator<Converted> {
  const unknown = names.filter((_, at) => columns[at] === undefined);
  const twice = columns.filter((column, at) => column !== undefined && columns.indexOf(column) !== at);
  if (!columns.includes('email')) yield leftOut(line, 'the head names no column "email"');
  if (unknown.length > 0) yield leftOut(line, `columns that are not taken: ${unknown.join(', ')}`);
  if (twice.length > 0)
    yield leftOut(line, `more than one column is ${twice.join(', ')}: the last one counts`);
}

const YES = /^(true|yes|y|1)$/i;
const NO = /^(false|no|n|0)$/i;
/** Anything else is left to the rules of a line, which say what is wrong with it. */
const truth = (text: string): unknown => (YES.test(text) ? true : NO.test(text) ? false : text);

function personOf(
  line: number,
  columns: readonly (string | undefined)[],
  cells: readonly string[],
  options: ConvertOptions,
): Converted {
  const given: Record<string, string> = {};
  columns.forEach((column, at) => {
    const cell = cells[at]?.trim() ?? '';
    if (column !== undefined && cell !== '') given[column] = cell;
  });
  const { email, name, given_name: givenName, family_name: familyName, roles, status, ...others } = given;
  const rest = Object.fromEntries(Object.entries(others).filter(([field]) => !field.startsWith(ATTRIBUTE)));
  const fields: Fields = {
    ...rest,
    email,
    name: nameOf(name, givenName, familyName, email),
    given_name: givenName,
    family_name: familyName,
    roles: [
      ...new Set(
        roles
          ?.split(/[,;|\s]+/)
          .filter(Boolean)
          .map(roleOf),
      ),
    ],
    status: status?.toLowerCase(),
    email_verified: given.email_verified === undefined ? undefined : truth(given.email_verified),
    must_change_password:
      given.must_change_password === undefined ? undefined : truth(given.must_change_password),
    attributes: attributesOf(options, (field) =>
      given[`${ATTRIBUTE}${field}`]?.split('|').map((each) => each.trim()),
    ),
  };
  return { line, fields, left: [] };
}

/** The rows of a table. A quoted cell may hold separators, line ends and, doubled, quotes. */
async function* rowsOf(chunks: AsyncIterable<string>): AsyncGenerator<Row> {
  let separator: string | undefined;
  let [line, begins] = [1, 1];
  let cells: string[] = [];
  let [cell, head] = ['', ''];
  let length = 0;
  /** In quotes, or behind the quote that may have ended them. */
  let quotes: 'none' | 'open' | 'closed' = 'none';
  const end = (): Row | undefined => {
    const row = { line: begins, cells: [...cells, cell] };
    [cells, cell, quotes, length, begins] = [[], '', 'none', 0, line];
    return row.cells.length === 1 && row.cells[0]?.trim() === '' ? undefined : row;
  };
  for await (const chunk of chunks) {
    // The head says what separates; it has no quoted separators worth the name.
    if (separator === undefined) {
      head += chunk;
      if (head.length <= LONGEST_ROW && !/[\r\n]/.test(head) && chunk !== '') continue;
    }
    const text = separator === undefined ? head : chunk;
    separator ??= separatorOf(head);
    for (const character of text) {
      length += 1;
      if (length > LONGEST_ROW) throw new RangeError(`the row that begins on line ${begins} is too long`);
      if (quotes === 'open') {
        if (character === '"') quotes = 'closed';
        else cell += character;
        if (character === '\n') line += 1;
        continue;
      }
      if (character === '"' && quotes === 'closed') {
        cell += '"';
        quotes = 'open';
      } else if (character === '"' && cell === '') quotes = 'open';
      else if (character === separator) {
        cells.push(cell);
        [cell, quotes] = ['', 'none'];
      } else if (character === '\n') {
        line += 1;
        const row = end();
        if (row !== undefined) yield row;
      } else if (character !== '\r') cell += character;
    }
  }
  const last = end();
  if (last !== undefined) yield last;
}

/** The one that is there most often in the first line. */
function separatorOf(head: string): string {
  const [first = ''] = head.split(/\r?\n/, 1);
  const counted = [',', ';', '\t'].map((each) => ({ each, count: first.split(each).length }));
  return counted.sort((a, b) => b.count - a.count)[0]?.each ?? ',';
}
