import type { MailModels, NewMail } from '../domain/mail/mails.ts';
import type { MailOutbox } from '../domain/mail/store.ts';
import type { Executor } from '../storage/database.ts';
import type { Write } from '../storage/unit-of-work.ts';

/** What has happened: rare, and to be looked at. */
export type Alarm = MailModels['alarm'];
export type AlarmKind = Alarm['what'];

/**
 * Alarms. Each has an event of the audit trail, by which SIEMs get it and by which `gatehouse_alarms_total` counts it; whoever writes
 * that event rings here, in the same transaction, so that those who watch over the installation are mailed. No alarm holds up what
 * rings it: the mail waits in the outbox, and a relay that fails changes nothing.
 */
export interface Alarms {
  ring(tx: Executor, alarm: Alarm): Promise<void>;
  /** The same for a unit of work. */
  writes(alarm: Alarm): Write[];
}

export interface AlarmDependencies {
  readonly mail: Pick<MailOutbox, 'enqueue' | 'write'>;
  /** Who is mailed. */
  readonly alarmEmails: readonly string[];
}

export function createAlarms({ mail, alarmEmails }: AlarmDependencies): Alarms {
  const mails = (model: Alarm) =>
    alarmEmails.map((address): NewMail => ({ kind: 'alarm', to: { address }, model }));
  return {
    async ring(tx, alarm) {
      for (const each of mails(alarm)) await mail.enqueue(tx, each);
    },
    writes: (alarm) => mails(alarm).map((each) => mail.write(each)),
  };
}
