import { assertProductionSafe } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { createLifecycleStore } from './domain/accounts/life-store.ts';
import { createPasswordHasher } from './domain/passwords/hasher.ts';
import { withStandIns } from './domain/passwords/with-stand-ins.ts';
import { createAssets } from './http/pages/assets.ts';
import { createPages } from './http/pages/pages.ts';
import { type ViewModels, viewNames } from './http/views.ts';
import { WORDS } from './http/words.ts';
import { createEndOfAccess } from './lifecycle/end-of-access.ts';
import { createLifecycle } from './lifecycle/index.ts';
import { createAccess } from './oidc/access.ts';
import { createInteractions } from './oidc/interactions.ts';
import { createSessionTokens } from './oidc/session-tokens.ts';
import { createSessions } from './oidc/sessions.ts';
import { createStatusLists } from './oidc/status-lists.ts';
import { createSetup } from './setup/first-administrator.ts';
import { createSignIn } from './sign-in/sign-in.ts';
import { type Foundation, type OnClose, openFoundation, type Replaceable } from './wire/foundation.ts';
import { openJobs } from './wire/jobs.ts';
import { readGauges } from './wire/metrics.ts';
import { openPasswords } from './wire/passwords.ts';
import { ASSETS_PATH, VIEWS_PATH } from './wire/paths.ts';
import { openProtocol } from './wire/protocol.ts';
import { createStores, type Stores } from './wire/stores.ts';

export { ENTITIES } from './wire/entities.ts';
export type { Replaceable } from './wire/foundation.ts';
export { MIGRATIONS_PATH } from './wire/paths.ts';

export type App = Awaited<ReturnType<typeof openApp>>;

/**
 * The only composition root: builds the server from its configuration and opens what it needs. Rejects, with nothing left
 * open, when something is missing: a half house must not serve.
 */
export async function openApp(config: Config, replace: Replaceable = {}) {
  if (config.environment === 'production') assertProductionSafe(config);
  const closing: (() => unknown)[] = [];
  const close = async () => {
    for (const closeOne of closing.splice(0).reverse()) await closeOne();
  };
  try {
    return { ...(await buildApp(config, replace, (closeOne) => closing.push(closeOne))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function buildApp(config: Config, replace: Replaceable, onClose: OnClose) {
  // Compressed on other threads while the database is opened; where it fails, that is told when it is needed.
  const assetsReady = createAssets({ brand: config.brand, assetsPath: ASSETS_PATH });
  assetsReady.catch(() => undefined);
  const foundation = await openFoundation(config, replace, onClose);
  const { issuer } = config.server;
  const { database, clock, random, digestKey, report } = foundation;
  const stores = createStores(foundation);
  const [plainHasher] = await Promise.all([
    replace.hasher ?? createPasswordHasher({ ...config.passwords, random, onUnusableHash: report }),
    stores.standIns.refresh(),
  ]);
  onClose(() => plainHasher.close());
  warnOfUnknownPeppers(foundation, stores);
  const hasher = withStandIns(plainHasher, stores.standIns);
  foundation.metrics?.watch({
    readings: () => readGauges(foundation, stores),
    hashesWaiting: () => hasher.waiting,
  });
  const passwords = await openPasswords(foundation, stores, hasher, onClose);
  const access = createAccess(stores);
  const life = createLifecycleStore(clock);
  const endOfAccess = createEndOfAccess({ ...stores, life, access });
  const lifecycle = createLifecycle({
    ...stores,
    issuer,
    database,
    life,
    endOfAccess,
    registration: config.registration,
    passwords: passwords.newPasswords,
    hasher,
    clock,
    digestKey,
    access,
  });
  const assets = await assetsReady;
  const pages = await createPages<ViewModels>({
    views: viewNames,
    words: WORDS,
    brand: config.brand,
    viewsPath: VIEWS_PATH,
    assets,
    development: config.environment === 'development',
  });
  const active = await openProtocol(foundation, stores, pages, onClose);
  const served = { ...stores, ...passwords, lifecycle, active };
  const jobs = await openJobs(foundation, served, replace.mailTransport, onClose);
  const signIn = createSignIn({
    ...stores,
    ...passwords,
    notices: lifecycle.notices,
    hasher,
    digestKey,
    clock,
  });
  return {
    ...foundation,
    ...stores,
    ...passwords,
    ...lifecycle,
    ...jobs,
    hasher,
    access,
    endOfAccess,
    active,
    signIn,
    interactions: createInteractions(active, stores.artifacts, stores.sharedWorkstations),
    sessions: createSessions(active, stores.sessionRecords, stores.sharedWorkstations),
    sessionTokens: createSessionTokens({ ...stores, active, deadlines: stores.sessionDeadlines, clock }),
    statusLists: createStatusLists({
      ...stores,
      active,
      issuer,
      ttlSeconds: config.tokens.statusListSeconds,
      clock,
    }),
    setup: createSetup({ ...stores, issuer, database, hasher }),
    pages,
    assets,
  };
}

/** Their passwords are right and match nothing: what to do about it is an operator's to know. */
function warnOfUnknownPeppers({ config, log }: Foundation, { standIns }: Stores): void {
  for (const [id, accounts] of standIns.peppered) {
    if (config.passwords.peppers?.keys.has(id)) continue;
    log.warn(
      { id, accounts },
      'PASSWORD_PEPPERS: these accounts cannot sign in with their passwords, because the pepper of their hashes is missing',
    );
  }
}
