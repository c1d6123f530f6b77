import { expect } from 'chai';
import { goOnWithBulks } from '../../../src/administration/people/bulk-running.ts';
import { people } from '../../../src/administration/people/index.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { MOST_TRIES, pauseAfter } from '../../../src/kernel/tries.ts';
import type { AccountStatusChanges } from '../../../src/lifecycle/account-status.ts';
import { createStatusSchedule } from '../../../src/lifecycle/status-schedule.ts';
import { administrationDependencies } from '../../../src/wire/administration.ts';
import { type App, openApp } from '../../../src/wire.ts';
import { act } from '../../support/administration.ts';
import { asFixture } from '../../support/evidence/fixture.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { cheapHasher, testEnvironment } from '../../support/server.ts';

describe('what fails again and again', () => {
  let test: TestDatabase;
  let app: App;
  let count = 0;
  let now = new Date('2027-01-01T08:00:00Z');

  before(async () => {
    test = await createTestDatabase();
    const env = testEnvironment(test, 1, {});
    const clock = { now: () => now };
    app = await openApp(loadConfig({ env, configFile: false }), { hasher: await cheapHasher(), clock });
  });
  after(async () => {
    await app.close();
    await test.drop();
  });

  const add = () =>
    asFixture(app.database, (tx) => {
      count += 1;
      return app.accounts.store.create(tx, { email: `p${count}@example.org`, name: 'Pat' });
    });
  const status = async (id: string) => (await app.accounts.store.findById(id))?.status;
  const failing = (broken: string): AccountStatusChanges => ({
    ...app.lifecycle.accountStatus,
    set: (tx, id, ...given) =>
      id === broken
        ? Promise.reject(new Error('this one fails'))
        : app.lifecycle.accountStatus.set(tx, id, ...given),
  });
  const message = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: Error) => error.message,
    );
  const pass = (seconds: number) => {
    now = new Date(now.getTime() + seconds * 1_000);
  };

  it('is tried later and later, for half an hour', () => {
    const pauses = Array.from({ length: MOST_TRIES - 1 }, (_, index) => pauseAfter(index + 1));
    expect(pauses).to.deep.equal([10, 20, 40, 80, 160, 320, 600]);
  });

  it('holds up nobody behind it in a bulk, and is given up in the end', async () => {
    const [broken, behind] = [await add(), await add()];
    const bulk = await act(app, people.bulkStart, { act: 'disable', ids: [broken.id, behind.id] });
    const deps = { ...administrationDependencies(app), accountStatus: failing(broken.id) };
    expect(await message(goOnWithBulks(deps, 50))).to.equal('this one fails');
    expect(await status(behind.id)).to.equal('disabled');
    expect(await goOnWithBulks(deps, 50)).to.equal(0);
    for (let tries = 1; tries < MOST_TRIES; tries += 1) {
      pass(pauseAfter(tries));
      expect(await message(goOnWithBulks(deps, 50)), String(tries)).to.equal('this one fails');
    }
    const shown = await act(app, people.bulkShow, { bulk: bulk.id });
    expect(shown).to.deep.include({ state: 'done', waiting: 0, done: 1, refused: 0, failed: 1 });
    const { items } = await act(app, people.bulkRows, { bulk: bulk.id, state: 'failed' });
    expect(items).to.have.length(1);
    expect(items[0]).to.include({ person: broken.id, state: 'failed', code: 'internal' });
    const [event] = await app.database.query<{ details: object }>(
      `select details from audit_events where type = 'bulk.finished' and details ->> 'bulk' = $1`,
      [bulk.id],
    );
    expect(event?.details).to.deep.equal({ bulk: bulk.id, done: 1, refused: 0, failed: 1 });
  });

  it('goes on in a bulk where it fails no more', async () => {
    const broken = await add();
    await act(app, people.bulkStart, { act: 'disable', ids: [broken.id] });
    const deps = administrationDependencies(app);
    await message(goOnWithBulks({ ...deps, accountStatus: failing(broken.id) }, 50));
    pass(pauseAfter(1));
    await goOnWithBulks(deps, 50);
    expect(await status(broken.id)).to.equal('disabled');
  });

  it('holds up no other scheduled change, and is told as refused in the end', async () => {
    const [broken, behind] = [await add(), await add()];
    for (const [index, { id }] of [broken, behind].entries())
      await act(app, people.disable, {
        person: id,
        at: new Date(now.getTime() + (index + 1) * 1_000).toISOString(),
      });
    pass(5);
    const schedule = createStatusSchedule({
      ...app.lifecycle,
      database: app.database,
      audit: app.audit.log,
      scheduledStatuses: app.accounts.scheduledStatuses,
      accountStatus: failing(broken.id),
      clock: { now: () => now },
    });
    expect(await message(schedule.carryOut(1))).to.equal('this one fails');
    await schedule.carryOut(1);
    expect(await status(behind.id)).to.equal('disabled');
    for (let tries = 1; tries < MOST_TRIES; tries += 1) {
      pass(pauseAfter(tries));
      expect(await message(schedule.carryOut(50)), String(tries)).to.equal('this one fails');
    }
    pass(3_600);
    expect(await schedule.carryOut(50)).to.equal(0);
    const events = await app.database.query<{ details: object }>(
      `select details from audit_events where account = $1 and type = 'account.schedule_changed' order by at`,
      [broken.id],
    );
    expect(events.at(-1)?.details).to.deep.include({ refused: 'internal' });
    expect(await status(broken.id)).to.equal('active');
  });
});
