import type { ClientUses } from '../domain/clients/uses.ts';
import type { Logger } from '../log.ts';
import type { Job } from './runner.ts';

const MINUTE_MS = 60_000;

export interface WriteClientUsesDependencies {
  readonly clientUses: Pick<ClientUses, 'write'>;
  readonly log: Logger;
}

/** Writes when clients and their secrets were last used, as this process has gathered it. */
export const createWriteClientUses = ({ clientUses, log }: WriteClientUsesDependencies): Job => ({
  name: 'write-client-uses',
  async round() {
    await clientUses.write();
    return MINUTE_MS;
  },
  /** Requests have ended: what they used is written before the process ends. */
  async last() {
    await clientUses
      .write()
      .catch((error) => log.warn({ err: error }, 'the last uses of clients were not written'));
  },
});
