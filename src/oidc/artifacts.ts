import { addSeconds, type Clock, epochSeconds } from '../kernel/clock.ts';
import { sha256 } from '../kernel/crypto.ts';
import type { Contributor, PartKey, Write } from '../storage/unit-of-work.ts';
import type { Artifact, Family, Payload } from './artifact-store.ts';

/** The code with which a unit fails when another request consumed an artefact first. */
export const ALREADY_CONSUMED = 'artifact_consumed';

/** The code with which a unit fails when another request presented first what may be presented once. */
export const ALREADY_PRESENTED = 'artifact_presented';

/** The code with which a unit fails when what it read and would write back or finish is gone. */
export const NO_LONGER_THERE = 'artifact_gone';

interface Upsert {
  readonly model: string;
  readonly id: string;
  readonly payload: Payload;
  readonly expiresAt: Date | undefined;
  /** Set for what may be stored once: the time at which nothing that is still valid may be there. */
  readonly onceAt?: Date;
}

/** What a request reads, changes and stores again. */
const WRITTEN_BACK = new Set(['Session', 'Grant', 'Interaction']);

const keyOf = (model: string, id: string) => `${model}:${id}`;
const uidKeyOf = (model: string, uid: string) => `${model}:uid:${uid}`;

/**
 * What the running request wants stored, destroyed, consumed and revoked: written at its end in one statement, and read
 * before the database by the same request.
 */
export class ArtifactChanges implements Contributor {
  readonly #upserts = new Map<string, Upsert>();
  readonly #destroyed = new Map<string, { model: string; id: string }>();
  readonly #consumed = new Map<string, { model: string; id: string; at: Date }>();
  readonly #revoked = new Map<string, { model: string; grantId: string }>();
  readonly #loaded = new Map<string, Payload>();
  readonly #relatives = new Map<string, Artifact | null>();

  /** Remembers that the artefact existed when this request read it. */
  loaded(model: string, id: string, payload: Payload): void {
    this.#loaded.set(keyOf(model, id), payload);
  }

  /** Keeps what was read beside an artefact until it is asked for. */
  keep({ grant, session }: Family): void {
    if (grant !== undefined) this.#relatives.set(keyOf('Grant', grant.id), grant.found);
    if (session !== undefined) this.#relatives.set(uidKeyOf('Session', session.uid), session.found);
  }

  /** Whose grant this is, by what this request has read of it. */
  holderOf(grantId: string): string | undefined {
    const known = [...this.#loaded.values()].find((payload) => payload.grantId === grantId);
    return known?.accountId as string | undefined;
  }

  get consumed(): { model: string; id: string }[] {
    return [...this.#consumed.values()];
  }

  upsert(model: string, id: string, payload: Payload, expiresAt: Date | undefined): void {
    this.#destroyed.delete(keyOf(model, id));
    this.#upserts.set(keyOf(model, id), { model, id, payload, expiresAt });
  }

  /** For marks against replay: of two requests that store the same one, the second loses with {@link ALREADY_PRESENTED}. */
  insertOnce(model: string, id: string, payload: Payload, expiresAt: Date | undefined, at: Date): void {
    this.#upserts.set(keyOf(model, id), { model, id, payload, expiresAt, onceAt: at });
  }

  destroy(model: string, id: string): void {
    this.#upserts.delete(keyOf(model, id));
    this.#destroyed.set(keyOf(model, id), { model, id });
  }

  consume(model: string, id: string, at: Date): void {
    this.#consumed.set(keyOf(model, id), { model, id, at });
  }

  revokeByGrantId(model: string, grantId: string): void {
    for (const [key, upsert] of this.#upserts) {
      if (upsert.model === model && upsert.payload.grantId === grantId) this.#upserts.delete(key);
    }
    this.#revoked.set(keyOf(model, grantId), { model, grantId });
  }

  /** What this request knows of the artefact: itself, that it is gone (null), or nothing (undefined). */
  lookup(model: string, id: string): Artifact | null | undefined {
    const key = keyOf(model, id);
    if (this.#destroyed.has(key)) return null;
    const upsert = this.#upserts.get(key);
    if (upsert === undefined) return this.#relatives.get(key);
    return { payload: upsert.payload, consumedAt: this.#consumed.get(key)?.at };
  }

  /** The same for an artefact that is asked for by its uid. */
  lookupByUid(model: string, uid: string): Artifact | null | undefined {
    for (const upsert of this.#upserts.values()) {
      if (upsert.model === model && upsert.payload.uid === uid)
        return { payload: upsert.payload, consumedAt: undefined };
    }
    return this.#relatives.get(uidKeyOf(model, uid));
  }

  /**
   * A session that was read and is written back, under its own id or a new one, must still be there: else a sign-out
   * that came in between would be undone. So must a grant, which somebody may have taken back. An interaction must still
   * be there to be finished: it is finished once.
   */
  writes(): Write[] {
    const upserts = [...this.#upserts.values()];
    const isUpdate = ({ model, id }: Upsert) => WRITTEN_BACK.has(model) && this.#loaded.has(keyOf(model, id));
    const savesSession = upserts.some(({ model }) => model === 'Session');
    const mustExist = ({ model, id }: { model: string; id: string }) =>
      this.#loaded.has(keyOf(model, id)) &&
      (model === 'Interaction' || (model === 'Session' && savesSession));
    const destroyed = [...this.#destroyed.values()];
    const plain = upserts.filter((upsert) => !isUpdate(upsert) && upsert.onceAt === undefined);
    const once = upserts.filter(({ onceAt }) => onceAt !== undefined);
    const loose = destroyed.filter((target) => !mustExist(target));
    return [
      ...(plain.length > 0 ? [upsertWrite(plain)] : []),
      ...upserts.filter(isUpdate).map(updateWrite),
      ...once.map(onceWrite),
      ...(loose.length > 0 ? [destroyWrite(loose)] : []),
      ...destroyed.filter(mustExist).map(finishWrite),
      ...[...this.#consumed.values()].map(consumeWrite),
      ...(this.#revoked.size > 0 ? [revokeWrite([...this.#revoked.values()])] : []),
    ];
  }
}

export const ARTIFACT_CHANGES: PartKey<ArtifactChanges> = {
  name: 'artifacts',
  create: () => new ArtifactChanges(),
};

export const expiryOf = (clock: Clock, seconds: number | undefined): Date | undefined =>
  seconds === undefined ? undefined : addSeconds(clock.now(), seconds);

/** Everything that hangs on a grant, and the grant: what a leaked code or token costs its family. */
export function revokeFamily(grantId: string): Write {
  return {
    sql: (parameter) => `
      delete from oidc_artifacts
      where grant_id = ${parameter(grantId)} or (model = 'Grant' and id_hash = ${parameter(sha256(grantId))})`,
  };
}

/** Everything that a client holds for a person: its grants, codes and tokens. */
export function revokeClientAccess(accountId: string, clientId: string): Write {
  return {
    sql: (parameter) => `
      delete from oidc_artifacts
      where account_id = ${parameter(accountId)} and client_id = ${parameter(clientId)}`,
  };
}

/** Everything that a client holds, for whomever. */
export function revokeAllOfClient(clientId: string): Write {
  return {
    sql: (parameter) => `delete from oidc_artifacts where client_id = ${parameter(clientId)}`,
  };
}

/** Everything of a person: sessions, grants, codes, tokens. */
export function revokeAllAccess(accountId: string): Write {
  return {
    sql: (parameter) => `delete from oidc_artifacts where account_id = ${parameter(accountId)}`,
  };
}

/** The same but for one session, its grants and what was issued under them. */
export function revokeOtherAccess(accountId: string, sessionUid: string): Write {
  return {
    sql: (parameter) => {
      const account = parameter(accountId);
      const session = `model = 'Session' and session_uid is not distinct from ${parameter(sessionUid)}`;
      const grants = `
        select client.value ->> 'grantId' as id
        from oidc_artifacts, jsonb_each(coalesce(payload -> 'authorizations', '{}')) as client
        where account_id = ${account} and ${session} and client.value ->> 'grantId' is not null`;
      return `
        delete from oidc_artifacts
        where account_id = ${account} and not (${session})
          and (grant_id is null or grant_id not in (${grants}))
          and not (model = 'Grant' and id_hash in (
            select sha256(convert_to(kept.id, 'UTF8')) from (${grants}) as kept))`;
    },
  };
}

/** As oidc-provider wants to see it: seconds since the epoch in the payload. */
export function withConsumption({ payload, consumedAt }: Artifact): Payload {
  return consumedAt === undefined ? payload : { ...payload, consumed: epochSeconds(consumedAt) };
}

const hex = (id: string) => sha256(id).toString('hex');

function upsertWrite(upserts: readonly Upsert[]): Write {
  const rows = upserts.map(({ model, id, payload, expiresAt }) => ({
    model,
    id: hex(id),
    payload,
    grant: payload.grantId,
    account: accountOf(payload),
    client: payload.clientId,
    uid: model === 'Session' ? payload.uid : undefined,
    code: payload.userCode,
    expires: expiresAt?.toISOString(),
  }));
  return {
    sql: (parameter) => `
      insert into oidc_artifacts
        (model, id_hash, payload, grant_id, account_id, client_id, session_uid, user_code, expires_at)
      select model, decode(id, 'hex'), payload, "grant", account, client, uid, code, expires
      from jsonb_to_recordset(${parameter(JSON.stringify(rows))}::jsonb) as row(
        model text, id text, payload jsonb, "grant" text, account text, client text, uid text, code text,
        expires timestamptz)
      on conflict (model, id_hash) do update set payload = excluded.payload, grant_id = excluded.grant_id,
        account_id = excluded.account_id, client_id = excluded.client_id, session_uid = excluded.session_uid,
        user_code = excluded.user_code, expires_at = excluded.expires_at`,
  };
}

/**
 * Whose it is. A sign-in that is complete and not yet answered is its person's as well: what ends their access must not
 * leave them one to come back with.
 */
function accountOf({ accountId, result }: Payload): unknown {
  return accountId ?? (result as { login?: { accountId?: string } } | undefined)?.login?.accountId;
}

function updateWrite({ model, id, payload, expiresAt }: Upsert): Write {
  const isSession = model === 'Session';
  return {
    otherwise: NO_LONGER_THERE,
    sql: (parameter) => {
      const written = `${parameter(JSON.stringify(payload))}::jsonb`;
      return `
        update oidc_artifacts set payload = ${isSession ? withAuthorizations(written) : written},
          expires_at = ${parameter(expiresAt)}, account_id = ${parameter(accountOf(payload))}
        where model = ${parameter(model)} and id_hash = ${parameter(sha256(id))} returning 1`;
    },
  };
}

/**
 * Several applications may ask within one session at the same moment. Each request knows of its own and of those before;
 * a sign-out has to reach them all.
 */
const withAuthorizations = (written: string): string => `
  ${written} || jsonb_build_object('authorizations',
    coalesce(oidc_artifacts.payload -> 'authorizations', '{}') || coalesce(${written} -> 'authorizations', '{}'))`;

/** Overwrites only what is past its time and was not swept. */
function onceWrite({ model, id, payload, expiresAt, onceAt }: Upsert): Write {
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

function finishWrite({ model, id }: { model: string; id: string }): Write {
  return {
    otherwise: NO_LONGER_THERE,
    sql: (parameter) => `
      delete from oidc_artifacts where model = ${parameter(model)} and id_hash = ${parameter(sha256(id))} returning 1`,
  };
}

function destroyWrite(targets: readonly { model: string; id: string }[]): Write {
  const rows = JSON.stringify(targets.map(({ model, id }) => ({ model, id: hex(id) })));
  return {
    sql: (parameter) => `
      delete from oidc_artifacts using jsonb_to_recordset(${parameter(rows)}::jsonb) as row(model text, id text)
      where oidc_artifacts.model = row.model and id_hash = decode(row.id, 'hex')`,
  };
}

/** The compare-and-set behind every single-use code and rotating token: the second of two loses, on any node. */
function consumeWrite({ model, id, at }: { model: string; id: string; at: Date }): Write {
  return {
    otherwise: ALREADY_CONSUMED,
    sql: (parameter) => `
      update oidc_artifacts set consumed_at = ${parameter(at)}
      where model = ${parameter(model)} and id_hash = ${parameter(sha256(id))} and consumed_at is null
      returning 1`,
  };
}

function revokeWrite(targets: readonly { model: string; grantId: string }[]): Write {
  return {
    sql: (parameter) => `
      delete from oidc_artifacts using jsonb_to_recordset(${parameter(JSON.stringify(targets))}::jsonb)
        as row(model text, "grantId" text)
      where oidc_artifacts.grant_id = row."grantId" and oidc_artifacts.model = row.model`,
  };
}
