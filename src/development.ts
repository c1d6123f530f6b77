import type { CommandActor } from './administration/actor.ts';
import { setup } from './administration/setup.ts';
import { operatingSystemUser } from './commands/acting.ts';
import { databaseFailure } from './commands/advice.ts';
import { ConfigurationError, loadConfig, resolveConfig } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { type ExamplePorts, startExamples } from './development/examples.ts';
import { untilAskedToEnd } from './development/lifetime.ts';
import { assertFree } from './development/ports.ts';
import { createProgress, type Progress } from './development/progress.ts';
import { ensureSamples, SAMPLE_CLIENT_ID } from './development/samples.ts';
import { type DevelopmentSecrets, developmentSecrets } from './development/secrets.ts';
import { GatehouseError } from './kernel/errors.ts';
import { startServer } from './server.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './storage/embedded.ts';
import { migrateUp } from './storage/migrating.ts';
import { openDatabase } from './storage/orm.ts';
import { logStartWarnings } from './wire/start-warnings.ts';
import { type App, ENTITIES, MIGRATIONS_PATH, openApp } from './wire.ts';

/**
 * What `npm start` does where NODE_ENV is unset: a whole Gatehouse out of nothing but npm, with its own PostgreSQL and
 * secrets, the sample application and the sample service. Production never comes here: it starts nothing by itself.
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** Who registers the examples: the person who started it. */
const STARTER: CommandActor = { kind: 'command', command: 'npm start', user: operatingSystemUser() };

/** Things to undo, last first. */
type Cleanup = (() => Promise<unknown>)[];

/**
 * Runs until a signal, or the end of the npm that started it, and leaves no process. Throws GatehouseError, whose message
 * is one line for a person, when it cannot start (`data_in_use`, `data_unreadable`, `port_in_use`, …) or when PostgreSQL
 * ends under it (`postgres_ended`).
 */
export async function runDevelopment(env: Environment, output: NodeJS.WriteStream): Promise<void> {
  const asked = untilAskedToEnd();
  const progress = createProgress(output);
  const cleanup: Cleanup = [];
  try {
    const untilBroken = await start(env, output, progress, cleanup);
    await Promise.race([asked, untilBroken()]);
  } finally {
    progress.done();
    for (const undo of cleanup.reverse()) await undo();
  }
}

/** Resolves once everything runs, to the function that waits for an end that nobody asked for. */
async function start(
  env: Environment,
  output: NodeJS.WriteStream,
  progress: Progress,
  cleanup: Cleanup,
): Promise<() => Promise<never>> {
  const began = performance.now();
  const dataDir = dataFolderOf(env);
  const postgres = givesDatabase(env) ? undefined : await startPostgres(dataDir, progress, cleanup);
  const secrets = await developmentSecrets(dataDir);
  const config = loadConfig({ env, supplied: supplied(postgres, secrets) });
  const ports = portsOf(env, config);
  await assertFree(config.server.port, 'PORT', config.server.host);
  await assertFree(ports.application, 'EXAMPLES_PORT');
  await assertFree(ports.service, 'EXAMPLES_PORT');

  await migrate(config, progress);
  progress.step('Starting Gatehouse');
  const app = await openApp(config);
  cleanup.push(() => app.close());
  const server = await startServer(app);
  cleanup.push(() => server.close());
  await ensureSamples(app, STARTER, ports, secrets.SAMPLE_CLIENT_SECRET);
  const examples = await startExamples({
    issuer: config.server.issuer,
    clientId: SAMPLE_CLIENT_ID,
    clientSecret: secrets.SAMPLE_CLIENT_SECRET,
    ports,
    onEnd: (name) => output.write(`The ${name} has ended.\n`),
  });
  cleanup.push(() => examples.stop());
  const link = await setupLink(app);
  progress.done();
  output.write(summary(config, ports, link, performance.now() - began));
  // Nobody waits for it, and nothing ends with it.
  void logStartWarnings(app, env).catch((error) =>
    app.log.warn({ err: error }, 'warnings of the start failed'),
  );
  return () => endOf(postgres);
}

/** Undefined where there is an administrator already. */
async function setupLink(app: App): Promise<string | undefined> {
  if (!(await app.setup.needed())) return undefined;
  return (await app.administration.perform(setup.issueLink, STARTER, {})).link;
}

const givesDatabase = (env: Environment) => Boolean(env.DATABASE_URL || env.DATABASE_URL_FILE);

/** Where the data goes. Says everything that is wrong with what was configured before anything is started for it. */
function dataFolderOf(env: Environment): string {
  const { problems, absent, values } = resolveConfig({ env });
  const complaints = problems.filter((problem) => ![...absent.values()].includes(problem));
  if (complaints.length > 0) throw new ConfigurationError(complaints);
  return values.get('DATA_DIR') as string;
}

async function startPostgres(
  dataDir: string,
  progress: Progress,
  cleanup: Cleanup,
): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, onProgress: progress.step });
  cleanup.push(() => postgres.stop());
  return postgres;
}

/** What a development start brings itself; whatever somebody configured goes before it. */
function supplied(
  postgres: EmbeddedPostgres | undefined,
  { ENCRYPTION_KEYS, MFA_ENCRYPTION_KEY, COOKIE_KEYS }: DevelopmentSecrets,
): Record<string, string> {
  return {
    ENCRYPTION_KEYS,
    MFA_ENCRYPTION_KEY,
    COOKIE_KEYS,
    // The terminal is for the few lines that a person reads.
    LOG_LEVEL: 'warn',
    OUTBOUND_ALLOW_LOOPBACK: 'true',
    ...(postgres === undefined
      ? {}
      : { DATABASE_URL: postgres.serverUrl, DATABASE_OWNER_URL: postgres.ownerUrl }),
  };
}

/** The examples stand beside the server: by default on the two ports after its own. */
function portsOf(env: Environment, { server }: Config): ExamplePorts {
  const given = env.EXAMPLES_PORT || undefined;
  const application = given === undefined ? (server.port || 3000) + 1 : Number(given);
  if (!Number.isInteger(application) || application < 1 || application > 65_534) {
    throw new ConfigurationError([
      `EXAMPLES_PORT: is "${given}"; expected a whole number from 1 to 65534 (the sample service takes the next one)`,
    ]);
  }
  return { application, service: application + 1 };
}

async function migrate({ database: settings }: Config, progress: Progress): Promise<void> {
  const setting = settings.ownerUrl === settings.url ? 'DATABASE_URL' : 'DATABASE_OWNER_URL';
  const named = (error: unknown): never => {
    throw databaseFailure(error, setting);
  };
  const database = await openDatabase({
    url: settings.ownerUrl,
    password: settings.ownerPassword,
    tls: settings.tls,
    // The ORM wants one; migrations need none.
    entities: ENTITIES.slice(0, 1),
    role: 'owner',
    poolSize: 2,
    migrationsPath: MIGRATIONS_PATH,
  }).catch(named);
  try {
    if ((await database.orm.migrator.getPending().catch(named)).length === 0) return;
    progress.step('Making the tables');
    await migrateUp(database).catch(named);
  } finally {
    await database.close();
  }
}

function summary(
  config: Config,
  ports: ExamplePorts,
  link: string | undefined,
  milliseconds: number,
): string {
  // Without an account there is nothing to do at the sample application: the link comes first while there is one.
  const lines = [
    ...(link === undefined
      ? []
      : [`First administrator    ${link}   start here: it makes your account, once, within a day`]),
    `Sample application     http://localhost:${ports.application}   ${link === undefined ? 'start here' : 'then go here'}: it signs you in through Gatehouse`,
    `Sample service         http://localhost:${ports.service}   answers to the sample application's access tokens`,
    `Mail                   ${mailGoes(config)}`,
    `Gatehouse              ${config.server.issuer}   your account, and what you have allowed`,
    `Ready after ${(milliseconds / 1000).toFixed(1)} s. Ctrl-C ends everything.`,
  ];
  return `${lines.join('\n')}\n`;
}

const mailGoes = ({ mail, server }: Config): string =>
  mail.url === undefined
    ? `${server.issuer}/dev/mailbox   nothing is sent: what people would get is kept there`
    : `is sent through ${new URL(mail.url).host}`;

/** Never resolves; rejects when PostgreSQL ends under us. */
async function endOf(postgres: EmbeddedPostgres | undefined): Promise<never> {
  if (postgres === undefined) return new Promise<never>(() => {});
  await postgres.ended;
  throw new GatehouseError('postgres_ended', { message: 'PostgreSQL has ended, and Gatehouse with it.' });
}
