import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { clients } from '../../src/administration/clients/index.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type App, openApp } from '../../src/wire.ts';
import { act } from '../../test/support/administration.ts';
import { addManySessions } from '../../test/support/many-sessions.ts';
import { signIn } from '../flows.ts';
import type { Connection, Target } from '../http.ts';
import { during } from '../load.ts';
import type { Stack } from '../stack.ts';
import { median, percentile } from '../statistics.ts';
import { type Figure, judged, type Row } from './row.ts';

const SESSIONS = 100_000;
const QUICK_SESSIONS = 20_000;
/** People who sign in at the same time, each again as soon as they are in: as much as the server's core can do. */
const USERS = 4;
/** For so long an application thinks about a notice. */
const APPLICATION_MS = 20;
const PATIENCE_MS = 180_000;
const PREFIX = 'swept-';

/** The end of a shift: everybody's session is over at the same moment, with all that hangs on it, while others sign in. */
export const sweep: Row = {
  name: 'sweep',
  async measure({ stack, quick }) {
    const app = await openApp(loadConfig({ env: stack.env, configFile: false }));
    const application = await startApplication();
    // The applications are on this machine, where production reaches nobody.
    const settings = { NODE_ENV: 'test', OUTBOUND_ALLOW_LOOPBACK: 'true' };
    const { target, child } = await stack.gatehouse({ settings });
    try {
      return await measureSweep({ app, target, stack, uri: application.uri, quick });
    } finally {
      await child.stop();
      await forget(app);
      await app.close();
      await application.close();
    }
  },
};

interface Scene {
  readonly app: App;
  readonly target: Target;
  readonly stack: Stack;
  readonly uri: string;
  readonly quick: boolean;
}

async function measureSweep({ app, target, stack, uri, quick }: Scene): Promise<Figure[]> {
  const count = quick ? QUICK_SESSIONS : SESSIONS;
  const pause = () => setTimeout(quick ? 4_000 : 10_000);
  const clients = [await addApplication(app, uri), await addApplication(app, uri)];
  let turn = 0;
  /** How long sign-ins take while something is going on, in milliseconds. */
  const signInsDuring = async (work: () => Promise<unknown>): Promise<number[]> => {
    const durations: number[] = [];
    const timed = async (connection: Connection) => {
      const began = performance.now();
      await signIn(connection, stack.person(turn++));
      durations.push(performance.now() - began);
    };
    await during(target, { users: USERS, turn: timed }, 0, work);
    return durations;
  };
  const hasEnded = async (number: number) => {
    const uid = `${PREFIX}${number}`;
    const found = await app.database.query('select 1 from sessions where uid = $1 and ended_at is not null', [
      uid,
    ]);
    return found.length > 0;
  };

  await signInsDuring(pause);
  const before = await signInsDuring(pause);
  await addManySessions(app.database, {
    count,
    clients,
    prefix: PREFIX,
    idleExpiresAt: new Date(Date.now() - 60_000),
  });
  const over = performance.now();
  await until(() => hasEnded(1));
  const meanwhile = await signInsDuring(() => until(() => hasEnded(count)));
  const seconds = (performance.now() - over) / 1000;
  await forgetNotices(app);
  const after = await signInsDuring(pause);

  const without = [...before, ...after];
  const [slowest, usual] = [percentile(meanwhile, 99), percentile(without, 99)];
  const millisecondsOf = (values: readonly number[]) =>
    `p50 ${median(values).toFixed(0)}, p99 ${percentile(values, 99).toFixed(0)} ms of ${values.length}`;
  return [
    {
      ...judged(`sweep of ${count.toLocaleString('en')} sessions, seconds`, seconds, {
        atMost: (60 * count) / SESSIONS,
        aim: `${(25 * count) / SESSIONS}`,
      }),
      detail: `from their end to the last one’s, with ${meanwhile.length} sign-ins meanwhile`,
      rounds: { seconds: [seconds] },
    },
    {
      ...judged('sign-in p99 during the sweep ÷ without', slowest / usual, { atMost: 2 }),
      detail: `during: ${millisecondsOf(meanwhile)}; before: ${millisecondsOf(before)}; after: ${millisecondsOf(after)}`,
      rounds: { during: meanwhile, before, after },
    },
  ];
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`the sweep takes more than ${PATIENCE_MS / 1000} s`);
    await setTimeout(50);
  }
}

/** An application that takes every notice. */
async function startApplication() {
  const server = createServer(async (request, response) => {
    request.resume();
    await setTimeout(APPLICATION_MS);
    response.writeHead(200, { 'cache-control': 'no-store' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/back-channel`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function addApplication(app: App, uri: string): Promise<string> {
  const metadata = {
    client_name: 'An application that is told',
    redirect_uris: ['https://told.bench.example/callback'],
    backchannel_logout_uri: uri,
  };
  const { registration } = await act(app, clients.create, { metadata });
  return String(registration.client_id);
}

const forgetNotices = async (app: App) =>
  void (await app.database.query('delete from logout_deliveries where session_uid like $1', [`${PREFIX}%`]));

/** What comes after it is measured without it. */
async function forget(app: App): Promise<void> {
  await forgetNotices(app);
  await app.database.query('delete from session_clients where session_uid like $1', [`${PREFIX}%`]);
  await app.database.query('delete from sessions where uid like $1', [`${PREFIX}%`]);
}
