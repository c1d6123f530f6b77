import { checkDrift } from './administration/configuration/drift.ts';
import type { AdministrationDependencies } from './administration/index.ts';
import { goOnWithBulks } from './administration/people/bulk-running.ts';
import { assertProductionSafe } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { createPasswordHasher, type PasswordHasher } from './domain/passwords/hasher.ts';
import type { PasswordRules } from './domain/passwords/rules.ts';
import { withStandIns } from './domain/passwords/with-stand-ins.ts';
import { createAssets } from './http/pages/assets.ts';
import { createPages } from './http/pages/pages.ts';
import { type ViewModels, viewNames } from './http/views.ts';
import { WORDS } from './http/words.ts';
import type { Lifecycle } from './lifecycle/index.ts';
import { createAccessTokens } from './oidc/access-tokens.ts';
import { createAdminTokens } from './oidc/admin-tokens.ts';
import { createInteractions } from './oidc/interactions.ts';
import { createRegistrations } from './oidc/registrations.ts';
import { createSessionTokens } from './oidc/session-tokens.ts';
import { createSessions } from './oidc/sessions.ts';
import { createStatusLists } from './oidc/status-lists.ts';
import { createSetup } from './setup/first-administrator.ts';
import { createSignIn } from './sign-in/sign-in.ts';
import { administrationDependencies, openAdministration } from './wire/administration.ts';
import { openAnchors } from './wire/anchors.ts';
import { openApproverCheck } from './wire/approvers.ts';
import { openClientRegistration } from './wire/client-registration.ts';
import { openClientTests } from './wire/client-tests.ts';
import {
  type Foundation,
  type HasherKeys,
  type OnClose,
  openFoundation,
  type Replaceable,
} from './wire/foundation.ts';
import { openJobs } from './wire/jobs.ts';
import { openLifecycle } from './wire/lifecycle.ts';
import { readGauges } from './wire/metrics.ts';
import { openPasswords } from './wire/passwords.ts';
import { ASSETS_PATH, VIEWS_PATH } from './wire/paths.ts';
import { openProtocol } from './wire/protocol.ts';
import { createStores, type Stores } from './wire/stores.ts';

export { ENTITIES } from './wire/entities.ts';
export type { HasherKeys, Replaceable } from './wire/foundation.ts';
export { MIGRATIONS_PATH } from './wire/paths.ts';

export type App = Awaited<ReturnType<typeof openApp>>;

/**
 * The only composition root: builds the server from its configuration and opens what it needs. Rejects, with nothing left
 * open, when something is missing: half an application must not serve.
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
  const { database, clock, random, report } = foundation;
  // What hashes passwords needs a store, and a store needs it when it is used.
  const stores: Stores = createStores(foundation, () => hasher);
  const anchored = openAnchors(foundation, stores);
  const { standIns, signerKeys } = stores.passwords;
  const hasherKeys = { wrappingKey: foundation.secrets.wrappingKey, signerKey: signerKeys.find };
  const makeHasher = (keys: HasherKeys) =>
    createPasswordHasher({ ...config.passwords, ...keys, random, onUnusableHash: report });
  const { hasher: given = makeHasher } = replace;
  const [plainHasher] = await Promise.all([
    typeof given === 'function' ? given(hasherKeys) : given,
    standIns.refresh(),
  ]);
  onClose(() => plainHasher.close());
  warnOfUnknownPeppers(foundation, stores);
  warnOfWeakHashes(foundation, stores);
  const hasher: PasswordHasher = withStandIns(plainHasher, standIns);
  const approverCheck = openApproverCheck(foundation);
  foundation.metrics.registry?.watch({
    readings: () => readGauges(foundation, { ...stores, approverCheck }, anchored.watch.anchors),
    hashesWaiting: () => hasher.waiting,
  });
  const passwords = await openPasswords(foundation, stores, hasher, onClose, replace.strength);
  const lifecycle = openLifecycle(foundation, stores, passwords, hasher);
  const assets = await assetsReady;
  const pages = await createPages<ViewModels>({
    views: viewNames,
    words: WORDS,
    brand: config.brand,
    viewsPath: VIEWS_PATH,
    assets,
    development: config.environment === 'development',
  });
  const protocol = await openProtocol(foundation, stores, pages, lifecycle.notices, onClose);
  const { active } = protocol;
  const served = {
    ...foundation,
    ...stores,
    audit: { ...stores.audit, ...anchored },
    passwords: { ...stores.passwords, ...passwords, hasher },
    lifecycle,
    protocol,
    approverCheck,
  };
  const clientRegistration = openClientRegistration(served);
  // Acts need what sends mail, and the job that does acts comes with it: it gets them when it runs.
  const late: { administration?: AdministrationDependencies } = {};
  const lateActs = {
    goOnWithBulks: async (limit: number) =>
      late.administration === undefined ? 0 : goOnWithBulks(late.administration, limit),
    checkDrift: async (before: Date) =>
      late.administration !== undefined && checkDrift(late.administration, before),
  };
  const { jobs, mail } = await openJobs(
    foundation,
    { ...served, clientRegistration },
    replace.mailTransport,
    onClose,
    lateActs,
  );
  const { accounts, audit, factors, sessions, signIn, tokens } = stores;
  const setup = createSetup({
    issuer: config.server.issuer,
    database,
    hasher,
    accounts: accounts.store,
    links: accounts.links,
    audit: audit.log,
    enrolments: factors.enrolments,
    factorSettings: factors.settings,
    clock,
  });
  const withMail = { ...served, mail: { ...stores.mail, ...mail }, setup, jobs };
  late.administration = administrationDependencies(withMail);
  return {
    ...withMail,
    clientRegistration,
    clientTests: openClientTests(withMail, late.administration),
    jobs,
    signIn: {
      ...signIn,
      flow: openSignIn(foundation, stores, lifecycle, passwords.rules, hasher),
      interactions: createInteractions(active, tokens.artifacts, sessions.sharedWorkstations, accounts.store),
    },
    sessions: {
      ...sessions,
      browser: createSessions(active, sessions.records, sessions.sharedWorkstations),
      tokens: createSessionTokens({
        active,
        accounts: accounts.store,
        artifacts: tokens.artifacts,
        deadlines: sessions.deadlines,
        clock,
      }),
    },
    tokens: {
      ...tokens,
      admin: openAdminTokens(foundation, stores, protocol),
      statusLists: createStatusLists({
        statuses: tokens.statuses,
        active,
        issuer: config.server.issuer,
        ttlSeconds: config.tokens.statusListSeconds,
        clock,
      }),
    },
    administration: openAdministration(withMail),
    web: { pages, assets },
  };
}

function openAdminTokens(
  { database, clock }: Foundation,
  { clients, sessions, tokens }: Stores,
  { active, builtIn }: Awaited<ReturnType<typeof openProtocol>>,
) {
  const registrations = createRegistrations(clients.store, clients.resources, builtIn);
  const accessTokens = createAccessTokens({ ...tokens, active, registrations, database, clock });
  return createAdminTokens({ active, accessTokens, deadlines: sessions.deadlines, clock });
}

function openSignIn(
  { clock, documents, secrets: { digestKey } }: Foundation,
  { accounts, factors, protection, sessions, signIn }: Stores,
  { breakGlass, notices }: Pick<Lifecycle, 'breakGlass' | 'notices'>,
  passwordRules: PasswordRules,
  hasher: PasswordHasher,
) {
  return createSignIn({
    ...signIn,
    ...factors,
    factorSettings: factors.settings,
    factorEnrolments: factors.enrolments,
    passkeyCeremonies: factors.ceremonies,
    accounts: accounts.store,
    lockout: protection.lockout,
    sessionSettings: sessions.settings,
    breakGlass,
    notices,
    passwordRules,
    hasher,
    digestKey,
    documents,
    clock,
  });
}

/** An earlier version has stored them as they were imported; they go on to verify, and whoever reads a copy guesses fast. */
function warnOfWeakHashes({ log }: Foundation, { passwords: { standIns } }: Stores): void {
  if (standIns.weak === 0) return;
  log.warn(
    { accounts: standIns.weak },
    'these accounts have weak password hashes; expected wrapped ones: run gatehouse passwords wrap',
  );
}

/** Their passwords are right and match nothing: what to do about it is an operator's to know. */
function warnOfUnknownPeppers({ config, log }: Foundation, { passwords: { standIns } }: Stores): void {
  for (const [id, accounts] of standIns.peppered) {
    if (config.passwords.peppers?.keys.has(id)) continue;
    log.warn(
      { id, accounts },
      'PASSWORD_PEPPERS: these accounts cannot sign in with their passwords, because the pepper of their hashes is missing',
    );
  }
}
