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
  /** Not a setting: what the sample application authenticates with. */
  SAMPLE_CLIENT_SECRET: z.string().min(32),
});

export type DevelopmentSecrets = z.infer<typeof secretsSchema>;

const FILE = 'secrets.json';

const newSecrets = (): DevelopmentSecrets => ({
  ENCRYPTION_KEYS: `development:${randomBytes(32).toString('hex')}`,
  COOKIE_KEYS: `development-${randomBytes(32).toString('hex')}`,
  SAMPLE_CLIENT_SECRET: randomBytes(32).toString('base64url'),
});

/** The secrets of a data folder that has some. Throws `data_unreadable` when they cannot be read or understood. */
export async function readDevelopmentSecrets(dataDir: string): Promise<DevelopmentSecrets | undefined> {
  const file = join(dataDir, FILE);
  const found = await readJsonFile(file);
  if (found === undefined) return undefined;
  const parsed = secretsSchema.safeParse(found);
  if (!parsed.success) throw dataUnreadable(file, new Error('it does not hold the expected secrets'));
  return parsed.data;
}

/** The same, made and kept where there are none. */
export async function developmentSecrets(dataDir: string): Promise<DevelopmentSecrets> {
  const known = await readDevelopmentSecrets(dataDir);
  if (known !== undefined) return known;
  const folder = await prepareDataFolder(dataDir);
  const made = newSecrets();
  try {
    await writePrivateFile(join(folder, FILE), `${JSON.stringify(made, undefined, 2)}\n`);
  } catch (error) {
    throw dataUnreadable(folder, error);
  }
  return made;
}
