import { parentPort } from 'node:worker_threads';
import { hashSync } from 'bcryptjs';
import { fromBcryptBase64 } from './hash-fields.ts';
import type { HashTask } from './hash-threads.ts';
import { sha512crypt } from './sha512crypt.ts';

/** The far side of `hash-threads.ts`: one output a message. */
parentPort?.on('message', (task: HashTask) => {
  parentPort?.postMessage(
    task.algorithm === 'bcrypt'
      ? // In front of the 31 characters of the output stand version, cost and salt.
        fromBcryptBase64(hashSync(task.password, task.salt).slice(29))
      : Buffer.from(sha512crypt(task.password, Buffer.from(task.salt), task.rounds)),
  );
});
