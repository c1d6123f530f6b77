import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Clock } from '../kernel/clock.ts';
import { sha256 } from '../kernel/crypto.ts';
import type { Database, Statement } from '../storage/database.ts';

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

/** An artefact and what it hangs on. */
export interface Family {
  readonly artifact: Artifact;
  /** Of the artefact's grant and session, those that it names; null for one that is gone. */
  readonly grant?: { readonly id: string; readonly found: Artifact | null };
  readonly session?: { readonly uid: string; readonly found: Artifact | null };
}

interface Row {
  payload: Payload;
  consumed_at: Date | string | null;
}

interface FamilyRow extends Row {
  grant_payload: Payload | null;
  session_payload: Payload | null;
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

const notExpired = (table: string) => `(${table}.expires_at is null or ${table}.expires_at > $3)`;

// The id of a grant is the SHA-256 of what the others of its family name it by.
const FIND_FAMILY: Statement = {
  name: 'artifacts_find_family',
  text: `
    select member.payload, member.consumed_at, grants.payload as grant_payload, sessions.payload as session_payload
    from oidc_artifacts member
    left join oidc_artifacts grants on grants.model = 'Grant'
      and grants.id_hash = sha256(convert_to(member.grant_id, 'UTF8')) and ${notExpired('grants')}
    left join oidc_artifacts sessions on sessions.model = 'Session'
      and sessions.session_uid = member.payload ->> 'sessionUid' and ${notExpired('sessions')}
    where member.model = $1 and member.id_hash = $2 and ${notExpired('member')}`,
};

/** Reads of what the protocol stores. Whatever is past its time does not exist, swept or not. */
export interface ArtifactStore {
  find(model: string, id: string): Promise<Artifact | undefined>;
  /** The same with the grant and the session that it names: whoever presents a code or a token is asked for all three. */
  findFamily(model: string, id: string): Promise<Family | undefined>;
  findByUid(model: string, uid: string): Promise<Artifact | undefined>;
  findByUserCode(model: string, userCode: string): Promise<Artifact | undefined>;
  /** Also what is past its time, for telling a person what became of it. */
  findEvenExpired(model: string, id: string): Promise<Artifact | undefined>;
}

export function createArtifactStore(database: Database, clock: Clock): ArtifactStore {
  const one = async (statement: Statement, values: unknown[]): Promise<Artifact | undefined> => {
    const [row] = await database.query<Row>(statement, values);
    return row && fromRow(row);
  };
  return {
    find: (model, id) => one(FIND, [model, sha256(id), clock.now()]),
    async findFamily(model, id) {
      const [row] = await database.query<FamilyRow>(FIND_FAMILY, [model, sha256(id), clock.now()]);
      return row && familyOf(row);
    },
    findByUid: (model, uid) => one(FIND_BY_UID, [model, uid, clock.now()]),
    findByUserCode: (model, userCode) => one(FIND_BY_USER_CODE, [model, userCode, clock.now()]),
    findEvenExpired: (model, id) => one(FIND_EXPIRED, [model, sha256(id)]),
  };
}

const fromRow = ({ payload, consumed_at: consumedAt }: Row): Artifact => ({
  payload,
  consumedAt: consumedAt === null ? undefined : new Date(consumedAt),
});

function familyOf(row: FamilyRow): Family {
  const { grantId, sessionUid } = row.payload;
  // Grants and sessions are never consumed.
  const found = (payload: Payload | null) => payload && { payload, consumedAt: undefined };
  return {
    artifact: fromRow(row),
    ...(typeof grantId === 'string' ? { grant: { id: grantId, found: found(row.grant_payload) } } : {}),
    ...(typeof sessionUid === 'string'
      ? { session: { uid: sessionUid, found: found(row.session_payload) } }
      : {}),
  };
}
