import { join } from 'node:path';
import { expect } from 'chai';
import { readProject } from '../support/check-imports.ts';
import { checkWrites } from '../support/check-writes.ts';

const found = (file: string, source: string) =>
  checkWrites({ files: new Map([[file, source]]) }).map(
    ({ file: where, line, problem }) => `${where}:${line} ${problem.split(' (')[0]}`,
  );

describe('what commands and pages leave to the layers below', () => {
  it('is left to them in src', () => {
    const violations = checkWrites(readProject(join(import.meta.dirname, '../..')));
    expect(violations.map(({ file, line, problem }) => `${file}:${line} ${problem}`)).to.deep.equal([]);
  });

  const wrong: [source: string, problem: string][] = [
    ['await app.database.transaction(async (tx) => work(tx));', '1 opens a transaction'],
    ['const { transaction } = database;\n', '1 opens a transaction'],
    ["\n\nreadonly database: Pick<Database, 'transaction'>;", '3 opens a transaction'],
    ["await database['transaction'](work);", '1 opens a transaction'],
    ['orm.em.transactional(work);', '1 opens a transaction'],
    ['await database.query(STATEMENT, []);', '1 runs statements'],
    ['await database\n  .query<Row>(STATEMENT);', '2 runs statements'],
    ['const em = database.fork();', '1 runs statements'],
    ['await commitWrites(database, []);', '1 writes to the database'],
    ['const text = `\n  select id from accounts`;', '1 speaks SQL'],
    ["const text = 'SELECT 1';", '1 speaks SQL'],
    ['const text = `with a as (\n  insert into accounts (id) values ($1))`;', '2 speaks SQL'],
    ['const text = `update accounts set name = $1`;', '1 speaks SQL'],
    ['const text = `delete from accounts`;', '1 speaks SQL'],
    ['const text = `truncate table accounts`;', '1 speaks SQL'],
  ];
  for (const [source, problem] of wrong) {
    it(`forbids ${JSON.stringify(source)}`, () => {
      for (const file of ['src/commands/a.ts', 'src/http/account/a.ts'])
        expect(found(file, source)).to.deep.equal([`${file}:${problem}`]);
      for (const file of ['src/administration/a.ts', 'src/lifecycle/a.ts', 'src/jobs/a.ts'])
        expect(found(file, source)).to.deep.equal([]);
    });
  }

  it('reads code, not comments nor what resembles it', () => {
    const source = [
      '/** In one transaction: `select 1`, database.query(). */',
      '/*',
      ' * await database.transaction(work);',
      ' */',
      '// insert into accounts',
      'const { search } = ctx.query; // never database.query(search)',
      "const text = 'Select one of them, or delete what is there';",
      "const url = 'https://example.org/';",
    ].join('\n');
    expect(found('src/http/a.ts', source)).to.deep.equal([]);
  });
});
