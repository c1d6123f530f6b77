import type { MailOutbox } from '../domain/mail/store.ts';
import type { Logger } from '../log.ts';
import type { Job } from './runner.ts';

const HOUR_MS = 3_600_000;

export interface ClearMailDependencies {
  readonly outbox: Pick<MailOutbox, 'clear'>;
  readonly log: Logger;
}

/** Removes what the outbox no longer has to remember. Every node does it; what is gone is gone. */
export const createClearMail = ({
  outbox,
  log,
}: {
  outbox: Pick<MailOutbox, 'clear'>;
  log: Logger;
}): Job => ({
  name: 'clear-mail',
  async round() {
    const removed = await outbox.clear();
    if (removed > 0) log.info({ removed }, 'old mail removed from the outbox');
    return HOUR_MS;
  },
});
