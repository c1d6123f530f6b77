import { expect } from 'chai';
import { schemaOf } from '../../../src/domain/audit/events/versions.ts';
import { accountFacts, clientFacts, profileFacts } from '../../../src/domain/audit/facts.ts';
import { Personal, personal } from '../../../src/domain/audit/personal.ts';

const ACCOUNT = {
  id: 'a1',
  sub: 'a1',
  email: 'robin@example.org',
  emailVerified: true,
  name: 'Robin Reyes',
  roles: ['nurse'],
  status: 'active',
  passwordHash: '$argon2id$the-hash',
  attributes: {},
  passwordMustChange: false,
  passwordCompromised: false,
} as const;

/** As it is stored: digests in the place of values. */
const stored = (value: unknown): unknown => {
  if (value instanceof Personal) return { sha256: 'x'.repeat(43) };
  if (Array.isArray(value)) return value.map(stored);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, stored(inner)]));
};

describe('what the trail says of an account', () => {
  it('names people by values that can be erased, and of the password only that there is one', () => {
    expect(accountFacts({ ...ACCOUNT, username: 'robin', sub: 'robin@elsewhere' })).to.deep.equal({
      email: personal('robin@example.org'),
      emailVerified: true,
      username: personal('robin'),
      name: personal('Robin Reyes'),
      sub: personal('robin@elsewhere'),
      roles: ['nurse'],
      status: 'active',
      password: true,
    });
    expect(JSON.stringify(accountFacts(ACCOUNT))).to.not.include('argon2id');
    expect(accountFacts(ACCOUNT)).to.not.have.any.keys('sub', 'username', 'locale');
  });

  it('has attributes as values that can be erased, by name', () => {
    const attributes = {
      department: 'Cardiology',
      languages: ['pt', 'ko'],
      beds: 12,
      home: { locality: 'Porto' },
    };
    expect(accountFacts({ ...ACCOUNT, attributes }).attributes).to.deep.equal({
      department: personal('Cardiology'),
      languages: personal('["pt","ko"]'),
      beds: personal('12'),
      home: personal('{"locality":"Porto"}'),
    });
    const profile = { name: 'Robin', attributes };
    expect(profileFacts(profile, ['attributes.beds', 'attributes.gone'])).to.deep.equal({
      attributes: { beds: personal('12') },
    });
    expect(profileFacts(profile, ['attributes.gone'])).to.deep.equal({});
  });

  it('has of a profile the fields that changed, without those that are empty', () => {
    const profile = { name: 'Robin', locale: undefined, zoneinfo: 'Asia/Seoul' };
    expect(profileFacts(profile, ['locale', 'zoneinfo'])).to.deep.equal({ zoneinfo: 'Asia/Seoul' });
    expect(profileFacts(profile, ['name'])).to.deep.equal({ name: personal('Robin') });
    expect(profileFacts(profile, [])).to.deep.equal({});
  });
});

describe('what the trail says of a client', () => {
  const updated = (after: unknown) =>
    schemaOf('client.updated', 2)?.safeParse({ members: [], before: {}, after: stored(after) }).success;

  it('takes whatever was stored, also what no version of ours would register', () => {
    const strange = {
      client_id: 'c',
      client_secret: 'the-secret',
      contacts: 'nobody@example.org',
      default_max_age: 1.5,
      policy_uri: null,
      jwks: { keys: [null, 'x', { kty: 'oct', k: 'the-secret' }, { kty: 'EC', d: 'the-secret', kid: 7 }] },
      list: [1, null, [0.1, { a: null }]],
      ['__proto__']: { polluted: true },
    };
    const facts = clientFacts(strange);
    expect(facts).to.deep.equal({
      default_max_age: '1.5',
      jwks: [{ kty: 'oct' }, { kty: 'EC' }],
      list: [1, ['0.1', {}]],
      ...JSON.parse('{"__proto__": {"polluted": true}}'),
    });
    expect(JSON.stringify(facts)).to.not.include('the-secret').and.not.include('nobody');
    expect(({} as { polluted?: boolean }).polluted).to.equal(undefined);
    expect(updated(facts)).to.equal(true);
    for (const jwks of [null, 'x', [], {}, { keys: 'x' }, { keys: {} }])
      expect(clientFacts({ jwks })).to.deep.equal({ jwks: [] });
  });

  it('only the members that are named, and only where they are there', () => {
    const metadata = { client_name: 'Ward', scope: 'openid' };
    expect(clientFacts(metadata, ['scope', 'policy_uri', 'toString'])).to.deep.equal({ scope: 'openid' });
  });

  it('keys by their thumbprint (RFC 7638, section 3.1), and no query of an address that we call', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    const key = { kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' };
    expect(clientFacts({ jwks: { keys: [key] } })).to.deep.equal({
      jwks: [
        {
          kid: '2011-04-29',
          kty: 'RSA',
          alg: 'RS256',
          thumbprint: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
        },
      ],
    });
    const { jwks_uri: first } = clientFacts({ jwks_uri: 'https://a.example/keys?key=k1' });
    const { jwks_uri: second } = clientFacts({ jwks_uri: 'https://a.example/keys?key=k2' });
    expect(first)
      .to.match(/^https:\/\/a\.example\/keys\?sha256=[\w-]{43}$/u)
      .and.not.equal(second);
    expect(clientFacts({ jwks_uri: 'https://a.example/keys' })).to.deep.equal({
      jwks_uri: 'https://a.example/keys',
    });
  });
});
