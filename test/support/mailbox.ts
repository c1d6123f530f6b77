import type { MailTransport, Message } from '../../src/domain/mail/transport.ts';

/** The mailbox of everybody whom a server under test writes to. */
export interface Mailbox {
  readonly transport: MailTransport;
  readonly messages: Message[];
  /** The next message to an address that was not asked for before; waits for it. */
  next(address: string, milliseconds?: number): Promise<Message>;
  /** The address that the message asks to open. */
  linkIn(message: Message): string;
}

export function createMailbox(): Mailbox {
  const messages: Message[] = [];
  const read = new Set<Message>();
  return {
    transport: {
      async send(message) {
        messages.push(message);
      },
      close: async () => {},
    },
    messages,
    async next(address, milliseconds = 10_000) {
      const deadline = Date.now() + milliseconds;
      for (;;) {
        const found = messages.find((message) => message.to.address === address && !read.has(message));
        if (found !== undefined) {
          read.add(found);
          return found;
        }
        if (Date.now() > deadline) throw new Error(`no mail to ${address} within ${milliseconds} ms`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    linkIn(message) {
      const link = /^https?:\/\/\S+$/m.exec(message.text)?.[0];
      if (link === undefined) throw new Error(`no link in "${message.subject}"`);
      return link;
    },
  };
}
