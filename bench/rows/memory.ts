import { clientCredentials, introspect, refresh, signIn, userinfo } from '../flows.ts';
import type { Target } from '../http.ts';
import { drive, type LoadOptions } from '../load.ts';
import { residentMiB } from '../machine.ts';
import type { Stack } from '../stack.ts';
import { interleave, median } from '../statistics.ts';
import { ROUNDS, type Row, ratio } from './row.ts';

const USERS = 16;
const SAMPLE_MS = 100;

/** A bit of everything: somebody signs in, looks, renews; a service works meanwhile. */
const everything =
  (stack: Stack): LoadOptions['turn'] =>
  async (connection, user) => {
    const { access_token: token, refresh_token: renewal } = await signIn(connection, stack.person(user));
    for (let times = 0; times < 10; times += 1) {
      await clientCredentials(connection);
      await userinfo(connection, token);
      await introspect(connection, token);
    }
    await refresh(connection, renewal);
  };

/** The server alone, without its database: as much as a container has to have for it. */
export const memory: Row = {
  name: 'memory',
  async measure({ stack, quick }) {
    const gatehouse = await stack.gatehouse();
    const bare = await stack.bare({ passwords: 'argon2' });
    const milliseconds = quick ? 800 : 4_000;
    const under = (target: Target) => () => residentUnderLoad(target, stack, milliseconds);
    await residentUnderLoad(gatehouse.target, stack, 2 * milliseconds);
    await residentUnderLoad(bare.target, stack, 2 * milliseconds);
    const rounds = await interleave(ROUNDS, { gatehouse: under(gatehouse.target), bare: under(bare.target) });
    await gatehouse.child.stop();
    await bare.child.stop();
    return [
      ratio(
        'resident memory under load ÷ bare',
        [
          { label: 'Gatehouse', values: rounds.gatehouse },
          { label: 'bare', values: rounds.bare },
        ],
        'MiB',
        { atMost: 0.8 },
      ),
    ];
  },
};

async function residentUnderLoad(target: Target, stack: Stack, milliseconds: number): Promise<number> {
  const samples: number[] = [];
  const timer = setInterval(async () => samples.push(await residentMiB(target.pid)), SAMPLE_MS);
  try {
    await drive(target, { users: USERS, milliseconds, turn: everything(stack) });
  } finally {
    clearInterval(timer);
  }
  return median(samples);
}
