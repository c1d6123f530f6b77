import { expect } from 'chai';
import fc from 'fast-check';
import { ConfigurationError, resolveConfig } from '../../../src/config/load.ts';
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
