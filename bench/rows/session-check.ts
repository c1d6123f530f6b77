import { loadConfig } from '../../src/config/load.ts';
import { sha256 } from '../../src/kernel/crypto.ts';
import { openApp } from '../../src/wire.ts';
import { addManySessions } from '../../test/support/many-sessions.ts';
import { interleave, median, percentile } from '../statistics.ts';
import { judged, type Row } from './row.ts';

const SESSIONS = 20_000;
const READS = 5_000;
const QUICK_READS = 1_000;
const PREFIX = 'checked-';

const PAYLOAD_ALONE = {
  name: 'bench_session_without_record',
  text: `select payload, consumed_at from oidc_artifacts
    where model = 'Session' and id_hash = $1 and (expires_at is null or expires_at > $2)`,
};

/** What it costs that a record decides about every session: the read with it, as every request does it, and without. */
export const sessionCheck: Row = {
  name: 'session check',
  async measure({ stack, quick }) {
    const app = await openApp(loadConfig({ env: stack.env, configFile: false }));
    const {
      database,
      tokens: { artifacts },
    } = app;
    const remove = async () => {
      for (const statement of [
        'delete from session_clients where session_uid like $1',
        'delete from sessions where uid like $1',
        `delete from oidc_artifacts where session_uid like $1 or grant_id like $1 or payload ->> 'jti' like $1`,
      ]) {
        await database.query(statement, [`${PREFIX}%`]);
      }
    };
    const idleExpiresAt = new Date(Date.now() + 3_600_000);
    try {
      await addManySessions(database, {
        count: SESSIONS,
        clients: ['a', 'b'],
        prefix: PREFIX,
        idleExpiresAt,
      });
      let turn = 0;
      const timed = async (read: (id: string) => Promise<boolean>) => {
        turn += 1;
        const id = `${PREFIX}${1 + ((turn * 7_919) % SESSIONS)}`;
        const began = performance.now();
        if (!(await read(id))) throw new Error(`there is no session ${id}`);
        return performance.now() - began;
      };
      const kinds = {
        checked: () => timed(async (id) => (await artifacts.find('Session', id)) !== undefined),
        unchecked: () =>
          timed(async (id) => (await database.query(PAYLOAD_ALONE, [sha256(id), new Date()])).length === 1),
      };
      await interleave(500, kinds);
      const rounds = await interleave(quick ? QUICK_READS : READS, kinds);
      const [checked, unchecked] = [median(rounds.checked), median(rounds.unchecked)];
      return [
        {
          ...judged('read of a session that its record decides about, ms', checked, { atMost: 1 }),
          detail:
            `without the record ${unchecked.toFixed(3)} ms, so it adds ${(checked - unchecked).toFixed(3)} ` +
            `(medians of ${rounds.checked.length}, one after the other; p99 ${percentile(rounds.checked, 99).toFixed(2)})`,
          rounds: {},
        },
      ];
    } finally {
      await remove();
      await app.close();
    }
  },
};
