import { expect } from 'chai';
import fc from 'fast-check';
import {
  ConfigurationError,
  DEFAULT_CONFIG_FILE,
  loadConfig,
  resolveConfig,
} from '../../../src/config/load.ts';
import { allSettings } from '../../../src/config/schema.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';
import { files, load, problemsOf, production } from './support.ts';

describe('loading the configuration', () => {
  it('takes values from the environment and puts them into their places', () => {
    const config = load({ ...production(), PORT: '8080', PASSWORD_MIN_LENGTH: '15', ARGON2_TIME_COST: '3' });
    expect(config.environment).to.equal('production');
    expect(config.server.port).to.equal(8080);
    expect(config.server.trustedProxies).to.deep.equal(['10.0.0.5']);
    expect(config.passwords.minLength).to.equal(15);
    expect(config.passwords.argon2).to.deep.equal({ memoryKib: 19_456, timeCost: 3, parallelism: 1 });
    expect(config.secrets.encryptionKeys.current).to.equal('k1');
  });

  it('gives defaults that depend on other settings', () => {
    const env: Record<string, string> = { ...production(), NODE_ENV: 'development', PORT: '3401' };
    const { ISSUER: _issuer, ...withoutIssuer } = env;
    const config = load(withoutIssuer);
    expect(config.server.issuer).to.equal('http://localhost:3401');
    expect(config.database.ownerUrl).to.equal(config.database.url);
  });

  it('leaves the keys of optional settings out where nothing is given', () => {
    const { brand, passwords } = load(production());
    expect(brand).not.to.have.property('logoFile');
    expect(brand).not.to.have.property('supportContact');
    expect(passwords.peppers).to.equal(undefined);
    expect(load({ ...production(), SUPPORT_CONTACT: 'desk@example.org' }).brand.supportContact).to.equal(
      'desk@example.org',
    );
  });

  it('counts an empty variable as absent', () => {
    expect(load({ ...production(), PORT: '', BRAND_NAME: '  ' }).server.port).to.equal(3000);
  });

  it('reads NAME_FILE and trims what is in it', () => {
    const { DATABASE_URL: url, ...rest } = production();
    const readFile = files({ '/run/secrets/db': `\n${url}\n` });
    expect(load({ ...rest, DATABASE_URL_FILE: '/run/secrets/db' }, { readFile }).database.url).to.equal(url);
  });

  it('refuses a setting that is given twice, a file that is not there, and an empty one', () => {
    const readFile = files({ '/full': '3000', '/empty': ' \n' });
    const problems = (more: Record<string, string>) => problemsOf({ ...production(), ...more }, { readFile });
    expect(problems({ PORT: '3000', PORT_FILE: '/full' })).to.deep.equal([
      'PORT: is given twice, as PORT and as PORT_FILE; expected one of the two',
    ]);
    expect(problems({ PORT_FILE: '/missing' })).to.deep.equal([
      'PORT_FILE: /missing cannot be read (ENOENT); expected the path of a readable file',
    ]);
    expect(problems({ PORT_FILE: '/empty' })).to.deep.equal([
      'PORT_FILE: /empty is empty; expected a whole number from 0 to 65535',
    ]);
  });

  it('reports everything that is wrong at once, by name, with what is expected', () => {
    const problems = problemsOf({
      NODE_ENV: 'production',
      PORT: 'http',
      TRUSTED_PROXIES: '10.0.0.0/33',
      LOG_LEVEL: 'loud',
    });
    expect(problems.map((line) => line.split(':')[0])).to.have.members([
      'PORT',
      'TRUSTED_PROXIES',
      'LOG_LEVEL',
      'ISSUER',
      'DATABASE_URL',
      'ENCRYPTION_KEYS',
      'MFA_ENCRYPTION_KEY',
      'COOKIE_KEYS',
      'SMTP_URL',
      'MAIL_FROM',
    ]);
    for (const line of problems) expect(line).to.match(/^[A-Z0-9_]+: .+; expected .+/);
    expect(problems).to.include('PORT: is "http"; expected a whole number from 0 to 65535');
  });

  it('throws one error of ours, whose safe message says nothing about the values', () => {
    const error = (() => {
      try {
        return load({ PORT: 'nonsense' });
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).to.be.instanceOf(ConfigurationError).and.instanceOf(GatehouseError);
    expect((error as ConfigurationError).code).to.equal('configuration_invalid');
    expect((error as ConfigurationError).safeMessage).to.equal('The configuration is not valid.');
    expect((error as ConfigurationError).message).to.contain('PORT: is "nonsense"');
  });

  it('never repeats a secret, however wrong it is', () => {
    const secrets = allSettings.filter(({ setting }) => setting.secret).map(({ setting }) => setting.env);
    const value = fc.string({ minLength: 6, maxLength: 80 }).filter((text) => text.trim().length >= 6);
    fc.assert(
      fc.property(fc.constantFrom(...secrets), value, (name, secret) => {
        const text = problemsOf({ ...production(), [name]: secret }).join('\n');
        const known = allSettings.map(({ setting }) => setting.kind.expected).join(' ');
        expect(known.includes(secret.trim()) || !text.includes(secret.trim())).to.equal(true);
      }),
    );
    expect(
      problemsOf({ ...production(), ISSUER: 'https://admin:hunter2@id.example.org' }).join(),
    ).not.to.contain('hunter2');
  });

  it('takes what a development start supplies only for what nobody gave, and never in production', () => {
    const supplied = {
      DATABASE_URL: 'postgres://dev@127.0.0.1:5/dev',
      ENCRYPTION_KEYS: production().ENCRYPTION_KEYS ?? '',
      MFA_ENCRYPTION_KEY: production().MFA_ENCRYPTION_KEY ?? '',
    };
    const env = { COOKIE_KEYS: 'a cookie key of mine' };
    expect(load(env, { supplied }).database.url).to.equal(supplied.DATABASE_URL);
    const own = { ...env, DATABASE_URL: 'postgres://mine@127.0.0.1:5/mine' };
    expect(load(own, { supplied }).database.url).to.equal(own.DATABASE_URL);
    expect(problemsOf(production(), { supplied })).to.deep.equal([
      'NODE_ENV: development secrets were supplied; expected none of them in production',
    ]);
  });

  it('says where each value came from', () => {
    const { sources } = resolveConfig({
      env: { PORT: '3001', HOST_FILE: '/host', GATEHOUSE_CONFIG: '/config' },
      readFile: files({ '/host': '::1', '/config': '{"brand": {"name": "Ours"}}' }),
      supplied: { COOKIE_KEYS: 'made at the first start' },
    });
    const of = (name: string) => sources.get(name);
    expect([of('PORT'), of('HOST'), of('BRAND_NAME'), of('COOKIE_KEYS'), of('LOG_LEVEL')]).to.deep.equal([
      'environment',
      'file of the environment',
      'configuration file',
      'development',
      'default',
    ]);
  });
});

describe('values that docker --env-file passes on as they are written', () => {
  const QUOTED = /stands in quotes, which are part of it: docker --env-file/;

  it('in quotes are refused by that cause, whatever the setting', () => {
    for (const [name, value] of [
      ['NODE_ENV', '"production"'],
      ['MAIL_FROM', '"Example Hospital <no-reply@example.org>"'],
      ['BRAND_NAME', "'Example Hospital'"],
      ['PORT', '"3000"'],
      ['TRUSTED_PROXIES', '"10.0.0.5,10.0.0.6"'],
      ['COOKIE_KEYS', `"${'0123456789abcdef'.repeat(4)}"`],
      ['DATABASE_URL', '"postgres://gatehouse:hunter2@db/gatehouse"'],
    ] as const) {
      const problems = problemsOf({ ...production(), [name]: value });
      const ours = problems.filter((problem) => problem.startsWith(`${name}: `));
      expect(ours, problems.join()).to.have.length(1);
      expect(ours[0]).to.match(QUOTED).and.not.include('hunter2').and.not.include('0123456789abcdef');
    }
    expect(
      problemsOf({ ...production(), GATEHOUSE_CONFIG: '"/etc/x"' }, { configFile: undefined as never })[0],
    ).to.match(/^GATEHOUSE_CONFIG: .*quotes/);
  });

  it('the same for the names of files, and for what is in them', () => {
    const { COOKIE_KEYS: _keys, ...rest } = production();
    const readFile = files({ '/keys': `"${'0123456789abcdef'.repeat(4)}"\n` });
    expect(problemsOf({ ...rest, COOKIE_KEYS_FILE: '"/keys"' }, { readFile })).to.satisfy(
      (problems: string[]) =>
        problems.some((problem) => problem.startsWith('COOKIE_KEYS_FILE: ') && QUOTED.test(problem)),
    );
    const inside = problemsOf({ ...rest, COOKIE_KEYS_FILE: '/keys' }, { readFile });
    expect(inside.join()).to.match(
      /^COOKIE_KEYS: in the file that COOKIE_KEYS_FILE names, the value stands in quotes/,
    );
    expect(inside.join()).not.to.include('0123456789abcdef');
  });

  it('quotes inside of a value are its own', () => {
    for (const BRAND_NAME of ['The "Old" Clinic', '"Old" Clinic', 'Clinic "Old"', '"'])
      expect(problemsOf({ ...production(), BRAND_NAME })).to.deep.equal([]);
  });

  it('with a comment behind them say what happened', () => {
    expect(problemsOf({ ...production(), PORT: '3000 # the port' }).join()).to.match(
      /^PORT: is "3000 # the port" \(docker --env-file takes a comment/,
    );
    const secret = problemsOf({
      ...production(),
      COOKIE_KEYS: `${'0123456789abcdef'.repeat(4)} # first`,
    }).join();
    expect(secret)
      .to.match(/^COOKIE_KEYS: holds a # after a space/)
      .and.not.include('0123456789abcdef');
    expect(problemsOf({ ...production(), BRAND_NAME: 'Clinic #5' })).to.deep.equal([]);
  });
});

describe('the issuer', () => {
  const problem = (ISSUER: string) => problemsOf({ ...production(), ISSUER }).join('\n');

  it('below a path is refused, with what to do instead', () => {
    for (const issuer of [
      'https://example.org/auth',
      'https://example.org/realms/a/',
      'https://example.org//x',
    ]) {
      expect(problem(issuer), issuer)
        .to.match(/^ISSUER: has the path "\//)
        .and.include('host name of its own')
        .and.include('without taking a prefix off');
    }
  });

  it('that is nearly right is answered with the right one', () => {
    expect(problem('https://id.example.org/')).to.include('ends in a slash: write https://id.example.org;');
    expect(problem('https://ID.example.org')).to.include('write https://id.example.org;');
    expect(problem('https://id.example.org:443')).to.include('write https://id.example.org;');
    expect(problem('https://id.example.org?x=y')).to.include('write https://id.example.org;');
    expect(problem('https://admin:hunter2@id.example.org'))
      .to.include('holds credentials')
      .and.not.include('hunter2');
    expect(problem('id.example.org')).to.include('is "id.example.org"; expected an origin');
  });
});

describe('the configuration file', () => {
  const withFile = (content: string, env: Record<string, string> = {}) =>
    ({
      env: { ...production(), GATEHOUSE_CONFIG: '/etc/gatehouse.jsonc', ...env },
      readFile: files({ '/etc/gatehouse.jsonc': content }),
    }) satisfies LoadOptionsLike;
  type LoadOptionsLike = Parameters<typeof loadConfig>[0];
  const problems = (content: string) => resolveConfig(withFile(content)).problems;

  it('is read after the environment and before the defaults', () => {
    const content = `{
      // comments and trailing commas are fine
      "server": { "port": 3002, "trustedProxies": ["10.1.0.0/16", "fd00::/8"], },
      "passwords": { "argon2": { "timeCost": 3 } },
      "brand": { "name": "St // Mary" }
    }`;
    const config = loadConfig(withFile(content, { TRUSTED_PROXIES: '10.0.0.5' }));
    expect(config.server.port).to.equal(3002);
    expect(config.server.trustedProxies).to.deep.equal(['10.0.0.5']);
    expect(config.passwords.argon2.timeCost).to.equal(3);
    expect(config.brand.name).to.equal('St // Mary');
  });

  it('holds no unknown key, no secret, no NODE_ENV', () => {
    expect(problems('{"server": {"prot": 1}, "colour": 2, "passwords": 3}')).to.have.length(3);
    expect(problems('{"server": {"prot": 1}}')[0]).to.contain('"server.prot" is unknown');
    const [secret] = problems('{"secrets": {"cookieKeys": "very secret value"}}');
    expect(secret).to.contain(
      '"secrets.cookieKeys" is a secret; expected it in COOKIE_KEYS or COOKIE_KEYS_FILE',
    );
    expect(secret).not.to.contain('very secret');
    expect(problems('{"environment": "development"}')[0]).to.contain('expected it in NODE_ENV');
  });

  it('is checked like the environment', () => {
    expect(problems('{"server": {"port": "x"}}')).to.deep.equal([
      'PORT: is "x" (from the configuration file); expected a whole number from 0 to 65535',
    ]);
    expect(problems('{"server": {"port": 1.5}}')).to.have.length(1);
    expect(problems('{"outbound": {"allowLoopback": "yes"}}')).to.have.length(1);
  });

  it('must be one JSON object; what is in a broken one is not repeated', () => {
    const [broken] = problems('{"secrets": hunter2hunter2}');
    expect(broken).to.contain('/etc/gatehouse.jsonc is not valid JSON');
    expect(broken).not.to.contain('hunter2');
    expect(problems('[]')[0]).to.contain('expected one JSON object');
  });

  it('must exist where it was named; the default one need not', () => {
    const readFile = files({});
    expect(resolveConfig({ env: production(), readFile }).problems).to.deep.equal([]);
    const named = resolveConfig({ env: { ...production(), GATEHOUSE_CONFIG: '/nowhere' }, readFile });
    expect(named.problems).to.deep.equal([
      'GATEHOUSE_CONFIG: /nowhere cannot be read (ENOENT); expected the path of a readable file',
    ]);
  });

  it('as it is shipped, is valid', () => {
    expect(resolveConfig({ env: production(), configFile: DEFAULT_CONFIG_FILE }).problems).to.deep.equal([]);
  });
});

describe('names that are nearly ours', () => {
  const warnings = (...names: string[]) =>
    resolveConfig({ env: Object.fromEntries(names.map((name) => [name, 'x'])), configFile: false }).warnings;

  for (const [given, meant] of [
    ['DATABASE_URI', 'DATABASE_URL'],
    ['SESION_ABSOLUTE_SECONDS', 'SESSION_ABSOLUTE_SECONDS'],
    ['ENCRYPTOIN_KEYS', 'ENCRYPTION_KEYS'],
    ['COOKIE_KEY', 'COOKIE_KEYS'],
    ['database_url', 'DATABASE_URL'],
    ['COOKIE_KEYS_FIEL', 'COOKIE_KEYS_FILE'],
  ] as const) {
    it(`${given} is answered with ${meant}`, () => {
      const [warning] = warnings(given);
      expect(warning).to.equal(`${given}: is no setting and was ignored; did you mean ${meant}?`);
    });
  }

  it('leaves everybody else’s variables alone', () => {
    expect(
      warnings('PATH', 'HOME', 'HOSTNAME', 'SHELL', 'PWD', 'LANG', 'DATABASE_URL', 'PORT_FILE', 'LOG'),
    ).to.deep.equal([]);
  });
});
