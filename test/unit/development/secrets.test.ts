import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { resolveConfig } from '../../../src/config/load.ts';
import { developmentSecrets } from '../../../src/development/secrets.ts';
import { GatehouseError } from '../../../src/kernel/errors.ts';

describe('development secrets', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-secrets-'));
  });

  afterEach(async () => {
    await chmod(folder, 0o700);
    await rm(folder, { recursive: true, force: true });
  });

  const supplied = async (dataDir: string) => {
    const { SAMPLE_CLIENT_SECRET: _, ...settings } = await developmentSecrets(dataDir);
    return { ...settings, DATABASE_URL: 'postgres://somebody@localhost/gatehouse' };
  };

  it('are made once, kept, and readable by their owner only', async () => {
    const dataDir = join(folder, 'new', 'data');
    const made = await developmentSecrets(dataDir);
    expect(await developmentSecrets(dataDir)).to.deep.equal(made);
    expect((await stat(join(dataDir, 'secrets.json'))).mode & 0o777).to.equal(0o600);
  });

  it('are completed where an earlier version made them, and none is replaced', async () => {
    const { MFA_ENCRYPTION_KEY: _, ...earlier } = await developmentSecrets(folder);
    const file = join(folder, 'secrets.json');
    await writeFile(file, JSON.stringify(earlier));
    const completed = await developmentSecrets(folder);
    expect(completed).to.include(earlier);
    expect(completed.MFA_ENCRYPTION_KEY).to.match(/^development:[0-9a-f]{64}$/);
    expect(JSON.parse(await readFile(file, 'utf8'))).to.deep.equal(completed);
    expect(await developmentSecrets(folder)).to.deep.equal(completed);
  });

  it('differ from folder to folder', async () => {
    const [one, other] = [
      await developmentSecrets(join(folder, 'a')),
      await developmentSecrets(join(folder, 'b')),
    ];
    for (const name of Object.keys(one) as (keyof typeof one)[]) expect(one[name]).to.not.equal(other[name]);
  });

  it('are a configuration for development, and none for production', async () => {
    const given = await supplied(folder);
    expect(resolveConfig({ env: {}, supplied: given, configFile: false }).problems).to.deep.equal([]);
    const production = {
      ...given,
      NODE_ENV: 'production',
      ISSUER: 'https://id.example.org',
      TRUSTED_PROXIES: '10.0.0.5',
      SMTP_URL: 'smtps://smtp.example.org',
      MAIL_FROM: 'no-reply@example.org',
    };
    const { problems } = resolveConfig({ env: production, configFile: false });
    expect(problems).to.have.length(3);
    expect(problems.join())
      .to.include('MFA_ENCRYPTION_KEY')
      .and.include('ENCRYPTION_KEYS')
      .and.include('COOKIE_KEYS');
  });

  it('are refused when the file was damaged', async () => {
    for (const content of ['{', '{}', '[]', '{"ENCRYPTION_KEYS":1}']) {
      await writeFile(join(folder, 'secrets.json'), content);
      const error = await developmentSecrets(folder).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(GatehouseError);
      expect((error as GatehouseError).code).to.equal('data_unreadable');
    }
  });
});
