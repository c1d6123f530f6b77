import { expect } from 'chai';
import { files, load, problemsOf, production } from './support.ts';

describe('the settings of passwords', () => {
  const loaded = (env: Record<string, string>) => load({ ...production(), ...env });

  it('are those of the staff preset by themselves', () => {
    const { passwords, passwordPolicies } = loaded({});
    expect(passwords).to.deep.include({
      preset: 'staff',
      minLength: 12,
      minLengthWithSecondFactor: 12,
      maxLength: 256,
      minScore: 3,
      history: 12,
      expiryDays: 90,
      expiryRoles: ['*'],
      minAgeHours: 0,
      requiredCharacters: [],
      forbiddenWords: [],
    });
    expect(passwords).not.to.have.property('blocklistFile');
    expect(passwordPolicies).to.deep.equal({});
  });

  it('follow NIST SP 800-63B-4 with its preset', () => {
    const { passwords } = loaded({ PASSWORD_POLICY_PRESET: 'nist-800-63b-4' });
    expect(passwords).to.deep.include({
      minLength: 15,
      minLengthWithSecondFactor: 8,
      minScore: 2,
      history: 12,
      expiryDays: 0,
      requiredCharacters: [],
    });
  });

  it('go before the preset where they are given', () => {
    const { passwords } = loaded({ PASSWORD_POLICY_PRESET: 'nist-800-63b-4', PASSWORD_EXPIRY_DAYS: '180' });
    expect(passwords).to.deep.include({ minLength: 15, expiryDays: 180 });
  });

  it('read lists', () => {
    const { passwords } = loaded({
      PASSWORD_EXPIRY_ROLES: 'clinician, administrator,clinician',
      PASSWORD_REQUIRED_CHARACTERS: 'digit,upper',
      PASSWORD_FORBIDDEN_WORDS: 'Río Claro, Clario',
    });
    expect(passwords.expiryRoles).to.deep.equal(['clinician', 'administrator']);
    expect(passwords.requiredCharacters).to.deep.equal(['digit', 'upper']);
    expect(passwords.forbiddenWords).to.deep.equal(['Río Claro', 'Clario']);
  });

  it('take policies of roles from the configuration file', () => {
    const readFile = files({
      '/gatehouse.jsonc': `{ "passwordPolicies": { // the few
        "administrator": { "minLength": 15, "requiredCharacters": ["digit"] }, "on-call": {}, } }`,
    });
    const config = load(production(), { configFile: '/gatehouse.jsonc', readFile });
    expect(config.passwordPolicies).to.deep.equal({
      administrator: { minLength: 15, requiredCharacters: ['digit'] },
      'on-call': {},
    });
  });

  it('take policies of roles from the environment, as JSON', () => {
    expect(loaded({ PASSWORD_POLICIES: '{"admin":{"expiryDays":0}}' }).passwordPolicies).to.deep.equal({
      admin: { expiryDays: 0 },
    });
  });

  it('report everything that is wrong with policies of roles at once', () => {
    const policies = {
      administrator: { minLength: 7, minScore: 'high', expiry: 30, constructor: 1 },
      'No Role': { minLength: 15 },
      clinician: 12,
      nurse: { requiredCharacters: ['emoji'] },
    };
    const [problem, ...more] = problemsOf({ ...production(), PASSWORD_POLICIES: JSON.stringify(policies) });
    expect(more).to.deep.equal([]);
    for (const part of [
      /^PASSWORD_POLICIES: /,
      /administrator\.minLength is 7 instead of a whole number of characters from 8 to 64/,
      /administrator\.minScore is "high" instead of/,
      /administrator\."expiry" is unknown \(minLength, /,
      /administrator\."constructor" is unknown/,
      /"No Role" is no role/,
      /clinician is no object/,
      /nurse\.requiredCharacters is \["emoji"\] instead of any of lower, upper, digit, symbol/,
    ]) {
      expect(problem).to.match(part);
    }
  });

  const unfit: [name: string, value: string][] = [
    ['PASSWORD_POLICIES', 'not JSON'],
    ['PASSWORD_POLICIES', '[1]'],
    ['PASSWORD_POLICY_PRESET', 'nist'],
    ['PASSWORD_MIN_LENGTH', '7'],
    ['PASSWORD_MIN_SCORE', '5'],
    ['PASSWORD_HISTORY', '25'],
    ['PASSWORD_EXPIRY_ROLES', 'Nurse'],
    ['PASSWORD_REQUIRED_CHARACTERS', 'upper,emoji'],
    ['PASSWORD_FORBIDDEN_WORDS', 'RH'],
    ['PASSWORD_BLOCKLIST_FILE', '/etc/'],
  ];
  for (const [name, value] of unfit) {
    it(`refuse ${name}=${value}`, () => {
      expect(problemsOf({ ...production(), [name]: value }).join('\n')).to.match(
        new RegExp(`^${name}: .*expected`),
      );
    });
  }
});
