import { chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import {
  databaseHome,
  databaseUser,
  findInstallation,
  reachablePrograms,
} from '../../../src/storage/embedded-files.ts';

const SOMEBODY = { uid: 12_345, gid: 12_345 };

describe('embedded PostgreSQL: programs, folders and user', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-files-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('finds the programs that npm installed', async () => {
    const { bin, major } = await findInstallation();
    expect(major).to.equal('18');
    expect((await stat(join(bin, 'postgres'))).mode & 0o111).to.equal(0o111);
  });

  it('leaves programs and data where they are for a user who can reach them', async () => {
    const installation = await findInstallation();
    expect(await reachablePrograms(installation, undefined)).to.equal(installation.bin);
    expect(await databaseHome('/', SOMEBODY)).to.equal('/');
    expect(await databaseHome(folder, undefined)).to.equal(folder);
  });

  // Only root can be in a place that the database's user cannot reach, and only root can run as another user.
  if (process.getuid?.() === 0) {
    it('copies the programs, once, to where the database user can execute them', async () => {
      const bin = join(folder, 'native', 'bin');
      await mkdir(bin, { recursive: true });
      await writeFile(join(bin, 'postgres'), 'program');
      const installation = { bin, major: '0', version: `0-test-${process.pid}` };
      const copy = await reachablePrograms(installation, SOMEBODY);
      try {
        expect(copy).not.to.equal(bin);
        expect(await readFile(join(copy, 'postgres'), 'utf8')).to.equal('program');
        await writeFile(join(bin, 'postgres'), 'changed');
        expect(await reachablePrograms(installation, SOMEBODY)).to.equal(copy);
        expect(await readFile(join(copy, 'postgres'), 'utf8')).to.equal('program');
      } finally {
        await rm(dirname(copy), { recursive: true });
      }
    });

    it('runs as the owner of the data, otherwise as postgres', async () => {
      expect(await databaseUser(join(folder, 'missing'))).to.deep.equal(await databaseUser(folder));
      await chown(folder, SOMEBODY.uid, SOMEBODY.gid);
      expect(await databaseUser(folder)).to.deep.equal(SOMEBODY);
    });
  }
});
