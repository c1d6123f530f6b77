import { expect } from 'chai';
import fc from 'fast-check';
import { assertProductionSafe, ConfigurationError } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/schema.ts';
import { load, problemsOf, production } from './support.ts';

const complaint = (change: Record<string, string>) => problemsOf({ ...production(), ...change }).join('\n');

describe('the rules of production', () => {
  it('accept a configuration without shortcuts', () => {
    expect(problemsOf(production())).to.deep.equal([]);
    expect(() => assertProductionSafe(load(production()))).not.to.throw();
  });

  const required =
    'ISSUER TRUSTED_PROXIES DATABASE_URL ENCRYPTION_KEYS MFA_ENCRYPTION_KEY COOKIE_KEYS SMTP_URL MAIL_FROM';
  for (const name of required.split(' ')) {
    it(`require ${name}, once`, () => {
      const { [name]: _removed, ...rest } = production();
      const problems = problemsOf(rest);
      expect(problems).to.have.length(1);
      expect(problems[0]).to.match(new RegExp(`^${name}: is missing; expected .* \\(or ${name}_FILE\\)$`));
    });
  }

  const hex = (pattern: string) => pattern.repeat(64 / pattern.length);
  const counting = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('hex');
  const random = production().ENCRYPTION_KEYS?.slice(3) ?? '';
  const shortcuts: [string, Record<string, string>, RegExp][] = [
    ['http', { ISSUER: 'http://id.example.org' }, /^ISSUER: is not https/],
    ['http on the loopback address', { ISSUER: 'http://localhost:3000' }, /^ISSUER: is not https/],
    [
      'proxies that include everybody',
      { TRUSTED_PROXIES: '10.0.0.1, 0.0.0.0/0' },
      /^TRUSTED_PROXIES: "0\.0\.0\.0\/0" trusts everybody/,
    ],
    [
      'proxies that include everybody, IPv6',
      { TRUSTED_PROXIES: '::/0' },
      /^TRUSTED_PROXIES: "::\/0" trusts everybody/,
    ],
    [
      'clients that register themselves, from nowhere',
      { CLIENT_REGISTRATION: 'true' },
      /^CLIENT_REGISTRATION_HOSTS: is missing/,
    ],
    ['outbound loopback', { OUTBOUND_ALLOW_LOOPBACK: 'true' }, /^OUTBOUND_ALLOW_LOOPBACK: is true/],
    [
      'short cookie keys',
      { COOKIE_KEYS: `${random},abcdefghijklmnopqrst` },
      /^COOKIE_KEYS: secret 2 has 20 characters/,
    ],
    [
      'cookie keys out of a guide',
      { COOKIE_KEYS: 'change-me-change-me-change-me-change-me' },
      /^COOKIE_KEYS: secret 1 looks like an example/,
    ],
    [
      'cookie keys that repeat themselves',
      { COOKIE_KEYS: 'abab'.repeat(10) },
      /^COOKIE_KEYS: secret 1 looks like/,
    ],
    [
      'an encryption key of zeros',
      { ENCRYPTION_KEYS: `k1:${hex('0')}` },
      /^ENCRYPTION_KEYS: the key "k1" is a pattern/,
    ],
    [
      'an encryption key that repeats itself',
      { ENCRYPTION_KEYS: `k1:${hex('0123456789abcdef')}` },
      /is a pattern/,
    ],
    [
      'an encryption key that counts',
      { ENCRYPTION_KEYS: `k1:${random},k2:${counting}` },
      /the key "k2" is a pattern/,
    ],
    ['the key of a development start', { ENCRYPTION_KEYS: `development:${random}` }, /is one of development/],
    [
      'a pepper that is a pattern',
      { PASSWORD_PEPPERS: `p1:${hex('ab')}` },
      /^PASSWORD_PEPPERS: the key "p1" is a pattern/,
    ],
  ];
  for (const [what, change, expected] of shortcuts) {
    it(`refuse ${what}`, () => {
      expect(complaint(change)).to.match(expected);
    });
  }

  it('judge argon2id by OWASP’s pairs', () => {
    const judge = (memory: number, passes: number) =>
      complaint({ ARGON2_MEMORY_KIB: String(memory), ARGON2_TIME_COST: String(passes) });
    const pairs: [number, number][] = [
      [47_104, 1],
      [19_456, 2],
      [12_288, 3],
      [9_216, 4],
      [7_168, 5],
      [65_536, 3],
      [7_168, 6],
    ];
    for (const [memory, passes] of pairs) expect(judge(memory, passes)).to.equal('');
    const below: [number, number][] = [
      [47_103, 1],
      [19_455, 2],
      [12_287, 3],
      [9_215, 4],
      [7_167, 64],
    ];
    for (const [memory, passes] of below)
      expect(judge(memory, passes)).to.match(/^ARGON2_MEMORY_KIB: .*below OWASP/);
    expect(complaint({ ARGON2_TIME_COST: '1' })).to.match(
      /^ARGON2_MEMORY_KIB: is 19456 with ARGON2_TIME_COST 1/,
    );
  });

  it('accept every key of a generator', () => {
    const keys = fc.tuple(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
    );
    // fast-check prefers extreme bytes; a generator does not: judge only those that could come out of one.
    const like = ([a, b]: [Uint8Array, Uint8Array]) => new Set(a).size > 25 && new Set(b).size > 25;
    fc.assert(
      fc.property(keys.filter(like), ([encryption, cookie]) => {
        const text = complaint({
          ENCRYPTION_KEYS: `k9:${Buffer.from(encryption).toString('hex')}`,
          COOKIE_KEYS: Buffer.from(cookie).toString('base64url'),
        });
        expect(text).to.equal('');
      }),
      { numRuns: 50 },
    );
  });

  it('leave development alone', () => {
    const weak = {
      ...production(),
      NODE_ENV: 'development',
      ISSUER: 'http://localhost:3000',
      TRUSTED_PROXIES: '',
    };
    expect(
      problemsOf({
        ...weak,
        OUTBOUND_ALLOW_LOOPBACK: 'true',
        ARGON2_MEMORY_KIB: '64',
        COOKIE_KEYS: 'sixteen letters!',
      }),
    ).to.deep.equal([]);
  });

  it('are asserted again where the application is built', () => {
    const development = load({ ...production(), NODE_ENV: 'development', ISSUER: 'http://localhost:3000' });
    expect(() => assertProductionSafe(development)).not.to.throw();
    const changed: Config = {
      ...development,
      environment: 'production',
      outbound: { ...development.outbound, allowLoopback: true },
    };
    const error = (() => {
      try {
        return assertProductionSafe(changed);
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).to.be.instanceOf(ConfigurationError);
    const names = (error as ConfigurationError).problems.map((problem) => problem.split(':')[0]);
    expect(names).to.have.members(['ISSUER', 'OUTBOUND_ALLOW_LOOPBACK']);
  });
});

describe('the settings of mail', () => {
  const ask = (name: string, value: string) => problemsOf({ ...production(), [name]: value });

  for (const url of [
    'smtp://127.0.0.1:25',
    'smtps://smtp.example.org',
    'smtp://gatehouse:p%40ss@smtp.example.org:587/',
    'smtps://[2001:db8::25]:465',
  ]) {
    it(`take ${url}`, () => expect(ask('SMTP_URL', url)).to.deep.equal([]));
  }

  for (const url of [
    'http://smtp.example.org',
    'smtp.example.org',
    'smtps://smtp.example.org?tls.rejectUnauthorized=false',
    'smtps://smtp.example.org/path',
    'smtps://smtp.example.org#x',
    'smtps://user:pass word@smtp.example.org',
    'smtps://',
  ]) {
    it(`refuse ${url}`, () => expect(ask('SMTP_URL', url)).to.have.length(1));
  }

  for (const mailbox of [
    'no-reply@example.org',
    'Example Hospital <no-reply@example.org>',
    'Clínica Río, S. A. <no-reply@clínica.example>',
  ]) {
    it(`take ${mailbox}`, () => {
      expect(ask('MAIL_FROM', mailbox)).to.deep.equal([]);
      expect(ask('MAIL_REPLY_TO', mailbox)).to.deep.equal([]);
    });
  }

  for (const mailbox of [
    'example.org',
    'a@example.org, b@example.org',
    'A <a@example.org>, B <b@example.org>',
    'A <a@example.org>\nBcc: b@example.org',
    'A\r\nBcc: b@example.org <a@example.org>',
    '"A" <a@example.org>',
    'A <a b@example.org>',
  ]) {
    it(`refuse ${JSON.stringify(mailbox)}`, () => {
      expect(ask('MAIL_FROM', mailbox)).to.have.length(1);
      expect(ask('MAIL_REPLY_TO', mailbox)).to.have.length(1);
    });
  }

  it('let nobody build an application in production that keeps its mail', () => {
    const { mail, ...rest } = load(production());
    const { url: _removed, ...withoutRelay } = mail;
    expect(() => assertProductionSafe({ ...rest, mail: withoutRelay })).to.throw(
      ConfigurationError,
      'SMTP_URL: is missing',
    );
  });
});

describe('the rules between settings', () => {
  const cases: [string, Record<string, string>, RegExp][] = [
    [
      'lanes without memory',
      { ARGON2_MEMORY_KIB: '64', ARGON2_PARALLELISM: '9', NODE_ENV: 'test' },
      /^ARGON2_MEMORY_KIB: is 64; expected 8 KiB or more for each of the 9 lanes$/,
    ],
    [
      'a refresh token shorter than the access token',
      { REFRESH_TOKEN_SECONDS: '300' },
      /^REFRESH_TOKEN_SECONDS: is 300; expected no less than ACCESS_TOKEN_SECONDS \(600\)$/,
    ],
    [
      'a longest lock shorter than the first',
      { LOCKOUT_MAX_DURATION_MINUTES: '29' },
      /^LOCKOUT_MAX_DURATION_MINUTES: is 29; expected no less than ACCOUNT_LOCKOUT_DURATION_MINUTES \(30\)$/,
    ],
    [
      'a key that is used before every node has seen it',
      { KEY_ACTIVATION_DELAY_SECONDS: '59' },
      /^KEY_ACTIVATION_DELAY_SECONDS: is 59; expected twice KEY_POLL_SECONDS \(30\) or more$/,
    ],
  ];
  for (const [what, change, expected] of cases) {
    it(`judge ${what}`, () => {
      expect(complaint(change)).to.match(expected);
    });
  }
});

describe('the port of the metrics', () => {
  it('is another than that of everybody, wherever both listen', () => {
    const taken = complaint({ PORT: '3000', METRICS_PORT: '3000', METRICS_HOST: '10.0.0.1' });
    expect(taken).to.equal('METRICS_PORT: is 3000, as PORT is; expected a port of its own');
    expect(complaint({ METRICS_PORT: '3000' })).to.equal(taken);
    expect(complaint({ PORT: '3000', METRICS_PORT: '9464' })).to.equal('');
    expect(complaint({ PORT: '0', METRICS_PORT: '0' })).to.equal('');
  });
});
