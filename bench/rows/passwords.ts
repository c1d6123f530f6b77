import { signIn } from '../flows.ts';
import type { Connection, Target } from '../http.ts';
import { drive } from '../load.ts';
import type { Stack } from '../stack.ts';
import { interleave } from '../statistics.ts';
import { ROUNDS, type Row, ratio } from './row.ts';

const USERS = 16;

/** Hashing is what a sign-in must cost; this row shows how little else it costs. */
export const passwords: Row = {
  name: 'passwords',
  async measure({ stack, quick }) {
    const gatehouse = await stack.gatehouse();
    const bare = await stack.bare({ passwords: 'ours' });
    const ofGatehouse = signInsOf(gatehouse.target, stack);
    const ofBare = signInsOf(bare.target, stack);
    // Sign-ins are slow, so it takes V8 a while until it has compiled all of what is hot in them.
    await ofGatehouse(quick ? 2_000 : 40_000);
    await ofBare(quick ? 2_000 : 20_000);
    const [long, short] = quick ? [1_200, 500] : [3_500, 1_500];
    const rounds = await interleave(ROUNDS, {
      gatehouse: () => ofGatehouse(long),
      ours: () => stack.hashRate('ours', short),
      bare: () => ofBare(long),
      argon2: () => stack.hashRate('argon2', short),
    });
    await gatehouse.child.stop();
    await bare.child.stop();
    const hashes = { label: 'our hashes', values: rounds.ours };
    const signIns = { label: 'sign-ins', values: rounds.gatehouse };
    const theirs = { label: 'sign-ins', values: rounds.bare };
    const reference = { label: 'npm argon2', values: rounds.argon2 };
    return [
      ratio('complete password sign-ins ÷ argon2id hashes', [signIns, hashes], '/s', {
        atLeast: 0.78,
        aim: '0.85',
      }),
      ratio('  the same of the bare provider, with our hashes', [theirs, hashes], '/s'),
      ratio('our hash rate ÷ npm argon2', [hashes, reference], '/s', { atLeast: 1.8 }),
    ];
  },
};

/** Complete sign-ins that end per second. */
function signInsOf(target: Target, stack: Stack): (milliseconds: number) => Promise<number> {
  let turn = 0;
  return async (milliseconds) => {
    const load = {
      users: USERS,
      rampMs: 500,
      milliseconds,
      turn: async (connection: Connection) => void (await signIn(connection, stack.person(turn++))),
    };
    return (await drive(target, load)).perSecond;
  };
}
