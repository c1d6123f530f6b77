import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createMailFolder } from '../../src/domain/mail/folder.ts';
import { eventually } from '../support/processes.ts';
import { type Settings, startTestServer, type TestServer } from '../support/server.ts';
import { UserAgent } from '../support/user-agent.ts';

const LINK = 'https://id.example.org/reset?token=abc&x="><b>';

describe('the mailbox of development', () => {
  let dataDir: string;
  let server: TestServer;
  const start = async (settings: Settings = {}) => {
    dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-mailbox-'));
    server = await startTestServer({
      settings: { NODE_ENV: 'development', DATA_DIR: dataDir, ...settings },
      replace: { mailTransport: createMailFolder(join(dataDir, 'mail')) },
    });
  };
  afterEach(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const send = async (name = 'Pat') => {
    await server.app.database.transaction((tx) =>
      server.app.mail.outbox.enqueue(tx, {
        kind: 'password-reset',
        to: { address: 'pat@example.org', name },
        model: {
          link: LINK,
          expiresAt: new Date(Date.now() + 60_000),
          requestedBy: 'person',
          at: new Date(),
        },
      }),
    );
    await eventually('it is kept', async () => (await server.app.mail.folder?.list(1))?.length === 1);
  };
  /** A request as it is, without a browser's manners. */
  const ask = async (path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> => {
    const { port } = server.app.config.server;
    const request = get({ hostname: 'localhost', port, path, headers });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    return response;
  };

  it('shows what would have been sent, and keeps it as files', async () => {
    await start();
    const agent = new UserAgent();
    expect((await agent.get(`${server.issuer}/dev/mailbox`)).body).to.include('There is no mail yet.');
    await send('<script>alert(1)</script>');
    const list = await agent.get(`${server.issuer}/dev/mailbox`);
    expect(list.status).to.equal(200);
    expect(list.headers.get('cache-control')).to.equal('no-store');
    const path = /href="(\/dev\/mailbox\/[0-9a-f-]{36})">Choose a new password</.exec(list.body)?.[1];
    const page = await agent.get(`${server.issuer}${path}`);
    expect(page.body).to.include('pat@example.org').and.not.include('<script>alert').and.not.include('<b>');
    expect(page.body).to.include(
      '<a href="https://id.example.org/reset?token=abc&amp;x=&#34;&gt;&lt;b&gt;">',
    );
    expect(page.body).to.match(/<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox"/);
    expect(page.headers.get('content-security-policy'))
      .to.include("default-src 'none'")
      .and.include("frame-src 'self'")
      .and.include("frame-ancestors 'none'");
    const files = await readdir(join(dataDir, 'mail'));
    expect(files.map((file) => file.split('.').at(-1)).sort()).to.deep.equal(['eml', 'json']);
    expect((await ask('/dev/mailbox/style.css')).headers['content-type']).to.equal('text/css; charset=utf-8');
  });

  it('lets a mail do nothing but look and open links', async () => {
    await start();
    await send();
    const [mail] = (await server.app.mail.folder?.list(1)) ?? [];
    const html = await new UserAgent().get(`${server.issuer}/dev/mailbox/${mail?.id}/html`);
    expect(html.body).to.include('<base target="_blank">').and.include('&lt;b&gt;');
    expect(html.headers.get('content-security-policy')).to.equal(
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; " +
        'sandbox allow-popups allow-popups-to-escape-sandbox',
    );
    expect(html.headers.get('x-frame-options')).to.equal('SAMEORIGIN');
  });

  it('is there for this machine only', async () => {
    await start();
    await send();
    const { host } = new URL(server.issuer);
    const [mail] = (await server.app.mail.folder?.list(1)) ?? [];
    for (const path of ['/dev/mailbox', `/dev/mailbox/${mail?.id}`, `/dev/mailbox/${mail?.id}/html`]) {
      expect((await ask(path, { host })).statusCode, path).to.equal(200);
      for (const headers of [
        { host: 'evil.example' },
        { host, 'x-forwarded-for': '127.0.0.1' },
        { host, forwarded: 'for=127.0.0.1' },
        { host, via: '1.1 tunnel' },
        { host: 'evil.example', 'x-forwarded-host': 'localhost' },
      ]) {
        expect((await ask(path, headers)).statusCode, `${path} ${JSON.stringify(headers)}`).to.equal(404);
      }
    }
    expect((await ask('/dev/mailbox/nothing')).statusCode).to.equal(404);
    expect((await ask('/dev/mailbox/..%2f..%2fsecrets')).statusCode).to.equal(404);
  });

  it('is nowhere but in development', async () => {
    await start({ NODE_ENV: 'test' });
    expect((await ask('/dev/mailbox')).statusCode).to.equal(404);
    await server.stop();
    await start({
      NODE_ENV: 'production',
      ISSUER: 'https://id.example.org',
      TRUSTED_PROXIES: '127.0.0.1, ::1',
      ENCRYPTION_KEYS: `k1:${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex')}`,
      MFA_ENCRYPTION_KEY: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex'),
      COOKIE_KEYS: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex'),
      OUTBOUND_ALLOW_LOOPBACK: 'false',
      SMTP_URL: 'smtp://127.0.0.1:9',
      MAIL_FROM: 'no-reply@example.org',
    });
    expect(server.app.mail.folder).to.equal(undefined);
    const proxied = { host: 'id.example.org', 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1' };
    for (const headers of [proxied, { 'x-forwarded-proto': 'https' }]) {
      expect((await ask('/dev/mailbox', headers)).statusCode).to.equal(404);
    }
  });
});
