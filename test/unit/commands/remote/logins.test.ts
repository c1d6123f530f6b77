import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createLogins, type Login, loginsFolder } from '../../../../src/commands/remote/logins.ts';
import { generateKey } from '../../../../src/commands/remote/proofs.ts';

const ISSUER = 'https://id.example.org';

describe('what commands keep of a sign-in', () => {
  let base: string;
  let folder: string;
  let login: Login;
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'gatehouse-logins-'));
    folder = join(base, 'gatehouse');
    const key = await generateKey();
    const expiresAt = new Date().toISOString();
    login = { issuer: ISSUER, sub: 'pat', scope: 'openid', accessToken: 'at', expiresAt, key };
  });
  afterEach(() => rm(base, { recursive: true, force: true }));

  const fileOf = async () => join(folder, (await readdir(folder))[0] ?? '');

  it('is there again, by its server, and gone when it is forgotten', async () => {
    const logins = createLogins(folder);
    expect(await logins.issuers()).to.deep.equal([]);
    await logins.keep(login);
    const other = { ...login, issuer: `${ISSUER}/other` };
    await logins.keep(other);
    expect(await createLogins(folder).find(ISSUER)).to.deep.equal(login);
    expect(await logins.find(other.issuer)).to.deep.equal(other);
    expect(await logins.issuers()).to.deep.equal([ISSUER, other.issuer]);
    await logins.forget(ISSUER);
    expect(await logins.find(ISSUER)).to.equal(undefined);
    expect(await logins.issuers()).to.deep.equal([other.issuer]);
  });

  it('can be read by its owner alone, whatever the mask of the process', async () => {
    const before = process.umask(0);
    try {
      await createLogins(folder).keep(login);
    } finally {
      process.umask(before);
    }
    expect((await stat(folder)).mode & 0o777).to.equal(0o700);
    expect((await stat(await fileOf())).mode & 0o777).to.equal(0o600);
  });

  for (const mode of [0o640, 0o604, 0o620])
    it(`is refused with the mode ${mode.toString(8)}`, async () => {
      const logins = createLogins(folder);
      await logins.keep(login);
      await chmod(await fileOf(), mode);
      const error = await logins.find(ISSUER).catch((thrown) => thrown);
      expect(error).to.include({ code: 'login_unsafe' });
      expect(error.message).not.to.contain('at"');
    });

  it('is refused in a folder that others can open, or that is a link, and as a link itself', async () => {
    const logins = createLogins(folder);
    await logins.keep(login);
    await chmod(folder, 0o755);
    expect(await logins.find(ISSUER).catch(({ code }) => code)).to.equal('login_unsafe');
    expect(await logins.keep(login).catch(({ code }) => code)).to.equal('login_unsafe');
    await chmod(folder, 0o700);
    await symlink(folder, join(base, 'link'));
    expect(
      await createLogins(join(base, 'link'))
        .find(ISSUER)
        .catch(({ code }) => code),
    ).to.equal('login_unsafe');
    const file = await fileOf();
    const elsewhere = join(base, 'elsewhere');
    await writeFile(elsewhere, await readFile(file), { mode: 0o600 });
    await rm(file);
    await symlink(elsewhere, file);
    expect(await logins.find(ISSUER).catch(({ code }) => code)).to.equal('login_unsafe');
  });

  for (const [what, text] of [
    ['cut off', '{"issuer":'],
    ['empty', ''],
    ['without a key', JSON.stringify({ issuer: ISSUER, sub: 'pat', scope: '', accessToken: 'at' })],
  ] as const)
    it(`is refused where it is ${what}`, async () => {
      const logins = createLogins(folder);
      await logins.keep(login);
      await writeFile(await fileOf(), text);
      expect(await logins.find(ISSUER).catch(({ code }) => code)).to.equal('login_unreadable');
    });

  it('is of the server that it says', async () => {
    const logins = createLogins(folder);
    await logins.keep(login);
    await writeFile(await fileOf(), JSON.stringify({ ...login, issuer: 'https://evil.example' }));
    expect(await logins.find(ISSUER)).to.equal(undefined);
  });

  it('leaves nothing half written behind', async () => {
    const logins = createLogins(folder);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => logins.keep({ ...login, accessToken: `at-${index}` })),
    );
    expect(await readdir(folder)).to.have.length(1);
    expect((await logins.find(ISSUER))?.accessToken).to.match(/^at-\d+$/);
  });

  it('is changed by one command at a time, and by the next where one has failed', async () => {
    const logins = createLogins(folder);
    await logins.keep(login);
    let [now, most] = [0, 0];
    const work = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      throw new Error('failed');
    };
    const done = Array.from({ length: 8 }, () =>
      createLogins(folder)
        .alone(ISSUER, work)
        .catch(() => 'failed'),
    );
    expect(await Promise.all(done)).to.deep.equal(Array(8).fill('failed'));
    expect(most).to.equal(1);
  });

  it('is where XDG says, or below the home folder', () => {
    expect(loginsFolder({ HOME: '/home/pat' })).to.equal('/home/pat/.config/gatehouse');
    expect(loginsFolder({ HOME: '/home/pat', XDG_CONFIG_HOME: '/x' })).to.equal('/x/gatehouse');
    expect(loginsFolder({ HOME: '/home/pat', XDG_CONFIG_HOME: 'relative' })).to.equal(
      '/home/pat/.config/gatehouse',
    );
  });
});
