import { errors } from 'oidc-provider';
import type { Clock } from '../kernel/clock.ts';
import { type Keyring, seal, unseal } from '../kernel/crypto.ts';
import type { Randomness } from '../kernel/ids.ts';
import { isStorableJson } from '../kernel/text.ts';
import type { Database } from '../storage/database.ts';
import { commitWrites, currentUnit } from '../storage/unit-of-work.ts';
import type { Artifact, ArtifactStore, Payload } from './artifact-store.ts';
import { ARTIFACT_CHANGES, ArtifactChanges, expiryOf, withConsumption } from './artifacts.ts';
import { DEVICE_CODE_KEPT_SECONDS } from './device-endpoints.ts';
import { mayBeReplayed, predecessorOf, spendingOf } from './refresh-spending.ts';
import type { SessionRecords } from './session-records.ts';
import { withoutTest } from './test-requests.ts';
import { JWT_ACCESS_TOKEN } from './token-records.ts';

export interface AdapterDependencies {
  readonly database: Database;
  readonly artifacts: ArtifactStore;
  /** A registered client's metadata as the provider wants it. */
  readonly findClient: (id: string) => Promise<Payload | undefined>;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly sessionRecords: SessionRecords;
  /** Stands before every look at a code that a person has typed: `find` is that look. */
  readonly guardUserCode: (find: () => Promise<Payload | undefined>) => Promise<Payload | undefined>;
}

/**
 * What is presented by somebody, upon which the provider wants the grant and mostly the session of it. Of a token of unknown
 * kind it asks for each at once, which is one statement where all of them are read the same way.
 */
const WITH_FAMILY = new Set([
  'AccessToken',
  'AuthorizationCode',
  'ClientCredentials',
  'DeviceCode',
  'RefreshToken',
]);

/** What the sealed id of a device's code is bound to. */
const SEALED_ID = 'device-code-id';

/**
 * How oidc-provider reads and writes PostgreSQL, one instance a model. Ids are the secrets of what they name, so only their SHA-256
 * is stored, and the id is taken out of the payload. Changes go into the request's unit of work; without one (a script)
 * each is committed at once.
 */
export class PostgresAdapter {
  readonly #model: string;
  readonly #deps: AdapterDependencies;

  constructor(model: string, deps: AdapterDependencies) {
    this.#model = model;
    this.#deps = deps;
  }

  async find(id: string): Promise<Payload | undefined> {
    if (this.#model === 'Client') return this.#deps.findClient(id);
    const changes = currentUnit()?.part(ARTIFACT_CHANGES);
    const known = changes?.lookup(this.#model, id);
    if (known === null) return undefined;
    const artifact = known ?? (await this.#read(id, changes));
    if (known === undefined && artifact !== undefined) changes?.loaded(this.#model, id, artifact);
    if (artifact === undefined) return undefined;
    // The provider is to give it a successor, as it does of one that comes for the first time.
    const shown = mayBeReplayed(artifact, this.#deps.clock.now())
      ? { payload: artifact.payload, consumedAt: undefined }
      : artifact;
    return this.#restore(id, withConsumption(shown));
  }

  async #read(id: string, changes: ArtifactChanges | undefined): Promise<Artifact | undefined> {
    const { artifacts } = this.#deps;
    if (changes === undefined || !WITH_FAMILY.has(this.#model)) return artifacts.find(this.#model, id);
    // Introspection, too, tells whose a token is: by what clients know the person by.
    const family = await artifacts.findFamily(this.#model, id, true);
    if (family === undefined) return undefined;
    changes.keep(family);
    return family.artifact;
  }

  async findByUid(uid: string): Promise<Payload | undefined> {
    const unit = currentUnit()?.part(ARTIFACT_CHANGES);
    const known = unit?.lookupByUid(this.#model, uid);
    if (known === null) return undefined;
    const artifact = known ?? (await this.#deps.artifacts.findByUid(this.#model, uid));
    return artifact && this.#restore(undefined, withConsumption(artifact));
  }

  async findByUserCode(userCode: string): Promise<Payload | undefined> {
    return this.#deps.guardUserCode(async () => {
      const artifact = await this.#deps.artifacts.findByUserCode(this.#model, userCode);
      if (artifact === undefined) return undefined;
      // It is stored again under its id, which is the secret of the device.
      const id = unseal(this.#deps.keyring, SEALED_ID, String(artifact.payload.sealedId)).toString();
      currentUnit()?.part(ARTIFACT_CHANGES).loaded(this.#model, id, artifact);
      return this.#restore(id, withConsumption(artifact));
    });
  }

  async upsert(id: string, given: Payload, expiresIn?: number): Promise<void> {
    if (this.#model === 'Client') {
      throw new errors.InvalidClientMetadata('clients are registered by an administrator');
    }
    // What a request asks for is kept while a person signs in, and PostgreSQL cannot keep everything.
    if (!isStorableJson(given)) throw new errors.InvalidRequest('a parameter holds an invalid character');
    const kept = this.#model === 'DeviceCode' ? DEVICE_CODE_KEPT_SECONDS : 0;
    const expiresAt = expiryOf(this.#deps.clock, expiresIn === undefined ? undefined : expiresIn + kept);
    await this.#change((changes) => {
      const payload =
        this.#model === 'Session' ? withoutTest(given, changes.loadedSession(String(given.uid))) : given;
      const stored = this.#strip(payload);
      if (this.#model === 'ReplayDetection') {
        return changes.insertOnce(this.#model, id, stored, expiresAt, this.#deps.clock.now());
      }
      if (this.#model === 'Session' && payload.accountId !== undefined) {
        const uid = String(payload.uid);
        changes.record(uid, this.#deps.sessionRecords.stored(payload, changes.loadedSession(uid)));
      }
      changes.upsert(
        this.#model,
        id,
        stored,
        expiresAt,
        this.#model === 'RefreshToken' ? predecessorOf() : undefined,
      );
    });
  }

  async destroy(id: string): Promise<void> {
    await this.#change((changes) => {
      changes.destroy(this.#model, id);
      if (this.#model !== 'Session') return;
      const { uid, accountId } = changes.loadedArtifact(this.#model, id) ?? {};
      if (typeof uid !== 'string' || typeof accountId !== 'string') return;
      changes.ending(uid, this.#deps.sessionRecords.destroyed(uid, accountId));
    });
  }

  async consume(id: string): Promise<void> {
    const at = this.#deps.clock.now();
    await this.#change((changes) => {
      const spending = this.#model === 'RefreshToken' ? spendingOf(changes, id, at) : undefined;
      changes.consume(this.#model, id, at, spending);
    });
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    // The provider knows access tokens by one name, whatever they look like.
    const models = this.#model === 'AccessToken' ? [this.#model, JWT_ACCESS_TOKEN] : [this.#model];
    await this.#change((changes) => {
      for (const model of models) changes.revokeByGrantId(model, grantId);
    });
  }

  async #change(change: (changes: ArtifactChanges) => void): Promise<void> {
    const unit = currentUnit();
    if (unit !== undefined) return change(unit.part(ARTIFACT_CHANGES));
    const changes = new ArtifactChanges();
    change(changes);
    await commitWrites(this.#deps.database, changes.writes());
  }

  /**
   * What is stored. An interaction carries the session's cookie value, which nobody reads, and the id of a pushed
   * authorization request or a device's code, which the provider needs again: the first is dropped, the others sealed. The
   * address to which it returns ends in its own id, which is put back when it is read. A device's code is found by what its
   * person types as well, and then needs its id.
   */
  #strip({ jti, ...payload }: Payload): Payload {
    const { keyring, random } = this.#deps;
    if (this.#model === 'DeviceCode') {
      return { ...payload, sealedId: seal(keyring, random, SEALED_ID, String(jti)) };
    }
    if (this.#model !== 'Interaction') return payload;
    const { session, parJti, deviceCode, returnTo, ...rest } = payload;
    const { cookie: _cookie, ...known } = (session ?? {}) as Payload;
    return {
      ...rest,
      ...(typeof returnTo === 'string' ? { returnBase: withoutEnd(returnTo, String(jti)) } : {}),
      ...(session === undefined ? {} : { session: known }),
      ...(typeof parJti === 'string' ? { sealedParJti: seal(keyring, random, 'par-id', parJti) } : {}),
      ...(typeof deviceCode === 'string'
        ? { sealedDeviceCode: seal(keyring, random, SEALED_ID, deviceCode) }
        : {}),
    };
  }

  /** Found by something else than its id (a session by its uid), an artefact comes without: it can only be read. */
  #restore(
    id: string | undefined,
    { sealedParJti, sealedDeviceCode, sealedId: _id, returnBase, ...payload }: Payload,
  ): Payload {
    return {
      ...payload,
      ...(id === undefined || typeof returnBase !== 'string' ? {} : { returnTo: `${returnBase}${id}` }),
      ...(id === undefined ? {} : { jti: id }),
      ...(typeof sealedParJti === 'string'
        ? { parJti: unseal(this.#deps.keyring, 'par-id', sealedParJti).toString() }
        : {}),
      ...(typeof sealedDeviceCode === 'string'
        ? { deviceCode: unseal(this.#deps.keyring, SEALED_ID, sealedDeviceCode).toString() }
        : {}),
    };
  }
}

function withoutEnd(text: string, end: string): string {
  if (!text.endsWith(end)) throw new Error('oidc-provider no longer returns to the id of an interaction');
  return text.slice(0, text.length - end.length);
}
