import type { Mailbox } from './addresses.ts';

/** A mail as it goes out. Whatever is in it stays the same over all attempts, its id and date included. */
export interface Message {
  /** Of the outbox; the local part of its Message-ID. */
  readonly id: string;
  readonly messageId: string;
  readonly date: Date;
  readonly from: Mailbox;
  readonly to: Mailbox;
  readonly replyTo?: Mailbox;
  readonly language: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A way out of the server. */
export interface MailTransport {
  /** Resolves when the other side has taken the message. Throws {@link DeliveryError}, also when `signal` aborts. */
  send(message: Message, signal: AbortSignal): Promise<void>;
  /** Closes what is open. Messages on their way are aborted. */
  close(): Promise<void>;
}

/** Why a message was not taken. `reason` is for operators: it may quote the other side. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly reason: string;
  readonly permanent: boolean;

  constructor(reason: string, options: { permanent: boolean; cause?: unknown }) {
    super('a mail was not taken', options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.permanent = options.permanent;
  }
}
