import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A real SMTP relay on 127.0.0.1, which takes what it gets or answers as a test wants. */
export interface Relay {
  readonly port: number;
  readonly url: string;
  /** What was taken, in order; a message that comes twice is in it twice. */
  readonly taken: TakenMail[];
  /** Messages whose content had come before an answer was given, whatever that was. */
  readonly seen: string[];
  /** Waits until so many were taken. */
  until(count: number, milliseconds?: number): Promise<TakenMail[]>;
  close(): Promise<void>;
}

export interface TakenMail extends ParsedMail {
  readonly envelope: { readonly from: string; readonly to: string[] };
  /** As it crossed the wire. */
  readonly source: string;
}

export interface RelayBehaviour {
  readonly port?: number;
  readonly options?: SMTPServerOptions;
  /** An answer instead of 250 to the recipient. Called for each. */
  readonly recipient?: (address: string) => SmtpReply | undefined | Promise<SmtpReply | undefined>;
  /** An answer instead of 250 to the content. */
  readonly content?: (source: string) => SmtpReply | undefined | Promise<SmtpReply | undefined>;
}

export interface SmtpReply {
  readonly code: number;
  readonly text: string;
}

const failure = ({ code, text }: SmtpReply) => Object.assign(new Error(text), { responseCode: code });

export async function startRelay(behaviour: RelayBehaviour = {}): Promise<Relay> {
  const taken: TakenMail[] = [];
  const seen: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    closeTimeout: 1,
    logger: false,
    onRcptTo({ address }, _session, callback) {
      answer(behaviour.recipient?.(address), callback);
    },
    async onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      const source = Buffer.concat(chunks).toString();
      const parsed = await simpleParser(source);
      seen.push(parsed.messageId ?? '');
      const { mailFrom, rcptTo } = session.envelope;
      const envelope = {
        from: mailFrom === false ? '' : mailFrom.address,
        to: rcptTo.map(({ address }) => address),
      };
      answer(behaviour.content?.(source), (error) => {
        if (!error) taken.push({ ...parsed, envelope, source });
        callback(error);
      });
    },
    ...behaviour.options,
  });
  // Clients that are killed in the middle are what these tests are about.
  server.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(behaviour.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    taken,
    seen,
    async until(count, milliseconds = 15_000) {
      const deadline = Date.now() + milliseconds;
      while (taken.length < count) {
        if (Date.now() > deadline)
          throw new Error(`${taken.length} of ${count} mails after ${milliseconds} ms`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return taken;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

function answer(
  reply: SmtpReply | undefined | Promise<SmtpReply | undefined>,
  callback: (error?: Error | null) => void,
): void {
  Promise.resolve(reply).then(
    (given) => callback(given === undefined ? null : failure(given)),
    (error: Error) => callback(error),
  );
}
