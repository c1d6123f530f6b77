import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { z } from 'zod';
import { EVENTS_GUIDE_FILE } from '../../../src/commands/config.ts';
import {
  describedDetails,
  describedEvents,
  eventCatalogue,
} from '../../../src/domain/audit/events/catalogue.ts';
import {
  definitionOf,
  EVENT_GROUPS,
  EVENT_TYPES,
  isEventType,
} from '../../../src/domain/audit/events/index.ts';
import { schemaOf, versionOf } from '../../../src/domain/audit/events/versions.ts';
import { brokenVersions, presentDigests, recordedDigests } from '../../support/event-digests.ts';

/** Every schema there is, of every version. */
const SCHEMAS = EVENT_TYPES.flatMap((type) =>
  definitionOf(type).versions.map((schema, index) => ({ name: `${type} ${index + 1}`, schema })),
);

describe('the schemas of audit events', () => {
  it('belong to one subject each, and nothing is lost between the subjects and the whole', () => {
    const grouped = EVENT_GROUPS.flatMap(({ events }) => Object.keys(events));
    expect(grouped).to.have.length(new Set(grouped).size);
    expect([...grouped].sort()).to.deep.equal([...EVENT_TYPES].sort());
  });

  it('say of every event when it happens, how it may end and who may act', () => {
    for (const type of EVENT_TYPES) {
      const { when, outcomes, actors } = definitionOf(type);
      expect(when, type).to.match(/^\p{Lu}.{10,}\.$/u);
      expect(outcomes, type).to.have.length.above(0);
      expect(actors, type).to.have.length.above(0);
    }
  });

  it('take nothing beyond what they name, and say of each detail what it means', () => {
    for (const { name, schema } of SCHEMAS) {
      expect(schema.safeParse({ of_tomorrow: 'x' }).success, name).to.equal(false);
      for (const { path, meaning } of describedDetails(schema))
        expect(meaning, `${name}: ${path}`).to.match(/^[\p{Lu}`\w].*\.$/u);
    }
  });

  it('are numbered from 1 on, and the last is the one that is written', () => {
    for (const type of EVENT_TYPES) {
      expect(versionOf(type), type).to.equal(definitionOf(type).versions.length);
      expect(schemaOf(type, versionOf(type)), type).to.be.instanceOf(z.ZodObject);
      expect(schemaOf(type, versionOf(type) + 1), type).to.equal(undefined);
    }
    expect(schemaOf('of.tomorrow', 1)).to.equal(undefined);
    expect(schemaOf('constructor', 1)).to.equal(undefined);
    expect(schemaOf('client.updated', 0)).to.equal(undefined);
    for (const name of ['', 'constructor', '__proto__', 'toString'])
      expect(isEventType(name)).to.equal(false);
  });

  it('never change once they were written down; a new one is added by test/support/event-digests.ts', () => {
    const [recorded, present] = [recordedDigests(), presentDigests()];
    expect(brokenVersions(recorded, present)).to.deep.equal([]);
    expect(present, 'run npx node test/support/event-digests.ts').to.deep.equal(recorded);
  });

  it('are compared by what they accept: a version that is changed, taken away or put before another one is noticed', () => {
    const recorded = { 'a.b': ['1', '2'] };
    expect(brokenVersions(recorded, { 'a.b': ['1', '2', '3'], 'c.d': ['1'] })).to.deep.equal([]);
    for (const present of [
      {},
      { 'a.b': [] },
      { 'a.b': ['1'] },
      { 'a.b': ['0', '1', '2'] },
      { 'a.b': ['1', '9'] },
    ])
      expect(brokenVersions(recorded, present)).to.have.length.above(0);
  });

  it('let what version 1 said be said on: each later version has all of its members', () => {
    for (const type of EVENT_TYPES) {
      const [first, ...later] = definitionOf(type).versions;
      for (const schema of later)
        for (const name of Object.keys(first.shape)) expect(schema.shape, type).to.have.property(name);
    }
  });

  it('take neither null nor fractions, which not every verifier writes alike', () => {
    const schema = schemaOf('client.updated', 2);
    const details = (value: unknown) => ({ members: ['x'], before: {}, after: { x: value } });
    for (const good of ['a', 1, true, ['a'], { a: { b: [1] } }])
      expect(schema?.safeParse(details(good)).success, JSON.stringify(good)).to.equal(true);
    for (const bad of [1.5, null, 2 ** 53, Number.NaN, { a: [null] }, ['a', 0.1]])
      expect(schema?.safeParse(details(bad)).success, JSON.stringify(bad)).to.equal(false);
  });
});

describe('docs/audit-events.md', () => {
  it('is what the schemas say (npm run docs writes it)', () => {
    expect(readFileSync(EVENTS_GUIDE_FILE, 'utf8')).to.equal(eventCatalogue());
  });

  it('has every type, and marks what is personal', () => {
    const catalogue = eventCatalogue();
    for (const type of EVENT_TYPES) expect(catalogue).to.contain(`### \`${type}\``);
    expect(catalogue).to.contain('| `after.email` | text; **personal** | The e-mail address. |');
    expect(catalogue).to.contain('| `before.contacts` | list of texts; optional; **personal** |');
  });

  it('is the same as JSON Schema, for every version', () => {
    const described = describedEvents();
    expect(described.map(({ type }) => type)).to.deep.equal([...EVENT_TYPES].sort());
    for (const { type, version, details } of described) {
      expect(Object.keys(details), type).to.have.length(version);
      for (const schema of Object.values(details))
        expect(schema).to.include({ type: 'object', additionalProperties: false });
    }
  });
});

/** Names under which secrets are kept, in part or as a whole. */
const SMELLS =
  /secret|passw|token|code|hash|seed|cookie|private|credential|signature|pepper|salt|\bkey|jwk|digest/iu;

/** What smells and is none: why. */
const HARMLESS: Readonly<Record<string, string>> = {
  'sign_in.failed identifierDigest': 'keyed, and of an identifier',
  'lockout.started identifierDigest': 'keyed, and of an identifier',
  'lockout.ended identifierDigest': 'keyed, and of an identifier',
  'rate_limit.exceeded identifierDigest': 'keyed, and of an identifier',
  'password_reset.requested identifierDigest': 'keyed, and of an identifier',
  'registration.requested identifierDigest': 'keyed, and of an identifier',
  'agreement.accepted textDigest': 'of a text that everybody reads',
  'client.secret_rotated secret': 'an id',
  'client.secret_ended secret': 'an id',
  'client.created registrationToken': 'an id',
  'client.registration_token_issued token': 'an id',
  'client.registration_token_revoked token': 'an id',
  'resource.created after.tokenAlgorithm': 'the name of an algorithm',
  'resource.updated before.tokenAlgorithm': 'the name of an algorithm',
  'resource.updated after.tokenAlgorithm': 'the name of an algorithm',
  'resource.deleted before.tokenAlgorithm': 'the name of an algorithm',
  'audit.key_created key': 'a public key',
  'encryption_key.rotated keyId': 'an id',
  'mfa_key.rotated keyId': 'an id',
};

describe('secrets and the schemas of audit events', () => {
  it('have no place in them: whatever is named like one is a number, a fact, or known to be none', () => {
    const smelling = SCHEMAS.flatMap(({ name, schema }) =>
      describedDetails(schema)
        .filter(({ path }) => SMELLS.test(path.split('.').at(-1) ?? ''))
        .filter(({ type }) => !['yes or no', 'integer', 'time (ISO 8601, UTC)'].includes(type))
        .map(({ path }) => `${name.split(' ')[0]} ${path}`),
    );
    const unknown = smelling.filter((each) => !Object.hasOwn(HARMLESS, each) && !/\.jwks$/u.test(each));
    expect(unknown).to.deep.equal([]);
  });

  it('public keys of clients are thumbprints, and names of people, addresses and labels can be erased', () => {
    for (const { name, schema } of SCHEMAS) {
      for (const { path, personal } of describedDetails(schema)) {
        const last = path.split('.').at(-1) ?? '';
        if (/jwks\[\]\./u.test(path)) expect(['kid', 'kty', 'alg', 'use', 'thumbprint']).to.include(last);
        if (/^(email|username|givenName|familyName|sub|contacts)$/u.test(last))
          expect(personal, `${name}: ${path}`).to.equal(true);
      }
    }
  });
});
