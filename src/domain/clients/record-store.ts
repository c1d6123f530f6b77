import { defineEntity, p } from '@mikro-orm/postgresql';

export const ClientRecord = defineEntity({
  name: 'ClientRecord',
  tableName: 'clients',
  properties: {
    id: p.text().primary(),
    metadata: p.json<ClientMetadata>(),
    /** What servers of the version before compare with; see the migration `client_secrets`. */
    secretDigest: p.text().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    /** From when on it is refused everywhere; null where it is not. */
    disabledAt: p.datetime().nullable(),
    /** When it was enabled last: tokens of before stay ended. */
    enabledAt: p.datetime().nullable(),
    /** Of one that is disabled: a right that is limited to its owner has disabled it. */
    ownersMayEnable: p.boolean().default(false),
  },
});

/** Beside `clients`, which every node reads again when one is changed. */
export const ClientUseRecord = defineEntity({
  name: 'ClientUseRecord',
  tableName: 'client_uses',
  properties: {
    client: () =>
      p.oneToOne(ClientRecord).primary().deleteRule('cascade').updateRule('no action').index(false),
    lastUsedAt: p.datetime(),
  },
});

/** RFC 7591 client metadata, validated before it is stored; never with a secret in it. */
export type ClientMetadata = Record<string, unknown>;

/** A client has one secret without an end, and at most one that ends. */
export const ClientSecretRecord = defineEntity({
  name: 'ClientSecretRecord',
  tableName: 'client_secrets',
  properties: {
    client: () =>
      p.manyToOne(ClientRecord).primary().deleteRule('cascade').updateRule('no action').index(false),
    id: p.text().primary(),
    digest: p.text(),
    createdAt: p.datetime(),
    endsAt: p.datetime().nullable(),
    lastUsedAt: p.datetime().nullable(),
    /** When it would have ended without another one (`client_secret_expires_at`); null: never. */
    expiresAt: p.datetime().nullable(),
  },
  indexes: [
    {
      name: 'client_secrets_lasting_unique',
      expression:
        'create unique index client_secrets_lasting_unique on client_secrets (client_id) where ends_at is null',
    },
    {
      name: 'client_secrets_ending_unique',
      expression:
        'create unique index client_secrets_ending_unique on client_secrets (client_id) where ends_at is not null',
    },
  ],
});

/** A secret of a client, as it is stored: what it is, only its digest tells. */
export interface ClientSecret {
  /** By which people name it; the secret cannot be guessed from it. */
  readonly id: string;
  readonly digest: string;
  readonly createdAt: Date;
  /** From when on it is refused; undefined for the one that lasts. */
  readonly endsAt: Date | undefined;
}

/** As {@link ClientSecret}, with its last use as far as that is written. */
export interface UsedSecret extends ClientSecret {
  readonly lastUsedAt: Date | undefined;
  /** When it would have ended without another one beside it. */
  readonly expiresAt: Date | undefined;
}

/** As SQL: the secrets of a row of `clients` that is called `client`, the newest first, as JSON of {@link SecretRow}. */
export const secretsOf = (client: string): string => `
  (select coalesce(json_agg(secret order by secret.created_at desc, secret.id), '[]')
   from client_secrets secret where secret.client_id = ${client}.id)`;

export interface SecretRow {
  readonly id: string;
  readonly digest: string;
  readonly created_at: Date | string;
  readonly ends_at: Date | string | null;
  readonly last_used_at: Date | string | null;
  readonly expires_at: Date | string | null;
}

export const timeOf = (value: Date | string | null) => (value === null ? undefined : new Date(value));

export const secretOf = (row: SecretRow): UsedSecret => ({
  id: row.id,
  digest: row.digest,
  createdAt: new Date(row.created_at),
  endsAt: timeOf(row.ends_at),
  lastUsedAt: timeOf(row.last_used_at),
  expiresAt: timeOf(row.expires_at),
});

/** Whether the secret is taken at that time. */
export const isLive = ({ endsAt }: Pick<ClientSecret, 'endsAt'>, now: Date): boolean =>
  endsAt === undefined || endsAt > now;
