import { expect } from 'chai';
import pg from 'pg';
import { breakGlass } from '../../../src/administration/break-glass.ts';
import { people } from '../../../src/administration/people/index.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { NewAccount } from '../../../src/domain/accounts/store.ts';
import { createDisableDormant } from '../../../src/jobs/disable-dormant.ts';
import { createDormantPeople } from '../../../src/lifecycle/dormancy.ts';
import { type App, openApp } from '../../../src/wire.ts';
import { act, OPERATOR } from '../../support/administration.ts';
import { AS_FIXTURE, asFixture, fixture } from '../../support/evidence/fixture.ts';
import { untilWaiting } from '../../support/lock-waits.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { cheapHasher, testEnvironment } from '../../support/server.ts';

const DAY_MS = 86_400_000;

describe('dormant accounts', () => {
  let test: TestDatabase;
  let app: App;
  let otherNode: App;
  let owner: pg.Client;
  let count = 0;
  let now = new Date('2027-01-01T08:00:00Z');
  const inDays = (days: number) => new Date(now.getTime() + days * DAY_MS);
  const pass = (days: number) => {
    now = inDays(days);
  };

  before(async () => {
    test = await createTestDatabase();
    const env = testEnvironment(test, 1, {
      DORMANCY_DAYS: '90',
      DORMANCY_DAYS_BY_ROLE: '{"contractor": 30, "kiosk": 0}',
    });
    const open = async () =>
      openApp(loadConfig({ env, configFile: false }), {
        hasher: await cheapHasher(),
        clock: { now: () => now },
      });
    [app, otherNode] = [await open(), await open()];
    owner = new pg.Client({ connectionString: test.ownerUrl, options: AS_FIXTURE });
    await owner.connect();
  });
  after(async () => {
    await owner.end();
    await Promise.all([app.close(), otherNode.close()]);
    await test.drop();
  });
  beforeEach(() => fixture(app.database, 'delete from accounts'));

  const add = (more: Partial<NewAccount> = {}) =>
    asFixture(app.database, (tx) => {
      count += 1;
      return app.accounts.store.create(tx, { email: `p${count}@example.org`, name: 'Pat', ...more });
    });
  const signsIn = (id: string) =>
    fixture(app.database, 'insert into sign_ins (account_id, session_uid, at) values ($1, $2, $3)', [
      id,
      `session ${now.getTime()}`,
      now,
    ]);
  const status = async (id: string) => (await app.accounts.store.findById(id))?.status;
  const tellingsTo = async (id: string) =>
    (await app.mail.outbox.list({ limit: 1_000 })).filter(
      ({ accountId, kind }) => accountId === id && kind === 'account-dormant',
    ).length;
  const trail = (id: string) =>
    app.database.query<{ type: string; kind: string; details: Record<string, unknown> }>(
      'select type, actor_kind as kind, details from audit_events where account = $1 order by at',
      [id],
    );
  const everything = async (node: App = app) => {
    const { meters, log } = { ...node.metrics, log: node.log };
    const job = createDisableDormant({ dormantPeople: node.lifecycle.dormantPeople, meters, log });
    while ((await job.round()) < 1_000);
  };
  const diagnosis = async (person: string) => act(app, people.diagnose, { person });
  const dormantPeople = (more: Partial<Parameters<typeof createDormantPeople>[0]> = {}) =>
    createDormantPeople({
      ...{ issuer: app.config.server.issuer, dormancySettings: app.config.dormancy, database: app.database },
      ...{ dormancies: app.accounts.dormancies, mail: app.mail.outbox, clock: { now: () => now } },
      ...{ life: app.lifecycle.life, accountStatus: app.lifecycle.accountStatus },
      lastAdministrator: { isLast: async () => false },
      ...more,
    });

  it('are told and disabled once each, by however many nodes at once, with the facts in the trail', async () => {
    const { id, email } = await add({ locale: 'es' });
    const made = now;
    pass(75);
    await everything();
    expect([await tellingsTo(id), await status(id)]).to.deep.equal([0, 'active']);
    pass(1);
    await Promise.all([app, otherNode, app, otherNode].map(everything));
    expect(await tellingsTo(id)).to.equal(1);
    const told = now;
    pass(13.9);
    await Promise.all([app, otherNode, app, otherNode].map(everything));
    expect([await tellingsTo(id), await status(id)]).to.deep.equal([1, 'active']);
    pass(0.1);
    await Promise.all([app, otherNode, app, otherNode].map(everything));
    expect(await status(id)).to.equal('disabled');
    const events = (await trail(id)).filter(({ type }) => type === 'account.disabled');
    expect(events).to.have.length(1);
    expect(events[0]).to.deep.include({
      kind: 'system',
      details: {
        before: { status: 'active' },
        after: { status: 'disabled' },
        reason: 'dormant',
        dormancy: { since: made.toISOString(), days: 90, toldAt: told.toISOString() },
      },
    });
    pass(100);
    await everything();
    expect([await tellingsTo(id), (await trail(id)).length]).to.deep.equal([1, events.length]);
    expect(email).to.not.equal('');
  });

  it('are not disabled where somebody has signed in a second ago, and are told anew for the next period', async () => {
    const { id } = await add();
    pass(76);
    await everything();
    pass(14);
    await signsIn(id);
    await everything();
    expect([await tellingsTo(id), await status(id)]).to.deep.equal([1, 'active']);
    pass(76);
    await everything();
    expect(await tellingsTo(id)).to.equal(2);
    pass(14);
    await everything();
    expect(await status(id)).to.equal('disabled');
  });

  it('are not disabled where a sign-in commits while the job waits for it', async () => {
    const { id } = await add();
    pass(76);
    await everything();
    pass(14);
    await owner.query('begin');
    await owner.query('select 1 from accounts where id = $1 for share', [id]);
    const values = [id, now];
    await owner.query(`insert into sign_ins (account_id, session_uid, at) values ($1, 'late', $2)`, values);
    const done = everything();
    await untilWaiting(owner, 1);
    await owner.query('commit');
    await done;
    expect(await status(id)).to.equal('active');
  });

  it('are not disabled by the statement itself where the row is not as it was', async () => {
    const { id } = await add();
    pass(76);
    await everything();
    const found = await app.accounts.dormancies.facts(app.database, id, now);
    const { since, toldAt } = found?.notice ?? { since: now, toldAt: now };
    pass(14);
    const disable = (more = {}) =>
      app.database.transaction(async (tx) => {
        const facts = { lastSignIn: undefined, since, toldAt, days: 90, ...more };
        const by = { actor: { kind: 'system', id: 'system' }, origin: {} } as never;
        return app.lifecycle.accountStatus.disableDormant(tx, id, facts, by);
      });
    expect(await disable({ toldAt: inDays(-1) })).to.equal(false);
    await signsIn(id);
    expect(await disable()).to.equal(false);
    expect(await status(id)).to.equal('active');
  });

  it('are never disabled untold: who never came since an import of long ago is told first', async () => {
    const line = JSON.stringify({ email: 'import@example.org', name: 'Pat' });
    async function* open() {
      yield Buffer.from(`${line}\n`);
    }
    await app.administration.perform(people.import, OPERATOR, { open });
    const [row] = await app.database.query<{ id: string }>('select id from accounts');
    const id = String(row?.id);
    pass(1_000);
    await everything();
    expect([await tellingsTo(id), await status(id)]).to.deep.equal([1, 'active']);
    const listed = await act(app, people.list, { dormantBefore: inDays(14.5).toISOString() });
    expect(listed.items.map(({ id: each, dormantAt }) => [each, dormantAt])).to.deep.equal([
      [id, inDays(14)],
    ]);
    pass(14);
    await everything();
    expect(await status(id)).to.equal('disabled');
  });

  it('begin anew when an administrator enables them', async () => {
    const { id } = await add();
    pass(76);
    await everything();
    pass(14);
    await everything();
    expect((await diagnosis(id)).cause).to.equal('disabled_dormant');
    pass(5);
    await act(app, people.enable, { person: id });
    await everything();
    expect(await status(id)).to.equal('active');
    expect((await diagnosis(id)).facts.dormantAt).to.deep.equal(inDays(90));
    pass(75);
    await everything();
    expect(await tellingsTo(id)).to.equal(1);
    await act(app, people.disable, { person: id });
    expect((await diagnosis(id)).cause).to.equal('disabled');
  });

  it('leave alone break-glass accounts, whose status is planned, roles that are never, and the last administrator', async () => {
    const sealed = await act(app, breakGlass.create, {});
    const planned = await add();
    await act(app, people.disable, { person: planned.id, at: inDays(400).toISOString() });
    const kiosk = await add({ roles: ['kiosk'] });
    const contractor = await add({ roles: ['contractor'] });
    const last = await add({ roles: ['administrator'] });
    pass(200);
    await everything();
    pass(14);
    await everything();
    const alone = [sealed.account, planned.id, kiosk.id, last.id];
    for (const id of alone) expect([await tellingsTo(id), await status(id)]).to.deep.equal([0, 'active']);
    expect(await status(contractor.id)).to.equal('disabled');
    expect((await diagnosis(last.id)).facts.dormantAt).to.equal(null);
    const causes = (await diagnosis(planned.id)).findings.map(({ cause }) => cause);
    expect(causes).to.include('disabling_scheduled').and.not.include('dormant_soon');
  });

  it('leave an administrator where two are dormant, and go on with whoever comes behind', async () => {
    const two = [await add({ roles: ['administrator'] }), await add({ roles: ['administrator'] })];
    const behind = await add();
    pass(76);
    await everything();
    pass(14);
    // As if each were looked at before the other had ceased to be one.
    await dormantPeople().goOn(undefined, 100);
    const left = await Promise.all(two.map(({ id }) => status(id)));
    expect(left.sort()).to.deep.equal(['active', 'disabled']);
    expect(await status(behind.id)).to.equal('disabled');
  });

  it('are found page by page, and one that fails holds up nobody', async () => {
    const some = await Promise.all(Array.from({ length: 5 }, () => add()));
    pass(76);
    const [broken = ''] = some.map(({ id }) => id).sort();
    const life = {
      ...app.lifecycle.life,
      lock: async (tx: never, id: string) => {
        if (id === broken) throw new Error('this one fails');
        return app.lifecycle.life.lock(tx, id);
      },
    };
    const failing = dormantPeople({ life });
    let place: NonNullable<Awaited<ReturnType<typeof failing.goOn>>>['next'];
    let [told, failures] = [0, 0];
    do {
      const round = await failing.goOn(place, 2);
      told += round?.told ?? 0;
      failures += round?.failures.length ?? 0;
      place = round?.next;
    } while (place !== undefined);
    expect([told, failures]).to.deep.equal([4, 1]);
    // The notice and its mail are one: after a crash between, neither is there.
    const enqueue = () => Promise.reject(new Error('the node dies'));
    await dormantPeople({ mail: { enqueue } }).goOn(undefined, 100);
    expect([await tellingsTo(broken), (await diagnosis(broken)).cause]).to.deep.equal([0, 'password_none']);
    await everything(otherNode);
    expect(await tellingsTo(broken)).to.equal(1);
  });

  it('are told of by a diagnosis, with the day', async () => {
    const { id } = await add({ passwordHash: '$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAA' });
    pass(76);
    await everything();
    const found = await diagnosis(id);
    expect(found.findings.find(({ cause }) => cause === 'dormant_soon')).to.deep.include({
      until: inDays(14),
    });
    expect(found.canSignIn).to.equal(true);
  });

  it('are not looked for where nothing is set', async () => {
    const { id } = await add({ roles: ['contractor'] });
    pass(1_000);
    const settings = { days: 0, daysByRole: {}, noticeDays: 14 };
    expect(await dormantPeople({ dormancySettings: settings }).goOn(undefined, 100)).to.equal(undefined);
    expect(await tellingsTo(id)).to.equal(0);
  });
});
