import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { MIGRATIONS_PATH } from '../../../src/wire.ts';
import { createTestDatabase } from '../../support/postgres.ts';

const FOLDER = join(MIGRATIONS_PATH, 'functions');

describe('functions of the database that stand in files', () => {
  const versions = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => {
      const [, name = '', version = '0'] = /^([a-z0-9_]+)\.v([1-9][0-9]*)\.sql$/.exec(file) ?? [];
      return { file, name, version: Number(version) };
    });
  const newest = new Map<string, number>();
  for (const { name, version } of versions) newest.set(name, Math.max(version, newest.get(name) ?? 0));

  it('are named by what they make', () => {
    for (const { file, name } of versions) {
      expect(readFileSync(join(FOLDER, file), 'utf8'), file).to.match(
        new RegExp(`^create (or replace )?function ${name}\\(`),
      );
    }
  });

  it('are each loaded by a migration, in every version', () => {
    const migrations = readdirSync(MIGRATIONS_PATH)
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(MIGRATIONS_PATH, file), 'utf8'))
      .join('\n');
    for (const { name, version } of versions) {
      expect(migrations).to.include(`sqlFunction('${name}', ${version})`);
    }
  });

  it('are in the database as the newest version says', async () => {
    const test = await createTestDatabase();
    const owner = new pg.Client({ connectionString: test.ownerUrl });
    await owner.connect();
    try {
      for (const [name, version] of newest) {
        const { rows } = await owner.query<{ prosrc: string }>(
          'select prosrc from pg_proc where proname = $1',
          [name],
        );
        const file = readFileSync(join(FOLDER, `${name}.v${version}.sql`), 'utf8');
        expect(rows.length, name).to.equal(1);
        expect(file).to.include(`$$${rows[0]?.prosrc}$$`);
      }
    } finally {
      await owner.end();
      await test.drop();
    }
  });
});
