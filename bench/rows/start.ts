import type { Child } from '../machine.ts';
import { freePort, freePorts, startBare, startGatehouse, untilAnswered } from '../stack.ts';
import { interleave } from '../statistics.ts';
import { ROUNDS, type Row, ratio } from './row.ts';

/** From nothing running to ready, the embedded PostgreSQL and the data of this whole run included. */
export const start: Row = {
  name: 'start',
  async measure({ stack }) {
    await stack.stopAll();
    const { ENCRYPTION_KEYS, MFA_ENCRYPTION_KEY, COOKIE_KEYS } = stack.env;
    const gatehouse = async () => {
      const port = await freePort();
      const EXAMPLES_PORT = String(await freePorts());
      const env = {
        DATA_DIR: stack.dataDir,
        ENCRYPTION_KEYS,
        MFA_ENCRYPTION_KEY,
        COOKIE_KEYS,
        EXAMPLES_PORT,
        PORT: String(port),
      };
      return untilReady(startGatehouse(env), port, '/health/ready');
    };
    const bare = async () => {
      const port = await freePort();
      return untilReady(startBare(port), port, '/jwks');
    };
    // Once for the file system's cache and for what the first development start makes.
    await gatehouse();
    await bare();
    const rounds = await interleave(ROUNDS, { gatehouse, bare });
    return [
      ratio(
        'start to ready, database included ÷ bare cold start',
        [
          { label: 'Gatehouse', values: rounds.gatehouse },
          { label: 'bare', values: rounds.bare },
        ],
        'ms',
        { atMost: 3 },
      ),
    ];
  },
};

async function untilReady(child: Child, port: number, path: string): Promise<number> {
  try {
    return await untilAnswered({ name: 'the start', port, pid: child.pid, headers: '' }, path);
  } finally {
    await child.stop();
  }
}
