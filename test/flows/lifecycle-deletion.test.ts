import { expect } from 'chai';
import { people } from '../../src/administration/people/index.ts';
import { act } from '../support/administration.ts';
import { command } from '../support/commands.ts';
import { fixture } from '../support/evidence/fixture.ts';
import { mailAbout } from '../support/lifecycle.ts';
import { auditTrail, authorize, callbackOf, handClient, tokensFor } from '../support/protocol.ts';
import { WEB_CLIENT } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const NOW = '2026-11-23T00:00:00Z';

/** A row about somebody in every table that can hold one. A new table has to be here or below. */
const ABOUT: Readonly<Record<string, (id: string) => string>> = {
  consents: (id) => `insert into consents values ('${id}', 'a', '{}', '${NOW}', '${NOW}')`,
  factor_enrolments: (id) => `insert into factor_enrolments values ('${id}', 1, true, '${NOW}')`,
  failed_attempts: (id) =>
    `insert into failed_attempts (account_id, failures, since, last_at) values ('${id}', 1, '${NOW}', '${NOW}')`,
  known_devices: (id) => `insert into known_devices values ('${id}', '\\x00', '${NOW}', '${NOW}')`,
  audit_personal: (id) => `insert into audit_personal
    values (gen_random_uuid(), '/email', '${id}', '\\x00', 'leaving.person@example.org')`,
  account_role_terms: (id) =>
    `insert into account_role_terms (account, role, owned) values ('${id}', 'helpdesk', true)`,
  client_registration_tokens: (id) => `insert into client_registration_tokens
    values (gen_random_uuid(), '\\x00', 't', '${id}', 1, 1, '${NOW}', '${NOW}')`,
  account_listings: (id) => `insert into account_listings values ('${id}', null, '${NOW}', '{}')`,
  account_attributes: (id) => `insert into account_attributes values ('${id}', 'department', 'x')`,
  account_roles: (id) => `insert into account_roles values ('${id}', 'nurse')`,
  account_words: (id) => `insert into account_words values ('${id}', 'leaving')`,
  dormancy_notices: (id) => `insert into dormancy_notices values ('${id}', '${NOW}', '${NOW}', '${NOW}')`,
  scheduled_statuses: (id) =>
    `insert into scheduled_statuses values ('${id}', 'disabled', '2099-01-01', null)`,
  bulk_jobs: (id) => `insert into bulk_jobs (id, act, options, asker, asked_by, people, state, created_at)
    values (gen_random_uuid(), 'disable', '{}', '{"accountId": "${id}"}', 'person ${id}', 1, 'running', '${NOW}')`,
  bulk_rows: (id) => `insert into bulk_rows (bulk, place, account, state)
    select id, 1, '${id}', 'refused' from bulk_jobs`,
  group_members: (id) => `with made as (
      insert into groups (id, name, name_key, description, created_at)
      values (gen_random_uuid(), 'Ward', 'ward', '', '${NOW}') returning id)
    insert into group_members select id, '${id}', '${NOW}' from made`,
  client_owners: (id) => `insert into client_owners select id, '${id}', '${NOW}' from clients`,
  approvals: (
    id,
  ) => `insert into approvals (id, act, asker_kind, asker, reason, input, account, requested_at, expires_at, state)
    values (gen_random_uuid(), 'factors.reset', 'command', 'root', 'r', 'sealed', '${id}', '${NOW}', '${NOW}', 'waiting')`,
  agreements: (id) => `insert into agreements
    values ('${id}', 'terms', '1', 'en', 'digest', '${NOW}', '\\x00')`,
  lockouts: (id) => `insert into lockouts (key_hash, account_id, of_device, failures, locks, updated_at)
    values ('\\x00', '${id}', true, 1, 0, '${NOW}')`,
  logout_deliveries: (id) => `insert into logout_deliveries
    (id, client_id, account_id, sid, uri, state, attempts, refusals, next_attempt_at, created_at, finished_at)
    values (gen_random_uuid(), 'a', '${id}', 's', 'https://app.example.org/', 'delivered', 1, 0, '${NOW}', '${NOW}', '${NOW}')`,
  mail_outbox: (id) => `insert into mail_outbox
    (id, kind, account_id, priority, sealed, state, attempts, next_attempt_at, created_at)
    values (gen_random_uuid(), 'new-device', '${id}', 1, 'sealed', 'dead', 0, '${NOW}', '${NOW}')`,
  oidc_artifacts: (id) => `insert into oidc_artifacts (model, id_hash, payload) values
    ('Interaction', '\\x01', '{"session": {"accountId": "${id}"}}'),
    ('Interaction', '\\x02', '{"params": {"login_hint": "Leaving.Person@example.org"}}'),
    ('Interaction', '\\x03', '{"params": {"login_hint": "Leaver-7"}}')`,
  one_time_links: (id) => `insert into one_time_links
    (id, purpose, token_hash, account_id, payload, created_at, expires_at)
    values (gen_random_uuid(), 'former-address', '\\x00', '${id}', '{"email": "leaving.person@example.org"}',
      '${NOW}', '${NOW}'),
    (gen_random_uuid(), 'invitation', '\\x01', null, '{"identifier": "leaving.person@example.org"}', '${NOW}', '${NOW}')`,
  passkeys: (id) => `insert into passkeys
    (id, account_id, credential_id, public_key, counter, transports, backup_eligible, backed_up, aaguid, created_at)
    values (gen_random_uuid(), '${id}', '\\x00', '\\x00', 0, '{}', false, false, gen_random_uuid(), '${NOW}')`,
  password_failures: (id) => `insert into password_failures values ('${id}', 1, null, '${NOW}')`,
  password_history: (id) => `insert into password_history (id, account_id, password_hash, changed_at)
    values (gen_random_uuid(), '${id}', '$argon2id$', '${NOW}')`,
  recovery_codes: (id) => `insert into recovery_codes values ('${id}', 1, '\\x00', '${NOW}')`,
  sessions: (
    id,
  ) => `insert into sessions (uid, account_id, created_at, last_active_at, signed_in_at, idle_seconds,
      absolute_seconds, idle_expires_at, absolute_expires_at, ended_at, end_reason)
    values ('ended', '${id}', '${NOW}', '${NOW}', '${NOW}', 1, 1, '${NOW}', '${NOW}', '${NOW}', 'idle')`,
  sign_ins: (id) => `insert into sign_ins values ('${id}', 's', '${NOW}')`,
  sign_in_attempts: (id) => `insert into sign_in_attempts
    values ('\\x00', '{"accountId": "${id}"}', '${NOW}', '${NOW}')`,
  totp_authenticators: (id) => `insert into totp_authenticators
    (id, account_id, sealed_seed, sealed_by, last_step, created_at, confirmed_at)
    values (gen_random_uuid(), '${id}', 'sealed', 'mfa', 0, '${NOW}', '${NOW}')`,
  temporary_codes: (id) =>
    `insert into temporary_codes values ('${id}', '\\x00', 'k', 0, '${NOW}', '${NOW}')`,
  trusted_devices: (id) => `insert into trusted_devices values ('${id}', '\\x00', '${NOW}', '${NOW}')`,
};

/** Tables that tell of nobody, or in a way that nobody can read: keyed digests, and what is sealed for a while. */
const ABOUT_NOBODY = [
  'account_requests',
  'audit_checkpoints',
  'audit_keys',
  'audit_leaves',
  'audit_nodes',
  'audit_anchors',
  'audit_archives',
  // A hold names whom it is about, by their id; it stays until it is lifted, for the sake of what it holds.
  'audit_held_erasures',
  'audit_holds',
  'audit_restores',
  'audit_sealing',
  'audit_sinks',
  // Accounts for emergencies are nobody's and are not deleted; who has reviewed one stays as an id, as in the trail.
  'break_glass_accounts',
  'client_registrations',
  'client_secrets',
  'client_uses',
  'clients',
  // Of documents, who has applied one is in the trail alone.
  'declared_documents',
  'declared_objects',
  // Under keyed digests, sealed, for a day.
  'idempotency_keys',
  'group_endings',
  'group_roles',
  'groups',
  'password_hash_counts',
  'password_signer_keys',
  'password_stand_ins',
  'rate_limits',
  // By digests alone: what was known of an account that was merged is never given again.
  'reserved_subjects',
  'resources',
  'revoked_tokens',
  'schema_migrations',
  'sealed_keys',
  'session_clients',
  'signing_keys',
  // By keyed digests alone, and gone when an import is done.
  'staged_password_hashes',
  'status_lists',
  'units',
  'used_passkey_challenges',
];

describe('an account that is deleted', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  /** Every row of every table, as text. */
  async function contents(): Promise<Map<string, string>> {
    const { database } = server.app;
    const tables = await database.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public'`,
    );
    const texts = new Map<string, string>();
    for (const { name } of tables) {
      const rows = await database.query<{ row: string }>(`select t::text as row from "${name}" as t`);
      texts.set(name, rows.map(({ row }) => row).join('\n'));
    }
    return texts;
  }

  it('leaves nothing personal, no access, and its trail', async () => {
    const person = await server.addAccount({
      email: 'leaving.person@example.org',
      name: 'Leaving Person',
      username: 'leaver-7',
    });
    const client = handClient(
      server.issuer,
      await server.addClient({ ...WEB_CLIENT, client_name: 'Partner', first_party: false }),
    );
    const tokens = await tokensFor(client, person, { scope: 'openid email' });
    const agent = new UserAgent();
    await agent.submit(await agent.get(`${server.issuer}/forgot`), { identifier: person.email });
    const link = server.mailbox.linkIn(await mailAbout(server, person.email, 'Choose a new password'));
    const bystander = await server.addAccount();
    await tokensFor(client, bystander, { scope: 'openid email' });
    for (const insert of Object.values(ABOUT))
      await fixture(server.app.database, `${insert(person.id)} on conflict do nothing`);
    const before = await contents();
    expect([...before.keys()]).to.have.members([
      'accounts',
      'audit_events',
      ...Object.keys(ABOUT),
      ...ABOUT_NOBODY,
    ]);
    for (const name of Object.keys(ABOUT)) expect(before.get(name), name).to.include(person.id);
    const trail = (await auditTrail(server)).filter(({ account }) => account === person.id).length;
    expect(trail).to.be.above(2);

    expect(await command(server, 'users', 'delete', person.email, '--yes')).to.include(person.id);

    expect((await client.userinfo(tokens.access_token)).status).to.equal(401);
    expect((await client.refresh(tokens.refresh_token)).body.error).to.equal('invalid_grant');
    expect((await agent.get(link)).status).to.equal(410);
    const asked = await agent.open(`${server.issuer}/account`);
    const refused = await agent.submit(asked, { identifier: person.email, password: person.password });
    expect(refused.status).to.equal(401);
    const kept = (await auditTrail(server)).filter(({ account }) => account === person.id);
    expect(kept.map(({ type }) => type)).to.include('account.deleted');
    expect(kept.length).to.be.above(trail);

    for (const [name, text] of await contents()) {
      expect(text.toLowerCase(), name).to.not.include('leaving.person').and.not.include('leaving person');
      expect(text.toLowerCase(), name).to.not.include('leaver-7');
      // The id is all that stays, and only where it is evidence.
      if (name !== 'audit_events') expect(text, name).to.not.include(person.id);
    }
    expect((await contents()).get('sign_in_attempts')).to.include(bystander.id);
    expect(
      await command(server, 'users', 'delete', person.email, '--yes').catch((error) => error.code),
    ).to.equal('account_unknown');
  });

  it('frees its address for somebody who is somebody else', async () => {
    const first = await server.addAccount({ email: 'again@example.org' });
    await act(server.app, people.delete, { person: first.email });
    const second = await server.addAccount({ email: 'again@example.org' });
    expect(second.id).to.not.equal(first.id);
    const client = handClient(server.issuer, await server.addClient(WEB_CLIENT));
    const callback = await authorize(new UserAgent(), client.authorizeUrl(), second);
    expect(callbackOf(callback).has('code')).to.equal(true);
  });
});
