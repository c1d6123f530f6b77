import { actorOf, operatorOf, type TrailRow } from '../reading/event.ts';
import { LEAF_TIME, leafDetails } from '../tree/leaf.ts';
import { classOf } from './ecs-classes.ts';
import type { SinkLine } from './sink.ts';

/** A leaf of the sealed trail with its event, as it is sent. */
export interface SealedEvent {
  readonly index: number;
  /** Of the leaf, in hexadecimal digits. */
  readonly hash: string;
  readonly mac: 'valid' | 'none' | 'invalid';
  readonly id: string;
  readonly leafAt: string | null;
  /** Null where the event is not in the trail any more: taken away, or archived. */
  readonly row: TrailRow | null;
}

/** What is said of the sender in every line. */
export interface Sender {
  /** Of the issuer, with a port where it has one: the origin of the proof is this and `/audit`. */
  readonly host: string;
  readonly organization: string;
}

/** The version of the Elastic Common Schema that the names are of. */
const ECS_VERSION = '8.17.0';

const PROOF = { valid: 'sealed', none: 'unproven', invalid: 'invalid' } as const;

/**
 * An event under the names of the Elastic Common Schema; what that has no name for is under `gatehouse`. Fields without a value are
 * left out. Personal values stay behind: what was sent cannot be erased any more.
 */
export function ecsLine(event: SealedEvent, sender: Sender): SinkLine {
  const { row, index, hash, mac, id, leafAt } = event;
  const failed = row === null || row.outcome === 'failure';
  const common = {
    ecs: { version: ECS_VERSION },
    service: { name: 'gatehouse', type: 'gatehouse', address: sender.host },
    organization: { name: sender.organization },
  };
  const leaf = { index, hash, proof: PROOF[mac], origin: `${sender.host}/audit` };
  const document =
    row === null
      ? {
          '@timestamp': dated(leafAt),
          message: 'an event of the audit trail is missing',
          ...common,
          event: { ...EVENT, id, sequence: index, kind: 'alert', outcome: 'unknown' },
          gatehouse: { leaf, missing: true },
        }
      : {
          '@timestamp': dated(row.at),
          message: messageOf(row),
          ...common,
          ...fieldsOf(row, index),
          gatehouse: ownFields(row, leaf),
        };
  const at = dated(row === null ? leafAt : row.at);
  return { json: asciiJson(document), at, type: row?.type ?? 'audit.missing', failed };
}

const EVENT = { module: 'gatehouse', dataset: 'gatehouse.audit', provider: 'gatehouse' } as const;

/** What receivers take for a time; the epoch where it is none, as only somebody who wrote the row by hand can have put there. */
const dated = (at: string | null): string =>
  at !== null && LEAF_TIME.test(at) ? at : '1970-01-01T00:00:00.000000Z';

const messageOf = ({ type, outcome }: TrailRow) => `${type}: ${outcome}`;

const given = <Value>(value: Value | null | undefined): value is Value =>
  value !== null && value !== undefined;

/** The object without members that have no value; undefined where none is left. */
function present(object: Readonly<Record<string, unknown>>): object | undefined {
  const members = Object.entries(object).filter(([, value]) => given(value));
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

function fieldsOf(row: TrailRow, index: number): Readonly<Record<string, unknown>> {
  const { category, type } = classOf(row.type, row.outcome);
  return {
    event: present({
      ...EVENT,
      id: row.id,
      kind: 'event',
      action: row.type,
      category,
      type,
      outcome: row.outcome,
      reason: reasonOf(row),
      sequence: index,
      created: row.told_at,
    }),
    user: userOf(row),
    source: present({ ip: row.ip, address: row.ip }),
    user_agent: present({ original: row.user_agent }),
    http: row.request_id === null ? undefined : { request: { id: row.request_id } },
    related: present({
      ip: row.ip === null ? undefined : [row.ip],
      user: relatedUsers(row),
    }),
  };
}

/** Why, in our words where there are some, else in those of whoever acted. */
function reasonOf(row: TrailRow): string | null {
  const { reason } = leafDetails(row.details);
  return typeof reason === 'string' ? reason : operatorOf(row).reason;
}

/** Who acts is `user`; whom it is about, where that is somebody else, is `user.target`. */
function userOf(row: TrailRow): object | undefined {
  const actor = actorOf(row);
  const { operator } = operatorOf(row);
  if (actor === null) return present({ id: row.account });
  const target = row.account === null ? undefined : { id: row.account };
  if (actor.kind === 'person')
    return present({ id: actor.id, target: actor.id === row.account ? undefined : target });
  return present({ name: actor.kind === 'command' ? operator : undefined, target });
}

function relatedUsers(row: TrailRow): string[] | undefined {
  const actor = actorOf(row);
  const users = [row.account, actor?.kind === 'person' ? actor.id : null, operatorOf(row).operator].filter(
    given,
  );
  return users.length === 0 ? undefined : [...new Set(users)];
}

const ownFields = (row: TrailRow, leaf: object) => ({
  leaf,
  ...present({
    version: row.version,
    actor: actorOf(row) === null ? undefined : present({ ...actorOf(row) }),
    account: row.account,
    client: row.client,
    session: row.session,
    factor: row.factor,
    command: row.command,
    ...operatorOf(row),
    details: leafDetails(row.details),
  }),
});

/** Receivers differ in what they take for text: in ASCII there is one way to read it. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
