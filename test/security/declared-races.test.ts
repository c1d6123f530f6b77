import { expect } from 'chai';
import type { ClientActor } from '../../src/administration/actor.ts';
import { config } from '../../src/administration/configuration/index.ts';
import { groups } from '../../src/administration/groups/index.ts';
import { lock } from '../../src/storage/locks.ts';
import { act, OPERATOR } from '../support/administration.ts';
import { applyAt, type Document, documentOf, planAt } from '../support/declared.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** What others do between the comparison of a document with what is there, and the steps. */
describe('configuration that is declared, while others change it', function races() {
  this.timeout(60_000);
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const told = (work: Promise<{ outcome: string; failure: { code: string } | null }>) =>
    work.then(
      ({ outcome, failure }) => failure?.code ?? outcome,
      ({ code }: { code: string }) => code,
    );

  /** So many transactions wait for the lock of documents. */
  async function waiting(count: number): Promise<void> {
    for (;;) {
      const rows = await server.app.database.query(
        `select from pg_locks where locktype = 'advisory' and not granted
          and database = (select oid from pg_database where datname = current_database())`,
      );
      if (rows.length >= count) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async function applying(document: Document) {
    const { hash: plan } = await planAt(server, document);
    return () => told(server.app.administration.perform(config.apply, OPERATOR, { document, plan }));
  }

  it('overwrites nothing that an act writes beside what was planned', async () => {
    const at = (description: string) =>
      documentOf({ owner: 'beside', groups: { team: { name: 'Beside', description } } });
    await applyAt(server, at('one'));
    const [{ object: group } = { object: '' }] = await server.app.database.query<{ object: string }>(
      `select object from declared_objects where owner = 'beside'`,
    );
    const apply = await applying(at('two'));
    let applied = Promise.resolve('');
    await server.app.database.transaction(async (tx) => {
      await lock(tx, 'declared');
      applied = apply();
      await waiting(1);
      await act(server.app, groups.update, { group, name: 'By hand' });
    });
    expect(await applied).to.equal('plan_outdated');
    expect(await act(server.app, groups.show, { group })).to.include({ name: 'By hand', description: 'one' });
  });

  it('lets the plan that was begun last have the document', async () => {
    const owner = 'overtaken';
    const [first, second] = [
      await applying(documentOf({ owner, groups: { a: { name: 'Overtaken A' } } })),
      await applying(documentOf({ owner, groups: { b: { name: 'Overtaken B' } } })),
    ];
    let outcomes: Promise<string>[] = [];
    await server.app.database.transaction(async (tx) => {
      await lock(tx, 'declared');
      outcomes = [first()];
      await waiting(1);
      outcomes.push(second());
      await waiting(2);
    });
    expect(await Promise.all(outcomes)).to.deep.equal(['plan_outdated', 'applied']);
    const rows = await server.app.database.query<{ key: string }>(
      'select key from declared_objects where owner = $1',
      [owner],
    );
    expect(rows.map(({ key }) => key)).to.include('b');
  });

  it('lets go of nothing for somebody who may not see it', async () => {
    const owner = 'unseen';
    await applyAt(server, documentOf({ owner, groups: { unseen: { name: 'Unseen' } } }));
    const none = documentOf({ owner });
    const { hash: plan } = await planAt(server, none, { undeclared: 'release' });
    const program: ClientActor = {
      kind: 'client',
      clientId: 'ci',
      scopes: ['system:read', 'system:write', 'clients:read'],
      origin: {},
    };
    const input = { document: none, plan, undeclared: 'release' as const };
    expect(await told(server.app.administration.perform(config.apply, program, input))).to.equal(
      'not_permitted',
    );
    expect((await planAt(server, none)).undeclared).to.deep.equal([{ kind: 'groups', key: 'unseen' }]);
  });
});
