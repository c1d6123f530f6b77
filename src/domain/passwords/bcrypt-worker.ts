import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

/** The far side of `bcrypt-pool.ts`: one comparison a message. */
parentPort?.on('message', ({ password, encoded }: { password: string; encoded: string }) => {
  parentPort?.postMessage(compareSync(password, encoded));
});
