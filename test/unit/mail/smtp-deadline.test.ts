import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { createSmtpTransport } from '../../../src/domain/mail/smtp.ts';
import { DeliveryError, type MailTransport, type Message } from '../../../src/domain/mail/transport.ts';
import { type Relay, type RelayBehaviour, startRelay } from '../../support/relay.ts';

const MESSAGE: Message = {
  id: 'a',
  messageId: '<a@example.org>',
  date: new Date(),
  from: { address: 'no-reply@example.org' },
  to: { address: 'anna@example.org' },
  language: 'en',
  subject: 'Hello',
  text: 'Hello',
  html: '<p>Hello</p>',
};
const TIMEOUT_SECONDS = 0.5;

describe('how long a delivery to the relay may take', () => {
  let relay: Relay;
  let transport: MailTransport;

  const start = async (behaviour: RelayBehaviour) => {
    relay = await startRelay(behaviour);
    transport = createSmtpTransport({
      url: relay.url,
      requireTls: false,
      clientName: 'id.example.org',
      timeoutSeconds: TIMEOUT_SECONDS,
      connections: 1,
    });
  };
  const send = (signal = new AbortController().signal) => transport.send(MESSAGE, signal);
  afterEach(async () => {
    await transport.close();
    await relay.close();
  });

  it('is not for ever: what the relay does not get to take is given up', async () => {
    await start({ recipient: () => new Promise(() => {}) });
    const failure = await send().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(DeliveryError).and.include({ permanent: false });
    expect(relay.seen).to.deep.equal([]);
  });

  it('is longer once the relay has all of it: it may have taken it already (RFC 5321, section 4.5.3.2.6)', async () => {
    await start({ content: () => pause(3_000 * TIMEOUT_SECONDS, undefined) });
    await send();
    expect(relay.taken.length).to.equal(1);
  });

  it('ends at once for who must end', async () => {
    await start({ content: () => new Promise(() => {}) });
    const ending = new AbortController();
    const sent = send(ending.signal).catch((error: unknown) => error);
    while (relay.seen.length === 0) await pause(5);
    ending.abort();
    expect(await sent).to.be.instanceOf(DeliveryError);
  });
});
