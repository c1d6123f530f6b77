import { expect } from 'chai';
import fc from 'fast-check';
import { config } from '../../src/administration/configuration/index.ts';
import { readText, writeText } from '../../src/administration/configuration/text.ts';
import { OPERATOR } from '../support/administration.ts';
import { applyAt, documentOf, exportedFrom, planAt } from '../support/declared.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const REASON = { ...OPERATOR, reason: 'property' };
/** Names with anything in them that people write. */
const name = fc
  .stringMatching(/^[\p{L}\p{N}'&:#{}"-][\p{L}\p{N} '&:#{}"-]{0,20}[\p{L}\p{N}]$/u)
  .filter((text) => text.isWellFormed());
const names = fc.uniqueArray(name, {
  maxLength: 4,
  selector: (text) => text.normalize('NFKC').toLowerCase(),
});
const role = fc.constantFrom('nurse', 'doctor', 'ward');
const keyed = <Value>(prefix: string, values: readonly Value[]) =>
  Object.fromEntries(values.map((value, index) => [`${prefix}${index}`, value]));

const client = fc.record({
  metadata: fc.oneof(
    fc.record(
      {
        client_name: name,
        redirect_uris: fc.constant(['https://a.example/cb', 'https://b.example/cb']),
        token_endpoint_auth_method: fc.constantFrom('none', 'none'),
        scope: fc.constantFrom('openid', 'openid email'),
        default_max_age: fc.nat(3_600),
        session_idle_minutes: fc.integer({ min: 1, max: 60 }),
        first_party: fc.boolean(),
      },
      { requiredKeys: ['redirect_uris', 'token_endpoint_auth_method'] },
    ),
    fc.record({
      grant_types: fc.constant(['client_credentials']),
      redirect_uris: fc.constant([]),
      resource_scopes: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')),
    }),
  ),
  status: fc.constantFrom('active', 'disabled'),
});
type Client = { readonly metadata: object; readonly status: string };
const withSecret = (each: Client): object =>
  'token_endpoint_auth_method' in each.metadata ? each : { ...each, secret: { env: 'SOME_SECRET' } };

/** Any state, as a document. */
const documents = fc
  .record({
    units: names,
    parents: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
    groups: fc.uniqueArray(
      fc.record({ name, description: fc.string({ unit: 'grapheme-ascii' }), roles: fc.uniqueArray(role) }),
      { maxLength: 3, selector: (group) => group.name.normalize('NFKC').toLowerCase() },
    ),
    clients: fc.array(client, { maxLength: 3 }),
    resources: fc.array(
      fc.record({
        name,
        scopes: fc.uniqueArray(fc.constantFrom('x', 'y', 'z'), { minLength: 1 }),
        tokenSeconds: fc.integer({ min: 30, max: 86_400 }),
      }),
      { maxLength: 2 },
    ),
  })
  .map(({ units, parents, groups, clients, resources }) =>
    documentOf({
      units: keyed(
        'u',
        units.map((each, index) => ({
          name: each,
          ...(index === 0 ? {} : { parent: `u${(parents[index] ?? 0) % index}` }),
        })),
      ),
      groups: keyed('g', groups),
      clients: keyed('c', clients.map(withSecret)),
      resources: keyed(
        'urn:r',
        resources.map((each) => ({ ...each, scopes: each.scopes })),
      ),
    }),
  );

describe('configuration that is declared, whatever it is', function property() {
  this.timeout(120_000);
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  it('is there when it was applied; applied twice it changes nothing; exported it has nothing to change', async () => {
    await fc.assert(
      fc.asyncProperty(documents, async (document) => {
        const more = { undeclared: 'delete', actor: REASON } as const;
        const done = await applyAt(server, document, more);
        expect(done.failure).to.equal(null);
        expect((await planAt(server, document, more)).steps).to.deep.equal([]);
        expect((await applyAt(server, document, more)).done).to.deep.equal([]);
        for (const owner of ['default', 'nobody-yet']) {
          const exported = await exportedFrom(server, { owner });
          const read = readText(writeText(exported, 'yaml'));
          if (!('value' in read)) throw new Error('it cannot be read');
          expect(read.value).to.deep.equal(exported);
          const plan = await planAt(server, exported);
          expect([plan.steps, plan.settings]).to.deep.equal([[], []]);
        }
        // What nobody has declared is exported as well, and has nothing to change either.
        const empty = documentOf({});
        await applyAt(server, empty, { undeclared: 'release', actor: REASON });
        const all = await exportedFrom(server);
        const adopting = await server.app.administration.perform(config.plan, OPERATOR, {
          document: all,
        });
        expect(adopting.steps).to.deep.equal([]);
        expect((await applyAt(server, all)).done).to.deep.equal([]);
        // The next state is applied over all that.
        expect((await applyAt(server, empty, more)).failure).to.equal(null);
      }),
      { numRuns: 8 },
    );
  });
});
