import { clientCredentials, fetchDocument, introspect, refresh, signIn, userinfo } from '../flows.ts';
import { Connection, type Target } from '../http.ts';
import { drive, type LoadOptions } from '../load.ts';
import type { Stack } from '../stack.ts';
import { interleave } from '../statistics.ts';
import { type Bench, type Figure, type Goal, ROUNDS, type Row, ratio } from './row.ts';

type Turn = LoadOptions['turn'];

/** One endpoint: how a target is prepared for it, and what one turn is. */
interface Endpoint {
  readonly name: string;
  readonly goal: Goal;
  prepare(target: Target, stack: Stack): Promise<Turn>;
}

const USERS = 16;

async function tokensOf(target: Target, stack: Stack) {
  const connection = new Connection(target);
  const tokens = [];
  for (let user = 0; user < USERS; user += 1) tokens.push(await signIn(connection, stack.person(user)));
  connection.close();
  return tokens;
}

const HALF = { atLeast: 0.5, aim: '0.9' };

const ENDPOINTS: readonly Endpoint[] = [
  {
    name: 'client_credentials, ES256 JWT, audited ÷ bare',
    goal: { atLeast: 0.8, aim: '1.0' },
    prepare: async () => (connection) => clientCredentials(connection),
  },
  {
    name: 'introspection ÷ bare',
    goal: HALF,
    async prepare(target, stack) {
      const tokens = await tokensOf(target, stack);
      return (connection, user) => introspect(connection, tokens[user]?.access_token ?? '');
    },
  },
  {
    name: 'userinfo ÷ bare',
    goal: HALF,
    async prepare(target, stack) {
      const tokens = await tokensOf(target, stack);
      return (connection, user) => userinfo(connection, tokens[user]?.access_token ?? '');
    },
  },
  {
    name: 'refresh with rotation ÷ bare',
    goal: HALF,
    async prepare(target, stack) {
      const tokens = (await tokensOf(target, stack)).map(({ refresh_token: token }) => token);
      return async (connection, user) => {
        tokens[user] = await refresh(connection, tokens[user] ?? '');
      };
    },
  },
  {
    name: 'discovery ÷ bare',
    goal: { atLeast: 2 },
    prepare: async () => (connection) => fetchDocument(connection, '/.well-known/openid-configuration'),
  },
  {
    name: 'JWKS ÷ bare',
    goal: { atLeast: 2 },
    prepare: async () => (connection) => fetchDocument(connection, '/jwks'),
  },
];

export const endpoints: Row = {
  name: 'endpoints',
  async measure(bench) {
    const gatehouse = await bench.stack.gatehouse();
    const bare = await bench.stack.bare();
    await warm(bench, gatehouse.target);
    await warm(bench, bare.target);
    const figures: Figure[] = [];
    for (const endpoint of ENDPOINTS)
      figures.push(await compare(bench, endpoint, gatehouse.target, bare.target));
    await gatehouse.child.stop();
    await bare.child.stop();
    return figures;
  },
};

/** A server runs for weeks: V8 takes half a minute under load until it has compiled all of what is hot. */
async function warm({ quick }: Bench, target: Target): Promise<void> {
  await drive(target, { users: USERS, milliseconds: quick ? 2_000 : 25_000, turn: clientCredentials });
}

async function compare(
  { quick, stack }: Bench,
  { name, goal, prepare }: Endpoint,
  gatehouse: Target,
  bare: Target,
): Promise<Figure> {
  const milliseconds = quick ? 300 : 1_200;
  const measured = async (target: Target) => {
    const turn = await prepare(target, stack);
    const load = { users: USERS, milliseconds, turn };
    // Both have been compiled by then: what is compared is how they run, not how they warm up.
    await drive(target, { ...load, milliseconds: quick ? 400 : 2_000 });
    return async () => (await drive(target, { ...load, rampMs: 100 })).perSecond;
  };
  const rounds = await interleave(quick ? ROUNDS : ROUNDS + 2, {
    gatehouse: await measured(gatehouse),
    bare: await measured(bare),
  });
  return ratio(
    name,
    [
      { label: 'Gatehouse', values: rounds.gatehouse },
      { label: 'bare', values: rounds.bare },
    ],
    '/s',
    goal,
  );
}
