import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { JWK } from 'jose';
import { calculateJwkThumbprint } from 'jose';
import { addSeconds, type Clock } from '../../kernel/clock.ts';
import { type Keyring, seal, unseal } from '../../kernel/crypto.ts';
import type { Randomness } from '../../kernel/ids.ts';
import type { Database, Transaction } from '../../storage/database.ts';
import { lock } from '../../storage/locks.ts';
import type { SealedColumn } from '../../storage/resealing.ts';
import {
  type KeyLife,
  phaseOf,
  RETIREMENT_SECONDS,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
} from './policy.ts';

export const SigningKeyRecord = defineEntity({
  name: 'SigningKeyRecord',
  tableName: 'signing_keys',
  properties: {
    kid: p.text().primary(),
    algorithm: p.text().$type<SigningAlgorithm>(),
    publicJwk: p.json<JWK>(),
    sealedPrivateJwk: p.text(),
    publishedAt: p.datetime(),
    activatesAt: p.datetime(),
    retiresAt: p.datetime().nullable(),
  },
});

export interface SigningKey extends KeyLife {
  /** The JWK thumbprint (RFC 7638). */
  readonly kid: string;
  readonly publicJwk: JWK;
  readonly publishedAt: Date;
}

export interface KeyStore {
  list(): Promise<SigningKey[]>;
  /** The private key in the clear. Throws when its sealing key is not in the keyring. */
  open(kid: string): Promise<JWK>;
  /**
   * Publishes a new key that takes over after `activationDelaySeconds`, and sets the end of the one before. Answers
   * what to write to the audit trail.
   */
  rotate(tx: Transaction, algorithm: SigningAlgorithm, activationDelaySeconds: number): Promise<SigningKey>;
  /** Deletes what is retired. */
  removeRetired(tx: Transaction): Promise<SigningKey[]>;
  /** Creates the first key of each algorithm that has none, active at once; safe when several nodes start together. */
  ensure(tx: Transaction): Promise<SigningKey[]>;
}

export const SEALED_SIGNING_KEYS: SealedColumn = {
  table: 'signing_keys',
  id: 'kid',
  column: 'sealed_private_jwk',
  contextOf: (kid) => `signing-key:${kid}`,
};

export interface JwkPair {
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
}

const generate = promisify(generateKeyPair);

/** RSA of 2048 bits: NIST SP 800-57 Part 1 holds it good for use until 2030, and it signs twice as fast as 3072. */
export async function generateJwk(algorithm: SigningAlgorithm): Promise<JwkPair> {
  const pair =
    algorithm === 'RS256'
      ? await generate('rsa', { modulusLength: 2048 })
      : algorithm === 'ES256'
        ? await generate('ec', { namedCurve: 'P-256' })
        : await generate('ed25519');
  return {
    publicJwk: pair.publicKey.export({ format: 'jwk' }) as JWK,
    privateJwk: pair.privateKey.export({ format: 'jwk' }) as JWK,
  };
}

const sealContext = SEALED_SIGNING_KEYS.contextOf;

export function createKeyStore(
  database: Database,
  keyring: Keyring,
  clock: Clock,
  random: Randomness,
  makePair = generateJwk,
): KeyStore {
  async function read(em = database.fork()): Promise<SigningKey[]> {
    const records = await em.find(SigningKeyRecord, {}, { orderBy: { activatesAt: 'asc' } });
    return records.map(({ sealedPrivateJwk, retiresAt, ...key }) => ({
      ...key,
      retiresAt: retiresAt ?? undefined,
    }));
  }

  async function create(
    tx: Transaction,
    algorithm: SigningAlgorithm,
    activatesAt: Date,
  ): Promise<SigningKey> {
    const { publicJwk, privateJwk } = await makePair(algorithm);
    const kid = await calculateJwkThumbprint(publicJwk);
    const key = { kid, algorithm, publicJwk, publishedAt: clock.now(), activatesAt };
    const sealedPrivateJwk = seal(keyring, random, sealContext(kid), JSON.stringify(privateJwk));
    await tx.em.insert(SigningKeyRecord, { ...key, sealedPrivateJwk, retiresAt: null });
    return { ...key, retiresAt: undefined };
  }

  return {
    list: () => read(),

    async open(kid) {
      const record = await database.fork().findOneOrFail(SigningKeyRecord, kid);
      return JSON.parse(unseal(keyring, sealContext(kid), record.sealedPrivateJwk).toString()) as JWK;
    },

    async rotate(tx, algorithm, activationDelaySeconds) {
      await lock(tx, 'signing-keys');
      const activatesAt = addSeconds(clock.now(), activationDelaySeconds);
      const retiresAt = addSeconds(activatesAt, RETIREMENT_SECONDS);
      await tx.em.nativeUpdate(SigningKeyRecord, { algorithm, retiresAt: null }, { retiresAt });
      return create(tx, algorithm, activatesAt);
    },

    async removeRetired(tx) {
      await lock(tx, 'signing-keys');
      const keys = await read(tx.em);
      const retired = keys.filter((key) => phaseOf(key, keys, clock.now()) === 'retired');
      if (retired.length > 0)
        await tx.em.nativeDelete(SigningKeyRecord, { kid: { $in: retired.map(({ kid }) => kid) } });
      return retired;
    },

    async ensure(tx) {
      await lock(tx, 'signing-keys');
      const present = new Set((await read(tx.em)).map(({ algorithm }) => algorithm));
      const missing = SIGNING_ALGORITHMS.filter((algorithm) => !present.has(algorithm));
      const created: SigningKey[] = [];
      for (const algorithm of missing) created.push(await create(tx, algorithm, clock.now()));
      return created;
    },
  };
}
