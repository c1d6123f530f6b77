/**
 * Devices: the browsers that have signed a person in before. This folder owns which ones those are and how many may be
 * remembered. It leaves the cookie that carries a device's id to `http`, and to others what a known device is good for:
 * it spares its person the consequences of a stranger's failures, and never proves anything.
 */
import { defineEntity, p } from '@mikro-orm/postgresql';
import { sha256 } from '../../kernel/crypto.ts';
import { newToken, type Randomness } from '../../kernel/ids.ts';
import { toStorable } from '../../kernel/text.ts';
import type { Database, Executor, Statement } from '../../storage/database.ts';
import type { Condition, Write } from '../../storage/unit-of-work.ts';
import { MAX_ACCOUNTS_OF_A_DEVICE, MAX_DEVICES_OF_AN_ACCOUNT } from './policy.ts';

export const KnownDeviceRecord = defineEntity({
  name: 'KnownDeviceRecord',
  tableName: 'known_devices',
  properties: {
    accountId: p.uuid().primary(),
    idHash: p.blob().primary().index('known_devices_id_hash_index'),
    createdAt: p.datetime(),
    lastSeenAt: p.datetime(),
    userAgent: p.text().nullable(),
    ip: p.text().nullable(),
  },
});

export interface KnownDevice {
  /** Names the device to the person's own pages; it is the hash, not what the cookie holds. */
  readonly idHash: string;
  readonly since: Date;
  readonly lastSeenAt: Date;
  readonly userAgent: string | undefined;
  readonly ip: string | undefined;
}

/** What is noted of a sign-in, to tell devices apart on the person's pages. */
export interface Sighting {
  readonly at: Date;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
}

export interface DeviceStore {
  /** An id for a device that has none: 256 random bits. */
  newId(): string;
  /** The accounts that this device has signed in. One prepared statement. */
  accountsOf(deviceId: string): Promise<ReadonlySet<string>>;
  /** Remembers that the device signed the account in, and forgets the ones not seen for longest beyond the bounds. */
  remember(deviceId: string, accountId: string, sighting: Sighting): Write[];
  /** That some device has signed the account in before. */
  hasAny(accountId: string): Condition;
  /** The account's devices, the last seen first. */
  list(accountId: string): Promise<KnownDevice[]>;
  /** Forgets one device of the account; false when it had none such. */
  forget(tx: Executor, accountId: string, idHash: string): Promise<boolean>;
  /** Forgets all devices of the account, e.g. because it is deleted or was in other hands. */
  forgetAll(tx: Executor, accountId: string): Promise<void>;
}

/** What the write that remembers a device is called in its statement. */
const DEVICE_SEEN = 'device_seen';

/**
 * That the statement has made the device known: another sign-in may have forgotten it, for want of room, since it was looked up.
 * Behind {@link DeviceStore.remember}, in the same unit.
 */
export const deviceWasAdded: Condition = () => `exists (select from ${DEVICE_SEEN} where made)`;

const MAX_TEXT = 512;

const ACCOUNTS_OF: Statement = {
  name: 'known_devices_accounts_of',
  text: 'select account_id from known_devices where id_hash = $1',
};

const LIST: Statement = {
  name: 'known_devices_list',
  text: `
    select id_hash, created_at, last_seen_at, user_agent, ip from known_devices where account_id = $1
    order by last_seen_at desc, id_hash`,
};

interface Row {
  id_hash: Buffer;
  created_at: Date | string;
  last_seen_at: Date | string;
  user_agent: string | null;
  ip: string | null;
}

const cut = (text: string | undefined) => (text === undefined ? null : toStorable(text.slice(0, MAX_TEXT)));

export function createDeviceStore(database: Database, random: Randomness): DeviceStore {
  return {
    newId: () => newToken(random),

    async accountsOf(deviceId) {
      const rows = await database.query<{ account_id: string }>(ACCOUNTS_OF, [sha256(deviceId)]);
      return new Set(rows.map(({ account_id: id }) => id));
    },

    remember(deviceId, accountId, { at, ip, userAgent }) {
      const hash = sha256(deviceId);
      // Three writes that never touch the same row, as a unit of work asks.
      return [
        {
          name: DEVICE_SEEN,
          sql: (parameter) => `
            insert into known_devices as d (account_id, id_hash, created_at, last_seen_at, user_agent, ip)
            values (${parameter(accountId)}, ${parameter(hash)}, ${parameter(at)}, ${parameter(at)},
              ${parameter(cut(userAgent))}, ${parameter(cut(ip))})
            on conflict (account_id, id_hash) do update set
              last_seen_at = excluded.last_seen_at, user_agent = excluded.user_agent, ip = excluded.ip
            returning d.xmax = 0 as made`,
        },
        {
          sql: (parameter) => `
            delete from known_devices where (account_id, id_hash) in (
              select account_id, id_hash from known_devices
              where account_id = ${parameter(accountId)} and id_hash <> ${parameter(hash)}
              order by last_seen_at desc offset ${MAX_DEVICES_OF_AN_ACCOUNT - 1})`,
        },
        {
          sql: (parameter) => `
            delete from known_devices where (account_id, id_hash) in (
              select account_id, id_hash from known_devices
              where id_hash = ${parameter(hash)} and account_id <> ${parameter(accountId)}
              order by last_seen_at desc offset ${MAX_ACCOUNTS_OF_A_DEVICE - 1})`,
        },
      ];
    },

    hasAny: (accountId) => (parameter) =>
      `exists (select 1 from known_devices where account_id = ${parameter(accountId)})`,

    async list(accountId) {
      const rows = await database.query<Row>(LIST, [accountId]);
      return rows.map((row) => ({
        idHash: row.id_hash.toString('base64url'),
        since: new Date(row.created_at),
        lastSeenAt: new Date(row.last_seen_at),
        userAgent: row.user_agent ?? undefined,
        ip: row.ip ?? undefined,
      }));
    },

    async forget(tx, accountId, idHash) {
      const text = 'delete from known_devices where account_id = $1 and id_hash = $2 returning 1';
      return (await tx.query(text, [accountId, Buffer.from(idHash, 'base64url')])).length > 0;
    },

    async forgetAll(tx, accountId) {
      await tx.query('delete from known_devices where account_id = $1', [accountId]);
    },
  };
}
