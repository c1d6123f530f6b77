import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { people } from '../../../src/administration/people/index.ts';
import { units } from '../../../src/administration/units/index.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { type App, openApp } from '../../../src/wire.ts';
import { act } from '../../support/administration.ts';
import { asFixture } from '../../support/evidence/fixture.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { cheapHasher, testEnvironment } from '../../support/server.ts';

describe('the preview of an import', () => {
  let test: TestDatabase;
  let app: App;
  before(async () => {
    test = await createTestDatabase();
    const config = loadConfig({ env: testEnvironment(test, 1), configFile: false });
    app = await openApp(config, { hasher: await cheapHasher() });
    await asFixture(app.database, (tx) =>
      app.accounts.store.create(tx, { email: 'taken@example.org', name: 'Taken', roles: ['nurse'] }),
    );
  });
  after(async () => {
    await app.close();
    await test.drop();
  });

  const count = async () => (await app.database.query('select from accounts')).length;
  const code = (input: object) =>
    act(app, people.importPreview, input as never).then(
      () => 'nothing was refused',
      (error) => error.code,
    );

  it('puts people into the units that their lines name, by id or by names, and knows no other', async () => {
    const unit = (name: string, parent: string | null = null) => act(app, units.create, { name, parent });
    const north = await unit('North');
    const ward = await unit('Ward 3', north.id);
    await unit('Ward 3', (await unit('South')).id);
    const line = (name: string, named: string) => ({ email: `${name}@example.org`, name, unit: named });
    const good = [line('a', 'north/WARD 3'), line('b', ward.id), line('c', ' North ')];
    expect(await act(app, people.importPreview, { lines: good })).to.include({ wrong: 0, lines: 3 });
    const { problems } = await act(app, people.importPreview, {
      lines: [line('d', 'Ward 3'), line('e', 'North/Ward 4'), line('f', randomUUID()), line('g', '')],
    });
    expect(problems.map((each) => each.line)).to.deep.equal([1, 2, 3, 4]);
    expect(problems[0]?.message).to.include('unit: is no unit');

    const open = async function* file(lines: object[] = good) {
      yield Buffer.from(lines.map((each) => JSON.stringify(each)).join('\n'));
    };
    expect(await act(app, people.import, { open })).to.include({ imported: 3 });
    const placed = await app.database.query<{ name: string; unit: string }>(
      `select name, unit from accounts where name = any('{a,b,c}') order by name`,
    );
    expect(placed.map((each) => each.unit)).to.deep.equal([ward.id, ward.id, north.id]);
    const told = await app.database.query<{ unit: string }>(
      `select details #>> '{after,unit}' as unit from audit_events where type = 'account.created' and details ? 'after'
         and details #>> '{source}' = 'import'`,
    );
    expect(told.map((each) => each.unit)).to.have.members([ward.id, ward.id, north.id]);
    expect(await act(app, people.import, { open })).to.include({ imported: 0, unchanged: 3 });
    await asFixture(app.database, (tx) => tx.query(`delete from accounts where name = any('{a,b,c}')`));
  });

  it('says what is wrong with which line, and imports nothing', async () => {
    const before = await count();
    const found = await act(app, people.importPreview, {
      lines: [
        { email: 'new@example.org', name: 'New', roles: ['nurze'] },
        { email: 'TAKEN@example.org', name: 'Other' },
        { email: 'nobody', name: 'X' },
        { email: 'new@example.org', name: 'Again' },
      ],
    });
    expect(found).to.deep.include({ lines: 4, unchanged: 0, wrong: 3 });
    expect(found.problems.map(({ line }) => line)).to.deep.equal([2, 3, 4]);
    expect(found.unknownRoles).to.deep.equal([{ role: 'nurze', nearest: 'nurse', line: 1 }]);
    expect(await count()).to.equal(before);
  });

  it('is bounded, and refuses what are no lines', async () => {
    expect(await code({ lines: [] })).to.equal('input_invalid');
    expect(await code({ lines: 'text' })).to.equal('input_invalid');
    expect(await code({ lines: [[]] })).to.equal('input_invalid');
    expect(await code({ lines: Array.from({ length: 1_001 }, () => ({})) })).to.equal('input_invalid');
    expect(await code({ lines: [{ email: 'x'.repeat(1_000_001) }] })).to.equal('input_invalid');
    expect(await code({})).to.equal('input_invalid');
  });
});
