import { expect } from 'chai';
import { people } from '../../../src/administration/people/index.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { type App, openApp } from '../../../src/wire.ts';
import { actingAs } from '../../support/acting-people.ts';
import { act, OPERATOR } from '../../support/administration.ts';
import { asFixture } from '../../support/evidence/fixture.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { cheapHasher, testEnvironment } from '../../support/server.ts';

const MINUTE = 60_000;

describe('disabling at a time to come', () => {
  let test: TestDatabase;
  let app: App;
  let id: string;
  let count = 0;
  let now = new Date('2027-01-01T08:00:00Z');
  const inMinutes = (minutes: number) => new Date(now.getTime() + minutes * MINUTE).toISOString();

  before(async () => {
    test = await createTestDatabase();
    const env = testEnvironment(test, 1, {
      ADMINISTRATION_ROLES: JSON.stringify({ closer: { acts: ['people.disable'], grants: [] } }),
    });
    const clock = { now: () => now };
    app = await openApp(loadConfig({ env, configFile: false }), { hasher: await cheapHasher(), clock });
  });
  after(async () => {
    await app.close();
    await test.drop();
  });
  beforeEach(async () => {
    count += 1;
    const made = await asFixture(app.database, (tx) =>
      app.accounts.store.create(tx, { email: `p${count}@example.org`, name: 'Pat' }),
    );
    id = made.id;
  });

  const status = async () => (await app.accounts.store.findById(id))?.status;
  const carryOut = () => app.lifecycle.statusSchedule.carryOut(50);
  const listed = async () => (await act(app, people.list, { text: `p${count}@` })).items[0];
  const trail = () =>
    app.database.query<{ type: string; kind: string; reason: string | null; details: object }>(
      'select type, actor_kind as kind, reason, details from audit_events where account = $1 order by id',
      [id],
    );
  const pass = (minutes: number) => {
    now = new Date(now.getTime() + minutes * MINUTE);
  };

  it('is undone by the clock for nobody who may not undo it themselves', async () => {
    const closer = await asFixture(app.database, (tx) =>
      app.accounts.store.create(tx, { email: `closer${count}@example.org`, name: 'Pat', roles: ['closer'] }),
    );
    const disable = (until?: string) =>
      app.administration.perform(people.disable, actingAs(closer), { person: id, until }).then(
        ({ changed }) => changed,
        (error) => error.code,
      );
    expect(await disable(inMinutes(1))).to.equal('not_permitted');
    expect(await status()).to.equal('active');
    expect(await disable()).to.equal(true);
  });

  it('waits for its time, and is undone at the other', async () => {
    const [at, until] = [inMinutes(10), inMinutes(60)];
    const actor = { ...OPERATOR, reason: 'leave of absence' };
    const answer = await app.administration.perform(people.disable, actor, { person: id, at, until });
    expect(answer).to.deep.include({ changed: false, disableAt: new Date(at), enableAt: new Date(until) });
    expect(await listed()).to.deep.include({ disableAt: new Date(at), enableAt: new Date(until) });
    await carryOut();
    expect(await status()).to.equal('active');
    pass(10);
    await carryOut();
    expect(await status()).to.equal('disabled');
    expect(await listed()).to.deep.include({ disableAt: null, enableAt: new Date(until) });
    pass(50);
    await carryOut();
    expect(await status()).to.equal('active');
    const told = await trail();
    expect(told.map(({ type, kind, reason }) => [type, kind, reason])).to.deep.equal([
      ['account.schedule_changed', 'command', 'leave of absence'],
      ['account.disabled', 'system', 'leave of absence'],
      ['account.enabled', 'system', 'leave of absence'],
    ]);
    expect(told[0]?.details).to.deep.equal({ before: {}, after: { disableAt: at, enableAt: until } });
  });

  it('is done once, however many nodes do it', async () => {
    await act(app, people.disable, { person: id, at: inMinutes(1) });
    pass(2);
    await Promise.all(Array.from({ length: 20 }, carryOut));
    expect((await trail()).filter(({ type }) => type === 'account.disabled')).to.have.length(1);
  });

  it('is in order where both times have passed', async () => {
    await act(app, people.disable, { person: id, at: inMinutes(1), until: inMinutes(2) });
    pass(5);
    await carryOut();
    expect(await status()).to.equal('active');
    expect((await trail()).map(({ type }) => type)).to.deep.equal([
      'account.schedule_changed',
      'account.disabled',
      'account.enabled',
    ]);
  });

  it('is cancelled by enabling, and replaced by disabling', async () => {
    await act(app, people.disable, { person: id, at: inMinutes(1), until: inMinutes(9) });
    await act(app, people.enable, { person: id });
    pass(2);
    await carryOut();
    expect(await status()).to.equal('active');
    await act(app, people.disable, { person: id, until: inMinutes(5) });
    expect(await status()).to.equal('disabled');
    await act(app, people.disable, { person: id });
    pass(10);
    await carryOut();
    expect(await status()).to.equal('disabled');
  });

  it('is told where there was nothing left to do', async () => {
    await act(app, people.disable, { person: id, at: inMinutes(1) });
    await asFixture(app.database, (tx) => app.accounts.store.setStatus(tx, id, 'disabled'));
    pass(2);
    await carryOut();
    expect((await trail()).at(-1)).to.deep.include({ type: 'account.schedule_changed', kind: 'system' });
    expect(await app.database.query('select from scheduled_statuses where account = $1', [id])).to.deep.equal(
      [],
    );
  });

  it('does not take the last administrator, and does not try for ever', async () => {
    await asFixture(app.database, (tx) =>
      tx.query(`update accounts set roles = '{administrator}' where id = $1`, [id]),
    );
    await act(app, people.disable, { person: id, at: inMinutes(1) });
    pass(2);
    await carryOut();
    expect(await status()).to.equal('active');
    expect((await trail()).at(-1)?.details).to.deep.include({ refused: 'last_administrator' });
    expect(await carryOut()).to.equal(0);
  });

  it('refuses an end before its beginning, and what is no moment', async () => {
    for (const input of [
      { at: inMinutes(10), until: inMinutes(10) },
      { until: inMinutes(-1) },
      { at: 'tomorrow' },
      { at: '2027-01-01' },
      { until: 12 as unknown as string },
    ]) {
      const code = await act(app, people.disable, { person: id, ...input }).then(
        () => 'nothing was refused',
        (error) => error.code,
      );
      expect(code).to.equal('input_invalid');
    }
    expect(await trail()).to.deep.equal([]);
  });
});
