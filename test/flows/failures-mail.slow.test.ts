import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { SECRET, useFailingCommands } from '../support/failing-commands.ts';
import { freePort, type Settings } from '../support/server.ts';

/** What a person reads when something outside of Gatehouse is not as it should be: one line, with the setting's name. */
describe('a command or a start that fails', function () {
  this.timeout(60_000);
  const { launch, failure } = useFailingCommands();

  describe('to send a test mail names the setting', () => {
    /** A relay of the test's own; `use` gets its port. */
    async function withRelay(
      options: SMTPServerOptions,
      use: (port: number) => Promise<void>,
    ): Promise<void> {
      const relay = new SMTPServer({
        logger: false,
        disabledCommands: ['STARTTLS'],
        authOptional: true,
        ...options,
      });
      relay.on('error', () => {});
      await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
      try {
        await use((relay.server.address() as AddressInfo).port);
      } finally {
        await new Promise<void>((resolve) => relay.close(resolve));
      }
    }
    const send = (SMTP_URL: string, more: Settings = {}) =>
      failure(['src/cli.ts', 'mail', 'test', 'somebody@example.org'], {
        SMTP_URL,
        MAIL_FROM: 'no-reply@example.org',
        ...more,
      });
    const refusal = (code: number, words: string) => Object.assign(new Error(words), { responseCode: code });

    it('SMTP_URL, where nothing listens or the host is unknown', async () => {
      const url = `smtp://gatehouse:${SECRET}@127.0.0.1:${await freePort()}`;
      expect(await send(url)).to.match(/^gatehouse: SMTP_URL: nothing listens there/);
      expect(await send(`smtp://gatehouse:${SECRET}@no-such-host.invalid:25`)).to.match(
        /^gatehouse: SMTP_URL: the host name of the relay is not known/,
      );
    });

    it('SMTP_URL, where user and password are not accepted', () =>
      withRelay(
        {
          allowInsecureAuth: true,
          authOptional: false,
          onAuth: (_auth, _session, callback) => callback(refusal(535, 'no such user')),
        },
        async (port) => {
          expect(await send(`smtp://gatehouse:${SECRET}@127.0.0.1:${port}`)).to.match(
            /^gatehouse: SMTP_URL: the relay does not accept user and password/,
          );
        },
      ));

    it('SMTP_URL, where TLS is not what is spoken there, or its certificate is nobody’s', async () => {
      await withRelay({}, async (port) => {
        expect(await send(`smtps://gatehouse:${SECRET}@127.0.0.1:${port}`)).to.match(
          /^gatehouse: SMTP_URL: the relay does not begin with TLS there/,
        );
      });
      await withRelay({ secure: true }, async (port) => {
        expect(await send(`smtps://gatehouse:${SECRET}@127.0.0.1:${port}`)).to.match(
          /^gatehouse: SMTP_URL: the certificate of the relay is not accepted/,
        );
      });
    });

    it('MAIL_FROM, where the sender is refused; the address, where that is', async () => {
      await withRelay(
        { onMailFrom: (_address, _session, callback) => callback(refusal(550, 'not from you')) },
        async (port) => {
          expect(await send(`smtp://127.0.0.1:${port}`)).to.match(
            /^gatehouse: MAIL_FROM: .*\(.*not from you\)/,
          );
        },
      );
      await withRelay(
        { onRcptTo: (_address, _session, callback) => callback(refusal(550, 'not here')) },
        async (port) => {
          expect(await send(`smtp://127.0.0.1:${port}`)).to.match(
            /^gatehouse: the relay does not take mail to/,
          );
        },
      );
    });

    it('and says so where it goes', async () => {
      const seen: string[] = [];
      await withRelay(
        {
          onData(stream, _session, callback) {
            stream.setEncoding('utf8').on('data', (text: string) => void seen.push(text));
            stream.on('end', () => callback());
          },
        },
        async (port) => {
          const sent = await launch(['src/cli.ts', 'mail', 'test', 'somebody@example.org'], {
            SMTP_URL: `smtp://127.0.0.1:${port}`,
            MAIL_FROM: 'no-reply@example.org',
          });
          expect(await sent.exit, sent.output()).to.equal(0);
          expect(sent.output()).to.include('The relay has taken a mail to somebody@example.org');
        },
      );
      expect(seen.join('')).to.include('gatehouse mail test');
      const nowhere = await launch(['src/cli.ts', 'mail', 'test', 'no address'], {});
      expect(await nowhere.exit).to.equal(2);
    });
  });
});
