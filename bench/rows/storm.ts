import { clientCredentials, signIn } from '../flows.ts';
import type { Target } from '../http.ts';
import { drive, during } from '../load.ts';
import { interleave, median } from '../statistics.ts';
import { type Bench, type Figure, type Goal, ROUNDS, type Row, ratio } from './row.ts';

const SIGN_INS = 50;
const SERVICES = 1;

/** Services must not wait for people: hashes fill the cores, and tokens are signed all the same. */
export const storm: Row = {
  name: 'storm',
  async measure(bench) {
    const { stack, quick } = bench;
    const gatehouse = await stack.gatehouse();
    const ours = await compare(
      'client_credentials p50 in a storm of sign-ins ÷ idle',
      gatehouse.target,
      bench,
      {
        atMost: 6,
      },
    );
    await gatehouse.child.stop();
    if (quick) return [ours];
    const bare = await stack.bare({ passwords: 'argon2' });
    const theirs = await compare('  the same of the bare provider with npm argon2', bare.target, bench);
    await bare.child.stop();
    return [ours, theirs];
  },
};

async function compare(
  name: string,
  target: Target,
  { stack, quick }: Bench,
  goal: Goal = {},
): Promise<Figure> {
  const milliseconds = quick ? 700 : 2_500;
  const p50 = async () => {
    const load = { users: SERVICES, milliseconds, turn: clientCredentials };
    return median((await drive(target, load)).durations);
  };
  let turn = 0;
  const signIns = {
    users: SIGN_INS,
    turn: async (connection: Parameters<typeof signIn>[0]) =>
      void (await signIn(connection, stack.person(turn++))),
  };
  await p50();
  await during(target, signIns, 1_000, p50);
  const rounds = await interleave(ROUNDS, {
    storm: () => during(target, signIns, 500, p50),
    idle: p50,
  });
  return ratio(
    name,
    [
      { label: 'storm', values: rounds.storm },
      { label: 'idle', values: rounds.idle },
    ],
    'ms',
    goal,
  );
}
