import { expect } from 'chai';
import { createSmtpTransport } from '../../../src/domain/mail/smtp.ts';
import type { Message } from '../../../src/domain/mail/transport.ts';
import { Secret } from '../../../src/kernel/secret.ts';
import { type Relay, startRelay } from '../../support/relay.ts';

const message = (id: string): Message => ({
  id,
  messageId: `<${id}@example.org>`,
  date: new Date(),
  from: { address: 'no-reply@example.org' },
  to: { address: 'anna@example.org' },
  language: 'en',
  subject: 'Hello',
  text: 'Hello',
  html: '<p>Hello</p>',
});

describe('the password of the relay', () => {
  let relay: Relay;
  let right = 'one';
  let logins: string[] = [];

  before(async () => {
    relay = await startRelay({
      options: {
        disabledCommands: ['STARTTLS'],
        authOptional: false,
        allowInsecureAuth: true,
        onAuth: ({ username = '', password = '' }, _session, callback) => {
          logins.push(`${username}:${password}`);
          if (password === right) callback(null, { user: username });
          else callback(Object.assign(new Error('wrong password'), { responseCode: 535 }));
        },
      },
    });
  });
  after(() => relay.close());
  beforeEach(() => {
    right = 'one';
    logins = [];
  });

  const open = (url: string, password: Secret | undefined) =>
    createSmtpTransport({
      url,
      password,
      requireTls: false,
      clientName: 'id.example.org',
      timeoutSeconds: 5,
      connections: 2,
    });
  const withUser = () => relay.url.replace('smtp://', 'smtp://anna@');
  const never = new AbortController().signal;

  it('stands beside a URL without one', async () => {
    const transport = open(withUser(), new Secret('one'));
    await transport.send(message('a'), never);
    await transport.close();
    expect(logins).to.deep.equal(['anna:one']);
  });

  it('is read again when a login fails, for all that is on its way', async () => {
    const transport = open(withUser(), new Secret('old', () => 'one'));
    await Promise.all(['b', 'c', 'd'].map((id) => transport.send(message(id), never)));
    await transport.close();
    expect(new Set(logins)).to.deep.equal(new Set(['anna:old', 'anna:one']));
  });

  it('that is still the same is not tried again', async () => {
    const transport = open(withUser(), new Secret('old', () => 'old'));
    const error = await transport.send(message('e'), never).catch((thrown) => thrown);
    await transport.close();
    expect(error.reason).to.include('535');
    expect(error.permanent).to.equal(false);
    expect(logins).to.deep.equal(['anna:old']);
  });
});
