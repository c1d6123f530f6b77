import type { Keyring } from '../kernel/crypto.ts';
import { FOREIGN_NAMES } from './foreign-names.ts';
import { duration } from './kinds.ts';
import type { Resolution, Source } from './load.ts';
import { allSections, allSettings, settingsOf } from './schema.ts';
import { allowedInFile, type Placed, type Setting } from './setting.ts';

/** What people read about the configuration: the listing of `gatehouse config show` and docs/configuration.md. */

/** A setting as it is in force. */
export interface EffectiveSetting {
  readonly name: string;
  /** Its key in the configuration file; null where it may not stand there. */
  readonly key: string | null;
  /** As text, a secret masked; null where there is none. */
  readonly value: string | null;
  readonly source: Source;
  /** What it would be if nothing were given; null where that is nothing. */
  readonly default: string | null;
  readonly secret: boolean;
  readonly description: string;
}

/** Every setting, in the order in which they are documented. */
export const effectiveSettings = ({
  values,
  sources,
}: Pick<Resolution, 'values' | 'sources'>): EffectiveSetting[] =>
  allSettings.map(({ path, setting }) => ({
    name: setting.env,
    key: allowedInFile(setting) ? path.join('.') : null,
    value: values.get(setting.env) === undefined ? null : shown(setting, values.get(setting.env)),
    source: sources.get(setting.env) ?? 'default',
    default: setting.fallback === undefined ? null : shown(setting, setting.fallback),
    secret: setting.secret,
    description: setting.description,
  }));

/** One line per setting: its name, its value (secrets masked) and where it came from. */
export function listing(resolution: Resolution): string {
  const rows = effectiveSettings(resolution).map(({ name, value, source }) => ({
    name,
    value: resolution.values.has(name) ? (value ?? '-') : '(not valid or missing)',
    source,
  }));
  const widthOf = (key: 'name' | 'value') => Math.max(...rows.map((row) => row[key].length));
  const [nameWidth, valueWidth] = [widthOf('name'), Math.min(widthOf('value'), 60)];
  return rows
    .map(({ name, value, source }) => `${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${source}`)
    .join('\n');
}

function shown(setting: Setting<unknown>, value: unknown): string {
  if (value === undefined) return '-';
  if (setting.secret) return masked(value);
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.join(', ');
  if (typeof value === 'object') return Object.keys(value ?? {}).length === 0 ? '-' : JSON.stringify(value);
  return String(value);
}

const isKeyring = (value: unknown): value is Keyring =>
  typeof value === 'object' && value !== null && 'current' in value && 'keys' in value;

/** Enough of a secret to recognise which one is configured, and nothing that helps anybody else. */
function masked(value: unknown): string {
  if (isKeyring(value)) {
    return [...value.keys.keys()].map((id) => `${id}:********`).join(', ');
  }
  if (Array.isArray(value)) return value.map(() => '********').join(', ');
  const url = URL.parse(String(value));
  if (url === null || url.host === '') return '********';
  const user = url.username === '' ? '' : `${url.username}${url.password === '' ? '' : ':********'}@`;
  return `${url.protocol}//${user}${url.host}${url.pathname}`;
}

/** The whole of docs/configuration.md. */
export function guide(): string {
  const sections = Object.entries(allSections).map(([name, { title, about }]) =>
    [`## ${title}`, about, table(settingsOf(name))].join('\n\n'),
  );
  return `${[INTRODUCTION, SOURCES, PRODUCTION, example(), DATABASE_ROLES, ...sections, foreignNames()].join('\n\n')}\n`;
}

const INTRODUCTION = `# Configuration

<!-- Written by \`npm run docs\` from src/config/schema.ts: change it there. -->

A development start (\`npm start\`, \`NODE_ENV\` unset) needs no configuration. Production starts nothing by itself and
takes no shortcut: what it needs must be given, and everything that is wrong is reported at once, by name.

- \`gatehouse config check\` says what is wrong, and nothing else happens. With \`--database\` it also asks the database.
- \`gatehouse config show\` lists every setting with its value and where that came from. Secrets are masked.`;

const SOURCES = `## Where values come from

The first that has a value wins:

1. The environment variable \`NAME\`, without white space around it. An empty one counts as absent.
2. The file that \`NAME_FILE\` names, without the white space around its content: the way to hand over secrets that
   Docker, Kubernetes or systemd put into files. Every setting has its \`NAME_FILE\`. Giving both is an error.
3. The configuration file: \`config/gatehouse.jsonc\`, or the one that \`GATEHOUSE_CONFIG\` names. It is JSON with
   comments; settings stand in it under the keys of the tables below. A key that is no setting is an error, and so is
   a secret, or a key that stands there twice.
4. The default.

A value in quotes is refused: shells and compose files take quotes away, \`docker --env-file\` does not.

Warned of, by \`config check\` and in the log of every start, is what may be a mistake: a variable that looks like a misspelt
setting (\`DATABASE_URI\`) or is [one of another system](#settings-of-other-systems), a role in a policy that looks misspelt or
that nobody has, and a setting that has no effect without another one.`;

const PRODUCTION = `## Production

\`NODE_ENV=production\` requires the settings marked **required** below, and refuses what only development may do: an
\`ISSUER\` without https, \`OUTBOUND_ALLOW_LOOPBACK\`, argon2id below OWASP’s minimum, cookie keys shorter than 32
characters, secrets that are examples, patterns or made by a development start, proxies that include everybody, a database or
a Redis on another machine whose certificate and name are not verified (\`DATABASE_TLS\`, \`REDIS_TLS\`). Where your own authority
has signed the certificate of PostgreSQL, name its file in the URL: \`?sslrootcert=/run/secrets/ca.pem\`.

Gatehouse speaks plain HTTP and expects a proxy in front that terminates TLS. The proxy must add the client’s address to
\`X-Forwarded-For\` and say \`https\` in \`X-Forwarded-Proto\`, and \`TRUSTED_PROXIES\` must hold its address.
[examples/proxies](../examples/proxies/README.md) has nginx and HAProxy. What did not come by https is refused with an error
that names the setting, or, where the proxy says that its client used plain http, redirected to the issuer (GET, HEAD); the
health checks are excepted.

Make the keys with a generator, once, and keep them where you keep secrets:

\`\`\`sh
echo "k1:$(openssl rand -hex 32)"   # ENCRYPTION_KEYS
openssl rand -hex 32                # MFA_ENCRYPTION_KEY
openssl rand -hex 32                # COOKIE_KEYS
\`\`\``;

function example(): string {
  const lines = allSettings.flatMap(({ setting }) => {
    if (setting.example === undefined) return [];
    if (setting.secret) return [`${setting.env}_FILE=/run/secrets/${setting.env.toLowerCase()}`];
    // No quotes around what holds spaces: docker would make them a part of the value.
    return [`${setting.env}=${setting.example}`];
  });
  const secrets = allSettings
    .filter(({ setting }) => setting.secret && setting.example !== undefined)
    .map(({ setting }) => `| \`/run/secrets/${setting.env.toLowerCase()}\` | \`${setting.example}\` |`);
  return [
    'An environment that is enough, with its secrets in files. As it stands here it is `gatehouse.env` for `docker run ' +
      '--env-file`, for `env_file` of Compose and for `EnvironmentFile` of systemd: values have no quotes around them, which ' +
      'docker would keep as a part of them, and comments are on lines of their own. (A shell would need quotes: it is no script.)',
    `\`\`\`ini\n${lines.join('\n')}\n\`\`\``,
    'In a container, mount the folder of the files at `/run/secrets`, readable for the user 1000 of the image: `-v ' +
      '"$PWD/secrets:/run/secrets:ro"`.',
    ['| File | Content |', '|---|---|', ...secrets].join('\n'),
  ].join('\n\n');
}

const DATABASE_ROLES = `## Two ways into the database

\`gatehouse migrate up\` makes and changes tables and therefore connects as their owner, with \`DATABASE_OWNER_URL\` (where
that is not set, with \`DATABASE_URL\`). Its migrations create the role \`gatehouse_server\`, which may read and write rows
but can change no table, and can neither change nor remove an audit event.

The server connects with \`DATABASE_URL\` and drops to \`gatehouse_server\` on every connection, whatever its login could
do otherwise. In production give it a login of its own that can do nothing else, so that a stolen \`DATABASE_URL\` is
worth no more than the role:

\`\`\`sql
-- once, as an administrator of PostgreSQL
create role gatehouse_owner login createrole password '…';
create database gatehouse owner gatehouse_owner;

-- once, after the first \`gatehouse migrate up\`
create role gatehouse_login login noinherit password '…';
grant gatehouse_server to gatehouse_login;
\`\`\`

Where nobody may create roles from the application’s side, create \`gatehouse_server\` (\`nologin\`) by hand first and grant
it to \`gatehouse_owner\`.`;

function table(placed: readonly Placed[]): string {
  const rows = placed.map(({ path, setting }) => {
    const cells = [
      `\`${setting.env}\``,
      !allowedInFile(setting) ? '—' : `\`${path.join('.')}\``,
      defaultOf(setting),
      capitalised(setting.kind.expected),
      setting.description + remarks(setting),
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| Name | Key in the file | Default | Value | |', '|---|---|---|---|---|', ...rows].join('\n');
}

function foreignNames(): string {
  const rows = FOREIGN_NAMES.map(
    ({ names, of, instead }) =>
      `| ${capitalised(of)} | ${names.map((name) => `\`${name}\``).join(', ')} | ${capitalised(instead)} |`,
  );
  return [
    '## Settings of other systems',
    'What other identity providers and guides to production tell people to set. Each of these variables, and its `NAME_FILE`, is ' +
      'named in a warning with what takes its place.',
    ['| What | Names | Here |', '|---|---|---|', ...rows].join('\n'),
  ].join('\n\n');
}

function remarks({ required }: Setting<unknown>): string {
  if (required === 'no') return '';
  return required === 'production'
    ? ' **Required** in production.'
    : ' **Required**; a development start brings its own.';
}

function defaultOf({ fallback, fallbackText, env }: Setting<unknown>): string {
  if (fallbackText !== undefined) return fallbackText;
  if (fallback === undefined) return '—';
  const inWords =
    env.endsWith('_SECONDS') && Number(fallback) >= 60 && Number(fallback) % 60 === 0
      ? ` (${duration(Number(fallback))})`
      : '';
  return `\`${fallback}\`${inWords}`;
}

const capitalised = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);
