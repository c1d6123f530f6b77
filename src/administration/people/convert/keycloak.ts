import { z } from 'zod';
import { toBase32 } from '../../../domain/totp/base32.ts';
import { jsonElements } from '../../../kernel/json-elements.ts';
import {
  attributesOf,
  type Converted,
  type ConvertOptions,
  decoded,
  LONGEST_ELEMENT,
  leftOut,
  nameOf,
  roleOf,
  textOf,
  usernameOf,
} from './converted.ts';

/**
 * The realm export of Keycloak (`kc.sh export`), with its users in the same file or in files of their own (`--users
 * different_files`). Hashes are those of its providers `pbkdf2`, `pbkdf2-sha256`, `pbkdf2-sha512` and `argon2`, kept as two JSON
 * texts inside of the JSON. https://www.keycloak.org/server/importExport
 */
export async function* convertKeycloak(
  chunks: AsyncIterable<Buffer>,
  options: ConvertOptions,
): AsyncGenerator<Converted> {
  for await (const { line, text } of jsonElements(decoded(chunks), 'users', LONGEST_ELEMENT)) {
    for (const user of usersOf(text)) {
      const parsed = userSchema.safeParse(user);
      yield parsed.success
        ? personOf(line, parsed.data, options)
        : leftOut(line, 'this is not a user of Keycloak');
    }
  }
}

/** An export of several realms is an array of them. */
function usersOf(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    const { users } = (value ?? {}) as { users?: unknown };
    return Array.isArray(users) ? users : [value];
  } catch {
    return [undefined];
  }
}

const list = z.array(z.string()).catch([]);
const texts = z.record(z.string(), z.array(z.string())).catch({});

const credentialSchema = z.looseObject({
  type: z.string(),
  createdDate: z.number().optional(),
  secretData: z.string().optional(),
  credentialData: z.string().optional(),
});

const userSchema = z.looseObject({
  id: z.string().optional(),
  username: z.string(),
  email: z.string().nullish(),
  emailVerified: z.boolean().catch(false),
  enabled: z.boolean().catch(true),
  firstName: z.string().nullish(),
  lastName: z.string().nullish(),
  attributes: texts,
  credentials: z.array(credentialSchema).catch([]),
  requiredActions: list,
  realmRoles: list,
  groups: list,
  serviceAccountClientId: z.string().nullish(),
});

type User = z.output<typeof userSchema>;
type Credential = z.output<typeof credentialSchema>;

const own = <Value>(of: Readonly<Record<string, Value>>, name: string) =>
  Object.hasOwn(of, name) ? of[name] : undefined;

/** What every realm gives everybody. */
const OWN_ROLES = /^(default-roles-.*|offline_access|uma_authorization)$/;

function personOf(line: number, user: User, options: ConvertOptions): Converted {
  const { sub = 'id' } = options;
  if (textOf(user.serviceAccountClientId) !== undefined)
    return leftOut(
      line,
      `"${user.username}" is the account of a service: register a client with client_credentials`,
    );
  const email = textOf(user.email) ?? (user.username.includes('@') ? user.username : undefined);
  if (email === undefined) return leftOut(line, `"${user.username}" has no address`);
  const left: string[] = [];
  const [givenName, familyName] = [textOf(user.firstName), textOf(user.lastName)];
  if (user.groups.length > 0) left.push(`groups are not taken (${user.groups.join(', ')})`);
  const others = user.requiredActions.filter(
    (action) => action !== 'UPDATE_PASSWORD' && action !== 'VERIFY_EMAIL',
  );
  if (others.length > 0) left.push(`required actions are not taken (${others.join(', ')})`);
  const fields = {
    email,
    email_verified: user.emailVerified,
    sub: sub === 'id' || sub === 'username' ? user[sub] : user.attributes[sub]?.[0],
    username: usernameOf(user.username, email, left),
    name: nameOf(undefined, givenName, familyName, email),
    given_name: givenName,
    family_name: familyName,
    locale: user.attributes.locale?.[0],
    zoneinfo: user.attributes.zoneinfo?.[0],
    roles: [...new Set(user.realmRoles.filter((role) => !OWN_ROLES.test(role)).map(roleOf))],
    status: user.enabled ? 'active' : 'disabled',
    must_change_password: user.requiredActions.includes('UPDATE_PASSWORD'),
    attributes: attributesOf(options, (name) => own(user.attributes, name)),
    ...credentialsOf(user.credentials, left),
  };
  return { line, fields, left };
}

function credentialsOf(credentials: readonly Credential[], left: string[]) {
  const fields: Record<string, unknown> = {};
  for (const credential of credentials) {
    const { type } = credential;
    if (type === 'password' && fields.password_hash === undefined) {
      fields.password_hash = passwordHashOf(credential);
      if (fields.password_hash === undefined) left.push('the password is not of a form that is known here');
      else fields.password_changed_at = timeOf(credential.createdDate);
    } else if (type === 'otp' && fields.totp_secret === undefined) {
      fields.totp_secret = totpSecretOf(credential);
      if (fields.totp_secret === undefined)
        left.push('the one-time codes are not those of RFC 6238 with SHA-1, 6 digits and 30 seconds');
    } else
      left.push(type.startsWith('webauthn') ? PASSKEY : `a credential of the kind "${type}" is not taken`);
  }
  return fields;
}

/** Undefined for what is no time at all. */
function timeOf(milliseconds: number | undefined): string | undefined {
  const time = new Date(milliseconds ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

const PASSKEY = 'a passkey belongs to the host name of Keycloak and works nowhere else';

/** Both are JSON texts; numbers of `additionalParameters` are texts in lists. */
function dataOf({ secretData, credentialData }: Credential): Record<string, unknown> | undefined {
  try {
    const secret = JSON.parse(secretData ?? '') as object;
    const data = JSON.parse(credentialData ?? '') as { additionalParameters?: Record<string, string[]> };
    const parameters = Object.entries(data.additionalParameters ?? {}).map(([name, value]) => [
      name,
      value?.[0],
    ]);
    return { ...Object.fromEntries(parameters), ...data, ...secret };
  } catch {
    return undefined;
  }
}

const PBKDF2: Readonly<Record<string, string>> = {
  pbkdf2: 'pbkdf2-sha1',
  'pbkdf2-sha256': 'pbkdf2-sha256',
  'pbkdf2-sha512': 'pbkdf2-sha512',
};
const ARGON2_VERSIONS: Readonly<Record<string, number>> = { '1.0': 16, '1.3': 19 };

const passwordSchema = z.looseObject({
  value: z.string(),
  salt: z.string(),
  algorithm: z.string(),
  hashIterations: z.int(),
  type: z.string().optional(),
  version: z.string().optional(),
  memory: z.coerce.number().int().optional(),
  parallelism: z.coerce.number().int().optional(),
});

function passwordHashOf(credential: Credential): string | undefined {
  const { data } = passwordSchema.safeParse(dataOf(credential));
  if (data === undefined) return undefined;
  const [salt, digest] = [data.salt, data.value].map((text) => Buffer.from(text, 'base64'));
  const ending = `$${unpadded(salt)}$${unpadded(digest)}`;
  const pbkdf2 = PBKDF2[data.algorithm];
  if (pbkdf2 !== undefined) return `$${pbkdf2}$i=${data.hashIterations},l=${digest?.length}${ending}`;
  const version = ARGON2_VERSIONS[data.version ?? '1.3'];
  if (data.algorithm !== 'argon2' || version === undefined) return undefined;
  const { type = 'id', memory, parallelism, hashIterations: passes } = data;
  return `$argon2${type}$v=${version}$m=${memory},t=${passes},p=${parallelism}${ending}`;
}

const unpadded = (bytes: Buffer | undefined) =>
  (bytes ?? Buffer.alloc(0)).toString('base64').replace(/=+$/, '');

const otpSchema = z.looseObject({
  value: z.string(),
  subType: z.literal('totp'),
  algorithm: z.literal('HmacSHA1').catch('HmacSHA1'),
  digits: z.literal(6),
  period: z.literal(30),
  secretEncoding: z.string().optional(),
});

/** The key is the bytes of the text that Keycloak keeps, unless that says that it is base32 already. */
function totpSecretOf(credential: Credential): string | undefined {
  const found = dataOf(credential);
  const { data } = otpSchema.safeParse(found);
  if (data === undefined || (found?.algorithm ?? 'HmacSHA1') !== 'HmacSHA1') return undefined;
  return data.secretEncoding === 'BASE32' ? data.value : toBase32(Buffer.from(data.value));
}
