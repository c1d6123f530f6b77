import { type TableRule, told, untold } from './rules.ts';

const LAST_USE = untold('a mark of the last use');

/** Clients, their secrets, and who may register them. */
export const CLIENT_TABLES: Readonly<Record<string, TableRule>> = {
  clients: {
    about: { client: 'id' },
    made: told('client.created'),
    removed: told('client.deleted'),
    changed: {
      metadata: told('client.updated', 'client.secret_rotated', 'client.secret_ended'),
      'disabled_at enabled_at owners_may_enable': told('client.disabled', 'client.enabled'),
      secret_digest: untold('a copy of client_secrets, for servers of an earlier version'),
      updated_at: untold('says when, not what'),
    },
    fixed: 'id created_at',
  },
  client_secrets: {
    about: { client: 'client_id' },
    made: told('client.created', 'client.updated', 'client.secret_rotated'),
    removed: told('client.deleted', 'client.updated', 'client.secret_rotated', 'client.secret_ended'),
    changed: {
      ends_at: told('client.secret_rotated', 'client.secret_ended'),
      digest: untold('the same secret, digested under another key when it is used'),
      expires_at: untold('notes what its end was before that was changed'),
      last_used_at: LAST_USE,
    },
    fixed: 'client_id id created_at',
  },
  client_registration_tokens: {
    made: told('client.registration_token_issued'),
    removed: {
      ...told('client.registration_token_revoked'),
      or: { types: ['account.deleted'], about: { account: 'owner' } },
    },
    changed: { uses_left: { types: ['client.created'], about: {} } },
    fixed: 'id digest name owner uses created_at expires_at',
  },
  client_registrations: {
    about: { client: 'client_id' },
    made: told('client.created'),
    removed: told('client.deleted'),
    fixed: 'client_id token_id access_digest registered_at',
  },
  client_uses: {
    about: { client: 'client_id' },
    made: LAST_USE,
    removed: told('client.deleted'),
    changed: { last_used_at: LAST_USE },
    fixed: 'client_id',
  },
};
