import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { listing } from '../../../src/config/describe.ts';
import { assertProductionSafe, loadConfig, resolveConfig } from '../../../src/config/load.ts';
import { production as base } from './support.ts';

type Env = Record<string, string | undefined>;

const production = (env: Env) => ({ ...base(), ...env });
const problems = (env: Env) => resolveConfig({ env: production(env), configFile: false }).problems;
const load = (env: Env) => loadConfig({ env: production(env), configFile: false });

const REMOTE = 'postgres://gatehouse:pw@db.example.org/gatehouse';
const WITHOUT = 'postgres://gatehouse@db.example.org/gatehouse';

describe('connections to others', () => {
  it('a parameter of a URL is honoured or refused by name, all at once', () => {
    const found = problems({
      DATABASE_URL: `${REMOTE}?sslmod=require&max=3`,
      DATABASE_OWNER_URL: `${REMOTE}?target_session_attrs=read-write`,
      REDIS_URL: 'rediss://redis.example.org/?famly=4',
    });
    expect(found).to.have.length(3);
    expect(found[0]).to.match(
      /^DATABASE_URL: the parameter sslmod is unknown; did you mean sslmode\?, the parameter max/,
    );
    expect(found[1]).to.match(/^DATABASE_OWNER_URL: the parameter target_session_attrs cannot be honoured/);
    expect(found[2]).to.match(/^REDIS_URL: the parameter famly is unknown; did you mean family\?/);
    expect(found.join()).not.to.include('pw@');
  });

  describe('in production', () => {
    it('another machine is reached verified, or DATABASE_TLS says unverified', () => {
      for (const query of [
        '',
        '?sslmode=verify-full',
        '?sslmode=require',
        '?sslmode=verify-ca',
        '?sslrootcert=/ca',
      ]) {
        expect(problems({ DATABASE_URL: REMOTE + query }), query).to.deep.equal([]);
        expect(load({ DATABASE_URL: REMOTE + query }).database.tls).to.equal('verified');
      }
      for (const query of [
        '?sslmode=disable',
        '?sslmode=no-verify',
        '?ssl=false',
        '?ssl=no-verify',
        '?sslmode=require&uselibpqcompat=true',
        '?sslmode=verify-ca&sslrootcert=/ca&uselibpqcompat=true',
      ]) {
        for (const name of ['DATABASE_URL', 'DATABASE_OWNER_URL']) {
          const [problem, ...others] = problems({ [name]: REMOTE + query });
          expect(others).to.deep.equal([]);
          expect(problem, query).to.match(
            new RegExp(`^${name}: .*sslmode=verify-full, or DATABASE_TLS=unverified$`),
          );
        }
        expect(problems({ DATABASE_URL: REMOTE + query, DATABASE_TLS: 'unverified' }), query).to.deep.equal(
          [],
        );
        expect(
          problems({ DATABASE_URL: REMOTE.replace('db.example.org', '127.0.0.1') + query }),
        ).to.deep.equal([]);
      }
      expect(problems({ DATABASE_TLS: 'as-url' })[0]).to.match(/^DATABASE_TLS: /);
    });

    it('so is Redis', () => {
      expect(problems({ REDIS_URL: 'redis://redis:6379' })[0]).to.match(
        /^REDIS_URL: .*expected rediss:\/\/.*REDIS_TLS=unverified/,
      );
      expect(problems({ REDIS_URL: 'redis-sentinel://s1,s2?name=m' })[0]).to.match(/^REDIS_URL: /);
      for (const env of [
        { REDIS_URL: 'redis://redis:6379', REDIS_TLS: 'unverified' },
        { REDIS_URL: 'rediss://redis:6379' },
        { REDIS_URL: 'rediss-sentinel://s1,s2?name=m' },
        { REDIS_URL: 'redis://127.0.0.1' },
        { REDIS_URL: '/run/redis.sock' },
      ])
        expect(problems(env)).to.deep.equal([]);
    });

    it('no other way to a configuration goes around it', () => {
      const config = load({ DATABASE_URL: REMOTE });
      const weak = {
        ...config,
        database: { ...config.database, tls: 'as-url' as const, url: `${REMOTE}?sslmode=disable` },
      };
      expect(() => assertProductionSafe(weak)).to.throw(/DATABASE_URL/);
      expect(() => assertProductionSafe(config)).not.to.throw();
    });
  });

  it('elsewhere the URL says how, and DATABASE_TLS=verified may be asked for', () => {
    const config = (env: Env) =>
      resolveConfig({ env: { ...production(env), NODE_ENV: 'test' }, configFile: false });
    expect(config({ DATABASE_URL: `${REMOTE}?sslmode=disable` }).config?.database.tls).to.equal('as-url');
    expect(
      config({ DATABASE_URL: `${REMOTE}?sslmode=disable`, DATABASE_TLS: 'verified' }).problems[0],
    ).to.match(/^DATABASE_URL: /);
  });

  it('a password stands in one place', () => {
    const smtp = 'smtps://mailer@smtp.example.org';
    const cases: [env: Env, said: RegExp][] = [
      [
        { DATABASE_URL: REMOTE, DATABASE_PASSWORD: 'x' },
        /^DATABASE_PASSWORD: is given twice, here and in DATABASE_URL/,
      ],
      [
        { DATABASE_OWNER_URL: REMOTE, DATABASE_OWNER_PASSWORD: 'x' },
        /^DATABASE_OWNER_PASSWORD: is given twice, here and in DATABASE_OWNER_URL/,
      ],
      [{ SMTP_URL: 'smtps://a:b@smtp.example.org', SMTP_PASSWORD: 'x' }, /^SMTP_PASSWORD: is given twice/],
      [
        { SMTP_URL: 'smtps://smtp.example.org', SMTP_PASSWORD: 'x' },
        /^SMTP_PASSWORD: is given without a user/,
      ],
      [{ REDIS_URL: 'rediss://:a@redis', REDIS_PASSWORD: 'x' }, /^REDIS_PASSWORD: is given twice/],
      [{ REDIS_PASSWORD: 'x' }, /^REDIS_PASSWORD: is given without REDIS_URL/],
    ];
    for (const [env, said] of cases) {
      const found = problems(env);
      expect(found, JSON.stringify(env)).to.have.length(1);
      expect(found[0]).to.match(said);
    }
    const config = load({
      DATABASE_URL: WITHOUT,
      DATABASE_PASSWORD: 'one',
      SMTP_URL: smtp,
      SMTP_PASSWORD: 'two',
    });
    expect(config.database.password?.value).to.equal('one');
    expect(config.database.ownerPassword?.value, 'the owner’s URL is the server’s').to.equal('one');
    expect(config.mail.password?.value).to.equal('two');
    const apart = load({ DATABASE_URL: WITHOUT, DATABASE_PASSWORD: 'one', DATABASE_OWNER_URL: REMOTE });
    expect(apart.database.ownerPassword, 'the other login has its own').to.equal(undefined);
  });

  it('no listing shows one', () => {
    const env = production({
      DATABASE_URL: WITHOUT,
      DATABASE_PASSWORD: 'hush-hush',
      REDIS_URL: 'rediss-sentinel://:hush-hush@s1,s2?name=m&sentinelPassword=hush-hush',
      DATABASE_OWNER_URL: 'postgres://db.example.org/gatehouse?user=o&password=hush-hush',
    });
    const text = listing(resolveConfig({ env, configFile: false }));
    expect(text).not.to.include('hush-hush');
    expect(text).to.match(/^DATABASE_PASSWORD +\*{8} +environment$/m);
  });

  describe('in files', () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'gatehouse-secrets-'));
    });
    after(() => rmSync(folder, { recursive: true }));

    const file = (name: string, content: string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };

    for (const [name, env, of] of [
      [
        'DATABASE_PASSWORD',
        { DATABASE_URL: WITHOUT },
        (config: ReturnType<typeof load>) => config.database.password,
      ],
      [
        'DATABASE_OWNER_PASSWORD',
        { DATABASE_OWNER_URL: WITHOUT },
        (config: ReturnType<typeof load>) => config.database.ownerPassword,
      ],
      [
        'SMTP_PASSWORD',
        { SMTP_URL: 'smtps://m@smtp.example.org' },
        (config: ReturnType<typeof load>) => config.mail.password,
      ],
      [
        'REDIS_PASSWORD',
        { REDIS_URL: 'rediss://redis' },
        (config: ReturnType<typeof load>) => config.redis.password,
      ],
    ] as const) {
      it(`${name} is read again`, () => {
        const path = file(name, 'one\n');
        const secret = of(load({ ...env, [`${name}_FILE`]: path }));
        expect(secret?.value).to.equal('one');
        expect(secret?.renew()).to.equal(false);
        file(name, 'two\n');
        expect(secret?.renew()).to.equal(true);
        expect(secret?.value).to.equal('two');
      });
    }

    it('so is the password of a URL that stands there whole', () => {
      const path = file('url', REMOTE);
      const { database } = load({ DATABASE_URL: undefined, DATABASE_URL_FILE: path });
      expect(database.password?.value).to.equal('pw');
      file('url', REMOTE.replace('pw', 'rotated'));
      expect(database.password?.renew()).to.equal(true);
      expect(database.password?.value).to.equal('rotated');
      expect(database.ownerPassword?.renew()).to.equal(true);
    });
  });
});
