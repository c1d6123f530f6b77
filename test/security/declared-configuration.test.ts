import { expect } from 'chai';
import type { Actor, ClientActor } from '../../src/administration/actor.ts';
import { approvals } from '../../src/administration/approvals/index.ts';
import { clients } from '../../src/administration/clients/index.ts';
import { config } from '../../src/administration/configuration/index.ts';
import { units } from '../../src/administration/units/index.ts';
import { actingAs, doAs, placed } from '../support/acting-people.ts';
import { type AdminClient, type Asks, adminClient } from '../support/admin-client.ts';
import { act, OPERATOR } from '../support/administration.ts';
import { applyAt, documentOf, planAt, SECRET } from '../support/declared.ts';
import { auditTrail } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const SERVICE = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
const unitsNamed = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name.toLowerCase(), { name }]));

/** Documents do what their actors may do, and nothing more. */
describe('configuration that is declared, under attack', function attacked() {
  this.timeout(60_000);
  let server: TestServer;
  let api: AdminClient;
  let ask: Asks;
  let admin: { readonly id: string };

  before(async () => {
    server = await startTestServer({ settings: { FOUR_EYES: 'clients.delete' } });
    api = await adminClient(server);
    admin = await server.addAccount({ roles: ['administrator'] });
    await server.addAccount({ roles: ['administrator'] });
    ask = (await api.person()).ask;
  });
  after(() => server.stop());

  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: { code: string }) => error.code,
    );

  it('takes no body but the right one, and says what is wrong by its place', async () => {
    for (const [body, status] of [
      [undefined, 400],
      [[], 400],
      ['{"document":', 400],
      [{ document: 'text' }, 400],
      [{ document: { gatehouse: 1 }, undeclared: 'all' }, 400],
      [{ document: { gatehouse: 1 }, owner: 'x' }, 400],
      [{ document: { gatehouse: 1, units: { a: { nam: 'x' } } } }, 400],
    ] as const) {
      const answer = await ask('POST', '/config/plan', body);
      expect(answer.status, JSON.stringify(body)).to.equal(status);
    }
    const { body } = await ask('POST', '/config/plan', {
      document: { gatehouse: 1, units: { a: { nam: 'x' } } },
    });
    expect(body.errors).to.deep.include({
      pointer: '#/document/units/a/nam',
      detail: 'is unknown (did you mean name?)',
    });
    expect((await ask('POST', '/config/plan', 'a=b', { 'content-type': 'text/plain' })).status).to.equal(415);
    const large = {
      document: {
        gatehouse: 1,
        units: unitsNamed(...Array.from({ length: 1_900 }, (_, n) => `Unit-of-many-${n}`)),
      },
    };
    expect(JSON.stringify(large).length).to.be.greaterThan(65_536);
    expect((await ask('POST', '/config/plan', large)).status).to.equal(200);
    expect(
      (await ask('POST', '/config/plan', { document: { gatehouse: 1, x: 'x'.repeat(2_200_000) } })).status,
    ).to.equal(413);
  });

  it('is planned and applied over HTTP, for a Host that is no other one', async () => {
    const document = documentOf({ owner: 'http', units: unitsNamed('Http') });
    const { body: plan } = await ask('POST', '/config/plan', { document });
    const { status, body } = await ask(
      'POST',
      '/config/apply',
      { document, plan: plan.hash },
      { 'x-forwarded-host': 'evil.example' },
    );
    expect([status, body.outcome]).to.deep.equal([200, 'applied']);
    expect((await ask('GET', '/config/drift?owner=http')).body.documents).to.have.lengthOf(1);
    const exported = (await ask('GET', '/config/export?owner=http&sections=units')).body.document as {
      units: object;
    };
    expect(exported.units).to.have.property('http');
  });

  it('is nobody’s whose right is limited, or who may not see or do all of it', async () => {
    const { id: unit } = await act(server.app, units.create, { name: 'Limit' });
    const limited = await server.addAccount({ roles: ['administrator'] });
    await placed(server.app, limited.id, { terms: [{ role: 'administrator', unit, owned: false }] as never });
    const document = documentOf({ owner: 'limit', units: unitsNamed('Mine') });
    const helpdesk = await server.addAccount({ roles: ['helpdesk'] });
    const auditor = await server.addAccount({ roles: ['auditor'] });
    for (const { id } of [limited, helpdesk, auditor]) {
      expect(await codeOf(planAt(server, document, { actor: actingAs({ id }) }))).to.equal('not_permitted');
      expect(await doAs(server.app, actingAs({ id }), config.export, {})).to.equal('not_permitted');
    }
    expect(await doAs(server.app, actingAs(auditor), config.showDrift, {})).to.have.property('documents');
    const narrow: ClientActor = {
      kind: 'client',
      clientId: 'ci',
      scopes: ['system:read', 'system:write', 'clients:read'],
      origin: {},
    };
    expect(await codeOf(planAt(server, document, { actor: narrow }))).to.equal('not_permitted');
    const own = documentOf({ owner: 'ci', clients: { ci1: { metadata: SERVICE, secret: { env: 'X' } } } });
    const { hash } = await planAt(server, own, { actor: narrow });
    const given = { document: own, plan: hash, secrets: { ci1: SECRET } };
    expect(await doAs(server.app, narrow, config.apply, given)).to.deep.include({
      outcome: 'stopped',
      done: [],
      left: 2,
    });
    expect(await codeOf(act(server.app, clients.show, { client: 'ci1' }))).to.equal('client_unknown');
  });

  it('gives no rights of administration that whoever applies it has not', async () => {
    const document = documentOf({
      owner: 'rights',
      clients: { robot: { metadata: { ...SERVICE, admin_scopes: ['people:write'] }, secret: { env: 'X' } } },
    });
    const plan = await planAt(server, document);
    expect(plan.steps.map(({ act: name, dangerous }) => [name, dangerous])).to.deep.equal([
      ['clients.create', true],
      ['clients.set_secret', true],
    ]);
    const scopes = ['system:read', 'system:write', 'clients:read', 'clients:write'];
    const narrow = actingAs(admin, { scopes });
    expect(await applyAt(server, document, { actor: narrow })).to.deep.include({
      outcome: 'stopped',
      done: [],
    });
    const { failure } = await applyAt(server, document, { actor: narrow });
    expect(failure).to.include({ code: 'admin_scopes_not_held', act: 'clients.create' });
  });

  it('needs a reason and a fresh proof where something in it is dangerous, before anything is done', async () => {
    const first = documentOf({
      owner: 'danger',
      units: { a: { name: 'Danger A' }, b: { name: 'Danger B' } },
    });
    await applyAt(server, first);
    const moved = documentOf({
      owner: 'danger',
      units: { c: { name: 'Danger C' }, a: { name: 'Danger A' }, b: { name: 'Danger B', parent: 'a' } },
    });
    const tried = async (actor: Actor) => codeOf(applyAt(server, moved, { actor }));
    const { reason: _reason, ...without } = actingAs(admin);
    expect(await tried(without)).to.equal('reason_required');
    expect(await tried(actingAs(admin, { provenAt: new Date(Date.now() - 400_000) }))).to.equal(
      'insufficient_user_authentication',
    );
    expect((await planAt(server, moved)).steps.map(({ act: name }) => name)).to.deep.equal([
      'units.create',
      'units.move',
    ]);
    expect(await tried(actingAs(admin))).to.equal('done');
  });

  it('waits for a second person where an act does, and goes on when it was done', async () => {
    const owner = 'waits';
    const document = documentOf({ owner, clients: { old: { metadata: SERVICE, secret: { env: 'X' } } } });
    await applyAt(server, document);
    const none = documentOf({ owner });
    const actor = actingAs(admin);
    const waiting = await applyAt(server, none, { actor, undeclared: 'delete' });
    expect(waiting).to.deep.include({ outcome: 'waiting', done: [], left: 1 });
    expect((await act(server.app, clients.show, { client: 'old' })).id).to.equal('old');
    const again = await applyAt(server, none, { actor, undeclared: 'delete' });
    expect(again.approval?.id, 'one request').to.equal(waiting.approval?.id);
    const second = await server.addAccount({ roles: ['administrator'] });
    const approval = waiting.approval?.id ?? '';
    await server.app.administration.perform(approvals.approve, actingAs(second), { approval });
    expect(await applyAt(server, none, { actor, undeclared: 'delete' })).to.deep.include({
      outcome: 'applied',
      done: [],
    });
    expect((await planAt(server, none)).undeclared).to.deep.equal([]);
  });

  it('does each thing once of 30 that apply the same at once', async () => {
    const document = documentOf({ owner: 'many', units: unitsNamed('Many1', 'Many2', 'Many3') });
    const { hash: plan } = await planAt(server, document);
    const before = (await auditTrail(server)).length;
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, () =>
        server.app.administration.perform(config.apply, OPERATOR, { document, plan }).then(
          ({ outcome }) => outcome,
          ({ code }: { code: string }) => code,
        ),
      ),
    );
    expect(outcomes).to.include('applied');
    expect(
      outcomes.filter((outcome) => !['applied', 'stopped', 'plan_outdated'].includes(outcome)),
    ).to.deep.equal([]);
    const made = (await auditTrail(server)).slice(before).filter(({ type }) => type === 'unit.created');
    expect(made.length).to.equal(3);
  });

  it('changes nothing that was changed since it was planned, in the transaction itself', async () => {
    const owner = 'races';
    const at = (name: string) => documentOf({ owner, units: { race: { name } } });
    await applyAt(server, at('Race 0'));
    const plan = await planAt(server, at('Race 1'));
    const id = (await act(server.app, units.list, {})).items.find(({ name }) => name === 'Race 0')?.id ?? '';
    const { database } = server.app;
    const [changed, applied] = await Promise.all([
      act(server.app, units.rename, { unit: id, name: 'By hand' }),
      server.app.administration
        .perform(config.apply, OPERATOR, { document: at('Race 1'), plan: plan.hash })
        .then(
          ({ outcome, failure }) => failure?.code ?? outcome,
          ({ code }: { code: string }) => code,
        ),
    ]);
    expect(changed.name).to.equal('By hand');
    const [row] = await database.query<{ name: string }>('select name from units where id = $1', [id]);
    if (applied === 'applied') expect(['By hand', 'Race 1']).to.include(row?.name);
    else expect([applied, row?.name]).to.deep.equal(['plan_outdated', 'By hand']);
  });

  it('never has a secret in what is asked for a plan, and takes one for no other client', async () => {
    const document = documentOf({
      owner: 'plain',
      clients: { plain: { metadata: SERVICE, secret: SECRET } },
    });
    const error = await planAt(server, document).catch((thrown) => thrown);
    expect(error.code).to.equal('input_invalid');
    expect(JSON.stringify([error.safeMessage, error.findings])).not.to.contain(SECRET);
    const right = documentOf({
      owner: 'plain',
      clients: { plain: { metadata: SERVICE, secret: { env: 'X' } } },
    });
    const { hash: plan } = await planAt(server, right);
    const short = { document: right, plan, secrets: { plain: 'too short to be one' } };
    const refused = await server.app.administration
      .perform(config.apply, OPERATOR, short)
      .catch((thrown) => thrown);
    expect(refused.code).to.equal('input_invalid');
    expect(refused.safeMessage).not.to.contain('too short');
    const before = (await act(server.app, clients.list, {})).items.length;
    await server.app.administration.perform(config.apply, OPERATOR, {
      document: right,
      plan,
      secrets: { plain: SECRET, robot: SECRET },
    });
    expect((await act(server.app, clients.list, {})).items.length).to.equal(before + 1);
  });
});
