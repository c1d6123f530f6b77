import type { X509Certificate } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Context } from 'koa';
import type { Config } from '../config/schema.ts';
import { createAttributeLabels } from '../domain/attributes/labels.ts';
import { createAttributes } from '../domain/attributes/policy.ts';
import { SYSTEM_ACTOR } from '../domain/audit/actor.ts';
import { createAuditMac } from '../domain/audit/mac.ts';
import { openMacKey } from '../domain/audit/mac-key.ts';
import { type AuditStamp, CLOCK_TOLERANCE_SECONDS } from '../domain/audit/row-store.ts';
import { type FirstKeyDependencies, openAuditKey } from '../domain/audit/sealing/first-key.ts';
import { createAuditKeyStore } from '../domain/audit/sealing/key-store.ts';
import { createAuditLog } from '../domain/audit/store.ts';
import { originOf } from '../domain/audit/tree/checkpoint.ts';
import { openIdentifierKey } from '../domain/identifier-key/store.ts';
import type { generateJwk } from '../domain/keys/store.ts';
import type { MailTransport } from '../domain/mail/transport.ts';
import { readCertificates } from '../domain/passkeys/attestation.ts';
import type { PasswordHasher, PasswordHasherOptions } from '../domain/passwords/hasher.ts';
import type { StrengthEstimator } from '../domain/passwords/strength.ts';
import { openWrappingKey } from '../domain/passwords/wrapping-key.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { deriveKey } from '../kernel/crypto.ts';
import { GatehouseError } from '../kernel/errors.ts';
import { type Randomness, systemRandomness } from '../kernel/ids.ts';
import { createLogger, type Logger } from '../log.ts';
import { NO_METERS } from '../metrics/meters.ts';
import type { Metrics } from '../metrics/prometheus.ts';
import { inspectDatabase } from '../storage/inspection.ts';
import { listenForChanges } from '../storage/notifications.ts';
import { openDatabase } from '../storage/orm.ts';
import { openRedis } from '../storage/redis.ts';
import { openDocuments } from './documents.ts';
import { ENTITIES } from './entities.ts';
import { MIGRATIONS_PATH } from './paths.ts';

/** What a test may replace. */
export interface Replaceable {
  readonly clock?: Clock;
  readonly random?: Randomness;
  readonly log?: Logger;
  /** One that is there, or made with the keys of this installation. */
  readonly hasher?: PasswordHasher | ((keys: HasherKeys) => Promise<PasswordHasher>);
  readonly mailTransport?: MailTransport;
  /** Starting one takes a second of computing. */
  readonly strength?: StrengthEstimator;
  /** An RSA key takes a tenth of a second of computing. */
  readonly makeSigningKey?: typeof generateJwk;
}

/** What is needed to verify hashes that came from elsewhere. */
export type HasherKeys = Pick<PasswordHasherOptions, 'wrappingKey' | 'signerKey'>;

/** Told of everything that has to be closed again, in the order in which it was opened. */
export type OnClose = (close: () => unknown) => void;

export type Foundation = Awaited<ReturnType<typeof openFoundation>>;

/** What everything stands on: time, chance, the log, the database, Redis where there is one, and the keys. */
export async function openFoundation(config: Config, replace: Replaceable, onClose: OnClose) {
  const { clock = systemClock, random = systemRandomness, log = createLogger(config) } = replace;
  const report = (error: unknown, ctx?: Context) =>
    log.error(
      { err: error, requestId: (ctx?.state as { requestId?: string } | undefined)?.requestId },
      'request failed',
    );
  const migrations = (await readdir(MIGRATIONS_PATH))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => basename(file, '.ts'));
  const database = await openDatabase({
    url: config.database.url,
    password: config.database.password,
    tls: config.database.tls,
    entities: ENTITIES,
    role: 'server',
    poolSize: config.database.poolSize,
    migrationsPath: MIGRATIONS_PATH,
  });
  onClose(() => database.close());
  const changes = await listenForChanges(database, {
    inspect: async (client, first) => {
      const { setting } = database;
      const { strongLogin } = await inspectDatabase(client, { setting, migrations, refuseLater: first });
      if (first && strongLogin && config.environment === 'production')
        log.warn(
          `${setting}: the login owns the tables, or is a superuser; expected one that can do nothing else`,
        );
    },
    onProblem: (problem) =>
      problem === undefined
        ? log.info('changes in PostgreSQL are heard')
        : log.error({ err: problem }, 'changes in PostgreSQL are not heard, so no cache is trusted'),
  });
  onClose(() => changes.close());
  const redis =
    config.redis.url === undefined
      ? undefined
      : await openRedis(
          config.redis.url,
          (error) =>
            log.warn({ err: error }, 'REDIS_URL: Redis cannot be reached; PostgreSQL counts meanwhile'),
          config.redis,
        );
  if (redis !== undefined) onClose(() => redis.disconnect());
  const metrics = await openMetrics(config);
  const { encryptionKeys, mfaKeys, cookieKeys } = config.secrets;
  const sealedKeys = { database, keyring: encryptionKeys, clock, random };
  // First of all: whatever is written to the audit trail has a MAC.
  const auditStamp: AuditStamp = {
    clock,
    random,
    mac: createAuditMac(await openMacKey(sealedKeys)),
    // A clock that was replaced is meant to differ from the database's.
    toleranceSeconds: clock === systemClock ? CLOCK_TOLERANCE_SECONDS : undefined,
  };
  const { record } = createAuditLog(auditStamp);
  await openTrailKey(
    config,
    { database, keys: createAuditKeyStore(database, encryptionKeys, random), record },
    log,
  );
  const attributes = createAttributes(config.attributes);
  return {
    config,
    clock,
    random,
    log,
    report,
    database,
    documents: openDocuments(config),
    attributes,
    attributeLabels: createAttributeLabels(attributes, config.attributeScopes),
    auditStamp,
    makeSigningKey: replace.makeSigningKey,
    storage: { migrations, changes, listening: () => changes.connected, redis },
    metrics: { registry: metrics, meters: metrics?.meters ?? NO_METERS },
    secrets: {
      keyring: encryptionKeys,
      mfaKeyring: mfaKeys,
      digestKey: await openIdentifierKey({
        ...sealedKeys,
        formerKeys: cookieKeys.map(formerDigestKey),
        record,
      }),
      wrappingKey: await openWrappingKey({
        ...sealedKeys,
        onMade: (tx) =>
          record(tx, { type: 'wrapping_key.created', outcome: 'success', actor: SYSTEM_ACTOR, details: {} }),
      }),
      attestationRoots: await readRoots(config.secondFactors.passkeyAttestationRootsFile),
    },
  };
}

/** Says where the trail has the name of another host than the issuer: its checkpoints go on to be signed by that. */
async function openTrailKey(
  { server }: Config,
  deps: Omit<FirstKeyDependencies, 'origin'>,
  log: Logger,
): Promise<void> {
  const origin = originOf(server.issuer);
  const name = await openAuditKey({ ...deps, origin });
  if (name === origin) return;
  log.warn(
    { name, origin },
    'ISSUER: the audit trail is signed under another name; to give it this one run gatehouse audit rotate-key',
  );
}

/** Loaded only where somebody may look: it would cost every start some milliseconds, and every request a little. */
async function openMetrics({ metrics: { port } }: Config): Promise<Metrics | undefined> {
  if (port === undefined) return undefined;
  const { createMetrics } = await import('../metrics/prometheus.ts');
  return createMetrics();
}

/** How versions without an identifier key made one of `COOKIE_KEYS`. */
const formerDigestKey = (cookieKey: string): Buffer => deriveKey(Buffer.from(cookieKey), 'identifier-digest');

/** Rejects where the file cannot be read: with fewer roots than were meant, nobody knows who is accepted. */
async function readRoots(file: string | undefined): Promise<X509Certificate[]> {
  if (file === undefined) return [];
  try {
    return readCertificates(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new GatehouseError('attestation_roots_unreadable', {
      message: `PASSKEY_ATTESTATION_ROOTS_FILE: ${file} cannot be read; expected certificates in PEM form.`,
      cause,
    });
  }
}
