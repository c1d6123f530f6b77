import { signIn } from '../flows.ts';
import { drive } from '../load.ts';
import { accountOf } from '../stack.ts';
import { interleave } from '../statistics.ts';
import { ROUNDS, type Row, ratio } from './row.ts';

const USERS = 16;

/** Hashing is what a sign-in must cost; this row shows how little else it costs. */
export const passwords: Row = {
  name: 'passwords',
  async measure({ stack, quick }) {
    const { target, child } = await stack.gatehouse();
    let turn = 0;
    const signIns = async (milliseconds: number) =>
      (
        await drive(target, {
          users: USERS,
          rampMs: 700,
          milliseconds,
          turn: async (connection) => void (await signIn(connection, accountOf(turn++))),
        })
      ).perSecond;
    await signIns(quick ? 1_000 : 4_000);
    const rounds = await interleave(quick ? ROUNDS : ROUNDS + 2, {
      signIns: () => signIns(quick ? 1_500 : 4_000),
      ours: () => stack.hashRate('ours', quick ? 600 : 2_000),
      argon2: () => stack.hashRate('argon2', quick ? 600 : 2_000),
    });
    await child.stop();
    const hashes = { label: 'our hashes', values: rounds.ours };
    return [
      ratio(
        'complete password sign-ins ÷ argon2id hashes',
        [{ label: 'sign-ins', values: rounds.signIns }, hashes],
        '/s',
        { atLeast: 0.78, aim: '0.85' },
      ),
      ratio('our hash rate ÷ npm argon2', [hashes, { label: 'npm argon2', values: rounds.argon2 }], '/s', {
        atLeast: 1.8,
      }),
    ];
  },
};
