import { GatehouseError } from '../../src/kernel/errors.ts';
import { startEmbeddedPostgres } from '../../src/storage/embedded.ts';

/**
 * A process that owns an embedded PostgreSQL, for tests that kill it: `embedded-launcher.ts FOLDER [UID]`. Prints one
 * line of JSON, the connection or the error's code, and stops cleanly when its input ends.
 */
const [folder = '', uid] = process.argv.slice(2);
if (uid !== undefined) process.setuid?.(Number(uid));
try {
  const postgres = await startEmbeddedPostgres({ dataDir: folder, durable: false });
  console.log(JSON.stringify({ port: postgres.port, ownerUrl: postgres.ownerUrl }));
  process.stdin.resume().once('end', () => postgres.stop());
} catch (error) {
  if (!(error instanceof GatehouseError)) throw error;
  console.log(JSON.stringify({ code: error.code, message: error.safeMessage }));
}
