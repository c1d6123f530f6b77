import { expect } from 'chai';
import { people } from '../../../src/administration/people/index.ts';
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
