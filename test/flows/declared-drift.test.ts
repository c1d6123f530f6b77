import { expect } from 'chai';
import { clients } from '../../src/administration/clients/index.ts';
import { checkDrift } from '../../src/administration/configuration/drift.ts';
import { units } from '../../src/administration/units/index.ts';
import { createCheckDrift, lastNight } from '../../src/jobs/check-drift.ts';
import { administrationDependencies } from '../../src/wire/administration.ts';
import { act } from '../support/administration.ts';
import { applyAt, documentOf, planAt } from '../support/declared.ts';
import { asFixture } from '../support/evidence/fixture.ts';
import { auditTrail } from '../support/protocol.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const DOCUMENT = documentOf({
  clients: {
    idle: {
      metadata: {
        client_name: 'Idle',
        redirect_uris: ['https://idle.example/cb'],
        token_endpoint_auth_method: 'none',
      },
    },
  },
  units: { north: { name: 'North' } },
  policies: { sessions: { absoluteSeconds: 43_200 } },
});

describe('drift of configuration', function drift() {
  this.timeout(60_000);
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
    await applyAt(server, DOCUMENT);
  });
  after(() => server.stop());

  /** As the job does at night. */
  const check = async () => {
    const deps = administrationDependencies(server.app as never);
    let count = 0;
    while (await checkDrift(deps, new Date(Date.now() + 1_000 * (count + 1)))) {
      count += 1;
      if (count > 0) break;
    }
  };
  const told = async () =>
    (await auditTrail(server)).filter(({ type }) => type === 'config.drifted').map(({ details }) => details);
  const gauge = () => server.app.declared.drifts(server.app.database);

  it('is not told where nothing differs', async () => {
    await check();
    expect(await told()).to.deep.equal([]);
    expect(await gauge()).to.deep.equal({ default: 0 });
  });

  it('is told once for each change of what differs, and when it differs no more', async () => {
    await act(server.app, clients.disable, { client: 'idle' });
    await check();
    await check();
    expect(await told()).to.deep.equal([{ owner: 'default', differing: ['clients.idle'], count: 1 }]);
    const { items } = await act(server.app, units.list, {});
    await act(server.app, units.rename, { unit: items[0]?.id ?? '', name: 'Nord' });
    await check();
    expect((await told()).at(-1)).to.deep.equal({
      owner: 'default',
      differing: ['clients.idle', 'units.north'],
      count: 2,
    });
    expect(await gauge()).to.deep.equal({ default: 2 });
    await applyAt(server, DOCUMENT);
    await check();
    await check();
    expect((await told()).at(-1)).to.deep.equal({ owner: 'default', differing: [], count: 0 });
    expect(await told()).to.have.lengthOf(3);
  });

  it('is looked for once a night, whichever node does it', async () => {
    const asked: Date[] = [];
    const clock = { now: () => new Date('2026-12-03T01:59:00Z') };
    const job = createCheckDrift({
      clock: clock as never,
      checkDrift: async (before) => asked.push(before) < 3,
    });
    await job.round();
    expect(asked.map((time) => time.toISOString())).to.deep.equal(Array(3).fill('2026-12-02T02:00:00.000Z'));
    expect(lastNight(new Date('2026-12-03T02:00:00Z')).toISOString()).to.equal('2026-12-03T02:00:00.000Z');
    const deps = administrationDependencies(server.app as never);
    await asFixture(server.app.database, (tx) =>
      tx.query('update declared_documents set checked_at = now()'),
    );
    expect(await checkDrift(deps, lastNight(new Date()))).to.equal(false);
  });

  it('is also of settings, which are changed in the configuration alone', async () => {
    const other = documentOf({
      ...{ owner: 'policies', policies: { sessions: { absoluteSeconds: 3600 }, fourEyes: 1 } },
    });
    const refused = await planAt(server, other).catch((error) => error);
    expect(refused.safeMessage).to.match(/^policies\.fourEyes: is no setting that a document may name/);
    const right = documentOf({
      owner: 'policies',
      policies: { sessions: { absoluteSeconds: 3600 } },
      roles: { 'ward-desk': { acts: ['people.list'] } },
    });
    const plan = await planAt(server, right);
    expect(plan.steps).to.deep.equal([]);
    expect(plan.settings.map(({ setting, key, declared }) => [setting, key, declared])).to.deep.equal([
      ['ADMINISTRATION_ROLES', 'administration.roles', { 'ward-desk': { acts: ['people.list'] } }],
      ['SESSION_ABSOLUTE_SECONDS', 'sessions.absoluteSeconds', 3600],
    ]);
    await applyAt(server, right);
    expect((await planAt(server, right)).settings).to.have.lengthOf(2);
  });
});
