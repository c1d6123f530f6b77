import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { command } from '../commands.ts';
import { addApp, addPasskey, addRecoveryCodes, showPasskey, typeCode, typePassword } from '../factors.ts';
import { hashesOfEveryKind } from '../password-hashes.ts';
import { migrationsPath, stopTestPostgres } from '../postgres.ts';
import { authorize, type HandClient, handClient } from '../protocol.ts';
import { digestOfMigration, readMigrations } from '../recorded-migrations.ts';
import { WEB_CLIENT } from '../relying-party.ts';
import { startTestServer, type TestServer } from '../server.ts';
import { type Page, UserAgent } from '../user-agent.ts';
import { dumpText, dumpWhole } from './dump.ts';
import { jsonPath, type Release, releaseSchema, sqlPath } from './release.ts';

/**
 * Makes the snapshot of a release: `npx node test/support/releases/take.ts v0.2.0`, once, on the commit that is released. The
 * data come from this version's server and commands, used as people and programs use them; every table has some.
 */

const SETTINGS = {
  MAX_FAILED_LOGIN_ATTEMPTS: '3',
  RATE_LIMIT_SIGN_IN_PER_ADDRESS: '10000',
  RATE_LIMIT_SIGN_IN_PER_IDENTIFIER: '10000',
  SECOND_FACTOR_GRACE_SIGN_INS: '5',
  TRUSTED_DEVICE_DAYS: '30',
  MAX_CONCURRENT_SESSIONS: '5',
};

const PASSWORD = 'seven quiet lanterns burning';
const NEW_PASSWORD = 'marble otters juggle quietly';
const RECORDS = 'https://records.example.org';

type Found = Omit<Release, 'version' | 'takenAt' | 'migrations'>;

/** Everything that leaves a trace in a table of its own. */
async function live(server: TestServer): Promise<Found> {
  const { issuer, mailbox } = server;
  const emails = await importPeople(server);
  await server.addResource({
    identifier: RECORDS,
    name: 'Records',
    scopes: ['records:read', 'records:write'],
  });
  const registration = await server.addClient({
    ...WEB_CLIENT,
    first_party: false,
    backchannel_logout_uri: 'http://127.0.0.1:9/logout',
  });
  const client = handClient(issuer, registration);

  const person = await server.addAccount({
    email: 'amara@example.org',
    name: 'Amara Okafor',
    emailVerified: true,
  });
  const app = await addApp(server, person);
  await addRecoveryCodes(server, person);
  const agent = new UserAgent();
  const asked = await typePassword(agent, await agent.open(client.authorizeUrl()), person);
  const shown = await agent.follow(await typeCode(agent, asked, await app.fresh(), { trust: true }));
  const allowed = await agent.follow(await agent.submit(shown, { decision: 'allow' }, '/consent'));
  const tokens = (await client.redeem(String(allowed.location))).body;

  const keyHolder = await server.addAccount({ email: 'kim@example.org', name: 'Kim Holder' });
  const authenticator = await addPasskey(server, keyHolder);
  const withKey = new UserAgent();
  const askedForKey = await typePassword(withKey, await withKey.open(`${issuer}/account`), keyHolder);
  await withKey.follow(await showPasskey(withKey, askedForKey, authenticator));

  const putsOff = await server.addAccount({ email: 'bo@example.org', name: 'Bo Lind', roles: ['clinician'] });
  const later = new UserAgent();
  const offered = await typePassword(later, await later.open(`${issuer}/account`), putsOff);
  await later.follow(await later.submit(offered, {}, '/skip'));

  await programs(server, client, later);
  await operators(server, emails);
  const link = mailbox.linkIn(await mailTo(server, 'bcrypt-4@example.org', /password/i));
  await new UserAgent().submit(await new UserAgent().get(link), { password: NEW_PASSWORD });
  await guesser(server, 'scrypt@example.org');

  // From here on nothing is sent, so that something waits.
  await server.app.jobs.stop(5_000);
  await command(server, 'sessions', 'end', '--user', putsOff.email, '--yes');
  await command(server, 'users', 'reset-password', keyHolder.email);
  const forgetful = new UserAgent();
  await forgetful.submit(await forgetful.get(`${issuer}/forgot`), { identifier: keyHolder.email });
  const waiting = new UserAgent();
  await typePassword(waiting, await waiting.open(client.authorizeUrl()), person);

  const { email, password } = person;
  return {
    person: { email, password, totpSecret: app.secret, refreshToken: String(tokens.refresh_token) },
    others: { password: PASSWORD, emails },
    client: registration,
  };
}

/** One person for each kind of password hash. Answers whose is which. */
async function importPeople(server: TestServer): Promise<Record<string, string>> {
  const hashes = Object.entries(await hashesOfEveryKind(PASSWORD));
  const emails = Object.fromEntries(
    hashes.map(([kind]) => [`${kind.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}@example.org`, kind]),
  );
  const lines = hashes.map(([, hash], index) =>
    JSON.stringify({
      email: Object.keys(emails)[index],
      name: `Imported ${index}`,
      roles: index % 2 === 0 ? ['clinician'] : [],
      email_verified: true,
      password_hash: hash,
    }),
  );
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-take-'));
  const file = join(folder, 'people.jsonl');
  await writeFile(file, `${lines.join('\n')}\n`);
  await command(server, 'users', 'import', file);
  await rm(folder, { recursive: true });
  return emails;
}

/** Tokens for services, and some that were taken back. */
async function programs(server: TestServer, client: HandClient, agent: UserAgent): Promise<void> {
  const service = handClient(
    server.issuer,
    await server.addClient({
      client_name: 'Nightly export',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    }),
  );
  const asked = { resource: RECORDS, scope: 'openid records:read' };
  const page = await authorize(agent, client.authorizeUrl(asked));
  await client.redeem(String(page.location), { resource: RECORDS });
  const again = await authorize(agent, client.authorizeUrl(asked));
  const taken = (await client.redeem(String(again.location), { resource: RECORDS })).body;
  await client.post('/token/revoke', { token: String(taken.access_token) });
  await service.post('/token', {
    grant_type: 'client_credentials',
    resource: RECORDS,
    scope: 'records:read',
  });
}

async function operators(server: TestServer, emails: Record<string, string>): Promise<void> {
  const [first = '', second = ''] = Object.keys(emails);
  await command(server, 'users', 'invite', '--email', 'new@example.org', '--name', 'New Here');
  await command(server, 'users', 'reset-password', 'bcrypt-4@example.org');
  await command(server, 'users', 'disable', second);
  const helped = await server.app.accounts.store.findByIdentifier(first);
  if (helped === undefined) throw new Error(`${first} was not imported`);
  await addApp(server, helped);
  await command(server, 'users', 'temporary-code', first);
}

/** Fails until the account is locked. */
async function guesser(server: TestServer, email: string): Promise<void> {
  const agent = new UserAgent();
  let page: Page = await agent.open(`${server.issuer}/account`);
  for (let tries = 0; tries < 4; tries += 1)
    page = await agent.follow(
      await agent.submit(page, { identifier: email, password: `wrong ${tries} times over` }),
    );
  const other = new UserAgent();
  await typePassword(other, await other.open(`${server.issuer}/account`), {
    email: 'scrypt-dearer@example.org',
    password: 'wrong once and no more',
  });
}

async function mailTo({ mailbox }: TestServer, address: string, subject: RegExp) {
  for (;;) {
    const message = await mailbox.next(address);
    if (subject.test(message.subject)) return message;
  }
}

async function take(version: string): Promise<void> {
  for (const path of [sqlPath(version), jsonPath(version)])
    if (existsSync(path)) throw new Error(`${path} is there already; a release is never made again`);
  const server = await startTestServer({ settings: SETTINGS });
  const client = new pg.Client({ connectionString: server.database.ownerUrl });
  try {
    const found = await live(server);
    await client.connect();
    const dump = await dumpWhole(client);
    const { rows } = await client.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and not relispartition order by 1`,
    );
    const empty = rows.filter(
      ({ name }) => !dump.rows.some((text) => text.startsWith(`insert into ${name} `)),
    );
    if (empty.length > 0) throw new Error(`no rows in ${empty.map(({ name }) => name).join(', ')}`);
    const migrations = await readMigrations(migrationsPath);
    const release = releaseSchema.parse({
      version,
      takenAt: new Date().toISOString(),
      migrations: Object.fromEntries(migrations.map((each) => [each.name, digestOfMigration(each)])),
      ...found,
    });
    await writeFile(sqlPath(version), dumpText(dump));
    await writeFile(jsonPath(version), `${JSON.stringify(release, null, 2)}\n`);
  } finally {
    await client.end();
    await server.stop();
    await stopTestPostgres();
  }
}

const [version] = process.argv.slice(2);
if (version === undefined || !/^v\d+\.\d+\.\d+$/.test(version)) throw new Error('Usage: take.ts vX.Y.Z');
await take(version);
