import type { LifecycleStore } from '../domain/accounts/life-store.ts';
import type { Account } from '../domain/accounts/store.ts';
import { person } from '../domain/audit/actor.ts';
import type { AuditDetails, AuditEvent } from '../domain/audit/events.ts';
import { factorFacts } from '../domain/audit/facts.ts';
import type { AuditLog } from '../domain/audit/store.ts';
import type { Sighting } from '../domain/devices/store.ts';
import type { RecoveryCodeStore, RecoverySet } from '../domain/recovery-codes/store.ts';
import { type Demand, demandFor, type FactorSettings } from '../domain/second-factors/policy.ts';
import type { FactorEnrolmentStore } from '../domain/second-factors/store.ts';
import type { TemporaryCodeStore } from '../domain/temporary-codes/store.ts';
import type { TrustedDevice, TrustedDeviceStore } from '../domain/trusted-devices/store.ts';
import type { Clock } from '../kernel/clock.ts';
import { conflict, GatehouseError } from '../kernel/errors.ts';
import { FACTORS, hasOwn, type OwnFactorKind } from '../sign-in/factors/kinds.ts';
import type { Database, Executor } from '../storage/database.ts';
import { commitWrites, type Write } from '../storage/unit-of-work.ts';
import type { EndOfAccess } from './end-of-access.ts';
import {
  heldOf,
  listOwn,
  type OwnFactorStoreDependencies,
  type OwnFactorsByKind,
  ownFactorStores,
} from './factor-stores.ts';
import { isLast, type MustStay, mustStay } from './must-stay.ts';
import type { Notices } from './notices.ts';
import type { Changer } from './own-profile.ts';

/** Everything that somebody signs in with beside a password. */
export interface Factors {
  readonly own: OwnFactorsByKind;
  readonly codes: RecoverySet;
  readonly devices: readonly TrustedDevice[];
  /** A first factor asks for a temporary code. */
  readonly codeNeeded: boolean;
}

/** Whether there is anything beside the password. Codes to recover a factor are none. */
export const isEquipped = ({ own }: Pick<Factors, 'own'>): boolean => hasOwn(heldOf(own));

/** What people do with the second factors that they have. */
export interface OwnFactors {
  of(accountId: string): Promise<Factors>;
  /** What the roles of the person demand, wherever they sign in. */
  demandOn(account: Account): Demand;
  /** Undefined when it may be removed. */
  mustStay(account: Account, kind: OwnFactorKind, factors: Pick<Factors, 'own'>): MustStay | undefined;
  /** Throws `factor_unknown` (404). */
  rename(account: Account, kind: OwnFactorKind, id: string, name: string, by: Changer): Promise<void>;
  /**
   * Removes it, tells the person, and ends their other sessions if they say so. With the last of all go the recovery codes
   * and the trust of devices. Throws `factor_unknown` (404), `factor_must_stay` (409).
   */
  remove(
    account: Account,
    which: { readonly kind: OwnFactorKind; readonly id: string; readonly endOthers: boolean },
    by: Changer,
  ): Promise<void>;
  /** Throws `device_unknown` (404). */
  forgetDevice(account: Account, idHash: string, by: Changer): Promise<void>;
  endOtherSessions(account: Account, by: Changer): Promise<void>;
}

export interface OwnFactorDependencies extends OwnFactorStoreDependencies<'list' | 'rename' | 'remove'> {
  readonly database: Database;
  readonly life: Pick<LifecycleStore, 'lock'>;
  readonly recoveryCodes: Pick<RecoveryCodeStore, 'remaining' | 'removeAll'>;
  readonly trustedDevices: Pick<TrustedDeviceStore, 'list' | 'revoke' | 'revokeAll'>;
  readonly temporaryCodes: Pick<TemporaryCodeStore, 'revoke'>;
  readonly factorEnrolments: Pick<FactorEnrolmentStore, 'state'>;
  readonly factorSettings: FactorSettings;
  readonly notices: Pick<Notices, 'factorChanged'>;
  readonly audit: AuditLog;
  readonly endOfAccess: EndOfAccess;
  readonly clock: Clock;
}

export function createOwnFactors(deps: OwnFactorDependencies): OwnFactors {
  const { database, recoveryCodes, trustedDevices, audit } = deps;
  const stores = ownFactorStores(deps);

  const byOwner = ({ id }: Account, { session, origin }: Changer) =>
    ({ outcome: 'success', actor: person(id), account: id, session, origin }) as const;

  const sightingOf = ({ origin }: Changer): Sighting => ({
    at: deps.clock.now(),
    ip: origin.ip,
    userAgent: origin.userAgent,
  });

  const demandOn = ({ roles }: Account) => demandFor(roles, undefined, deps.factorSettings);

  /** One change of the person's, with what is recorded of it; a write that found nothing to change is a 404. */
  async function change(tx: Executor, writes: readonly Write[], ...events: AuditEvent[]): Promise<void> {
    try {
      await commitWrites(tx, writes);
    } catch (error) {
      if (!(error instanceof GatehouseError) || !UNKNOWN.has(error.code)) throw error;
      throw new GatehouseError(error.code, {
        status: 404,
        message: 'This is not there any more.',
        cause: error,
      });
    }
    await audit.record(tx, ...events);
  }

  return {
    demandOn,

    mustStay: (account, kind, { own }) => mustStay(demandOn(account), kind, heldOf(own)),

    async of(accountId) {
      const [own, codes, devices, { codeNeeded }] = await Promise.all([
        listOwn(stores, accountId),
        recoveryCodes.remaining(accountId),
        trustedDevices.list(accountId),
        deps.factorEnrolments.state(accountId),
      ]);
      return { own, codes, devices, codeNeeded };
    },

    rename: (account, kind, id, name, by) =>
      database.transaction(async (tx) => {
        // Held, so that the name from before is the one that this change replaces.
        await deps.life.lock(tx, account.id);
        const own = await stores[kind].list(account.id, tx);
        const former = own.find((factor) => factor.id === id)?.name;
        await change(tx, [stores[kind].rename(account.id, id, name)], {
          ...byOwner(account, by),
          type: 'factor.renamed',
          details: {
            kind: FACTORS[kind].audited,
            id,
            before: factorFacts(former),
            after: factorFacts(name),
          },
        });
      }),

    async remove(account, { kind, id, endOthers }, by) {
      await database.transaction(async (tx) => {
        // Held until the end: of two requests that remove the last two factors, one sees what the other has left.
        const now = await deps.life.lock(tx, account.id);
        if (now?.accessEpoch !== account.accessEpoch) {
          throw conflict('changed_meanwhile', 'You were signed out meanwhile.');
        }
        const codes = await recoveryCodes.remaining(account.id, tx);
        const devices = await trustedDevices.list(account.id, tx);
        const own = await listOwn(stores, account.id, tx);
        const held = heldOf(own);
        // What is not there is refused below, whatever the policy.
        const factor = own[kind].find((each) => each.id === id);
        if (factor !== undefined && mustStay(demandOn(account), kind, held) !== undefined) {
          throw conflict('factor_must_stay', 'This is the last one, and the organisation asks for one.');
        }
        const leavesNone = isLast(held);
        const about = byOwner(account, by);
        const removed = (details: AuditDetails['factor.removed']): AuditEvent => ({
          ...about,
          type: 'factor.removed',
          details,
        });
        const removal = removed({ kind: FACTORS[kind].audited, id, before: factorFacts(factor?.name) });
        const rest: AuditEvent[] = [];
        if (leavesNone && codes.createdAt !== undefined) {
          rest.push(removed({ kind: FACTORS.recovery_code.audited }));
        }
        if (leavesNone && devices.length > 0) {
          rest.push({ ...about, type: 'device.trust_ended', details: { all: true } });
        }
        const last = leavesNone
          ? [recoveryCodes.removeAll(account.id), trustedDevices.revokeAll(account.id)]
          : [];
        const mail = deps.notices.factorChanged(account, 'removed', FACTORS[kind].mailed, sightingOf(by));
        const code = deps.temporaryCodes.revoke(account.id);
        const writes = [stores[kind].remove(account.id, id), code, ...last, ...mail];
        await change(tx, writes, removal, ...rest);
        if (endOthers) await endOtherSessions(tx, account, by);
      });
    },

    forgetDevice: (account, idHash, by) =>
      database.transaction((tx) =>
        change(tx, [trustedDevices.revoke(account.id, idHash)], {
          ...byOwner(account, by),
          type: 'device.trust_ended',
          details: { all: false },
        }),
      ),

    endOtherSessions: (account, by) => database.transaction((tx) => endOtherSessions(tx, account, by)),
  };

  async function endOtherSessions(tx: Executor, account: Account, by: Changer): Promise<void> {
    await deps.endOfAccess.end(tx, account.id, 'othersSignedOut', { actor: person(account.id), ...by });
    await audit.record(tx, { ...byOwner(account, by), type: 'session.others_ended', details: {} });
  }
}

/** The codes with which a write fails when its row is not there. */
const UNKNOWN: ReadonlySet<string> = new Set(['factor_unknown', 'device_unknown']);
