import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import { person, SYSTEM_ACTOR } from '../domain/audit/actor.ts';
import type { AuditEvent, AuditedBy } from '../domain/audit/events.ts';
import { accountFacts } from '../domain/audit/facts.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import {
  BREAK_GLASS_DOMAIN,
  type BreakGlassState,
  newSecrets,
  REMINDER_DAYS,
  SEED_BYTES,
  stateOf,
} from '../domain/break-glass/policy.ts';
import type { BreakGlassAccount, BreakGlassStore } from '../domain/break-glass/store.ts';
import type { Sighting } from '../domain/devices/store.ts';
import type { PasswordHasher } from '../domain/passwords/hasher.ts';
import type { RecoveryCodeStore } from '../domain/recovery-codes/store.ts';
import { toBase32 } from '../domain/totp/base32.ts';
import type { TotpStore } from '../domain/totp/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { conflict, GatehouseError, notFound } from '../kernel/errors.ts';
import type { Randomness } from '../kernel/ids.ts';
import { ADMINISTRATOR_ROLE } from '../setup/first-administrator.ts';
import type { Executor } from '../storage/database.ts';
import { commitWrites, type Write } from '../storage/unit-of-work.ts';
import type { AccountStatusChanges } from './account-status.ts';
import type { Alarms } from './alarms.ts';

export interface BreakGlassDependencies {
  readonly accounts: Pick<AccountStore, 'create'>;
  readonly breakGlassStore: BreakGlassStore;
  readonly life: Pick<LifecycleStore, 'lock'>;
  readonly accountStatus: Pick<AccountStatusChanges, 'set'>;
  readonly recoveryCodes: Pick<RecoveryCodeStore, 'generate'>;
  readonly totp: Pick<TotpStore, 'adopt'>;
  readonly hasher: Pick<PasswordHasher, 'hash'>;
  readonly alarms: Alarms;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: Randomness;
  /** After how many days without a drill an alarm reminds of it. */
  readonly drillDays: number;
}

/** What was made before the transaction that makes the account: hashing takes long. */
export interface SealedAccount {
  readonly username: string;
  readonly password: string;
  readonly passwordHash: string;
  /** Base32, as authenticator apps take it. */
  readonly totpSecret: string;
  /** The id that the account will have: the code is hashed with it. */
  readonly account: string;
  /** What stands in for the second factor, once. */
  readonly code: string;
  /** What keeps its hash. */
  readonly codeWrites: readonly Write[];
}

export interface BreakGlass {
  prepare(): Promise<SealedAccount>;
  /**
   * In the transaction of the caller: a break-glass account with these secrets, which nothing keeps but as hashes, or sealed. Answers
   * the code that stands in for the second factor, once. Rings the alarms.
   */
  create(
    tx: Executor,
    sealed: SealedAccount,
    by: AuditedBy,
  ): Promise<{ readonly account: string; readonly code: string }>;
  /** For the unit of a sign-in that is complete: the use of the account, its event, and the alarms. */
  used(account: Account, sighting: Sighting): { readonly writes: Write[]; readonly event: AuditEvent };
  /** Ends it for good before its time. Throws `account_unknown` (404), `break_glass_over` (409). */
  revoke(tx: Executor, account: string, by: AuditedBy): Promise<BreakGlassAccount>;
  /**
   * Somebody signs for what was done with it. Throws `account_unknown` (404), `break_glass_not_used`, `break_glass_in_use` or
   * `break_glass_reviewed` (409), and `own_review` (403) for whoever has used it.
   */
  review(
    tx: Executor,
    account: string,
    given: { readonly reviewer: string; readonly text: string },
    by: AuditedBy,
  ): Promise<BreakGlassAccount>;
  /** Its envelope is whole and where it should be. Throws `account_unknown` (404), `break_glass_over` (409). */
  drilled(tx: Executor, account: string, by: AuditedBy): Promise<BreakGlassAccount>;
  /** Ends those whose use is over. Answers how many. */
  endOver(tx: Executor): Promise<number>;
  /** Rings for those that have to be drilled. Answers how many. */
  remind(tx: Executor): Promise<number>;
}

const DAY_MS = 86_400_000;

export function createBreakGlass(deps: BreakGlassDependencies): BreakGlass {
  const { breakGlassStore: store, audit, alarms, clock, accountStatus, life } = deps;
  const bySystem: AuditedBy = { actor: SYSTEM_ACTOR, origin: {} };
  const about = (account: string, by: AuditedBy) => ({ outcome: 'success', account, ...by }) as const;

  /** Its row and that of the account, held in the order in which sign-ins take them. */
  async function held(tx: Executor, id: string) {
    const account = await life.lock(tx, id);
    const found = account?.breakGlass ? await store.hold(tx, id) : undefined;
    if (found === undefined)
      throw notFound('account_unknown', `There is no break-glass account "${id.slice(0, 64)}".`);
    return { found, state: stateOf(found, clock.now()) };
  }

  const after = async (tx: Executor, account: string) => (await store.find(tx, account)) as BreakGlassAccount;

  return {
    async prepare() {
      const { username, password } = newSecrets(deps.random);
      const passwordHash = await deps.hasher.hash(password);
      const account = deps.random.uuid();
      const { codes, writes: codeWrites } = await deps.recoveryCodes.generate(account, 1);
      const totpSecret = toBase32(deps.random.bytes(SEED_BYTES));
      return { username, password, passwordHash, totpSecret, account, code: String(codes[0]), codeWrites };
    },

    async create(tx, { account: id, username, passwordHash, totpSecret, code, codeWrites }, by) {
      const now = clock.now();
      const account = await deps.accounts.create(tx, {
        id,
        email: `${username}@${BREAK_GLASS_DOMAIN}`,
        username,
        name: 'Break-glass account',
        passwordHash,
        roles: [ADMINISTRATOR_ROLE],
      });
      const createdBy = by.actor.kind === 'command' ? by.actor.user : by.actor.kind;
      await store.create(tx, { account: account.id, username, createdAt: now, createdBy });
      await deps.totp.adopt(tx, [{ accountId: account.id, totpSecret }]);
      await commitWrites(tx, codeWrites);
      await audit.record(
        tx,
        {
          ...about(account.id, by),
          type: 'account.created',
          details: { source: 'command', after: accountFacts(account) },
        },
        { ...about(account.id, by), type: 'break_glass.created', details: {} },
      );
      await alarms.ring(tx, { what: 'break_glass_created', about: username, by: createdBy, at: now });
      return { account: account.id, code };
    },

    used({ id, username, email }, { at, ip, userAgent }) {
      const alarm = {
        what: 'break_glass_used',
        about: username ?? email,
        at,
        ...(ip === undefined ? {} : { ip }),
        ...(userAgent === undefined ? {} : { userAgent }),
      } as const;
      return {
        writes: [store.use(id, at), ...alarms.writes(alarm)],
        event: {
          type: 'break_glass.used',
          outcome: 'success',
          actor: person(id),
          account: id,
          details: {},
        },
      };
    },

    async revoke(tx, id, by) {
      const { state } = await held(tx, id);
      if (state !== 'sealed' && state !== 'used') throw over(state);
      await store.end(tx, id, clock.now(), true);
      await audit.record(tx, { ...about(id, by), type: 'break_glass.revoked', details: {} });
      await accountStatus.set(tx, id, 'disabled', by);
      return after(tx, id);
    },

    async review(tx, id, { reviewer, text }, by) {
      if (reviewer === id) throw ownReview();
      const { state } = await held(tx, id);
      if (state === 'sealed' || state === 'revoked')
        throw conflict('break_glass_not_used', 'It was never used: there is nothing to review.');
      if (state === 'used')
        throw conflict(
          'break_glass_in_use',
          'It is still in use: review it when that is over, or revoke it.',
        );
      if (state === 'reviewed') throw conflict('break_glass_reviewed', 'Its use was reviewed already.');
      await store.review(tx, id, clock.now(), reviewer);
      await audit.record(tx, { ...about(id, by), type: 'break_glass.reviewed', details: { text } });
      return after(tx, id);
    },

    async drilled(tx, id, by) {
      const { state } = await held(tx, id);
      if (state !== 'sealed') throw over(state);
      await store.drill(tx, id, clock.now());
      await audit.record(tx, { ...about(id, by), type: 'break_glass.drilled', details: {} });
      return after(tx, id);
    },

    async endOver(tx) {
      const now = clock.now();
      let ended = 0;
      for (const account of await store.over(tx, now)) {
        // Held in the order in which sign-ins take them; meanwhile another node may have ended it.
        const { found } = await held(tx, account);
        const { usedAt, endedAt } = found;
        if (usedAt === undefined || endedAt !== undefined) continue;
        await store.end(tx, account, now, false);
        const details = { usedAt: usedAt.toISOString() };
        await audit.record(tx, { ...about(account, bySystem), type: 'break_glass.ended', details });
        await accountStatus.set(tx, account, 'disabled', bySystem);
        ended += 1;
      }
      return ended;
    },

    async remind(tx) {
      const now = clock.now();
      const ago = (days: number) => new Date(now.getTime() - days * DAY_MS);
      const since = { drilled: ago(deps.drillDays), reminded: ago(REMINDER_DAYS) };
      const due = await store.holdUndrilled(tx, since);
      for (const { account, username } of due) {
        await store.remind(tx, account, now);
        await audit.record(tx, { ...about(account, bySystem), type: 'break_glass.drill_due', details: {} });
        await alarms.ring(tx, { what: 'break_glass_drill_due', about: username, at: now });
      }
      return due.length;
    },
  };
}

const over = (state: BreakGlassState) =>
  conflict(
    'break_glass_over',
    state === 'used' ? 'It is in use already.' : 'This break-glass account has ended already.',
  );

const ownReview = () =>
  new GatehouseError('own_review', {
    status: 403,
    message: 'Somebody else has to review what was done with this account.',
  });
