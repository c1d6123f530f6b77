import { countCommands } from '../../test/support/command-counter.ts';
import { signIn } from '../flows.ts';
import { Connection } from '../http.ts';
import { judged, ROUNDS, type Row } from './row.ts';

/** Round trips to PostgreSQL, counted on the wire between the server and the database. */
export const storage: Row = {
  name: 'storage',
  async measure({ stack }) {
    const counter = await countCommands(stack.postgres.serverUrl);
    const { target, child } = await stack.gatehouse({ databaseUrl: counter.url });
    const connection = new Connection(target);
    // Fills the caches and prepares the statements: what is counted is the thousandth sign-in, not the first.
    for (let warm = 0; warm < 20; warm += 1) await signIn(connection, stack.person(warm));
    const counts: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = counter.commands();
      await signIn(connection, stack.person(round));
      counts.push(counter.commands() - before);
    }
    connection.close();
    await child.stop();
    await counter.close();
    const most = Math.max(...counts);
    return [
      {
        ...judged('storage commands per complete sign-in', most, { atMost: 18 }),
        detail: `the most of ${ROUNDS} sign-ins: ${counts.join(', ')}`,
        rounds: { commands: counts },
      },
    ];
  },
};
