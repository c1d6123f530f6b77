import { expect } from 'chai';
import type { Actor, PersonActor } from '../../../src/administration/actor.ts';
import { goOnWithBulks } from '../../../src/administration/people/bulk-running.ts';
import { people } from '../../../src/administration/people/index.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { NewAccount } from '../../../src/domain/accounts/store.ts';
import { administrationDependencies } from '../../../src/wire/administration.ts';
import { type App, openApp } from '../../../src/wire.ts';
import { OPERATOR } from '../../support/administration.ts';
import { asFixture } from '../../support/evidence/fixture.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { cheapHasher, testEnvironment } from '../../support/server.ts';

const UNIT = '00000000-0000-4000-8000-000000000001';
const NOBODY = '00000000-0000-4000-8000-00000000dead';
const BY: Actor = { ...OPERATOR, reason: 'ward closed' };

describe('acts about many people', () => {
  let test: TestDatabase;
  let app: App;
  let count = 0;

  before(async () => {
    test = await createTestDatabase();
    const roles = JSON.stringify({ desk: { acts: ['people.*', 'sessions.*'], grants: [] } });
    const env = testEnvironment(test, 1, { ADMINISTRATION_ROLES: roles });
    app = await openApp(loadConfig({ env, configFile: false }), { hasher: await cheapHasher() });
    await asFixture(app.database, (tx) =>
      tx.query(`insert into units (id, name, name_key, created_at) values ($1, 'Ward', 'ward', now())`, [
        UNIT,
      ]),
    );
  });
  after(async () => {
    await app.close();
    await test.drop();
  });

  const add = (more: Partial<NewAccount> = {}, unit?: string) =>
    asFixture(app.database, async (tx) => {
      count += 1;
      const made = await app.accounts.store.create(tx, {
        email: `p${count}@example.org`,
        name: 'Pat',
        ...more,
      });
      if (unit !== undefined) await tx.query('update accounts set unit = $2 where id = $1', [made.id, unit]);
      return made.id;
    });
  const several = (number: number, unit?: string) =>
    Promise.all(Array.from({ length: number }, () => add({}, unit)));

  /** Somebody whose right is limited to the unit. */
  async function desk(): Promise<PersonActor> {
    const accountId = await add({ roles: ['desk'] });
    await asFixture(app.database, (tx) =>
      tx.query(`insert into account_role_terms (account, role, unit, owned) values ($1, 'desk', $2, false)`, [
        accountId,
        UNIT,
      ]),
    );
    const scopes = ['people:read', 'people:write', 'people:assist'];
    const origin = { ip: '192.0.2.7' };
    return {
      kind: 'person',
      accountId,
      sessionId: 's',
      level: 'aal2',
      provenAt: new Date(),
      scopes,
      reason: 'r',
      origin,
    };
  }

  type Input = Parameters<typeof people.bulkStart.perform>[2];
  const start = (input: Input, actor: Actor = BY) =>
    app.administration.perform(people.bulkStart, actor, input);
  const show = (bulk: string, actor: Actor = BY) =>
    app.administration.perform(people.bulkShow, actor, { bulk });
  const rows = async (bulk: string) =>
    (await app.administration.perform(people.bulkRows, BY, { bulk, limit: 200 })).items;
  const goOn = (limit = 50) => goOnWithBulks(administrationDependencies(app), limit);
  const finish = async () => {
    while ((await goOn()) > 0);
  };
  const statusOf = async (id: string) => (await app.accounts.store.findById(id))?.status;
  const trail = (id: string) =>
    app.database.query<{
      type: string;
      command: string | null;
      request_id: string | null;
      reason: string | null;
    }>('select type, command, request_id, reason from audit_events where account = $1 order by id', [id]);
  const code = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'nothing was refused',
      (error) => error.code,
    );

  it('are done one by one, told with who asked, why, and the bulk, and end', async () => {
    const ids = await several(3);
    const { id, state, waiting } = await start({ act: 'disable', ids: [...ids, NOBODY, ids[0] ?? ''] });
    expect({ state, waiting }).to.deep.equal({ state: 'running', waiting: 4 });
    await finish();
    for (const each of ids) {
      expect(await statusOf(each)).to.equal('disabled');
      const [event] = await trail(each);
      expect(event).to.deep.include({ type: 'account.disabled', reason: 'ward closed' });
      expect(event?.command).to.equal(`gatehouse test (bulk ${id})`);
    }
    expect(await show(id)).to.deep.include({ state: 'done', waiting: 0, done: 3, refused: 1 });
    expect(
      (await rows(id)).map(({ person, state: became, code: why }) => [person, became, why]),
    ).to.deep.equal([...ids.map((each) => [each, 'done', null]), [NOBODY, 'refused', 'account_unknown']]);
    const told = await app.database.query<{ type: string; details: object }>(
      `select type, details from audit_events where type like 'bulk.%' and details ->> 'bulk' = $1 order by id`,
      [id],
    );
    expect(told).to.deep.equal([
      { type: 'bulk.started', details: { bulk: id, act: 'disable', people: 4 } },
      { type: 'bulk.finished', details: { bulk: id, done: 3, refused: 1, failed: 0 } },
    ]);
  });

  it('are done once about each, however many nodes do them at once', async () => {
    const ids = await several(6);
    await start({ act: 'sign_out', ids });
    await Promise.all(Array.from({ length: 8 }, () => goOn()));
    await finish();
    for (const each of ids)
      expect((await trail(each)).map(({ type }) => type)).to.deep.equal(['account.signed_out']);
  });

  it('go on where a node has died in the middle', async () => {
    const ids = await several(4);
    const { id } = await start({ act: 'disable', ids });
    const deps = administrationDependencies(app);
    let left = 2;
    const dying = {
      ...deps,
      database: {
        ...deps.database,
        transaction: (async (work) =>
          deps.database.transaction(async (tx) => {
            const result = await work(tx);
            left -= 1;
            if (left < 0) throw new Error('killed');
            return result;
          })) as typeof deps.database.transaction,
      },
    };
    await goOnWithBulks(dying, 50).catch((error) => expect(error.message).to.equal('killed'));
    expect((await show(id)).done).to.equal(1);
    await finish();
    expect(await show(id)).to.deep.include({ state: 'done', done: 4 });
    for (const each of ids) expect(await trail(each)).to.have.length(1);
  });

  it('take everybody whom a filter leaves, within the limit of who asks', async () => {
    const [inside, outside] = [await several(2, UNIT), await several(2)];
    const actor = await desk();
    const { id, people: asked } = await start({ act: 'disable', filter: { status: 'active' } }, actor);
    expect(asked).to.equal(2);
    await finish();
    expect(await Promise.all(inside.map(statusOf))).to.deep.equal(['disabled', 'disabled']);
    expect(await Promise.all(outside.map(statusOf))).to.deep.equal(['active', 'active']);
    const [event] = await trail(inside[0] ?? '');
    expect(event?.request_id).to.equal(`bulk ${id}`);
  });

  it('know nobody beyond the limit, and read the right of who asked anew for each', async () => {
    const [[inside = ''], [outside = '']] = [await several(1, UNIT), await several(1)];
    const actor = await desk();
    const first = await start({ act: 'disable', ids: [inside, outside] }, actor);
    await finish();
    expect((await rows(first.id)).map(({ code: why }) => why)).to.deep.equal([null, 'account_unknown']);
    const second = await start({ act: 'enable', ids: [inside] }, actor);
    await asFixture(app.database, (tx) =>
      tx.query(`update accounts set roles = '{}' where id = $1`, [actor.accountId]),
    );
    await finish();
    expect((await rows(second.id)).map(({ code: why }) => why)).to.deep.equal(['not_permitted']);
    expect(await statusOf(inside)).to.equal('disabled');
  });

  it('are seen and cancelled by who asked for them, or by who may everything', async () => {
    const ids = await several(3);
    const { id } = await start({ act: 'disable', ids });
    const other = await desk();
    for (const act of [people.bulkShow, people.bulkCancel] as const)
      expect(await code(app.administration.perform(act, other, { bulk: id }))).to.equal('bulk_unknown');
    expect(await code(app.administration.perform(people.bulkRows, other, { bulk: id }))).to.equal(
      'bulk_unknown',
    );
    await goOn(1);
    const cancelled = await app.administration.perform(people.bulkCancel, BY, { bulk: id });
    expect(cancelled).to.deep.include({ state: 'cancelled', waiting: 2, done: 1 });
    await finish();
    expect((await Promise.all(ids.map(statusOf))).filter((status) => status === 'disabled')).to.have.length(
      1,
    );
    expect(await code(app.administration.perform(people.bulkCancel, BY, { bulk: id }))).to.equal('bulk_over');
    expect(await code(show(NOBODY))).to.equal('bulk_unknown');
  });

  it('say beforehand what would become of whom, and change nothing', async () => {
    const [plain = '', withPassword = ''] = [
      await add(),
      await add({
        passwordHash:
          '$argon2id$v=19$m=1024,t=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$iqU34Exod/UHeBSuIQaIkB7kZKZ6EfpiK59Yqu5m+34',
      }),
    ];
    const input = { act: 'require_password_change', ids: [plain, withPassword, NOBODY] } as const;
    const preview = await app.administration.perform(people.bulkPreview, BY, {
      ...input,
      ids: [...input.ids],
    });
    expect(preview).to.deep.include({ people: 3, tried: 3 });
    expect(preview.refused.map(({ person, code: why }) => [person, why])).to.deep.equal([
      [plain, 'password_missing'],
      [NOBODY, 'account_unknown'],
    ]);
    expect(await trail(withPassword)).to.deep.equal([]);
    expect((await app.accounts.store.findById(withPassword))?.passwordMustChange).to.equal(false);
  });

  it('give no role again whose time is over', async () => {
    const id = await add({ roles: ['administrator', 'porter'] });
    await asFixture(app.database, (tx) =>
      tx.query(
        `insert into account_role_terms (account, role, owned, until) values ($1, 'administrator', false, now() - interval '1 second')`,
        [id],
      ),
    );
    await start({ act: 'add_role', role: 'nurse', ids: [id] });
    await finish();
    const [row] = await app.database.query<{ roles: string[] }>('select roles from accounts where id = $1', [
      id,
    ]);
    expect(row?.roles).to.deep.equal(['porter', 'nurse']);
  });

  it('add and remove one role, move to a unit, and invite again', async () => {
    const id = await add({ roles: ['porter'] });
    const role = async () => (await app.accounts.store.findById(id))?.roles;
    await start({ act: 'add_role', role: 'nurse', ids: [id] });
    await finish();
    expect(await role()).to.deep.equal(['porter', 'nurse']);
    await start({ act: 'remove_role', role: 'porter', ids: [id] });
    await start({ act: 'set_unit', unit: UNIT, ids: [id] });
    await start({ act: 'send_invitation', ids: [id] });
    await start({ act: 'unlock', ids: [id] });
    await finish();
    expect(await role()).to.deep.equal(['nurse']);
    expect((await app.accounts.store.findById(id))?.unit).to.equal(UNIT);
    expect((await trail(id)).map(({ type }) => type)).to.deep.equal([
      'account.roles_changed',
      'account.roles_changed',
      'account.unit_changed',
      'account.invited',
    ]);
  });

  it('ask for a reason and a fresh proof where they are about ten or more, about rights, or about a filter', async () => {
    const ids = await several(10, UNIT);
    const { reason: _reason, ...silent } = await desk();
    const asked = [
      { act: 'disable', ids },
      { act: 'disable', filter: {} },
      { act: 'add_role', role: 'nurse', ids: ids.slice(0, 1) },
    ] as const satisfies readonly object[];
    for (const input of asked) {
      expect(await code(start(input as Input, silent))).to.equal('reason_required');
      const late = { ...silent, reason: 'r', provenAt: new Date(Date.now() - 301_000) };
      expect(await code(start(input as Input, late))).to.equal('insufficient_user_authentication');
    }
    expect(await code(start({ act: 'disable', ids: ids.slice(0, 9) }, silent))).to.equal(
      'nothing was refused',
    );
    await finish();
  });

  const wrong: Record<string, object> = {
    'nobody at all': { act: 'disable' },
    'both kinds of people': { act: 'disable', ids: [NOBODY], filter: {} },
    'an empty list': { act: 'disable', ids: [] },
    'a text for a list': { act: 'disable', ids: NOBODY },
    'an act that is none': { act: 'delete', ids: [NOBODY] },
    'a role without its name': { act: 'add_role', ids: [NOBODY] },
    'a move to nowhere': { act: 'set_unit', ids: [NOBODY] },
    'an unknown filter': { act: 'disable', filter: { color: 'red' } },
  };
  for (const [name, input] of Object.entries(wrong)) {
    it(`refuse ${name}`, async () => expect(await code(start(input as Input))).to.equal('input_invalid'));
  }
});
