import { expect } from 'chai';
import { resolveConfig } from '../../../src/config/load.ts';

const TEXT = { label: 'Label', type: 'text' } as const;

/** Every problem of these settings that names them. */
function problems(attributes: unknown, scopes?: unknown): string[] {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const env = {
    ATTRIBUTES: text(attributes),
    ...(scopes === undefined ? {} : { ATTRIBUTE_SCOPES: text(scopes) }),
  };
  return resolveConfig({ env }).problems.filter((problem) => problem.startsWith('ATTRIBUTE'));
}

describe('declared attributes', () => {
  it('have defaults that tell nobody anything', () => {
    const { values } = resolveConfig({
      env: {
        ATTRIBUTES: JSON.stringify({ ward: { label: 'Ward', type: 'choice', choices: ['north', 'south'] } }),
      },
    });
    expect(values.get('ATTRIBUTES')).to.deep.equal({
      ward: {
        ...{ label: 'Ward', type: 'choice', choices: { north: 'north', south: 'south' } },
        ...{ many: false, maxLength: 200, required: false, filterable: false },
        ...{ visibleTo: 'administrators', editableBy: 'administrators' },
      },
    });
  });

  it('are refused with everything that is wrong, at once', () => {
    const [line, ...more] = problems({
      Ward: TEXT,
      email: TEXT,
      constructor: TEXT,
      a: { label: '', typ: 'text' },
      b: { ...TEXT, pattern: '(?=x)', scope: 'roles', claim: 'sub' },
      c: { ...TEXT, claim: 'c' },
      d: { ...TEXT, scope: 'd' },
      e: { ...TEXT, scope: 'Upper', claim: 'has space' },
      f: { ...TEXT, scope: 'one', claim: 'same' },
      g: { ...TEXT, scope: 'two', claim: 'same' },
      h: { ...TEXT, editableBy: 'self' },
      i: { ...TEXT, type: 'choice' },
      j: { ...TEXT, choices: ['x', 'x'] },
      k: { ...TEXT, type: 'address', many: true, filterable: true },
      l: { ...TEXT, maxLength: 500, filterable: true },
      m: { ...TEXT, scope: 'contact', claim: 'phone_number' },
      n: 7,
      o: { ...TEXT, label: { '!': 'x' } },
      iI: TEXT,
      ii: TEXT,
    });
    expect(more).to.deep.equal([]);
    for (const said of [
      '"Ward" is no name',
      'email is the name of something else',
      'constructor is the name of something else',
      'a.label',
      'a.type is missing',
      'a.typ is unknown (did you mean type?)',
      'b.pattern has "(?": only "(?:" is possible',
      'b.scope is roles, which tells no attributes',
      'b.claim is sub, which is the server’s own',
      'c.scope is missing',
      'd.claim is missing',
      'e.scope is "Upper"',
      'e.claim is "has space"',
      'g.claim is same, which f has already',
      'h.editableBy is self, and visibleTo is not',
      'i.choices is missing',
      'j.choices has a value twice',
      'k.many is not for the type address',
      'k.filterable is not for the type address',
      'l.filterable is for texts of a maxLength of 200 at most',
      'm.claim is phone_number; that is one value of the type phone in the scope phone',
      'n is a number; expected an object',
      'o.label.!',
      'ii differs from another name only in capitals',
    ])
      expect(line).to.include(said);
  });

  for (const claim of [
    ...[
      'sub',
      'iss',
      'aud',
      'exp',
      'iat',
      'nbf',
      'jti',
      'acr',
      'amr',
      'azp',
      'auth_time',
      'nonce',
      'at_hash',
      'c_hash',
    ],
    ...[
      's_hash',
      'sid',
      'cnf',
      'act',
      'client_id',
      'scope',
      'roles',
      'groups',
      'email',
      'email_verified',
      'name',
    ],
    ...['preferred_username', 'updated_at', 'phone_number_verified', 'entitlements', '__proto__'],
  ])
    it(`have no claim ${claim}`, () =>
      expect(problems({ a: { ...TEXT, scope: 'profile', claim } })).to.have.length(1));

  for (const scope of ['openid', 'roles', 'groups', 'offline_access', 'people:read', 'a b', ''])
    it(`have no scope ${JSON.stringify(scope)}`, () =>
      expect(problems({ a: { ...TEXT, scope, claim: 'a' } })).to.have.length(1));

  it('may have a claim that is a URL, in a scope of OpenID Connect or of one’s own', () => {
    const claim = 'https://example.org/claims/ward';
    for (const scope of ['profile', 'email', 'phone', 'address', 'employment', 'my-scope.v2'])
      expect(problems({ a: { ...TEXT, scope, claim } })).to.deep.equal([]);
  });

  for (const given of [
    '[]',
    '7',
    '"x"',
    '{',
    'null',
    '{"a":{"label":"A","type":"text"},"a":{"label":"B","type":"text"}}',
  ])
    it(`are no ${given}`, () => expect(problems(given)).to.have.length(1));

  it('are fifty at most', () => {
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`a${n}`, TEXT]));
    expect(problems(many)[0]).to.include('there are more than 50');
  });

  it('give their own scopes a text, and no others', () => {
    const attributes = {
      a: { ...TEXT, scope: 'employment', claim: 'a' },
      b: { ...TEXT, scope: 'phone', claim: 'b' },
    };
    expect(
      problems(attributes, { employment: { en: 'See where you work', es: 'Ver dónde trabaja' } }),
    ).to.deep.equal([]);
    for (const wrong of [
      { work: 'x' },
      { phone: 'x' },
      { profile: 'x' },
      { employment: '' },
      { employment: {} },
      [],
    ])
      expect(problems(attributes, wrong), JSON.stringify(wrong)).to.have.length(1);
  });
});
