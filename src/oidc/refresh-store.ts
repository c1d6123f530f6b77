import { sessionLasts } from '../domain/sessions/record-store.ts';
import { sha256 } from '../kernel/crypto.ts';
import type { Write } from '../storage/unit-of-work.ts';
import { ALREADY_CONSUMED } from './artifact-write-store.ts';
import { MOST_REPLAYS } from './refresh-leeway.ts';

/** How a refresh token is spent whose client has a leeway, or that came of one: see `refresh-leeway.ts`. */

export interface Spending {
  readonly id: string;
  readonly at: Date;
  readonly leewaySeconds: number;
  readonly predecessor: Buffer | undefined;
}

/** The write of the unit that has spent the token. Its row says how often the token has come again, this time included. */
const SPENT = 'refresh_spent';

/** As SQL, for writes after {@link spendWrites}: the token came again. */
export const cameAgain = (): string => `exists (select from ${SPENT} where replays > 0)`;

/**
 * Spends the token: for the first time, or once more within the leeway of its client, in a session that lasts. Both writes fail the
 * unit with `ALREADY_CONSUMED`, of which the family ends. The row of the predecessor decides which of the siblings is the line: it is
 * held first, by all of them, and by whoever shows the predecessor again.
 */
export function spendWrites({ id, at, leewaySeconds, predecessor }: Spending): Write[] {
  const hash = sha256(id);
  const line: Write = {
    otherwise: ALREADY_CONSUMED,
    sql: (parameter) => {
      const own = `${parameter(hash)}::bytea`;
      return `
        update oidc_artifacts set successor = ${own}
        where model = 'RefreshToken' and id_hash = ${parameter(predecessor)} and coalesce(successor, ${own}) = ${own}
        returning 1`;
    },
  };
  const spent: Write = {
    name: SPENT,
    otherwise: ALREADY_CONSUMED,
    sql: (parameter) => {
      const now = `${parameter(at)}::timestamptz`;
      const leeway = `${parameter(leewaySeconds)}::integer`;
      return `
        update oidc_artifacts set consumed_at = coalesce(consumed_at, ${now}),
          replay_until = case when consumed_at is not null then replay_until
            when ${leeway} > 0 then ${now} + make_interval(secs => ${leeway}) end,
          replays = case when consumed_at is null then 0 else replays + 1 end
        where model = 'RefreshToken' and id_hash = ${parameter(hash)} and (consumed_at is null
          or (${leeway} > 0 and replay_until > ${now} and replays < ${MOST_REPLAYS} and successor is null
            and exists (select from sessions record
              where record.uid = oidc_artifacts.payload ->> 'sessionUid' and ${sessionLasts('record', now)})))
        returning replays`;
    },
  };
  return predecessor === undefined ? [spent] : [line, spent];
}
