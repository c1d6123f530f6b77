import { z } from 'zod';
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
 * The output of Django's `manage.py dumpdata auth` (or of a user model of one's own: any model whose name ends with `user`). Hashes
 * stay as Django writes them: https://docs.djangoproject.com/en/5.2/topics/auth/passwords/#how-django-stores-passwords
 */
export async function* convertDjango(
  chunks: AsyncIterable<Buffer>,
  options: ConvertOptions,
): AsyncGenerator<Converted> {
  const groups = new Map<string, string>();
  for await (const { line, text } of jsonElements(decoded(chunks), '', LONGEST_ELEMENT)) {
    const parsed = recordSchema.safeParse(parsedJson(text));
    if (!parsed.success) {
      yield leftOut(line, 'this is not a record of dumpdata');
      continue;
    }
    const { model, pk, fields } = parsed.data;
    if (model === 'auth.group') groups.set(String(pk), String(fields.name));
    else if (/user$/i.test(model)) yield personOf({ line, pk, fields, options, groups });
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const key = z.union([z.int(), z.string()]);
const recordSchema = z.looseObject({
  model: z.string(),
  /** None with `--natural-primary`. */
  pk: key.nullish(),
  fields: z.record(z.string(), z.unknown()),
});

interface DjangoRecord {
  readonly line: number;
  readonly pk: z.output<typeof key> | null | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly options: ConvertOptions;
  readonly groups: ReadonlyMap<string, string>;
}

function personOf({ line, pk, fields, options, groups }: DjangoRecord): Converted {
  const { sub } = options;
  const username = textOf(fields.username);
  const email = textOf(fields.email) ?? (username?.includes('@') ? username : undefined);
  if (email === undefined) return leftOut(line, `"${username ?? pk ?? '?'}" has no address`);
  const left: string[] = [];
  const [givenName, familyName] = [textOf(fields.first_name), textOf(fields.last_name)];
  if (fields.is_superuser === true) left.push('that they are a superuser is not taken: give them a role');
  const subject = sub === 'pk' ? pk : sub === undefined ? undefined : fields[sub];
  return {
    line,
    left,
    fields: {
      email,
      sub: subject == null ? undefined : String(subject),
      username: usernameOf(username, email, left),
      name: nameOf(textOf(fields.name), givenName, familyName, email),
      given_name: givenName,
      family_name: familyName,
      roles: rolesOf(fields.groups, groups, left),
      status: fields.is_active === false ? 'disabled' : 'active',
      password_hash: passwordHashOf(fields.password),
      attributes: attributesOf(options, (name) =>
        Object.hasOwn(fields, name) ? [fields[name]].flat() : undefined,
      ),
    },
  };
}

/** Groups by their key, or by their name (`--natural-foreign`). Those of a key come before the people who are in them. */
function rolesOf(given: unknown, groups: ReadonlyMap<string, string>, left: string[]): string[] {
  const named = (Array.isArray(given) ? given : []).map((group: unknown) =>
    Array.isArray(group) ? String(group[0]) : groups.get(String(group)),
  );
  if (named.includes(undefined)) left.push('groups whose names are not in the file are not taken');
  return [...new Set(named.filter((name) => name !== undefined).map(roleOf))];
}

/** What begins with `!` is no password (`set_unusable_password`). */
function passwordHashOf(password: unknown): string | undefined {
  const text = textOf(password);
  return text === undefined || text.startsWith('!')
    ? undefined
    : text.replace(/^(?:argon2|bcrypt\$)(?=\$)/, '');
}
