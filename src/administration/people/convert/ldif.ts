import { readLines } from '../../../domain/accounts/lines.ts';
import {
  attributesOf,
  type Converted,
  type ConvertOptions,
  leftOut,
  nameOf,
  textOf,
  usernameOf,
} from './converted.ts';

/**
 * LDIF (RFC 2849) of people as directories keep them (inetOrgPerson, RFC 2798; posixAccount; Active Directory's user). The password
 * stays as RFC 2307 and OpenLDAP write it, `{SCHEME}…`.
 */

interface Entry {
  /** Where it begins, counted from 1. */
  readonly line: number;
  /** By the name of the attribute, in small letters and without its options. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** What of the entry could not be read. */
  readonly unread: readonly string[];
}

const LONGEST_LINE = 4 * 1024 * 1024;
const PEOPLE = /^(person|organizationalperson|inetorgperson|posixaccount|user|account)$/i;
const NOT_PEOPLE = /^(computer|group|groupofnames|groupofuniquenames|posixgroup|organizationalunit)$/i;

export async function* convertLdif(
  chunks: AsyncIterable<Buffer>,
  options: ConvertOptions,
): AsyncGenerator<Converted> {
  for await (const entry of entriesOf(chunks)) {
    const classes = entry.values.get('objectclass') ?? [];
    const change = entry.values.get('changetype')?.[0];
    if (change !== undefined && change !== 'add')
      yield leftOut(entry.line, `the entry is a change ("${change}"): give a dump of the directory`);
    else if (classes.some((each) => NOT_PEOPLE.test(each)) || !classes.some((each) => PEOPLE.test(each)))
      continue;
    else yield personOf(entry, options);
  }
}

function personOf({ line, values, unread }: Entry, options: ConvertOptions): Converted {
  const { sub } = options;
  const first = (name: string) => textOf(values.get(name)?.[0]);
  const dn = first('dn') ?? '?';
  const mails = values.get('mail') ?? [];
  const email = textOf(mails[0]);
  if (email === undefined) return leftOut(line, `"${dn}" has no address (mail)`);
  const left = [...unread];
  if (mails.length > 1) left.push(`further addresses are not taken (${mails.slice(1).join(', ')})`);
  const [givenName, familyName] = [first('givenname'), first('sn')];
  if (values.has('memberof')) left.push('groups (memberOf) are not taken: users set-roles gives roles');
  const hash = passwordHashOf(values.get('userpassword'), left);
  const changed = hash === undefined ? undefined : timeOf(first('pwdchangedtime'));
  const fields = {
    email,
    sub: sub === undefined ? undefined : first(sub.toLowerCase()),
    username: usernameOf(first('uid') ?? first('samaccountname'), email, left),
    name: nameOf(first('displayname') ?? first('cn'), givenName, familyName, email),
    given_name: givenName,
    family_name: familyName,
    locale: first('preferredlanguage'),
    status: isDisabled(first) ? 'disabled' : 'active',
    must_change_password: /^true$/i.test(first('pwdreset') ?? ''),
    password_hash: hash,
    password_changed_at: changed,
    attributes: attributesOf(options, (name) => values.get(name.toLowerCase())),
  };
  return { line, fields, left };
}

/** Disabled by an administrator: OpenLDAP's ppolicy, 389 Directory Server, Active Directory (ACCOUNTDISABLE). */
const isDisabled = (first: (name: string) => string | undefined): boolean =>
  first('pwdaccountlockedtime') === '000001010000Z' ||
  /^true$/i.test(first('nsaccountlock') ?? '') ||
  (Number(first('useraccountcontrol') ?? 0) & 2) !== 0;

function passwordHashOf(passwords: readonly string[] | undefined, left: string[]): string | undefined {
  const [password, ...more] = passwords ?? [];
  if (password === undefined) return undefined;
  if (more.length > 0) left.push('more than one password: the first one is taken');
  if (/^\{(?!cleartext\})[A-Za-z0-9_-]+\}./i.test(password)) return password;
  left.push('the password is no hash, and a plain password is never taken');
  return undefined;
}

/** GeneralizedTime (RFC 4517, section 3.3.13), as far as directories write it: to the second, in UTC. */
function timeOf(text: string | undefined): string | undefined {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(text ?? '') ?? [];
  const [year, month, day, hours, minutes, seconds] = parts;
  return seconds === undefined ? undefined : `${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`;
}

/** Lines that begin with a space go on with the one before (RFC 2849, note 2); an empty line ends an entry. */
async function* entriesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  let lines: { line: number; text: string }[] = [];
  let unread: string[] = [];
  const entry = (): Entry | undefined => {
    const [first] = lines;
    const made = first === undefined ? undefined : entryOf(first.line, lines, unread);
    [lines, unread] = [[], []];
    return made?.values.has('dn') ? made : undefined;
  };
  for await (const line of readLines(chunks, LONGEST_LINE)) {
    if ('problem' in line) unread.push(`line ${line.number}: ${line.problem}`);
    else if (line.text === '') {
      const made = entry();
      if (made !== undefined) yield made;
    } else if (line.text.startsWith(' ')) {
      const before = lines.at(-1);
      if (before !== undefined) before.text += line.text.slice(1);
    } else lines.push({ line: line.number, text: line.text });
  }
  const last = entry();
  if (last !== undefined) yield last;
}

function entryOf(
  line: number,
  lines: readonly { line: number; text: string }[],
  problems: readonly string[],
): Entry {
  const values = new Map<string, string[]>();
  const unread = [...problems];
  for (const { line: at, text } of lines) {
    if (text.startsWith('#')) continue;
    const [, name, kind, rest = ''] = /^([A-Za-z0-9.;-]+):([:<]?) *(.*)$/s.exec(text) ?? [];
    const attribute = name?.toLowerCase().split(';', 1)[0];
    if (attribute === undefined) unread.push(`line ${at} is no attribute`);
    else if (kind === '<') unread.push(`${name}: what is kept in another file is not read`);
    else {
      const value = kind === ':' ? utf8(rest) : rest;
      // Photographs and the like: nothing that a line has a place for.
      if (value === undefined) continue;
      const before = values.get(attribute);
      // In place: a group has a hundred thousand members.
      if (before === undefined) values.set(attribute, [value]);
      else before.push(value);
    }
  }
  return { line, values, unread };
}

function utf8(base64: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
}
