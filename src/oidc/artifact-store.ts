import { ACCOUNT_COLUMNS, type AccountRow, accountOf } from '../domain/accounts/record-store.ts';
import type { Account } from '../domain/accounts/store.ts';
import type { Deadlines } from '../domain/sessions/policy.ts';
import {
  type DeadlineRow,
  deadlineColumns,
  deadlinesOf,
  sessionLasts,
} from '../domain/sessions/record-store.ts';
import type { Clock } from '../kernel/clock.ts';
import { sha256 } from '../kernel/crypto.ts';
import { type Database, type Statement, sweepStatement } from '../storage/database.ts';
import { gatherLookups } from '../storage/lookups.ts';
import type { Payload } from './artifact-record-store.ts';
import type { RefreshLine } from './refresh-leeway.ts';

export type { Payload } from './artifact-record-store.ts';

export interface Artifact {
  readonly payload: Payload;
  readonly consumedAt: Date | undefined;
  /** Of a session of somebody. */
  readonly record?: SessionFacts;
  /** Of a refresh token. */
  readonly line?: RefreshLine;
}

/** What a session's record says beside that it lasts: when it was last used, as far as that is written, and when it ends. */
export interface SessionFacts extends Deadlines {
  /** It is at a workstation that people share. */
  readonly shared: boolean;
  /** A temporary code stood in for the second factor. */
  readonly byTemporaryCode: boolean;
}

/** An artefact and what it hangs on. */
export interface Family {
  readonly artifact: Artifact;
  /** Of the artefact's grant and session, those that it names; null for one that is gone. */
  readonly grant?: { readonly id: string; readonly found: Artifact | null };
  readonly session?: { readonly uid: string; readonly found: Artifact | null };
  /** Its account, where that was asked for; null for one that is gone. */
  readonly person?: { readonly id: string; readonly found: Account | null };
}

interface Row {
  payload: Payload;
  consumed_at: Date | string | null;
}

interface PlacedRow extends Row {
  /** The place of the key in the list that was asked for, counted from 1. */
  place: string;
}

/** All null but for a session of somebody; then none. */
interface FoundRow extends PlacedRow, DeadlineRow {
  shared: boolean | null;
  by_temporary_code: boolean | null;
}

interface FamilyRow extends PlacedRow {
  predecessor: Buffer | null;
  replay_until: Date | string | null;
  replays: number | null;
  succeeded: boolean;
  grant_payload: Payload | null;
  session_payload: Payload | null;
  person_wanted: boolean;
  person: AccountRow | null;
}

const select = (name: string, where: string): Statement => ({
  name,
  text: `select payload, consumed_at from oidc_artifacts
    where ${where} and (expires_at is null or expires_at > $3)`,
});

const notExpired = (table: string) => `(${table}.expires_at is null or ${table}.expires_at > $3)`;

/** A session of somebody lasts as long as its record does; one of nobody carries the state of a page, and has none. */
const lasts = (session: string, record: string) =>
  `(${session}.account_id is null or ${sessionLasts(record, '$3')})`;

const FIND_BY_UID: Statement = {
  name: 'artifacts_find_by_uid',
  text: `
    select found.payload, found.consumed_at from oidc_artifacts found
    left join sessions record on record.uid = found.session_uid
    where found.model = $1 and found.session_uid = $2 and ${notExpired('found')} and ${lasts('found', 'record')}`,
};
const FIND_BY_USER_CODE = select('artifacts_find_by_user_code', 'model = $1 and user_code = $2');
const FIND_EXPIRED: Statement = {
  name: 'artifacts_find_expired',
  text: 'select payload, consumed_at from oidc_artifacts where model = $1 and id_hash = $2',
};

// What was issued to a client before it was disabled is nothing any more once it is enabled, also where it was being stored at that
// moment and so was not deleted with the rest.
const NOT_FROM_BEFORE = `
  not exists (select from clients where clients.id = member.client_id
    and (member.payload ->> 'iat')::numeric < floor(extract(epoch from clients.enabled_at)))`;

// LATERAL with LIMIT keeps the planner to one look into the index for each key, however large it takes the list for.
const selectPlaced = (
  columns: string,
  joins: string,
  condition = 'true',
  wanted = '',
  consumedAt = 'member.consumed_at',
): string => `
  select place, found.*
  from unnest($1::text[], $2::text[]${wanted && ', $4::boolean[]'}) with ordinality as wanted (model, id${wanted}, place)
  cross join lateral (
    select member.payload, ${consumedAt} as consumed_at${columns}
    from oidc_artifacts member ${joins}
    where member.model = wanted.model and member.id_hash = decode(wanted.id, 'hex') and ${notExpired('member')}
      and ${NOT_FROM_BEFORE} and ${condition}
    limit 1
  ) found`;

const FIND: Statement = {
  name: 'artifacts_find',
  text: selectPlaced(
    `, ${deadlineColumns('record')}, record.shared, record.by_temporary_code`,
    `left join sessions record on member.model = 'Session' and record.uid = member.session_uid`,
    `(member.model <> 'Session' or ${lasts('member', 'record')})`,
  ),
};

// The id of a grant is the SHA-256 of what the others of its family name it by. A refresh token whose sibling has become the line is
// as spent as one that was used.
const FIND_FAMILY: Statement = {
  name: 'artifacts_find_family',
  text: selectPlaced(
    `, member.predecessor, member.replay_until, member.replays, member.successor is not null as succeeded,
      grants.payload as grant_payload, sessions.payload as session_payload, wanted.person as person_wanted,
      case when wanted.person then (select row_to_json(account) from (
        select ${ACCOUNT_COLUMNS} from accounts where id = member.account_id::uuid) account) end as person`,
    `
    left join oidc_artifacts grants on grants.model = 'Grant'
      and grants.id_hash = sha256(convert_to(member.grant_id, 'UTF8')) and ${notExpired('grants')}
    left join oidc_artifacts sessions on sessions.model = 'Session'
      and sessions.session_uid = member.payload ->> 'sessionUid' and ${notExpired('sessions')}
      and exists (select 1 from sessions record
        where record.uid = sessions.session_uid and ${sessionLasts('record', '$3')})
    left join oidc_artifacts former on former.model = 'RefreshToken' and former.id_hash = member.predecessor`,
    'true',
    ', person',
    'coalesce(member.consumed_at, case when former.successor <> member.id_hash then member.created_at end)',
  ),
};

const FIRST_EXPIRY: Statement = {
  name: 'artifacts_first_expiry',
  text: 'select min(expires_at) as first from oidc_artifacts',
};

const SWEEP = sweepStatement('oidc_artifacts');

/**
 * Reads of what the protocol stores. Whatever is past its time does not exist, swept or not; nor does a session whose record
 * says that it has ended, or was not used for too long.
 */
export interface ArtifactStore {
  find(model: string, id: string): Promise<Artifact | undefined>;
  /**
   * The same with the grant and the session that it names, and the person if wanted: whoever presents a code or a token is
   * asked for all of them.
   */
  findFamily(model: string, id: string, withPerson: boolean): Promise<Family | undefined>;
  findByUid(model: string, uid: string): Promise<Artifact | undefined>;
  findByUserCode(model: string, userCode: string): Promise<Artifact | undefined>;
  /** Also what is past its time, for telling a person what became of it. */
  findEvenExpired(model: string, id: string): Promise<Artifact | undefined>;
  /** When the first of all that are there expires, or has expired. */
  firstExpiry(): Promise<Date | undefined>;
  /** Deletes up to `limit` of those that expired before `before`; answers how many. */
  sweep(before: Date, limit: number): Promise<number>;
}

const factsOf = (row: FoundRow): SessionFacts => ({
  ...deadlinesOf(row),
  shared: row.shared === true,
  byTemporaryCode: row.by_temporary_code === true,
});

export function createArtifactStore(database: Database, clock: Clock): ArtifactStore {
  const one = async (statement: Statement, values: unknown[]): Promise<Artifact | undefined> => {
    const [row] = await database.query<Row>(statement, values);
    return row && fromRow(row);
  };
  const gather = <R extends PlacedRow>(statement: Statement) =>
    gatherLookups<Name, R>(async (names) => {
      const models = names.map(({ model }) => model);
      const ids = names.map(({ id }) => sha256(id).toString('hex'));
      const people = statement === FIND_FAMILY ? [names.map(({ person = false }) => person)] : [];
      const rows = await database.query<R>(statement, [models, ids, clock.now(), ...people]);
      const found: R[] = [];
      for (const row of rows) found[Number(row.place) - 1] = row;
      return found;
    });
  const find = gather<FoundRow>(FIND);
  const findFamily = gather<FamilyRow>(FIND_FAMILY);
  return {
    sweep: async (before, limit) => (await database.query(SWEEP, [before, limit])).length,
    async firstExpiry() {
      const [row] = await database.query<{ first: Date | string | null }>(FIRST_EXPIRY);
      return row?.first ? new Date(row.first) : undefined;
    },
    async find(model, id) {
      const row = await find({ model, id });
      return (
        row && {
          ...fromRow(row),
          ...(row.idle_expires_at && { record: factsOf(row) }),
        }
      );
    },
    async findFamily(model, id, person) {
      const row = await findFamily({ model, id, person });
      return row && familyOf(row, clock.now());
    },
    findByUid: (model, uid) => one(FIND_BY_UID, [model, uid, clock.now()]),
    findByUserCode: (model, userCode) => one(FIND_BY_USER_CODE, [model, userCode, clock.now()]),
    findEvenExpired: (model, id) => one(FIND_EXPIRED, [model, sha256(id)]),
  };
}

interface Name {
  readonly model: string;
  readonly id: string;
  readonly person?: boolean;
}

const fromRow = ({ payload, consumed_at: consumedAt }: Row): Artifact => ({
  payload,
  consumedAt: consumedAt === null ? undefined : new Date(consumedAt),
});

const lineOf = ({ predecessor, replay_until: until, replays, succeeded }: FamilyRow): RefreshLine => ({
  predecessor: predecessor ?? undefined,
  replayUntil: until === null ? undefined : new Date(until),
  replays: replays ?? 0,
  succeeded,
});

function familyOf(row: FamilyRow, now: Date): Family {
  const { grantId, sessionUid, accountId } = row.payload;
  // Grants and sessions are never consumed.
  const found = (payload: Payload | null) => payload && { payload, consumedAt: undefined };
  return {
    artifact: { ...fromRow(row), line: lineOf(row) },
    ...(typeof grantId === 'string' ? { grant: { id: grantId, found: found(row.grant_payload) } } : {}),
    ...(typeof sessionUid === 'string'
      ? { session: { uid: sessionUid, found: found(row.session_payload) } }
      : {}),
    ...(row.person_wanted && typeof accountId === 'string'
      ? { person: { id: accountId, found: row.person && accountOf(row.person, now) } }
      : {}),
  };
}
