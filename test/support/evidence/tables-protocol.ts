import { type TableRule, told, toldAtOnce, untold, where } from './rules.ts';

/** What the protocol keeps: sessions, grants, tokens, consents, mailed links. */
export const PROTOCOL_TABLES: Readonly<Record<string, TableRule>> = {
  sessions: {
    about: { session: 'uid' },
    made: told('session.started'),
    removed: where(
      { types: ['account.deleted'], about: { account: 'account_id' } },
      'old.ended_at is null',
      'it has ended before, which is told',
    ),
    changed: {
      'ended_at end_reason': told('session.ended'),
      'signed_in_at acr': told('sign_in.succeeded', 'session.started', 'authorization.granted'),
      'last_active_at refreshed_at idle_expires_at absolute_expires_at': untold('a mark of the last use'),
      'idle_seconds absolute_seconds shared by_temporary_code': untold(
        'follows from where, by whom and with which application it is used',
      ),
    },
    fixed: 'uid account_id created_at ip user_agent',
  },
  session_clients: untold('which applications use a session: authorization.granted tells of each'),
  consents: {
    about: { account: 'account_id', client: 'client_id' },
    made: told('consent.granted'),
    removed: {
      ...told('consent.withdrawn'),
      or: {
        types: ['account.deleted'],
        about: { account: 'account_id' },
        or: { types: ['client.deleted', 'client.disabled', 'client.updated', 'resource.deleted'], about: {} },
      },
    },
    changed: {
      granted: {
        ...told('consent.granted'),
        or: { types: ['client.updated', 'resource.deleted'], about: {} },
      },
      'granted_at updated_at': untold('says when, not what'),
    },
    fixed: 'account_id client_id',
  },
  reserved_subjects: {
    made: toldAtOnce('account.merged'),
    removed: toldAtOnce('account.merged'),
    fixed: 'digest reserved_at',
  },
  one_time_links: {
    about: { account: 'account_id' },
    made: untold('it does nothing before it is used; what it was asked for by is told'),
    removed: untold('past its time, or void'),
    changed: {
      used_at: where(
        told(
          'invitation.accepted',
          'registration.completed',
          'password_reset.completed',
          'address.changed',
          'address.restored',
          'account.disabled',
          'account.secured',
          'account.signed_out',
          'factor.removed',
          'client.test_sign_in_begun',
          'client.test_sign_in_done',
        ),
        'new.account_id is not null',
        'the account is made with it',
      ),
      consumed_at: untold('used, as told with used_at; or void, because of something that is told'),
    },
    fixed: 'id purpose token_hash account_id payload created_at expires_at',
  },
  oidc_artifacts: {
    made: where(
      told('token.issued', 'token.replayed', 'authorization.granted', 'device_sign_in.requested'),
      `new.model in ('AuthorizationCode', 'AccessToken', 'RefreshToken', 'DeviceCode')`,
      'artefacts that give no access by themselves: grants, interactions, pushed requests, what was presented once',
    ),
    removed: where(
      told(
        'token.revoked',
        'token.reuse_detected',
        'token.refused',
        'session.ended',
        'sign_out.completed',
        'consent.withdrawn',
        'client.updated',
        'client.deleted',
        'client.disabled',
        'client.enabled',
        'resource.deleted',
        'account.secured',
        'account.disabled',
        'account.enabled',
        'account.deleted',
        'account.roles_changed',
        'address.changed',
        'password.changed',
        'password.change_required',
        'factor.reset',
        'factor.removed',
        'client.test_sign_in_done',
      ),
      `old.model in ('AuthorizationCode', 'AccessToken', 'RefreshToken', 'Grant') and old.expires_at > now()
        and coalesce(current_setting('gatehouse.test_time', true), '') <> 'travels'`,
      'past its time',
    ),
    changed: {
      consumed_at: where(
        told(
          'token.issued',
          'token.replayed',
          'token.refused',
          'token.reuse_detected',
          'client.test_sign_in_done',
        ),
        `new.model in ('AuthorizationCode', 'RefreshToken')`,
        'a pushed request that led to a sign-in',
      ),
      payload: untold(
        'what the protocol notes; a grant that grows gives nothing before a code or token does',
      ),
      'expires_at successor predecessor replay_until replays account_id grant_id client_id session_uid user_code':
        untold('what the protocol notes'),
    },
    fixed: 'model id_hash created_at',
  },
};
