/**
 * Trusted devices: browsers on which a person asked not to be asked for the second factor for some days. This folder owns
 * which ones those are and until when. A trusted device proves nothing: it only spares a question that the policy would
 * ask. Who may have any, and what ends them, it leaves to others.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/crypto.ts';
import { toStorable } from '../../kernel/text.ts';
import { type Database, type Executor, type Statement, sweepStatement } from '../../storage/database.ts';
import type { Condition, Write } from '../../storage/unit-of-work.ts';

export const TrustedDeviceRecord = defineEntity({
  name: 'TrustedDeviceRecord',
  tableName: 'trusted_devices',
  properties: {
    accountId: p.uuid().primary(),
    idHash: p.blob().primary(),
    createdAt: p.datetime(),
    expiresAt: p.datetime().index('trusted_devices_expires_at_index'),
    userAgent: p.text().nullable(),
    ip: p.text().nullable(),
  },
});

export interface TrustedDevice {
  /** Names the device to the person's own pages; it is the hash, not what the cookie holds. */
  readonly idHash: string;
  readonly since: Date;
  readonly until: Date;
  readonly userAgent: string | undefined;
  readonly ip: string | undefined;
}

/** What is known of the place where a device was trusted. */
export interface Seen {
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
}

/** The code with which a unit fails that ends the trust of a device that was not trusted. */
export const DEVICE_UNKNOWN = 'device_unknown';

export interface TrustedDeviceStore {
  /** Trusts the device for so many days from now on, and forgets the oldest ones of the person beyond the bound. */
  trust(accountId: string, deviceId: string, days: number, seen: Seen): Write[];
  isTrusted(accountId: string, deviceId: string): Promise<boolean>;
  /** The same as part of a statement. */
  trusted(accountId: string, deviceId: string): Condition;
  /** The account's trusted devices, the last trusted first; with an executor, as its transaction sees them. */
  list(accountId: string, executor?: Executor): Promise<TrustedDevice[]>;
  /** Fails with {@link DEVICE_UNKNOWN}. */
  revoke(accountId: string, idHash: string): Write;
  revokeAll(accountId: string): Write;
  /** Deletes up to `limit` of those that ended before `before`; answers how many. */
  sweep(before: Date, limit: number): Promise<number>;
}

/** Devices of one person that are trusted at a time. */
export const MAX_TRUSTED_DEVICES = 20;

const MAX_TEXT = 512;
const DAY_SECONDS = 86_400;

const IS_TRUSTED: Statement = {
  name: 'trusted_devices_is_trusted',
  text: 'select 1 from trusted_devices where account_id = $1 and id_hash = $2 and expires_at > $3',
};

const LIST: Statement = {
  name: 'trusted_devices_list',
  text: `
    select id_hash, created_at, expires_at, user_agent, ip from trusted_devices
    where account_id = $1 and expires_at > $2 order by created_at desc, id_hash`,
};

const SWEEP = sweepStatement('trusted_devices');

interface Row {
  id_hash: Buffer;
  created_at: Date | string;
  expires_at: Date | string;
  user_agent: string | null;
  ip: string | null;
}

const cut = (text: string | undefined) => (text === undefined ? null : toStorable(text.slice(0, MAX_TEXT)));

export function createTrustedDeviceStore(database: Database, clock: Clock): TrustedDeviceStore {
  return {
    sweep: async (before, limit) => (await database.query(SWEEP, [before, limit])).length,

    trust(accountId, deviceId, days, { ip, userAgent }) {
      const hash = sha256(deviceId);
      const now = clock.now();
      const until = addSeconds(now, days * DAY_SECONDS);
      // Two writes that never touch the same row, as a unit of work asks.
      return [
        {
          sql: (parameter) => `
            insert into trusted_devices (account_id, id_hash, created_at, expires_at, user_agent, ip)
            values (${parameter(accountId)}, ${parameter(hash)}, ${parameter(now)}, ${parameter(until)},
              ${parameter(cut(userAgent))}, ${parameter(cut(ip))})
            on conflict (account_id, id_hash) do update set created_at = excluded.created_at,
              expires_at = excluded.expires_at, user_agent = excluded.user_agent, ip = excluded.ip`,
        },
        {
          sql: (parameter) => `
            delete from trusted_devices where (account_id, id_hash) in (
              select account_id, id_hash from trusted_devices
              where account_id = ${parameter(accountId)} and id_hash <> ${parameter(hash)}
              order by created_at desc offset ${MAX_TRUSTED_DEVICES - 1})`,
        },
      ];
    },

    async isTrusted(accountId, deviceId) {
      return (await database.query(IS_TRUSTED, [accountId, sha256(deviceId), clock.now()])).length > 0;
    },

    trusted: (accountId, deviceId) => (parameter) =>
      `
      exists (select 1 from trusted_devices where account_id = ${parameter(accountId)}
        and id_hash = ${parameter(sha256(deviceId))} and expires_at > ${parameter(clock.now())})`,

    async list(accountId, executor = database) {
      const rows = await executor.query<Row>(LIST, [accountId, clock.now()]);
      return rows.map((row) => ({
        idHash: row.id_hash.toString('base64url'),
        since: new Date(row.created_at),
        until: new Date(row.expires_at),
        userAgent: row.user_agent ?? undefined,
        ip: row.ip ?? undefined,
      }));
    },

    revoke: (accountId, idHash) => ({
      otherwise: DEVICE_UNKNOWN,
      sql: (parameter) => `
        delete from trusted_devices where account_id = ${parameter(accountId)}
          and id_hash = ${parameter(Buffer.from(idHash, 'base64url'))} returning 1`,
    }),

    revokeAll: (accountId) => ({
      sql: (parameter) => `delete from trusted_devices where account_id = ${parameter(accountId)}`,
    }),
  };
}
