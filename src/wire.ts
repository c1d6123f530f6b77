import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Context } from 'koa';
import { createAccountLife } from './account-life/index.ts';
import { createNewPasswords } from './account-life/new-passwords.ts';
import { assertProductionSafe } from './config/load.ts';
import type { Config } from './config/schema.ts';
import {
  ACCOUNT_REQUESTS_TABLE,
  AccountRequestRecord,
  createAccountRequestStore,
} from './domain/account-requests/store.ts';
import { ImportedFactorRecord } from './domain/accounts/imported-factors.ts';
import { createAccountLifeStore } from './domain/accounts/life-store.ts';
import { createPasswordAges } from './domain/accounts/password-age-store.ts';
import { createAccountPasswordStore, PasswordHistoryRecord } from './domain/accounts/password-store.ts';
import { AccountRecord, createAccountStore } from './domain/accounts/store.ts';
import { createAuditGroup } from './domain/audit/notes.ts';
import { createRefusalBudget } from './domain/audit/refusal-budget.ts';
import { AuditEventRecord, createAuditLog } from './domain/audit/store.ts';
import { ClientRecord, createClientStore } from './domain/clients/store.ts';
import { ConsentRecord, createConsentStore } from './domain/consents/store.ts';
import { createDeviceStore, KnownDeviceRecord } from './domain/devices/store.ts';
import { createKeyStore, SigningKeyRecord } from './domain/keys/store.ts';
import { createLockout, LockoutRecord, PasswordFailureRecord } from './domain/lockout/store.ts';
import { senderOf } from './domain/mail/addresses.ts';
import { createMailFolder } from './domain/mail/folder.ts';
import { createMailRenderer } from './domain/mail/render.ts';
import { createSmtpTransport } from './domain/mail/smtp.ts';
import { createMailOutbox, MAIL_TABLE, MailRecord } from './domain/mail/store.ts';
import type { MailTransport } from './domain/mail/transport.ts';
import { createOneTimeLinkStore, OneTimeLinkRecord } from './domain/one-time-links/store.ts';
import { openBlocklist } from './domain/passwords/blocklist.ts';
import { createPasswordHasher, type PasswordHasher } from './domain/passwords/hasher.ts';
import { createPasswordRules } from './domain/passwords/rules.ts';
import { createStrengthEstimator } from './domain/passwords/strength.ts';
import { createLimits } from './domain/rate-limits/policy.ts';
import { createRateLimits, RateLimitRecord } from './domain/rate-limits/store.ts';
import { createResourceStore, ResourceRecord } from './domain/resources/store.ts';
import { networkMatcher } from './http/addresses.ts';
import { createAssets } from './http/assets.ts';
import { mailPresentation } from './http/mail-presentation.ts';
import { createPages } from './http/pages.ts';
import { createScreens } from './http/screens.ts';
import { ANSWER_REQUESTS } from './jobs/answer-requests.ts';
import { createHouseJobs } from './jobs/index.ts';
import { SENDERS } from './jobs/send-mail.ts';
import { type Clock, systemClock } from './kernel/clock.ts';
import { deriveKey } from './kernel/crypto.ts';
import { type Randomness, systemRandomness } from './kernel/ids.ts';
import { createLogger, type Logger } from './log.ts';
import { createAccess } from './oidc/access.ts';
import { createActiveProvider } from './oidc/active-provider.ts';
import { ArtifactRecord, createArtifactStore } from './oidc/artifact-store.ts';
import { providerMetadata } from './oidc/clients.ts';
import { auditProviderEvents } from './oidc/events.ts';
import { createInteractions } from './oidc/interactions.ts';
import { createProvider } from './oidc/provider.ts';
import { createSessions } from './oidc/sessions.ts';
import { createSetup } from './setup/first-administrator.ts';
import { createAdmissions } from './sign-in/admission-store.ts';
import { createAttemptStore, SignInAttemptRecord } from './sign-in/store.ts';
import { listenForChanges } from './storage/notifications.ts';
import { openDatabase } from './storage/orm.ts';
import { openRedis } from './storage/redis.ts';

/** Every entity of the house. What the migrations build is checked against this list. */
export const ENTITIES = [
  AccountRequestRecord,
  AccountRecord,
  ArtifactRecord,
  AuditEventRecord,
  ClientRecord,
  ConsentRecord,
  ImportedFactorRecord,
  KnownDeviceRecord,
  LockoutRecord,
  MailRecord,
  OneTimeLinkRecord,
  PasswordHistoryRecord,
  PasswordFailureRecord,
  RateLimitRecord,
  ResourceRecord,
  SignInAttemptRecord,
  SigningKeyRecord,
];

const ROOT = join(import.meta.dirname, '..');
export const MIGRATIONS_PATH = join(ROOT, 'migrations');
const VIEWS_PATH = join(ROOT, 'views');
const ASSETS_PATH = join(VIEWS_PATH, 'assets');
const BUNDLED_BLOCKLIST = join(ROOT, 'config', 'password-blocklist.bin');
const PRODUCT = 'Gatehouse';

/** What a test may replace. */
export interface Replaceable {
  readonly clock?: Clock;
  readonly random?: Randomness;
  readonly log?: Logger;
  readonly hasher?: PasswordHasher;
  readonly mailTransport?: MailTransport;
}

export type House = Awaited<ReturnType<typeof openHouse>>;

/**
 * The only composition root: builds the house from its configuration and opens what it needs. Rejects, with nothing left
 * open, when something is missing: a half house must not serve.
 */
export async function openHouse(config: Config, replace: Replaceable = {}) {
  if (config.environment === 'production') assertProductionSafe(config);
  const { clock = systemClock, random = systemRandomness, log = createLogger(config) } = replace;
  const { encryptionKeys: keyring, cookieKeys } = config.secrets;
  const { issuer } = config.server;
  const closing: (() => unknown)[] = [];
  const closeAll = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  const report = (error: unknown, ctx?: Context) =>
    log.error(
      { err: error, requestId: (ctx?.state as { requestId?: string } | undefined)?.requestId },
      'request failed',
    );

  try {
    const hashing =
      replace.hasher ?? createPasswordHasher({ ...config.passwords, random, onUnusableHash: report });
    const migrations = (await readdir(MIGRATIONS_PATH))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => basename(file, '.ts'));
    const database = await openDatabase({
      url: config.database.url,
      entities: ENTITIES,
      role: 'server',
      poolSize: config.database.poolSize,
      migrationsPath: MIGRATIONS_PATH,
    });
    closing.push(() => database.close());
    const changes = await listenForChanges(database);
    closing.push(() => changes.close());

    const audit = createAuditLog(clock, random);
    const auditGroup = createAuditGroup((rows) => audit.insert(database, rows));
    const accounts = createAccountStore(database, clock, random);
    const links = createOneTimeLinkStore(database, clock, random);
    const mail = createMailOutbox(database, keyring, clock, random);
    const clients = createClientStore(database, changes, clock);
    const resources = createResourceStore(database, changes, clock);
    const consents = createConsentStore(database);
    const attempts = createAttemptStore(database);
    const artifacts = createArtifactStore(database, clock);
    const redis =
      config.redis.url === undefined
        ? undefined
        : await openRedis(config.redis.url, (error) => log.warn({ err: error }, 'Redis cannot be reached'));
    if (redis !== undefined) closing.push(() => redis.disconnect());
    const digestKey = identifierDigestKey(cookieKeys);
    const devices = createDeviceStore(database, random);
    const lockout = createLockout({
      database,
      policy: config.lockout,
      digestKey,
      clock,
      random,
      record: audit.record,
    });
    const rateLimits = createRateLimits({
      database,
      redis,
      digestKey,
      clock,
      onFallback: (error) => log.warn({ err: error }, 'PostgreSQL counts the rate limits for Redis'),
    });
    const limits = createLimits(config.rateLimits);
    const admissions = createAdmissions({
      database,
      lockout,
      rateLimits,
      limits,
      isOffice: networkMatcher(config.rateLimits.officeNetworks),
    });
    const keys = createKeyStore(database, keyring, clock, random);
    const hasher = await hashing;
    closing.push(() => hasher.close());
    const accountPasswords = createAccountPasswordStore(database, clock, random);
    const passwordRules = createPasswordRules({
      policies: { general: config.passwords, byRole: config.passwordPolicies },
      words: [PRODUCT, config.brand.name, ...domainNames(issuer), ...config.passwords.forbiddenWords],
      blocklist: await openBlocklist(config.passwords.blocklistFile ?? BUNDLED_BLOCKLIST),
      strength: createStrengthEstimator(),
      hasher,
      formerHashes: accountPasswords.former,
    });
    closing.push(() => passwordRules.close());
    const access = createAccess();
    const newPasswords = createNewPasswords({ passwordRules, hasher, accountPasswords });
    const requests = createAccountRequestStore(database, keyring, clock, random);
    const accountLife = createAccountLife({
      issuer,
      database,
      accounts,
      life: createAccountLifeStore(clock),
      links,
      requests,
      registration: config.registration,
      mail,
      audit,
      passwords: newPasswords,
      accountPasswords,
      hasher,
      clock,
      digestKey,
      access,
      lockout,
      consents,
      devices,
    });

    const assets = await createAssets({ brand: config.brand, assetsPath: ASSETS_PATH });
    const development = config.environment === 'development';
    const pages = await createPages({ brand: config.brand, viewsPath: VIEWS_PATH, assets, development });

    await database.transaction(async (tx) => {
      for (const { kid, algorithm } of await keys.ensure(tx)) {
        await audit.record(tx, {
          type: 'key.published',
          outcome: 'success',
          actor: 'system',
          details: { kid, algorithm },
        });
      }
    });
    const mailFolder =
      config.mail.url === undefined ? createMailFolder(join(config.dataDir, 'mail')) : undefined;
    const mailTransport = replace.mailTransport ?? mailFolder ?? smtpTransport(config);
    closing.push(() => mailTransport.close());
    const jobs = createHouseJobs({
      database,
      outbox: mail,
      renderer: await createMailRenderer({
        viewsPath: join(VIEWS_PATH, 'mail'),
        presentation: mailPresentation(config.brand, { strict: development }),
        answered: config.mail.replyTo !== undefined,
      }),
      transport: mailTransport,
      audit,
      artifacts,
      attempts,
      links,
      lockout,
      rateLimits,
      requests,
      answers: accountLife.answers,
      notices: accountLife.notices,
      issuer,
      passwordAges: createPasswordAges(database),
      passwordRules,
      clock,
      random,
      log,
      sender: senderOf(config.mail, config.brand.name, issuer),
      sendTimeoutSeconds: config.mail.sendTimeoutSeconds,
    });
    changes.onChange(MAIL_TABLE, () => jobs.wake('send-mail'));
    changes.onChange(ACCOUNT_REQUESTS_TABLE, () => jobs.wake(ANSWER_REQUESTS));
    const refusals = createRefusalBudget(() => clock.now().getTime());
    const active = await createActiveProvider({
      keyStore: keys,
      clock,
      pollSeconds: config.keys.pollSeconds,
      onError: (error) => log.error({ err: error }, 'signing keys could not be read'),
      create: (signingKeys) => {
        const provider = createProvider({
          issuer,
          cookieKeys,
          tokens: config.tokens,
          sessionSeconds: config.sessions.absoluteSeconds,
          allowLoopbackFetches: config.outbound.allowLoopback,
          keys: signingKeys,
          adapter: {
            database,
            artifacts,
            keyring,
            clock,
            random,
            findClient: async (id) => {
              const client = await clients.find(id);
              return client && providerMetadata(client);
            },
          },
          accounts,
          consents,
          resources,
          screens: createScreens(pages, accounts),
          tokenLimit: { rateLimits, limit: limits.tokenPerClient },
        });
        auditProviderEvents(provider, refusals);
        provider.on('server_error', (ctx, error) => report(error, ctx));
        return provider;
      },
    });
    closing.push(() => active.close());
    changes.onChange('signing_keys', () => {
      active.reload().catch((error) => log.error({ err: error }, 'signing keys could not be read'));
    });

    return {
      config,
      clock,
      random,
      log,
      report,
      database,
      migrations,
      audit,
      auditGroup,
      accounts,
      links,
      mail,
      mailFolder,
      jobs,
      clients,
      resources,
      consents,
      attempts,
      artifacts,
      keys,
      keyring,
      hasher,
      accountPasswords,
      passwordRules,
      digestKey,
      devices,
      lockout,
      rateLimits,
      limits,
      admissions,
      active,
      interactions: createInteractions(active, artifacts),
      sessions: createSessions(active),
      access,
      newPasswords,
      ...accountLife,
      setup: createSetup({ issuer, database, accounts, links, hasher, audit }),
      pages,
      assets,
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function smtpTransport({ mail, server, environment }: Config): MailTransport {
  if (mail.url === undefined) throw new Error('no relay is configured');
  return createSmtpTransport({
    url: mail.url,
    requireTls: environment === 'production',
    clientName: new URL(server.issuer).hostname,
    timeoutSeconds: mail.sendTimeoutSeconds,
    connections: SENDERS,
  });
}

/** The organisation's names in our own address: all but its last label, which is everybody's. */
const domainNames = (issuer: string): string[] => new URL(issuer).hostname.split('.').slice(0, -1);

function identifierDigestKey([key]: readonly string[]): Buffer {
  if (key === undefined) throw new Error('no key for the digests of identifiers');
  return deriveKey(Buffer.from(key), 'identifier-digest');
}
