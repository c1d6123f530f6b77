import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import Koa from 'koa';
import { GatehouseError } from '../../src/kernel/errors.ts';
import { createLogger, requestLog } from '../../src/log.ts';
import { pathTemplate, scrub } from '../../src/redaction.ts';
import { serve } from './http/serve.ts';

type Level = Parameters<typeof createLogger>[0]['server']['logLevel'];
type Line = Record<string, unknown>;

/** A logger that writes into a list. */
function memoryLog(logLevel: Level = 'trace') {
  const written: string[] = [];
  const log = createLogger({ server: { logLevel } }, { write: (line) => void written.push(line) });
  return { log, written, lines: () => written.map((line) => JSON.parse(line) as Line) };
}

describe('the log', () => {
  it('is one JSON object a line, with the level in words and the time in UTC', () => {
    const { log, written, lines } = memoryLog();
    log.info({ port: 3000 }, 'listening');
    expect(written[0]).to.match(/^[^\n]+\n$/);
    const [line] = lines();
    expect(line).to.include({ level: 'info', port: 3000, msg: 'listening' });
    expect(line?.time).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('keeps to its level', () => {
    const { log, written } = memoryLog('warn');
    log.info('no');
    log.warn('yes');
    expect(written).to.have.length(1);
    const silent = memoryLog('silent');
    silent.log.fatal('no');
    expect(silent.written).to.have.length(0);
  });

  it('cannot be made to write a line of somebody else’s', () => {
    const { log, written } = memoryLog();
    log.info({ userAgent: 'x\n{"level":"fatal"}' }, 'a\r\nb');
    expect(written.join('').split('\n')).to.have.length(2);
  });

  it('holds no secret by name, at any depth, in children, in arrays, in any spelling', () => {
    const secret = () => randomBytes(9).toString('base64url');
    const fields = [
      'password',
      'newPassword',
      'current-password',
      'client_secret',
      'clientSecret',
      'access_token',
      'refreshToken',
      'id_token_hint',
      'code',
      'code_verifier',
      'Authorization',
      'cookie',
      'set-cookie',
      'client_assertion',
      'one-time-code',
      'totp',
      'totp_secret',
      'recoveryCodes',
      'encryptionKeys',
      'mfaKeys',
      'cookieKeys',
      'privateKey',
      'jwk',
      'pepper',
      'DATABASE_URL',
      'credentials',
      'xsrf',
      'state',
    ];
    const used: string[] = [];
    const make = () => Object.fromEntries(fields.map((name) => [name, used[used.push(secret()) - 1]]));
    const { log, written } = memoryLog();
    log.info(make(), 'top');
    log.info({ deep: { deeper: [{ deepest: make() }] } }, 'deep');
    log.child(make()).info('child');
    log.child({ a: 1 }).child(make()).info('grandchild');
    log.info({ code: 123_456, otp: 654_321 });
    const text = written.join('');
    const names = fields.filter((name) => !text.includes(`"${name}":"[redacted]"`));
    expect(names).to.deep.equal([]);
    for (const value of [...used, '123456', '654321']) expect(text).not.to.contain(value);
  });

  it('holds no secret by its look, in messages and errors', () => {
    const jwt = `eyJ${randomBytes(20).toString('base64url')}.${randomBytes(20).toString('base64url')}.${randomBytes(20).toString('base64url')}`;
    const secrets = {
      url: 'https://id.example.org/callback?code=SplxlOBeZQQYbYS6WxSbIA&state=af0ifjsldkj',
      fragment: 'https://app.example.org/#access_token=2YotnFZFEjr1zCsicMWpAA',
      database: 'postgres://gatehouse:correct-horse@db/gatehouse',
      bearer: 'Authorization: Bearer mF_9.B5f-4.1JqM',
      jwt,
      hash: '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b7dWQ',
      bcrypt: '$2b$12$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
      sealed: `v1.k1.${randomBytes(60).toString('base64url')}`,
      pem: '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----',
    };
    const needles = [
      'Splxl',
      'af0ifj',
      '2Yotn',
      'correct-horse',
      'mF_9',
      jwt.slice(10, 30),
      'c29tZ',
      'N9qo8',
      secrets.sealed.slice(8, 40),
      'MIIEv',
    ];
    const { log, written } = memoryLog();
    for (const value of Object.values(secrets)) {
      log.info(`seen: ${value}`);
      log.info({ note: value, list: [value] });
      log.error(new Error(`failed on ${value}`, { cause: new Error(value) }));
    }
    const text = written.join('');
    for (const needle of needles) expect(text).not.to.contain(needle);
    for (const line of written) expect(() => JSON.parse(line)).not.to.throw();
    expect(text).to.contain('https://id.example.org/callback?[redacted]');
  });

  it('leaves ordinary text alone', () => {
    for (const text of [
      'listening on https://id.example.org',
      'what? nothing = nothing',
      'v1.2.3',
      'a # b',
      'a basic fact',
      'costs $2',
    ]) {
      expect(scrub(text)).to.equal(text);
    }
  });

  it('describes errors: code, frames and causes, and nothing that was hung onto them', () => {
    const root = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    const error = new GatehouseError('internal', { message: 'safe', detail: 'what happened', cause: root });
    Object.assign(error, {
      body: 'name=Jane',
      request: { headers: { a: 'Jane' } },
      detail: 'Key (email)=(jane@example.org)',
    });
    const { log, lines, written } = memoryLog();
    log.error({ err: error }, 'request failed');
    const { err } = lines()[0] as { err: Line & { cause: Line } };
    expect(err).to.include({
      type: 'GatehouseError',
      code: 'internal',
      message: 'what happened',
      status: 500,
    });
    expect(err.stack).to.match(/^at /);
    expect(err.cause).to.include({
      code: 'ECONNREFUSED',
      syscall: 'connect',
      message: 'connect ECONNREFUSED',
    });
    expect(written[0]).not.to.match(/jane/i);
  });

  it('leaves the values of a failed statement out', () => {
    const { log, written } = memoryLog();
    log.error(
      new Error(
        "insert into accounts (email) values ('jane@example.org') - duplicate key value violates unique constraint",
      ),
    );
    expect(written[0]).to.contain('[statement] - duplicate key').and.not.to.contain('jane');
  });

  it('survives circles, many causes, buffers, and whatever else comes', () => {
    const { log, lines } = memoryLog();
    const circle: Record<string, unknown> = { name: 'circle' };
    circle.self = circle;
    const error = new Error('circle');
    error.cause = error;
    log.info({
      circle,
      bytes: Buffer.from('secret'),
      big: 1n,
      date: new Date(0),
      url: new URL('https://a.example/?b=c'),
    });
    log.error({ err: error });
    log.error(new AggregateError([new Error('one'), new Error('two')], 'both'));
    expect(lines()[0]).to.deep.include({
      bytes: '[6 bytes]',
      big: '1',
      date: '1970-01-01T00:00:00.000Z',
      url: 'https://a.example/?[redacted]',
    });
    expect(lines()[2]?.err).to.have.property('errors').with.length(2);
  });
});

describe('the log of requests', () => {
  const ask = async (path: string, init: RequestInit = {}, work: Koa.Middleware = () => {}) => {
    const { log, lines, written } = memoryLog();
    const app = new Koa();
    app.silent = true;
    app.use(requestLog(log)).use(work);
    await using server = await serve(app);
    const response = await fetch(`${server.url}${path}`, init);
    await response.text();
    return { response, line: lines()[0], text: written.join('') };
  };

  it('has one line a request, with an id of ours that the answer names', async () => {
    const { response, line } = await ask('/account', { headers: { 'X-Request-Id': 'forged' } }, (ctx) => {
      ctx.body = ctx.state.requestId;
    });
    const id = response.headers.get('x-request-id');
    expect(id).to.match(/^[0-9a-f-]{36}$/);
    expect(line).to.include({
      level: 'info',
      requestId: id,
      method: 'GET',
      path: '/account',
      status: 200,
      ip: '127.0.0.1',
    });
    expect(line?.durationMs).to.be.a('number').within(0, 5_000);
  });

  it('holds no query, no body, no cookie', async () => {
    const init = {
      method: 'POST',
      body: 'password=hunter2hunter2',
      headers: { Cookie: 'a=chocolate', Authorization: 'Basic dGVzdDp0ZXN0' },
    };
    const { line, text } = await ask('/token?code=SplxlOBe', init);
    expect(line).to.include({ method: 'POST', path: '/token', status: 404 });
    for (const secret of ['hunter2', 'chocolate', 'dGVzd', 'Splxl']) expect(text).not.to.contain(secret);
  });

  it('tells of requests that threw, and of health checks only to those who debug', async () => {
    const failing = await ask('/', {}, () => {
      throw new Error('unexpected');
    });
    expect(failing.line).to.include({ level: 'info', status: 500 });
    expect((await ask('/health/live')).line).to.include({ level: 'debug' });
  });

  for (const [path, template] of [
    ['/sign-in/V1StGXR8_Z5jdHi6B-myT', '/sign-in/:uid'],
    ['/sign-in/short/consent', '/sign-in/:uid/consent'],
    ['/authorize/V1StGXR8_Z5jdHi6B-myT?x=y', '/authorize/:uid'],
    ['/authorize', '/authorize'],
    ['/register/550e8400-e29b-41d4-a716-446655440000', '/register/:id'],
    ['/.well-known/openid-configuration', '/.well-known/openid-configuration'],
    ['/token/introspect', '/token/introspect'],
    ['/assets/style.0123456789abcdef.css', '/assets/style.0123456789abcdef.css'],
    ['/account/applications/withdraw', '/account/applications/withdraw'],
    [`/${'a1'.repeat(300)}`, '/:id'],
    [`/${'a/'.repeat(300)}`, `/${'a/'.repeat(300)}`.slice(0, 200)],
  ] as const) {
    it(`shows ${path.slice(0, 60)} as ${template.slice(0, 60)}`, () => {
      expect(pathTemplate(path)).to.equal(template);
    });
  }
});
