import type { Account } from '../domain/accounts/store.ts';
import { addSeconds, type Clock, epochSeconds } from '../kernel/clock.ts';
import type { Contributor, PartKey, Write } from '../storage/unit-of-work.ts';
import type { Artifact, Family, Payload, SessionFacts } from './artifact-store.ts';
import {
  type Authorizations,
  consumeWrite,
  destroyWrite,
  finishWrite,
  onceWrite,
  replaceDeviceCodeWrite,
  replaceSessionWrite,
  revokeWrite,
  type Upsert,
  updateSessionWrite,
  updateWrite,
  upsertWrite,
} from './artifact-write-store.ts';
import type { RefreshLine } from './refresh-leeway.ts';

/** What a request reads, changes and stores again. */
const WRITTEN_BACK = new Set(['Session', 'Grant', 'Interaction', 'DeviceCode']);

/** Of these it matters what they were when they were read. */
const COMPARED = new Set(['Session', 'DeviceCode']);

const keyOf = (model: string, id: string) => `${model}:${id}`;
const uidKeyOf = (model: string, uid: string) => `${model}:uid:${uid}`;

interface Consumption {
  readonly model: string;
  readonly id: string;
  readonly at: Date;
  readonly spending?: readonly Write[];
}

/**
 * What the running request wants stored, destroyed, consumed and revoked: written at its end in one statement, and read
 * before the database by the same request.
 */
export class ArtifactChanges implements Contributor {
  readonly #upserts = new Map<string, Upsert>();
  readonly #destroyed = new Map<string, { model: string; id: string }>();
  readonly #consumed = new Map<string, Consumption>();
  readonly #lines = new Map<string, RefreshLine>();
  readonly #revoked = new Map<string, { model: string; grantId: string }>();
  readonly #loaded = new Map<string, Payload>();
  readonly #relatives = new Map<string, Artifact | null>();
  readonly #people = new Map<string, Account | null>();
  readonly #facts = new Map<string, SessionFacts>();
  readonly #records = new Map<string, Write[]>();
  readonly #endings = new Map<string, Write[]>();
  readonly #guards = new Set<Write>();
  #lent: { readonly uid: string; readonly client: string; readonly grantId: string } | undefined;

  /** Remembers that the artefact existed when this request read it. */
  loaded(model: string, id: string, { payload, record, line }: Artifact): void {
    // The provider changes what it is given: what a session or a device's code was is kept apart.
    this.#loaded.set(keyOf(model, id), COMPARED.has(model) ? structuredClone(payload) : payload);
    if (record !== undefined) this.#facts.set(String(payload.uid), record);
    if (line !== undefined) this.#lines.set(keyOf(model, id), line);
  }

  /** What a refresh token that this request has read knows of its line. */
  lineOf(model: string, id: string): RefreshLine | undefined {
    return this.#lines.get(keyOf(model, id));
  }

  /** What the record of the session says, as this request has read it. */
  factsOf(uid: string): SessionFacts | undefined {
    return this.#facts.get(uid);
  }

  /** Keeps what was read beside an artefact until it is asked for. */
  keep({ grant, session, person }: Family): void {
    if (person !== undefined) this.#people.set(person.id, person.found);
    if (grant !== undefined) this.#relatives.set(keyOf('Grant', grant.id), grant.found);
    if (session !== undefined) this.#relatives.set(uidKeyOf('Session', session.uid), session.found);
  }

  /** The person who was read beside an artefact of theirs: null when they are gone, undefined when they were not read. */
  person(id: string): Account | null | undefined {
    return this.#people.get(id);
  }

  /** Whose a code or token of this grant is, and by which session it was given, as far as this request has read it. */
  holderOf(grantId: string): {
    readonly account?: string | undefined;
    readonly session?: string | undefined;
  } {
    const known = [...this.#loaded.values()].find((payload) => payload.grantId === grantId);
    const { accountId: account, sessionUid: session } = (known ?? {}) as Record<string, string | undefined>;
    return { account, session };
  }

  /** What this request has read under the id. */
  loadedArtifact(model: string, id: string): Payload | undefined {
    return this.#loaded.get(keyOf(model, id));
  }

  /** The session of this name as this request has read it. */
  loadedSession(uid: string): Payload | undefined {
    for (const [key, payload] of this.#loaded) {
      if (key.startsWith('Session:') && payload.uid === uid) return payload;
    }
    return undefined;
  }

  /** What has to be written of a session beside what the protocol keeps of it; the last that is said of one holds. */
  record(uid: string, writes: Write[]): void {
    this.#records.set(uid, writes);
  }

  /** What has to be written where the session is destroyed, and not stored again under another id. */
  ending(uid: string, writes: Write[]): void {
    this.#endings.set(uid, writes);
  }

  /** What must hold for any of the changes, and is held before whatever else they take hold of. */
  guard(write: Write): void {
    this.#guards.add(write);
  }

  get consumed(): { model: string; id: string }[] {
    return [...this.#consumed.values()];
  }

  upsert(
    model: string,
    id: string,
    payload: Payload,
    expiresAt: Date | undefined,
    predecessor?: Buffer,
  ): void {
    this.#destroyed.delete(keyOf(model, id));
    this.#upserts.set(keyOf(model, id), { model, id, payload, expiresAt, predecessor });
  }

  /** For marks against replay: of two requests that store the same one, the second loses with `ALREADY_PRESENTED`. */
  insertOnce(model: string, id: string, payload: Payload, expiresAt: Date | undefined, at: Date): void {
    this.#upserts.set(keyOf(model, id), { model, id, payload, expiresAt, onceAt: at });
  }

  destroy(model: string, id: string): void {
    this.#upserts.delete(keyOf(model, id));
    this.#destroyed.set(keyOf(model, id), { model, id });
  }

  /** `spending` takes the place of what is written of other artefacts. */
  consume(model: string, id: string, at: Date, spending?: readonly Write[]): void {
    this.#consumed.set(keyOf(model, id), { model, id, at, ...(spending && { spending }) });
  }

  revokeByGrantId(model: string, grantId: string): void {
    for (const [key, upsert] of this.#upserts) {
      if (upsert.model === model && upsert.payload.grantId === grantId) this.#upserts.delete(key);
    }
    this.#revoked.set(keyOf(model, grantId), { model, grantId });
  }

  /**
   * Forgets what was to change, for a request that is refused: what it presented stays as good as it was. A mark against replay
   * stays: the proof of the caller's identity was used.
   */
  spare(): void {
    for (const [key, { onceAt }] of this.#upserts) if (onceAt === undefined) this.#upserts.delete(key);
    for (const changes of [
      this.#destroyed,
      this.#consumed,
      this.#revoked,
      this.#records,
      this.#endings,
      this.#guards,
    ])
      changes.clear();
  }

  /** What this request knows of the artefact: itself, that it is gone (null), or nothing (undefined). */
  lookup(model: string, id: string): Artifact | null | undefined {
    const key = keyOf(model, id);
    if (this.#destroyed.has(key)) return null;
    const upsert = this.#upserts.get(key);
    if (upsert === undefined) return this.#relatives.get(key);
    return { payload: upsert.payload, consumedAt: this.#consumed.get(key)?.at };
  }

  /** The same for an artefact that is asked for by its uid. */
  lookupByUid(model: string, uid: string): Artifact | null | undefined {
    for (const upsert of this.#upserts.values()) {
      if (upsert.model === model && upsert.payload.uid === uid)
        return { payload: upsert.payload, consumedAt: undefined };
    }
    const known = this.#relatives.get(uidKeyOf(model, uid));
    return known && model === 'Session' ? this.#withLent(uid, known) : known;
  }

  /**
   * Has the session be read as one in which the client has this grant, which no request writes: the code of a test is bound to its
   * session, and the session knows nothing of the test.
   */
  lendGrant(uid: string, client: string, grantId: string): void {
    this.#lent = { uid, client, grantId };
  }

  #withLent(uid: string, session: Artifact): Artifact {
    if (this.#lent?.uid !== uid) return session;
    const { client, grantId } = this.#lent;
    const authorizations = { ...(session.payload.authorizations as Payload), [client]: { grantId } };
    return { ...session, payload: { ...session.payload, authorizations } };
  }

  /**
   * A session that was read and is written back, under its own id or a new one, must still be there, else a sign-out that
   * came in between would be undone; and what clients have in it must be as it was read. A grant must be there, which
   * somebody may have taken back, and so must an interaction: it is finished once.
   */
  writes(): Write[] {
    const upserts = [...this.#upserts.values()];
    const isUpdate = ({ model, id }: Upsert) => WRITTEN_BACK.has(model) && this.#loaded.has(keyOf(model, id));
    const savesSession = upserts.some(({ model }) => model === 'Session');
    const mustExist = ({ model, id }: { model: string; id: string }) =>
      this.#loaded.has(keyOf(model, id)) &&
      (model === 'Interaction' || (model === 'Session' && savesSession));
    const destroyed = [...this.#destroyed.values()];
    const plain = upserts.filter((upsert) => !isUpdate(upsert) && upsert.onceAt === undefined);
    const once = upserts.filter(({ onceAt }) => onceAt !== undefined);
    const loose = destroyed.filter((target) => !mustExist(target));
    const stored = new Set(
      upserts.filter(({ model }) => model === 'Session').map(({ payload }) => payload.uid),
    );
    const ended = [...this.#endings].filter(([uid]) => !stored.has(uid));
    const records = [...this.#records].filter(([uid]) => !ended.some(([end]) => end === uid));
    return [
      ...this.#guards,
      // First, as by everybody who ends a session: its record is held before what hangs on it.
      ...records.flatMap(([, writes]) => writes),
      ...(plain.length > 0 ? [upsertWrite(plain)] : []),
      ...upserts.filter(isUpdate).map((upsert) => this.#updateOf(upsert)),
      ...once.map(onceWrite),
      ...(loose.length > 0 ? [destroyWrite(loose)] : []),
      ...destroyed
        .filter(mustExist)
        .map((target) =>
          target.model === 'Session'
            ? replaceSessionWrite(target.id, this.#clientsOf(target))
            : finishWrite(target),
        ),
      ...[...this.#consumed.values()].flatMap((each) => each.spending ?? [consumeWrite(each)]),
      ...(this.#revoked.size > 0 ? [revokeWrite([...this.#revoked.values()])] : []),
      ...ended.flatMap(([, writes]) => writes),
    ];
  }

  #updateOf(upsert: Upsert): Write {
    if (upsert.model === 'Session') return updateSessionWrite(upsert, this.#clientsOf(upsert));
    if (upsert.model !== 'DeviceCode') return updateWrite(upsert);
    return replaceDeviceCodeWrite(upsert, this.#loaded.get(keyOf(upsert.model, upsert.id)) ?? {});
  }

  #clientsOf({ model, id }: { readonly model: string; readonly id: string }): Authorizations {
    return (this.#loaded.get(keyOf(model, id))?.authorizations ?? {}) as Authorizations;
  }
}

export const ARTIFACT_CHANGES: PartKey<ArtifactChanges> = {
  name: 'artifacts',
  create: () => new ArtifactChanges(),
};

export const expiryOf = (clock: Clock, seconds: number | undefined): Date | undefined =>
  seconds === undefined ? undefined : addSeconds(clock.now(), seconds);

/** As oidc-provider wants to see it: seconds since the epoch in the payload. */
export function withConsumption({ payload, consumedAt }: Artifact): Payload {
  return consumedAt === undefined ? payload : { ...payload, consumed: epochSeconds(consumedAt) };
}
