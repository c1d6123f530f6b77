import { expect } from 'chai';
import type { Database } from '../../../src/storage/database.ts';
import { openDatabase } from '../../../src/storage/orm.ts';
import { ENTITIES, MIGRATIONS_PATH } from '../../../src/wire.ts';
import { createEmptyDatabase, type TestDatabase } from '../../support/postgres.ts';

const NOW = '2026-01-01T00:00:00Z';

/** A row for every table that the migrations make, so that taking them back is tried on tables with content. */
const ROWS: Record<string, string> = {
  accounts: `insert into accounts (id, email, email_key, email_verified, name, roles, status, created_at, updated_at)
    values (gen_random_uuid(), 'a@example.org', 'a@example.org', true, 'A', '{}', 'active', '${NOW}', '${NOW}')`,
  account_requests: `insert into account_requests values (gen_random_uuid(), 'k', 'sealed', '${NOW}', '${NOW}')`,
  audit_anchors: `insert into audit_anchors (target, since) values ('file:/anchors.txt', '${NOW}')`,
  audit_restores: `insert into audit_restores (begun_at) values ('${NOW}')`,
  audit_events: `insert into audit_events (id, at, type, outcome, details)
    values (gen_random_uuid(), '${NOW}', 'sign_in.succeeded', 'success', '{}')`,
  audit_archives: `insert into audit_archives (partition, to_at, events, archived_at)
    values ('audit_events_before', '${NOW}', 0, '${NOW}')`,
  audit_holds: `insert into audit_holds (reason, placed_at) values ('because', '${NOW}')`,
  audit_held_erasures: `insert into audit_held_erasures values ('a', '${NOW}')`,
  audit_personal: `insert into audit_personal values (gen_random_uuid(), '/a', 'a', '\\x00', 'v')`,
  audit_leaves: `insert into audit_leaves values (0, gen_random_uuid(), '${NOW}', 'none', '\\x00')`,
  audit_nodes: `insert into audit_nodes values (8, 0, '\\x00')`,
  audit_keys: `insert into audit_keys values ('k', 'verifier', 'sealed', '${NOW}')`,
  audit_checkpoints: `insert into audit_checkpoints (size, root, key, note, at)
    values (1, '\\x00', 'k', 'note', '${NOW}')`,
  audit_sinks: `insert into audit_sinks (name, position) values ('stdout', 0)`,
  audit_sealing: 'update audit_sealing set size = 1',
  break_glass_accounts: `insert into break_glass_accounts (account, username, created_at, created_by)
    values (gen_random_uuid(), 'k7m2', '${NOW}', 'sam')`,
  clients: `insert into clients (id, metadata, created_at, updated_at) values ('c', '{}', '${NOW}', '${NOW}')`,
  consents: `insert into consents values (gen_random_uuid(), 'c', '{}', '${NOW}', '${NOW}')`,
  factor_enrolments: `insert into factor_enrolments values (gen_random_uuid(), 1, false, '${NOW}')`,
  failed_attempts: `insert into failed_attempts (account_id, failures, since, last_at)
    values (gen_random_uuid(), 1, '${NOW}', '${NOW}')`,
  approvals: `insert into approvals (id, act, asker_kind, asker, reason, input, account, requested_at, expires_at, state)
    values (gen_random_uuid(), 'factors.reset', 'command', 'root', 'r', 'sealed', gen_random_uuid(), '${NOW}', '${NOW}', 'waiting')`,
  account_listings: `insert into account_listings select id, unit, '${NOW}', '{}' from accounts on conflict do nothing`,
  bulk_jobs: `insert into bulk_jobs (id, act, options, asker, asked_by, people, state, created_at)
    values (gen_random_uuid(), 'disable', '{}', '{}', 'system', 1, 'running', '${NOW}')`,
  declared_documents: `insert into declared_documents (owner, plan, steps, is_done, begun_at, drifted)
    values ('default', 'hash', '[]', false, '${NOW}', 0)`,
  declared_objects: `insert into declared_objects values ('units', 'id', 'default', 'north', null, '${NOW}')`,
  bulk_rows: `insert into bulk_rows (bulk, place, account, state) select id, 1, gen_random_uuid(), 'waiting' from bulk_jobs`,
  scheduled_statuses: `insert into scheduled_statuses select id, 'disabled', '${NOW}' from accounts`,
  account_attributes: `insert into account_attributes select id, 'department', 'x' from accounts`,
  account_roles: `insert into account_roles select id, 'nurse' from accounts`,
  account_words: `insert into account_words select id, 'ada' from accounts`,
  agreements: `insert into agreements
    values (gen_random_uuid(), 'terms', '1', 'en', 'digest', '${NOW}', '\\x00')`,
  client_secrets: `insert into client_secrets (client_id, id, digest, created_at)
    select id, '1', 'k.digest', '${NOW}' from clients`,
  client_registration_tokens: `insert into client_registration_tokens
    select gen_random_uuid(), '\\x00', 't', id, 1, 1, '${NOW}', '${NOW}' from accounts`,
  client_registrations: `insert into client_registrations select id, gen_random_uuid(), '\\x00', '${NOW}' from clients`,
  client_uses: `insert into client_uses select id, '${NOW}' from clients`,
  account_role_terms: `insert into account_role_terms (account, role, owned) select id, 'helpdesk', true from accounts`,
  client_owners: `insert into client_owners select c.id, a.id, '${NOW}' from clients c, accounts a`,
  units: `insert into units values (gen_random_uuid(), null, 'Ward', 'ward', '${NOW}')`,
  groups: `insert into groups (id, name, name_key, description, created_at)
    values (gen_random_uuid(), 'Ward', 'ward', '', '${NOW}')`,
  group_members: `insert into group_members select g.id, a.id, '${NOW}' from groups g, accounts a`,
  group_endings: `insert into group_endings (id, group_id, roles, members, created_at)
    select gen_random_uuid(), id, '{nurse}', 1, '${NOW}' from groups`,
  group_roles: `insert into group_roles select id, 'nurse' from groups`,
  known_devices: `insert into known_devices values (gen_random_uuid(), '\\x00', '${NOW}', '${NOW}')`,
  lockouts: `insert into lockouts (key_hash, of_device, failures, locks, updated_at)
    values ('\\x00', false, 1, 0, '${NOW}')`,
  dormancy_notices: `insert into dormancy_notices select id, '${NOW}', '${NOW}', '${NOW}' from accounts`,
  logout_deliveries: `insert into logout_deliveries
    (id, client_id, account_id, sid, uri, state, attempts, refusals, next_attempt_at, created_at)
    values (gen_random_uuid(), 'c', gen_random_uuid(), 's', 'https://app.example.org/logout', 'waiting', 0, 0,
      '${NOW}', '${NOW}')`,
  mail_outbox: `insert into mail_outbox (id, kind, priority, sealed, state, attempts, next_attempt_at, created_at)
    values (gen_random_uuid(), 'new-device', 1, 'sealed', 'waiting', 0, '${NOW}', '${NOW}')`,
  oidc_artifacts: `insert into oidc_artifacts (model, id_hash, payload) values ('Grant', '\\x00', '{}')`,
  one_time_links: `insert into one_time_links (id, purpose, token_hash, payload, created_at, expires_at)
    values (gen_random_uuid(), 'p', '\\x00', '{}', '${NOW}', '${NOW}')`,
  passkeys: `insert into passkeys values
    (gen_random_uuid(), gen_random_uuid(), '\\x00', '\\x00', 0, '{}', false, false, gen_random_uuid(), 'A', '${NOW}')`,
  password_failures: `insert into password_failures values (gen_random_uuid(), 1, null, '${NOW}')`,
  idempotency_keys: `insert into idempotency_keys values ('\\x00', '\\x00', 'sealed', '${NOW}', '${NOW}')`,
  rate_limits: `insert into rate_limits values ('\\x00', 1, '${NOW}')`,
  password_hash_counts: `insert into password_hash_counts (shape, accounts) values ('$2b$12', 1)`,
  password_stand_ins: `insert into password_stand_ins values (1, 1, '{}', '\\x00', '${NOW}')`,
  password_history: `insert into password_history (id, account_id, password_hash, changed_at)
    select gen_random_uuid(), id, '$argon2id$', '${NOW}' from accounts`,
  recovery_codes: `insert into recovery_codes values (gen_random_uuid(), 0, '\\x00', '${NOW}')`,
  reserved_subjects: `insert into reserved_subjects values ('\\x01', '${NOW}')`,
  resources: `insert into resources values ('urn:r', 'R', '[]', 'RS256', 600, '${NOW}')`,
  revoked_tokens: `insert into revoked_tokens values (1, '${NOW}')`,
  sealed_keys: `insert into sealed_keys values ('k', 'sealed', '${NOW}')`,
  password_signer_keys: `insert into password_signer_keys values ('k', 'sealed', '${NOW}')`,
  staged_password_hashes: `insert into staged_password_hashes values ('k', '$wrapped$', '${NOW}')`,
  session_clients: `insert into session_clients values ('s', 'c', 'sid', '${NOW}')`,
  sessions: `insert into sessions (uid, account_id, created_at, last_active_at, signed_in_at, idle_seconds,
      absolute_seconds, idle_expires_at, absolute_expires_at)
    values ('s', 'a', '${NOW}', '${NOW}', '${NOW}', 1, 1, '${NOW}', '${NOW}')`,
  sign_ins: `insert into sign_ins values (gen_random_uuid(), 's', '${NOW}')`,
  sign_in_attempts: `insert into sign_in_attempts values ('\\x00', '{}', '${NOW}', '${NOW}')`,
  signing_keys: `insert into signing_keys values ('k', 'RS256', '{}', 'sealed', '${NOW}', '${NOW}')`,
  status_lists: `insert into status_lists values (0, '${NOW}')`,
  temporary_codes: `insert into temporary_codes values (gen_random_uuid(), '\\x00', 'k', 0, '${NOW}', '${NOW}')`,
  totp_authenticators: `
    insert into totp_authenticators (id, account_id, sealed_seed, sealed_by, last_step, created_at, confirmed_at)
    select gen_random_uuid(), id, 'sealed', 'general', 0, '${NOW}', '${NOW}' from accounts`,
  trusted_devices: `insert into trusted_devices values (gen_random_uuid(), '\\x00', '${NOW}', '${NOW}')`,
  used_passkey_challenges: `insert into used_passkey_challenges values ('\\x00', '${NOW}')`,
};

/** Without the partitions, whose names tell the months in which they were made. */
const TABLES = `select relname as name from pg_class
  where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
    and relname <> 'schema_migrations' order by 1`;

describe('migrations', () => {
  let test: TestDatabase;
  let database: Database;

  beforeEach(async () => {
    test = await createEmptyDatabase();
    database = await openDatabase({
      url: test.ownerUrl,
      entities: ENTITIES,
      role: 'owner',
      poolSize: 2,
      migrationsPath: MIGRATIONS_PATH,
    });
  });
  afterEach(async () => {
    await database.close();
    await test.drop();
  });

  const tables = async () => (await database.query<{ name: string }>(TABLES)).map(({ name }) => name);

  it('go up, down from populated tables, and up again to the same', async () => {
    await database.orm.migrator.up();
    const made = await tables();
    expect(made).to.have.members(Object.keys(ROWS));
    for (const statement of Object.values(ROWS)) await database.query(statement);

    const steps = (await database.orm.migrator.getExecuted()).length;
    for (let step = 0; step < steps; step += 1) await database.orm.migrator.down();
    expect(await tables()).to.deep.equal([]);

    await database.orm.migrator.up();
    expect(await tables()).to.deep.equal(made);
  });

  it('take seeds over that were imported before there were rooms for second factors, and give them back', async () => {
    await database.orm.migrator.up({ to: 'Migration20261123001500_failed_attempts' });
    await database.query(String(ROWS.accounts));
    await database.query(
      `insert into account_imported_factors (account_id, kind, sealed_secret, created_at)
       select id, 'totp', 'v1.g1.sealed', '${NOW}' from accounts`,
    );
    await database.orm.migrator.up({ to: 'Migration20261123001600_second_factors' });
    const taken = await database.query(
      `select t.sealed_seed, t.sealed_by, t.last_step, t.confirmed_at is not null as confirmed, t.expires_at, t.name
       from totp_authenticators t join accounts a on a.id = t.account_id`,
    );
    expect(taken).to.deep.equal([
      {
        sealed_seed: 'v1.g1.sealed',
        sealed_by: 'general',
        last_step: 0,
        confirmed: true,
        expires_at: null,
        name: null,
      },
    ]);
    await database.orm.migrator.down();
    const back = 'select kind, sealed_secret from account_imported_factors';
    expect(await database.query(back)).to.deep.equal([{ kind: 'totp', sealed_secret: 'v1.g1.sealed' }]);
  });

  it('make what the entities describe', async () => {
    await database.orm.migrator.up();
    // Triggers and functions are the migrations' alone: entities cannot describe them.
    const beyondEntities = /^drop (trigger|function) |schema_migrations/u;
    const difference = await database.orm.schema.getUpdateSchemaSQL({ wrap: false });
    const lines = difference.split('\n').filter((line) => line.trim() !== '' && !beyondEntities.test(line));
    expect(lines).to.deep.equal([]);
  });

  it('give the server no right to change the schema or the audit trail', async () => {
    await database.orm.migrator.up();
    await database.query(String(ROWS.audit_events));
    for (const statement of [
      `update audit_events set type = 'x'`,
      'delete from audit_events',
      'truncate audit_events',
      'drop table audit_events',
      'alter table accounts add column x text',
      'create table x (id int)',
    ]) {
      const refused = await database
        .transaction(async (tx) => {
          await tx.query('set local role gatehouse_server');
          await tx.query(statement);
        })
        .then(
          () => 'allowed',
          (error: Error) => error.message,
        );
      expect(refused, statement).to.match(/permission denied|must be owner/u);
    }
    for (const statement of [
      `update audit_events set type = 'x'`,
      'delete from audit_events',
      'truncate audit_events',
    ]) {
      const refused = await database.query(statement).then(
        () => 'allowed',
        (error: Error) => error.message,
      );
      expect(refused, `${statement} as the owner`).to.contain('append-only');
    }
  });
});
