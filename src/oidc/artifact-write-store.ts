import { sha256 } from '../kernel/crypto.ts';
import type { Write } from '../storage/unit-of-work.ts';
import type { Payload } from './artifact-store.ts';

/** The statements in which a request's changes of artefacts become part of its unit of work. */

/** The code with which a unit fails when another request consumed an artefact first. */
export const ALREADY_CONSUMED = 'artifact_consumed';

/** The code with which a unit fails when another request presented first what may be presented once. */
export const ALREADY_PRESENTED = 'artifact_presented';

/** The code with which a unit fails when what it read and would write back or finish is gone. */
export const NO_LONGER_THERE = 'artifact_gone';

/**
 * … when what a client has in the session (its `sid`, its grant) is no longer what was read: two requests gave the client
 * its first ones at the same moment, and one of them would be forgotten, so that no sign-out reached it.
 */
export const SESSION_CHANGED = 'session_changed';

/** … when another browser has entered, confirmed or refused the same device's code first. */
export const DEVICE_CODE_CHANGED = 'device_code_changed';

/** What the clients of a session have in it, by client. */
export type Authorizations = Readonly<Record<string, unknown>>;

export interface Upsert {
  readonly model: string;
  readonly id: string;
  readonly payload: Payload;
  readonly expiresAt: Date | undefined;
  /** The hash of the refresh token in whose place it is one of several. */
  readonly predecessor?: Buffer | undefined;
  /** Set for what may be stored once: the time at which nothing that is still valid may be there. */
  readonly onceAt?: Date;
}

const hex = (id: string) => sha256(id).toString('hex');

export function upsertWrite(upserts: readonly Upsert[]): Write {
  const rows = upserts.map(({ model, id, payload, expiresAt, predecessor }) => ({
    model,
    id: hex(id),
    payload,
    grant: payload.grantId,
    account: accountOf(payload),
    client: payload.clientId,
    uid: model === 'Session' ? payload.uid : undefined,
    code: payload.userCode,
    expires: expiresAt?.toISOString(),
    former: predecessor?.toString('hex'),
  }));
  return {
    sql: (parameter) => `
      insert into oidc_artifacts
        (model, id_hash, payload, grant_id, account_id, client_id, session_uid, user_code, expires_at, predecessor)
      select model, decode(id, 'hex'), payload, "grant", account, client, uid, code, expires, decode(former, 'hex')
      from jsonb_to_recordset(${parameter(JSON.stringify(rows))}::jsonb) as row(
        model text, id text, payload jsonb, "grant" text, account text, client text, uid text, code text,
        expires timestamptz, former text)
      on conflict (model, id_hash) do update set payload = excluded.payload, grant_id = excluded.grant_id,
        account_id = excluded.account_id, client_id = excluded.client_id, session_uid = excluded.session_uid,
        user_code = excluded.user_code, expires_at = excluded.expires_at`,
  };
}

/**
 * The account of an artefact. A sign-in that is complete and not yet answered belongs to its person as well: what ends their
 * access must not leave them one to come back with.
 */
function accountOf({ accountId, result }: Payload): unknown {
  return accountId ?? (result as { login?: { accountId?: string } } | undefined)?.login?.accountId;
}

export function updateWrite({ model, id, payload, expiresAt }: Upsert): Write {
  return {
    otherwise: NO_LONGER_THERE,
    sql: (parameter) => `
      update oidc_artifacts set payload = ${parameter(JSON.stringify(payload))}::jsonb,
        expires_at = ${parameter(expiresAt)}, account_id = ${parameter(accountOf(payload))}
      where model = ${parameter(model)} and id_hash = ${parameter(sha256(id))} returning 1`,
  };
}

const STORED_AUTHORIZATIONS = `coalesce(oidc_artifacts.payload -> 'authorizations', '{}')`;

/**
 * Writes a session back. Several applications may ask within one session at the same moment, and a sign-out has to reach
 * them all: only what this request has changed of them is written, where it was not changed meanwhile.
 */
export function updateSessionWrite({ id, payload, expiresAt }: Upsert, before: Authorizations): Write {
  const { authorizations = {}, ...rest } = payload as Payload & { authorizations?: Authorizations };
  const changed = Object.entries(authorizations).filter(([client, now]) => !isSame(before[client], now));
  return {
    otherwise: changed.length === 0 ? NO_LONGER_THERE : SESSION_CHANGED,
    sql: (parameter) => {
      const asRead = changed.map(
        ([client]) => `
          and ${STORED_AUTHORIZATIONS} -> ${parameter(client)}::text is not distinct from
            ${parameter(jsonOf(before[client]))}::jsonb`,
      );
      return `
        update oidc_artifacts set payload = ${parameter(JSON.stringify(rest))}::jsonb || jsonb_build_object(
            'authorizations', ${STORED_AUTHORIZATIONS} || ${parameter(JSON.stringify(Object.fromEntries(changed)))}::jsonb),
          expires_at = ${parameter(expiresAt)}, account_id = ${parameter(accountOf(payload))}
        where model = 'Session' and id_hash = ${parameter(sha256(id))}${asRead.join('')} returning 1`;
    },
  };
}

/** Ends a session that goes on under another id, with what this request has read of its clients and no more. */
export function replaceSessionWrite(id: string, before: Authorizations): Write {
  return {
    otherwise: SESSION_CHANGED,
    sql: (parameter) => `
      delete from oidc_artifacts where model = 'Session' and id_hash = ${parameter(sha256(id))}
        and ${STORED_AUTHORIZATIONS} = ${parameter(JSON.stringify(before))}::jsonb returning 1`,
  };
}

const jsonOf = (value: unknown) => (value === undefined ? null : JSON.stringify(value));

/** Both come from the same text, with the same order of members. Asking for a client that has nothing leaves it empty. */
const isSame = (before: unknown, now: unknown) => (jsonOf(before) ?? '{}') === jsonOf(now);

/**
 * Writes a device's code back, where it is as it was read and was not redeemed: of two browsers that enter it at the same moment, or
 * of two answers to it, on whatever nodes, the second loses.
 */
export function replaceDeviceCodeWrite({ id, payload, expiresAt }: Upsert, before: Payload): Write {
  return {
    otherwise: DEVICE_CODE_CHANGED,
    sql: (parameter) => `
      update oidc_artifacts set payload = ${parameter(JSON.stringify(payload))}::jsonb,
        expires_at = ${parameter(expiresAt)}, account_id = ${parameter(accountOf(payload))},
        grant_id = ${parameter(payload.grantId)}
      where model = 'DeviceCode' and id_hash = ${parameter(sha256(id))} and consumed_at is null
        and payload = ${parameter(JSON.stringify(before))}::jsonb
      returning 1`,
  };
}

/** Overwrites only what is past its time and was not swept. */
export function onceWrite({ model, id, payload, expiresAt, onceAt }: Upsert): Write {
  return {
    otherwise: ALREADY_PRESENTED,
    sql: (parameter) => `
      insert into oidc_artifacts (model, id_hash, payload, expires_at)
      values (${parameter(model)}, ${parameter(sha256(id))}, ${parameter(JSON.stringify(payload))},
        ${parameter(expiresAt)})
      on conflict (model, id_hash) do update set payload = excluded.payload, expires_at = excluded.expires_at
      where oidc_artifacts.expires_at <= ${parameter(onceAt)}
      returning 1`,
  };
}

export function finishWrite({ model, id }: { model: string; id: string }): Write {
  return {
    otherwise: NO_LONGER_THERE,
    sql: (parameter) => `
      delete from oidc_artifacts where model = ${parameter(model)} and id_hash = ${parameter(sha256(id))} returning 1`,
  };
}

/** Takes back what the protocol was told of an interaction that goes on. */
export function forgetResult(uid: string): Write {
  return {
    otherwise: NO_LONGER_THERE,
    sql: (parameter) => `
      update oidc_artifacts set payload = payload - 'result'
      where model = 'Interaction' and id_hash = ${parameter(sha256(uid))} returning 1`,
  };
}

export function destroyWrite(targets: readonly { model: string; id: string }[]): Write {
  const rows = JSON.stringify(targets.map(({ model, id }) => ({ model, id: hex(id) })));
  return {
    sql: (parameter) => `
      delete from oidc_artifacts using jsonb_to_recordset(${parameter(rows)}::jsonb) as row(model text, id text)
      where oidc_artifacts.model = row.model and id_hash = decode(row.id, 'hex')`,
  };
}

/** The compare-and-set behind every single-use code and rotating token: the second of two loses, on any node. */
export function consumeWrite({ model, id, at }: { model: string; id: string; at: Date }): Write {
  return {
    otherwise: ALREADY_CONSUMED,
    sql: (parameter) => `
      update oidc_artifacts set consumed_at = ${parameter(at)}
      where model = ${parameter(model)} and id_hash = ${parameter(sha256(id))} and consumed_at is null
      returning 1`,
  };
}

export function revokeWrite(targets: readonly { model: string; grantId: string }[]): Write {
  return {
    sql: (parameter) => `
      delete from oidc_artifacts using jsonb_to_recordset(${parameter(JSON.stringify(targets))}::jsonb)
        as row(model text, "grantId" text)
      where oidc_artifacts.grant_id = row."grantId" and oidc_artifacts.model = row.model`,
  };
}
