/**
 * Setup: how the first administrator comes to be. There are no default accounts; whoever can read the server's terminal,
 * or run a command beside it, gets a link that works once.
 */
import type { Account, AccountStore } from '../domain/accounts/store.ts';
import { SYSTEM_ACTOR } from '../domain/audit/actor.ts';
import type { AuditEvent, AuditedBy, Origin } from '../domain/audit/events.ts';
import { accountFacts } from '../domain/audit/facts.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { OneTimeLinkStore } from '../domain/one-time-links/store.ts';
import type { PasswordHasher } from '../domain/passwords/hasher.ts';
import { demandFor, type FactorSettings, graceOf, NOTHING_SKIPPED } from '../domain/second-factors/policy.ts';
import type { FactorEnrolmentStore } from '../domain/second-factors/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { GatehouseError } from '../kernel/errors.ts';
import type { Database, Executor } from '../storage/database.ts';
import { lock } from '../storage/locks.ts';
import { commitWrites } from '../storage/unit-of-work.ts';

export const ADMINISTRATOR_ROLE = 'administrator';

const PURPOSE = 'first-administrator';
const LIFETIME_SECONDS = 86_400;

export interface FirstAdministrator {
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

export interface Setup {
  /** True while nobody is an administrator. */
  needed(): Promise<boolean>;
  /**
   * In the transaction of the caller: a fresh link; those before it stop working. Undefined when there is an administrator
   * already.
   */
  issueLink(tx: Executor, by: AuditedBy): Promise<string | undefined>;
  /** Whether the link would work now. Changes nothing. */
  isOpen(token: string): Promise<boolean>;
  /**
   * Consumes the link and creates the account, both or neither. Its first sign-in sets up a second factor: where the policy asks
   * nobody (`optional` without a limit), the first administrator is asked all the same. Throws `setup_link_invalid` (410), or what the account
   * store and the hasher refuse; then the link still works.
   */
  complete(token: string, person: FirstAdministrator, origin: Origin): Promise<Account>;
  /** Whether the first sign-in of that account asks for a second factor; with the policy `off` nobody can have one. */
  readonly asksForFactor: boolean;
}

export interface SetupDependencies {
  readonly issuer: string;
  readonly database: Database;
  readonly accounts: AccountStore;
  readonly links: OneTimeLinkStore;
  readonly hasher: PasswordHasher;
  readonly audit: AuditLog;
  readonly enrolments: Pick<FactorEnrolmentStore, 'require'>;
  readonly factorSettings: FactorSettings;
  readonly clock: Clock;
}

export function createSetup(deps: SetupDependencies): Setup {
  const { issuer, database, accounts, links, hasher, audit, factorSettings } = deps;
  const demand = demandFor([ADMINISTRATOR_ROLE], undefined, factorSettings);
  const needed = async (executor: Executor = database) =>
    !(await accounts.anyoneHas(executor, ADMINISTRATOR_ROLE));

  return {
    needed: () => needed(),
    asksForFactor: demand !== 'off',

    async issueLink(tx, by) {
      if (!(await needed(tx))) return undefined;
      await links.revokeAll(tx, PURPOSE);
      const { token } = await links.issue(tx, { purpose: PURPOSE, lifetimeSeconds: LIFETIME_SECONDS });
      await audit.record(tx, event('setup.link_issued', by));
      // The fragment would never reach the server; a query would stay in logs of proxies, which is why it works once.
      return `${issuer}/setup?token=${token}`;
    },

    isOpen: async (token) => (await links.peek(PURPOSE, token)) !== undefined && (await needed()),

    async complete(token, { email, name, password }, origin) {
      // Hashed before the transaction: none stays open while hashing. An invalid link must not cost a hash.
      if ((await links.peek(PURPOSE, token)) === undefined) throw linkInvalid();
      const passwordHash = await hasher.hash(password);
      return database.transaction(async (tx) => {
        // One at a time, so that two open links cannot make two first administrators.
        await lock(tx, 'setup');
        const link = await links.consume(tx, PURPOSE, token);
        if (link === undefined || !(await needed(tx))) throw linkInvalid();
        const account = await accounts.create(tx, {
          email,
          name,
          passwordHash,
          roles: [ADMINISTRATOR_ROLE],
        });
        // A limit that the operator has set (a date, a number of sign-ins) is theirs to set for everybody.
        const { offered } = graceOf(demand, factorSettings, NOTHING_SKIPPED, deps.clock.now());
        if (demand !== 'off' && !offered) await commitWrites(tx, [deps.enrolments.require(account.id)]);
        await audit.record(
          tx,
          { ...event('setup.completed', { actor: SYSTEM_ACTOR, origin }), account: account.id },
          {
            type: 'account.created',
            outcome: 'success',
            actor: SYSTEM_ACTOR,
            account: account.id,
            origin,
            details: { source: 'setup', after: accountFacts(account) },
          },
        );
        return account;
      });
    },
  };
}

function event(type: 'setup.link_issued' | 'setup.completed', by: AuditedBy): AuditEvent {
  return { type, outcome: 'success', ...by, details: {} };
}

const linkInvalid = () =>
  new GatehouseError('setup_link_invalid', {
    status: 410,
    message: 'This link was used or is no longer valid.',
  });
