import type { Message } from '../../src/domain/mail/transport.ts';
import type { TestServer } from './server.ts';

/** The next message to the address with this subject; others, such as notices of sign-ins, are passed over. */
export async function mailAbout(
  { mailbox }: Pick<TestServer, 'mailbox'>,
  address: string,
  subject: string,
): Promise<Message> {
  for (;;) {
    const message = await mailbox.next(address);
    if (message.subject === subject) return message;
  }
}
