import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { dataUnreadable, prepareDataFolder, readJsonFile, writePrivateFile } from '../storage/data-folder.ts';

/**
 * The secrets of a development server: made at the first start, kept in the data folder where only its owner can read
 * them. Their names and words say what they are, so that production refuses them.
 */
const secretsSchema = z.strictObject({
  ENCRYPTION_KEYS: z.string().min(1),
  COOKIE_KEYS: z.string().min(1),
  MFA_ENCRYPTION_KEY: z.string().min(1),
  /** Not a setting: what the sample application authenticates with. */
  SAMPLE_CLIENT_SECRET: z.string().min(32),
});

export type DevelopmentSecrets = z.infer<typeof secretsSchema>;

/** What an earlier version may have left out of the file. */
const keptSchema = secretsSchema.partial({ MFA_ENCRYPTION_KEY: true });

const FILE = 'secrets.json';

const newSecrets = (): DevelopmentSecrets => ({
  ENCRYPTION_KEYS: `development:${randomBytes(32).toString('hex')}`,
  MFA_ENCRYPTION_KEY: `development:${randomBytes(32).toString('hex')}`,
  COOKIE_KEYS: `development-${randomBytes(32).toString('hex')}`,
  SAMPLE_CLIENT_SECRET: randomBytes(32).toString('base64url'),
});

/** The secrets of a data folder that has some. Throws `data_unreadable` when they cannot be read or understood. */
async function readSecrets(dataDir: string): Promise<z.infer<typeof keptSchema> | undefined> {
  const file = join(dataDir, FILE);
  const found = await readJsonFile(file);
  if (found === undefined) return undefined;
  const parsed = keptSchema.safeParse(found);
  if (!parsed.success) throw dataUnreadable(file, new Error('it does not hold the expected secrets'));
  return parsed.data;
}

/** The secrets of a data folder; what it lacks is made and kept. Throws `data_unreadable`. */
export async function developmentSecrets(dataDir: string): Promise<DevelopmentSecrets> {
  const known = await readSecrets(dataDir);
  const made = newSecrets();
  const { MFA_ENCRYPTION_KEY = made.MFA_ENCRYPTION_KEY, ...others } = known ?? made;
  const complete = { MFA_ENCRYPTION_KEY, ...others };
  if (known?.MFA_ENCRYPTION_KEY !== undefined) return complete;
  const folder = await prepareDataFolder(dataDir);
  await writePrivateFile(join(folder, FILE), `${JSON.stringify(complete, undefined, 2)}\n`);
  return complete;
}
