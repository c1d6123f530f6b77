import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { GUIDE_FILE } from '../../../src/commands/config.ts';
import { FOREIGN_NAMES } from '../../../src/config/foreign-names.ts';
import { resolveConfig } from '../../../src/config/load.ts';
import { allSettings } from '../../../src/config/schema.ts';
import { rolesOfNobody } from '../../../src/wire/start-warnings.ts';
import { files, problemsOf, production } from './support.ts';

/** What somebody has written down is honoured, or named. */
describe('settings that would be lost without a word', () => {
  const warningsOf = (env: Record<string, string>) =>
    resolveConfig({ env: { ...production(), ...env }, configFile: false }).warnings;

  describe('variables of other systems', () => {
    for (const { names, instead } of FOREIGN_NAMES) {
      for (const name of names) {
        const given = name.replace(/\*$/, 'SOMETHING');
        it(`${given} is named with what takes its place`, () => {
          expect(warningsOf({ [given]: 'x' })).to.deep.equal([
            `${given}: is no setting of Gatehouse; ${instead}`,
          ]);
        });
      }
    }

    it('those of the two production checklists are among them', () => {
      for (const [name, place] of [
        ['JWT_SECRET', 'gatehouse keys list'],
        ['JWT_REFRESH_SECRET', 'gatehouse keys list'],
        ['JWT_SECRET_FILE', 'gatehouse keys list'],
        ['SMTP_HOST', 'SMTP_URL'],
        ['DB_HOST', 'DATABASE_URL'],
        ['BCRYPT_ROUNDS', 'ARGON2_TIME_COST'],
        ['DB_PASSWORD', 'DATABASE_PASSWORD'],
        ['PGSSLMODE', 'DATABASE_TLS'],
        ['REDIS_PASS', 'REDIS_PASSWORD'],
        ['SMTP_PASS', 'SMTP_PASSWORD'],
        ['KEEP_ALIVE_TIMEOUT', 'KEEP_ALIVE_SECONDS'],
        ['SHUTDOWN_TIMEOUT', 'SHUTDOWN_DELAY_SECONDS'],
      ] as const) {
        expect(warningsOf({ [name]: 'x' }).join())
          .to.contain(`${name}: `)
          .and.contain(place);
      }
      for (const name of [
        'DATABASE_URL',
        'MFA_ENCRYPTION_KEY',
        'SESSION_TIMEOUT_MINUTES',
        'MAX_CONCURRENT_SESSIONS',
        'ACCOUNT_LOCKOUT_DURATION_MINUTES',
        'MAX_FAILED_LOGIN_ATTEMPTS',
      ])
        expect(allSettings.map(({ setting }) => setting.env)).to.include(name);
    });

    it('no value of theirs is repeated', () => {
      expect(warningsOf({ JWT_SECRET: 'hunter2-hunter2' }).join()).not.to.contain('hunter2');
    });

    it('hold none of our own settings', () => {
      const ours = allSettings.map(({ setting }) => setting.env);
      expect(FOREIGN_NAMES.flatMap(({ names }) => names).filter((name) => ours.includes(name))).to.deep.equal(
        [],
      );
    });

    it('are documented, and lead to settings that there are', () => {
      const guide = readFileSync(GUIDE_FILE, 'utf8');
      const ours = new Set(allSettings.map(({ setting }) => setting.env));
      for (const { names, instead } of FOREIGN_NAMES) {
        for (const name of names) expect(guide).to.contain(`\`${name}\``);
        for (const name of instead.match(/\b[A-Z][A-Z\d]*(?:_[A-Z\d]+)+\b/g) ?? [])
          expect(ours.has(name), name).to.equal(true);
      }
    });

    it('what Kubernetes and the machine set is left alone', () => {
      expect(
        warningsOf({
          REDIS_PORT: 'tcp://10.0.0.7:6379',
          REDIS_SERVICE_HOST: '10.0.0.7',
          GATEHOUSE_PORT: 'tcp://10.0.0.8:3000',
          GATEHOUSE_SERVICE_PORT: '3000',
          GATEHOUSE_SERVICE_PORT_HTTP: '3000',
          GATEHOUSE_PORT_3000_TCP_ADDR: '10.0.0.8',
          KC_PORT: 'tcp://10.0.0.9:8080',
          SSL_CERT_FILE: '/etc/ssl/cert.pem',
          NODE_OPTIONS: '--enable-source-maps',
          KUBERNETES_SERVICE_HOST: '10.0.0.1',
          ID_TOKEN: 'x',
          TZ: 'UTC',
          GATEHOUSE_CONFIG: '',
          EXAMPLES_PORT: '4000',
        }),
      ).to.deep.equal([]);
    });
  });

  describe('variables that are nearly ours', () => {
    for (const [given, meant] of [
      ['ISUER', 'ISSUER'],
      ['ISSUERS', 'ISSUER'],
      ['PROT', 'PORT'],
      ['DATADIR', 'DATA_DIR'],
      ['GATEHOUSE_PORT', 'PORT'],
      ['GATEHOUSE_DATABASE_URL', 'DATABASE_URL'],
      ['GATEHOUSE_DATABASE_URI', 'DATABASE_URL'],
      ['GATEHOUSE_CONFG', 'GATEHOUSE_CONFIG'],
      ['SESSION_TIMEOUT_SECONDS', 'SESSION_TIMEOUT_MINUTES'],
      ['SESSION_ABSOLUTE_MINUTES', 'SESSION_ABSOLUTE_SECONDS'],
      ['MAX_FAILED_LOGINS_ATTEMPTS', 'MAX_FAILED_LOGIN_ATTEMPTS'],
      ['PASSWORD_MINIMUM_LENGTH', 'PASSWORD_MIN_LENGTH'],
      ['TRUSTED_PROXYS', 'TRUSTED_PROXIES'],
    ] as const) {
      it(`${given}: ${meant}`, () => {
        expect(warningsOf({ [given]: 'x' })).to.deep.equal([
          `${given}: is no setting and was ignored; did you mean ${meant}?`,
        ]);
      });
    }

    it('any other name with our prefix', () => {
      expect(warningsOf({ GATEHOUSE_ZZZ: 'x' }).join()).to.contain('GATEHOUSE_ZZZ: is no setting');
    });
  });

  describe('values in quotes', () => {
    for (const [name, value] of [
      ['BRAND_NAME', '"Example Hospital"'],
      ['ISSUER', "'https://id.example.org'"],
      ['COOKIE_KEYS', `"${'7f'.repeat(32)}"`],
      ['PORT', '"3000"'],
    ] as const) {
      it(`${name}=${value.slice(0, 20)}… are refused, and the value not repeated`, () => {
        expect(problemsOf({ ...production(), [name]: value })).to.deep.equal([
          `${name}: the value stands in quotes, which are part of it: docker --env-file and Kubernetes keep them, a shell does not; expected the value without them`,
        ]);
      });
    }

    it('also in the files of secrets', () => {
      const readFile = files({ '/run/secrets/cookies': `"${'a7'.repeat(32)}"\n` });
      const { COOKIE_KEYS: _without, ...env } = production();
      expect(
        problemsOf({ ...env, COOKIE_KEYS_FILE: '/run/secrets/cookies' }, { readFile }).join(),
      ).to.contain('COOKIE_KEYS: in the file that COOKIE_KEYS_FILE names, the value stands in quotes');
    });

    it('quotes inside of a value belong to it', () => {
      expect(problemsOf({ ...production(), BRAND_NAME: 'The "Old" Hospital' })).to.deep.equal([]);
    });
  });

  describe('keys of the configuration file', () => {
    const problemsIn = (content: string) =>
      resolveConfig({
        env: { ...production(), GATEHOUSE_CONFIG: '/g.jsonc' },
        readFile: files({ '/g.jsonc': content }),
      }).problems;
    for (const [content, said] of [
      ['{"server": {"prot": 1}}', '"server.prot" is unknown (did you mean server.port?)'],
      ['{"session": {"timeoutMinutes": 5}}', '"session" is unknown (did you mean sessions?)'],
      ['{"sessions": {"idleMinutes": 5}}', '"sessions.idleMinutes" is unknown'],
      ['{"sessions": {"timeout_minutes": 5}}', '(did you mean sessions.timeoutMinutes?)'],
      ['{"server": {"accessTokenSeconds": 60}}', '(did you mean tokens.accessTokenSeconds?)'],
      ['{"SESSION_TIMEOUT_MINUTES": 5}', '(did you mean sessions.timeoutMinutes?)'],
      ['{"secondFactorPolicy": {}}', '(did you mean secondFactorPolicies?)'],
      ['{"passwords": {"argon2": {"memory": 1}}}', '(did you mean passwords.argon2.memoryKib?)'],
      [
        '{"passwordPolicies": {"nurse": {"minLenght": 15}}}',
        'minAgeHours, requiredCharacters) (did you mean minLength?)',
      ],
      ['{"sessionPolicies": {"nurse": {"idle": 5}}}', 'nurse."idle" is unknown'],
      ['{"server": {"port": 1, "port": 2}}', '"server.port" is there twice; expected it once'],
      ['{"server": {"port": 1}, /* again */ "server": {"host": "::"}, }', '"server" is there twice'],
      ['{"passwordPolicies": {"nurse": {}, "nurse": {}}}', '"passwordPolicies.nurse" is there twice'],
      ['{"server": {"port": null}}', 'PORT: is null'],
    ] as const) {
      it(`${content}: ${said}`, () => expect(problemsIn(content).join('\n')).to.contain(said));
    }

    it('the same in a variable that holds JSON', () => {
      const problems = problemsOf({
        ...production(),
        SESSION_POLICIES: '{"nurse":{"timeoutMinutes":5},"nurse":{"timeoutMinutes":50}}',
      });
      expect(problems.join()).to.contain('SESSION_POLICIES: nurse is there twice');
    });
  });

  describe('roles of policies', () => {
    it('that look like another one are warned of', () => {
      expect(
        warningsOf({ SECOND_FACTOR_POLICIES: '{"adminstrator":{"policy":"phishing_resistant"}}' }),
      ).to.deep.equal(['SECOND_FACTOR_POLICIES: names the role "adminstrator"; did you mean administrator?']);
      expect(
        warningsOf({
          PASSWORD_POLICIES: '{"clinician":{"minLength":15}}',
          SESSION_POLICIES: '{"clinicain":{"timeoutMinutes":5}}',
          PASSWORD_EXPIRY_ROLES: 'clinican',
        }),
      ).to.deep.equal([
        'SESSION_POLICIES: names the role "clinicain"; did you mean clinician?',
        'PASSWORD_EXPIRY_ROLES: names the role "clinican"; did you mean clinician?',
      ]);
      expect(warningsOf({ SESSION_POLICIES: '{"admin":{"timeoutMinutes":5}}' }).join()).to.contain(
        'did you mean administrator?',
      );
    });

    it('that only resemble each other are not', () => {
      expect(
        warningsOf({
          SESSION_POLICIES:
            '{"ward-1":{"timeoutMinutes":5},"ward-2":{"timeoutMinutes":6},"nurse":{"timeoutMinutes":7},"nurse-manager":{"timeoutMinutes":8}}',
        }),
      ).to.deep.equal([]);
    });

    it('that nobody has are named at the start, with the nearest that somebody has', () => {
      const config = {
        sessionPolicies: { nurze: { timeoutMinutes: 5 }, administrator: {} },
        passwords: { expiryRoles: ['*'] },
      };
      expect(rolesOfNobody(config, ['administrator', 'nurse'])).to.deep.equal([
        'SESSION_POLICIES: nobody has the role "nurze"; did you mean nurse?',
      ]);
      expect(rolesOfNobody(config, [])).to.deep.equal([]);
    });
  });

  describe('settings without an effect', () => {
    for (const [env, said] of [
      [{ SELF_REGISTRATION_DOMAINS: 'example.org' }, 'without SELF_REGISTRATION=true'],
      [{ METRICS_HOST: '10.0.0.1' }, 'without METRICS_PORT'],
      [{ RATE_LIMIT_SIGN_IN_PER_OFFICE_ADDRESS: '500' }, 'without RATE_LIMIT_OFFICE_NETWORKS'],
      [
        { SECOND_FACTOR_GRACE_SIGN_INS: '3', SECOND_FACTOR_POLICY: 'required' },
        'where no policy is "optional"',
      ],
      [{ PASSWORD_EXPIRY_ROLES: 'nurse', PASSWORD_EXPIRY_DAYS: '0' }, 'where PASSWORD_EXPIRY_DAYS is 0'],
    ] as const) {
      const [name = ''] = Object.keys(env);
      it(`${name} ${said}`, () => {
        expect(warningsOf(env)).to.deep.equal([`${name}: has no effect ${said}`]);
      });
    }

    it('is an error where somebody believes that it protects', () => {
      const problems = problemsOf({ ...production(), PASSKEY_ATTESTATION_ROOTS_FILE: '/etc/makers.pem' });
      expect(problems).to.deep.equal([
        'PASSKEY_ATTESTATION: is none, so that PASSKEY_ATTESTATION_ROOTS_FILE would do nothing; expected required',
      ]);
    });
  });
});
