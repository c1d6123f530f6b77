import { expect } from 'chai';
import type { z } from 'zod';
import type { Act } from '../../src/administration/act.ts';
import { audit } from '../../src/administration/audit/index.ts';
import { ACTS, type AdministrationDependencies } from '../../src/administration/index.ts';
import type { Account } from '../../src/domain/accounts/store.ts';
import { act } from '../support/administration.ts';
import { type CommandCounter, countCommands } from '../support/command-counter.ts';
import { asFixture } from '../support/evidence/fixture.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** Who each row of a list about one person is about; `$1` below, and the row's number is `n`. */
const MANY = 200;
const ID = (what: string) => `md5('${what}' || n)::uuid`;
const PERSON = '$1::uuid';
const BULK_ID = '00000000-0000-4000-8000-00000000b01c';

/** By table, how a row of it is made. */
const FILLED: Readonly<Record<string, string>> = {
  units: `(id, name, name_key, created_at) select ${ID('unit')}, 'U' || n, 'u' || n, now()`,
  accounts: `(id, email, email_key, email_verified, name, roles, status, unit, created_at, updated_at)
    select ${ID('account')}, 'p' || n || '@example.org', 'p' || n || '@example.org', true, 'P ' || n, '{nurse}', 'active',
      ${ID('unit')}, now(), now()`,
  clients: `(id, metadata, created_at, updated_at)
    select 'client-' || n, '{"client_id": "x", "client_name": "C", "redirect_uris": ["https://c.example/"]}', now(), now()`,
  client_owners: `(client, account, added_at) select 'client-1', ${ID('account')}, now()`,
  client_registration_tokens: `(id, digest, name, uses, uses_left, created_at, expires_at)
    select ${ID('token')}, sha256(convert_to('token' || n, 'UTF8')), 'T', 1, 1, now(), now() + interval '1 day'`,
  resources: `(identifier, name, scopes, token_algorithm, token_seconds, created_at)
    select 'https://r' || n || '.example', 'R', '[]', 'ES256', 600, now()`,
  consents: `(account_id, client_id, granted, granted_at, updated_at)
    select ${PERSON}, 'client-' || n, '{"scopes": ["openid"], "claims": [], "resources": {}}', now(), now()`,
  trusted_devices: `(account_id, id_hash, created_at, expires_at)
    select ${PERSON}, sha256(convert_to('device' || n, 'UTF8')), now(), now() + interval '1 day'`,
  passkeys: `(id, account_id, credential_id, public_key, counter, transports, backup_eligible, backed_up, aaguid, created_at)
    select ${ID('key')}, ${PERSON}, convert_to('key' || n, 'UTF8'), ''::bytea, 0, '{}', false, false, ${ID('kind')}, now()`,
  sessions: `(uid, account_id, created_at, last_active_at, signed_in_at, idle_seconds, absolute_seconds, idle_expires_at,
      absolute_expires_at, ip, user_agent, acr)
    select 'session-' || n, $1, now(), now(), now(), 1200, 43200, now() + interval '20 minutes', now() + interval '12 hours',
      '203.0.113.7', 'Mozilla/5.0', 'aal2'`,
  mail_outbox: `(id, kind, account_id, priority, state, attempts, next_attempt_at, created_at, finished_at)
    select ${ID('mail')}, 'new-device', ${ID('account')}, 0, 'dead', 1, now(), now(), now()`,
  logout_deliveries: `(id, client_id, account_id, sid, uri, state, attempts, refusals, next_attempt_at, created_at, finished_at)
    select ${ID('notice')}, 'client-1', ${ID('account')}, 's', 'https://c.example/', 'given_up', 1, 0, now(), now(), now()`,
  approvals: `(id, act, asker_kind, asker, reason, account, requested_at, expires_at, state)
    select ${ID('approval')}, 'people.delete', 'person', $1, 'left', ${ID('account')}, now(), now() + interval '1 day', 'declined'`,
  groups: `(id, name, name_key, description, created_at) select ${ID('group')}, 'G' || n, 'g' || n, '', now()`,
  group_members: `(group_id, account, added_at) select md5('group1')::uuid, ${ID('account')}, now()`,
  audit_holds: `(account, reason, placed_at) select ${ID('account')}::text, 'case', now()`,
  break_glass_accounts: `(account, username, created_at, created_by) select ${ID('account')}, 'bg-' || n, now(), 'tester'`,
  bulk_rows: `(bulk, place, account, state) select '${BULK_ID}', n, ${ID('account')}, 'refused'`,
};

/** Before the first of those tables. */
const BULK = `insert into bulk_jobs (id, act, options, asker, asked_by, people, state, created_at)
  values ('${BULK_ID}', 'disable', '{"act": "disable"}', '{"kind": "system"}', 'system', 200, 'done', now())`;

/** Lists with as many rows as there are kinds, or months: nobody fills them. */
const FEW = new Set(['keys.list', 'audit.list_keys']);
const IS_LIST = /\.(?:list(?:_\w+)?|bulk_rows|problems|follow)$/u;

describe('every list', function lists() {
  this.timeout(120_000);
  let database: TestDatabase;
  let counter: CommandCounter;
  let server: TestServer;
  let person: Account;

  before(async () => {
    database = await createTestDatabase();
    counter = await countCommands(database.serverUrl);
    server = await startTestServer({ settings: { DATABASE_URL: counter.url } });
    await server.app.jobs.stop(1_000);
    person = await server.addAccount();
    await asFixture(server.app.database, (tx) => tx.query(BULK));
    await fill(1, 1);
  });
  after(async () => {
    await server.stop();
    await counter.close();
    await database.drop();
  });

  async function fill(from: number, to: number): Promise<void> {
    // Whoever looks into the trail is told of there.
    for (let n = from; n <= to; n += 1) await act(server.app, audit.list, { limit: 1 });
    for (const [table, how] of Object.entries(FILLED))
      await asFixture(server.app.database, (tx) =>
        tx.query(
          `insert into ${table} ${how} from generate_series($2::integer, $3::integer) n where $1::text is not null`,
          [person.id, from, to],
        ),
      );
  }

  /** What each is asked; a list that is not here takes nothing but how many. */
  const inputOf = (name: string): object =>
    ({
      'people.bulk_rows': { bulk: BULK_ID, limit: MANY },
      'factors.list': { person: person.id },
      'devices.list': { person: person.id },
      'sessions.list': { person: person.id },
      'consents.list': { person: person.id },
      'clients.list_owners': { client: 'client-1' },
      'groups.list_members': { group: 'G1', limit: MANY },
      'clients.problems': { client: 'client-1', limit: MANY },
      'resources.list': {},
      'audit.list_holds': {},
      'break_glass.list': {},
    })[name] ?? { limit: MANY };

  const all = ACTS.filter(({ name, readOnly }) => readOnly && IS_LIST.test(name) && !FEW.has(name)) as Act<
    AdministrationDependencies,
    z.ZodType,
    z.ZodType
  >[];

  /** How many commands it takes, and how many rows it has told; the second time, when its statements are prepared. */
  async function measured(which: (typeof all)[number]): Promise<{ commands: number; rows: number }> {
    await act(server.app, which, inputOf(which.name));
    const before = counter.commands();
    const told = await act(server.app, which, inputOf(which.name));
    const rows = Object.values(told as object).find(Array.isArray)?.length ?? 0;
    return { commands: counter.commands() - before, rows };
  }

  it('takes as many commands to the database for 200 rows as for one', async () => {
    const one = new Map<string, { commands: number; rows: number }>();
    for (const each of all) one.set(each.name, await measured(each));
    await fill(2, MANY + 1);
    const more: string[] = [];
    for (const each of all) {
      const before = one.get(each.name);
      const after = await measured(each);
      if (!/problems$/u.test(each.name)) expect(after.rows, each.name).to.be.at.least(MANY);
      if (after.commands !== before?.commands)
        more.push(
          `${each.name}: ${before?.commands} for ${before?.rows}, ${after.commands} for ${after.rows}`,
        );
    }
    expect(more).to.deep.equal([]);
    expect(all.length).to.be.greaterThan(15);
  });
});
