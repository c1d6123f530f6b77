import { expect } from 'chai';
import { createSmtpTransport } from '../../../src/domain/mail/smtp.ts';
import { startRelay } from '../../support/relay.ts';

describe('mail to an address whose domain is not ASCII', () => {
  it('is handed to the relay with the domain as DNS knows it, in either spelling', async () => {
    const relay = await startRelay({});
    const transport = createSmtpTransport({
      url: relay.url,
      requireTls: false,
      clientName: 'id.example.org',
      timeoutSeconds: 5,
      connections: 1,
    });
    try {
      for (const address of ['anna@bücher.example', 'anna@xn--bcher-kva.example']) {
        await transport.send(
          {
            ...{ id: 'a', messageId: '<a@example.org>', date: new Date(), language: 'en', subject: 'Hello' },
            ...{ text: 'Hello', html: '<p>Hello</p>', from: { address: 'no-reply@example.org' } },
            to: { address },
          },
          new AbortController().signal,
        );
      }
      const headers = relay.taken.map(({ source }) => /^To: (.*)$/m.exec(source)?.[1]);
      expect(headers).to.deep.equal(Array(2).fill('anna@xn--bcher-kva.example'));
    } finally {
      await transport.close();
      await relay.close();
    }
  });
});
