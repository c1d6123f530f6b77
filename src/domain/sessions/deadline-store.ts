import type { Database, Statement } from '../../storage/database.ts';
import { COALESCED_SECONDS, type Deadlines, isWorthWriting } from './policy.ts';
import { type DeadlineRow, deadlineColumns, deadlinesOf, idleEndSql, sessionLasts } from './record-store.ts';

/** The deadlines of one session. */
export interface SessionDeadlines extends Deadlines {
  readonly uid: string;
}

/** When sessions end, for those who tell people of it. What has ended, or is past its time, is not there. */
export interface SessionDeadlineStore {
  find(uid: string, at: Date): Promise<SessionDeadlines | undefined>;
  /**
   * Its person has used it: the deadlines that it has then, or undefined where it has ended meanwhile. Written at most as
   * often as every use, and at once: every caller gets what holds at that moment, also those that ask together.
   */
  extend(known: SessionDeadlines, at: Date): Promise<SessionDeadlines | undefined>;
}

const COLUMNS = `sessions.uid, ${deadlineColumns('sessions')}`;

const FIND: Statement = {
  name: 'sessions_find_deadlines',
  text: `select ${COLUMNS} from sessions where uid = $1 and ${sessionLasts('sessions', '$2')}`,
};

// Of those that extend at the same moment the first writes; the others wait for it and find nothing to write.
const EXTEND: Statement = {
  name: 'sessions_extend',
  text: `
    update sessions set last_active_at = $2,
      idle_expires_at = ${idleEndSql('$2::timestamptz', 'idle_seconds', 'absolute_expires_at')}
    where uid = $1 and ${sessionLasts('sessions', '$2')}
      and last_active_at <= $2::timestamptz - interval '${COALESCED_SECONDS} seconds'
    returning ${COLUMNS}`,
};

interface Row extends DeadlineRow {
  readonly uid: string;
}

export function createSessionDeadlineStore(database: Database): SessionDeadlineStore {
  const one = async (statement: Statement, values: unknown[]): Promise<SessionDeadlines | undefined> => {
    const [row] = await database.query<Row>(statement, values);
    return row && { uid: row.uid, ...deadlinesOf(row) };
  };
  const find = (uid: string, at: Date) => one(FIND, [uid, at]);
  return {
    find,
    async extend(known, at) {
      if (!isWorthWriting(known.lastActiveAt, at)) return known;
      return (await one(EXTEND, [known.uid, at])) ?? (await find(known.uid, at));
    },
  };
}
