import { defineEntity, p } from '@mikro-orm/postgresql';
import { addSeconds, type Clock, epochSeconds } from '../kernel/clock.ts';
import { sha256 } from '../kernel/crypto.ts';
import type { Database, Statement } from '../storage/database.ts';
import type { Contributor, PartKey, Write } from '../storage/unit-of-work.ts';

/** Most artefacts have few of these columns: the index holds those that do. */
function partialIndex<Property extends string>(property: Property, column: string) {
  return {
    name: `oidc_artifacts_${column}_index`,
    properties: [property] as [Property],
    where: `${column} is not null`,
  };
}

export const ArtifactRecord = defineEntity({
  name: 'ArtifactRecord',
  tableName: 'oidc_artifacts',
  properties: {
    model: p.text().primary(),
    idHash: p.blob().primary(),
    payload: p.json<Payload>(),
    grantId: p.text().nullable(),
    accountId: p.text().nullable(),
    clientId: p.text().nullable(),
    sessionUid: p.text().nullable(),
    userCode: p.text().nullable(),
    consumedAt: p.datetime().nullable(),
    expiresAt: p.datetime().nullable(),
    createdAt: p.datetime().defaultRaw('now()'),
  },
  indexes: [
    partialIndex('grantId', 'grant_id'),
    partialIndex('accountId', 'account_id'),
    partialIndex('sessionUid', 'session_uid'),
    partialIndex('userCode', 'user_code'),
    { name: 'oidc_artifacts_expires_at_index', properties: ['expiresAt'] },
  ],
});

/** What oidc-provider stores under an id: a token, a code, a session, a grant, an interaction, … */
export type Payload = Record<string, unknown>;

export interface Artifact {
  readonly payload: Payload;
  readonly consumedAt: Date | undefined;
}

interface Row {
  payload: Payload;
  consumed_at: Date | string | null;
}

const select = (name: string, where: string): Statement => ({
  name,
  text: `select payload, consumed_at from oidc_artifacts
    where ${where} and (expires_at is null or expires_at > $3)`,
});

const FIND = select('artifacts_find', 'model = $1 and id_hash = $2');
const FIND_BY_UID = select('artifacts_find_by_uid', 'model = $1 and session_uid = $2');
const FIND_BY_USER_CODE = select('artifacts_find_by_user_code', 'model = $1 and user_code = $2');
const FIND_EXPIRED: Statement = {
  name: 'artifacts_find_expired',
  text: 'select payload, consumed_at from oidc_artifacts where model = $1 and id_hash = $2',
};

/** Reads of what the protocol stores. Whatever is past its time does not exist, swept or not. */
export interface ArtifactStore {
  find(model: string, id: string): Promise<Artifact | undefined>;
  findByUid(model: string, uid: string): Promise<Artifact | undefined>;
  findByUserCode(model: string, userCode: string): Promise<Artifact | undefined>;
  /** Also what is past its time, for telling a person what became of it. */
  findEvenExpired(model: string, id: string): Promise<Artifact | undefined>;
}

export function createArtifactStore(database: Database, clock: Clock): ArtifactStore {
  const one = async (statement: Statement, values: unknown[]): Promise<Artifact | undefined> => {
    const [row] = await database.query<Row>(statement, values);
    if (row === undefined) return undefined;
    return {
      payload: row.payload,
      consumedAt: row.consumed_at === null ? undefined : new Date(row.consumed_at),
    };
  };
  return {
    find: (model, id) => one(FIND, [model, sha256(id), clock.now()]),
    findByUid: (model, uid) => one(FIND_BY_UID, [model, uid, clock.now()]),
    findByUserCode: (model, userCode) => one(FIND_BY_USER_CODE, [model, userCode, clock.now()]),
    findEvenExpired: (model, id) => one(FIND_EXPIRED, [model, sha256(id)]),
  };
}

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

const keyOf = (model: string, id: string) => `${model}:${id}`;

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

  /** Remembers that the artefact existed when this request read it. */
  loaded(model: string, id: string, payload: Payload): void {
    this.#loaded.set(keyOf(model, id), payload);
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
    return upsert && { payload: upsert.payload, consumedAt: this.#consumed.get(key)?.at };
  }

  lookupByUid(model: string, uid: string): Artifact | undefined {
    for (const upsert of this.#upserts.values()) {
      if (upsert.model === model && upsert.payload.uid === uid)
        return { payload: upsert.payload, consumedAt: undefined };
    }
    return undefined;
  }

  /**
   * A session that was read and is written back, under its own id or a new one, must still be there: else a sign-out
   * that came in between would be undone. An interaction must still be there to be finished: it is finished once.
   */
  writes(): Write[] {
    const upserts = [...this.#upserts.values()];
    const isUpdate = ({ model, id }: Upsert) =>
      (model === 'Session' || model === 'Interaction') && this.#loaded.has(keyOf(model, id));
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
    shape: 'family-revoke',
    sql: (parameter) => `
      delete from oidc_artifacts
      where grant_id = ${parameter(grantId)} or (model = 'Grant' and id_hash = ${parameter(sha256(grantId))})`,
  };
}

/** Everything that a client holds for a person: its grants, codes and tokens. */
export function revokeClientAccess(accountId: string, clientId: string): Write {
  return {
    shape: 'client-access-revoke',
    sql: (parameter) => `
      delete from oidc_artifacts
      where account_id = ${parameter(accountId)} and client_id = ${parameter(clientId)}`,
  };
}

/** Everything that a client holds, for whomever. */
export function revokeAllOfClient(clientId: string): Write {
  return {
    shape: 'client-revoke',
    sql: (parameter) => `delete from oidc_artifacts where client_id = ${parameter(clientId)}`,
  };
}

/** Everything of a person: sessions, grants, codes, tokens. */
export function revokeAllAccess(accountId: string): Write {
  return {
    shape: 'account-access-revoke',
    sql: (parameter) => `delete from oidc_artifacts where account_id = ${parameter(accountId)}`,
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
    account: payload.accountId,
    client: payload.clientId,
    uid: model === 'Session' ? payload.uid : undefined,
    code: payload.userCode,
    expires: expiresAt?.toISOString(),
  }));
  return {
    shape: 'artifact-upsert',
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

function updateWrite({ model, id, payload, expiresAt }: Upsert): Write {
  return {
    shape: 'artifact-update',
    otherwise: NO_LONGER_THERE,
    sql: (parameter) => `
      update oidc_artifacts set payload = ${parameter(JSON.stringify(payload))}, expires_at = ${parameter(expiresAt)},
        account_id = ${parameter(payload.accountId)}
      where model = ${parameter(model)} and id_hash = ${parameter(sha256(id))} returning 1`,
  };
}

/** Overwrites only what is past its time and was not swept. */
function onceWrite({ model, id, payload, expiresAt, onceAt }: Upsert): Write {
  return {
    shape: 'artifact-once',
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
    shape: 'artifact-finish',
    otherwise: NO_LONGER_THERE,
    sql: (parameter) => `
      delete from oidc_artifacts where model = ${parameter(model)} and id_hash = ${parameter(sha256(id))} returning 1`,
  };
}

function destroyWrite(targets: readonly { model: string; id: string }[]): Write {
  const rows = JSON.stringify(targets.map(({ model, id }) => ({ model, id: hex(id) })));
  return {
    shape: 'artifact-destroy',
    sql: (parameter) => `
      delete from oidc_artifacts using jsonb_to_recordset(${parameter(rows)}::jsonb) as row(model text, id text)
      where oidc_artifacts.model = row.model and id_hash = decode(row.id, 'hex')`,
  };
}

/** The compare-and-set behind every single-use code and rotating token: the second of two loses, on any node. */
function consumeWrite({ model, id, at }: { model: string; id: string; at: Date }): Write {
  return {
    shape: 'artifact-consume',
    otherwise: ALREADY_CONSUMED,
    sql: (parameter) => `
      update oidc_artifacts set consumed_at = ${parameter(at)}
      where model = ${parameter(model)} and id_hash = ${parameter(sha256(id))} and consumed_at is null
      returning 1`,
  };
}

function revokeWrite(targets: readonly { model: string; grantId: string }[]): Write {
  return {
    shape: 'artifact-revoke',
    sql: (parameter) => `
      delete from oidc_artifacts using jsonb_to_recordset(${parameter(JSON.stringify(targets))}::jsonb)
        as row(model text, "grantId" text)
      where oidc_artifacts.grant_id = row."grantId" and oidc_artifacts.model = row.model`,
  };
}
