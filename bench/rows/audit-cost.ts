import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { signIn } from '../flows.ts';
import type { Connection, Target } from '../http.ts';
import { drive } from '../load.ts';
import { interleave } from '../statistics.ts';
import { ROUNDS, type Row, ratio } from './row.ts';

/** As many as keep a core busy with hashing. */
const USERS = 4;
const PATIENCE_MS = 60_000;

/**
 * What the proof of the trail costs whoever signs in: the same sign-ins with MAC and sealer, and without. Without means a server
 * that makes no MACs, while another transaction holds the row of the sealer. What it has left is sealed before the next round.
 */
export const auditCost: Row = {
  name: 'audit-cost',
  async measure({ stack, quick }) {
    const owner = new pg.Client({ connectionString: stack.postgres.ownerUrl });
    await owner.connect();
    const proven = await stack.gatehouse();
    const plain = await stack.gatehouse({ entry: 'bench/without-proof.ts' });
    let turn = 0;
    const signInsAt = async (target: Target) => {
      const once = async (connection: Connection) => void (await signIn(connection, stack.person(turn++)));
      const options = { users: USERS, milliseconds: quick ? 2_000 : 10_000, rampMs: 500, turn: once };
      return (await drive(target, options)).perSecond;
    };
    try {
      const withProof = async () => {
        await untilSealed(owner);
        return signInsAt(proven.target);
      };
      const without = async () => {
        await untilSealed(owner);
        await owner.query('begin');
        try {
          await owner.query('select from audit_sealing for update');
          return await signInsAt(plain.target);
        } finally {
          await owner.query('rollback');
        }
      };
      await withProof();
      await without();
      const rounds = await interleave(ROUNDS, { with: withProof, without });
      const sides = [
        { label: 'with', values: rounds.with },
        { label: 'without', values: rounds.without },
      ] as const;
      return [ratio('sign-ins with MAC and sealer ÷ without', sides, '/s', { atLeast: 0.97 })];
    } finally {
      await plain.child.stop();
      await proven.child.stop();
      await owner.end();
    }
  },
};

/** Waits until nothing of earlier rounds is left to be sealed. */
async function untilSealed(owner: pg.Client): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { rows } = await owner.query<{ sealed: boolean }>(
      'select (select size from audit_sealing) >= (select count(*) from audit_events) as sealed',
    );
    if (rows[0]?.sealed === true) return;
    if (performance.now() > deadline) throw new Error(`the trail was not sealed within ${PATIENCE_MS} ms`);
    await setTimeout(100);
  }
}
